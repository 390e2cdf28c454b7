import type { EpochId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import type { KeyRing } from './key-ring.ts'

/**
 * The epoch to write with: the one that all agree on or, while its key is not here, the one of those whose keys are that
 * reaches the most. Never one whose key was handed to a device that may not read now.
 */
export function chooseEpoch(state: AccessState, ring: KeyRing): EpochId | undefined {
  const current = state.currentEpoch()
  if (current === undefined || ring.has(current.epoch)) return current?.epoch
  const readers = new Set(state.readerDevices().map(({ device }) => device))
  const known = new Set([...state.sessions.values()].map(({ device }) => device))
  let best: EpochId | undefined
  let most = -1
  for (const { epoch, boxes, devices } of state.epochs) {
    const isClean = [...devices].every((device) => readers.has(device) || !known.has(device))
    const coverage = [...boxes.keys()].filter((device) => readers.has(device)).length
    if (!ring.has(epoch) || !isClean || coverage <= most) continue
    best = epoch
    most = coverage
  }
  return best
}
