import type { DeviceId, EpochId } from '../base/ids.ts'
import { unwrapPrevious, type Recipient } from './epoch-boxes.ts'
import type { KeyLedger } from './key-ledger.ts'
import type { KeyRing } from './key-ring.ts'

/**
 * Which keys lead to which: whoever holds an epoch's key unwraps the ones before. A wrap that holds something else than
 * it says leads nowhere; found out by those who hold the key around it.
 */
export class KeyPaths {
  readonly #ledger: KeyLedger
  readonly #ring: KeyRing
  /** What was found out about the wraps of each epoch whose key is here, and how many there were then. */
  readonly #links = new Map<EpochId, { readonly wraps: number; readonly previous: readonly EpochId[] }>()
  readonly #reach = new Map<EpochId, ReadonlySet<EpochId>>()
  #revision = ''

  constructor(ledger: KeyLedger, ring: KeyRing) {
    this.#ledger = ledger
    this.#ring = ring
  }

  /** The epoch itself and all that can be unwrapped from it. */
  from(epoch: EpochId): ReadonlySet<EpochId> {
    const revision = `${this.#ledger.revision} ${this.#ring.revision}`
    if (revision !== this.#revision) this.#reach.clear()
    this.#revision = revision
    const known = this.#reach.get(epoch)
    if (known) return known
    const reach = new Set<EpochId>([epoch])
    const open = [epoch]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const previous of this.#previousOf(next)) {
        if (reach.has(previous)) continue
        reach.add(previous)
        open.push(previous)
      }
    }
    this.#reach.set(epoch, reach)
    return reach
  }

  #previousOf(epoch: EpochId): readonly EpochId[] {
    const key = this.#ring.key(epoch)
    if (!key) return []
    const wraps = this.#ledger.wrapsOf(epoch)
    const known = this.#links.get(epoch)
    if (known?.wraps === wraps.length) return known.previous
    // Wraps only come: of thousands that somebody makes each is tried once.
    const fresh = wraps.slice(known?.wraps ?? 0)
    const good = fresh.filter((wrap) => unwrapPrevious(key, wrap.previous, wrap.wrapped) !== undefined)
    const previous = [...(known?.previous ?? []), ...good.map((wrap) => wrap.previous)]
    this.#links.set(epoch, { wraps: wraps.length, previous })
    return previous
  }
}

/**
 * The boxes that devices lack: of the epochs that matter, those that no key leads to which the device was handed. One
 * box is enough for a whole path, so the epochs that lead to the most come first.
 */
export function missingBoxes(options: {
  readonly ledger: KeyLedger
  readonly ring: KeyRing
  readonly paths: KeyPaths
  readonly epochs: readonly EpochId[]
  readonly devices: readonly Recipient[]
}): ReadonlyMap<EpochId, readonly Recipient[]> {
  const { ledger, ring, paths } = options
  const missing = new Map<EpochId, Recipient[]>()
  const epochs = options.epochs.filter((epoch) => ring.has(epoch))
  for (const recipient of options.devices) {
    for (const epoch of lackedBy(recipient.device, epochs, paths, ledger, ring)) {
      const recipients = missing.get(epoch)
      if (recipients) recipients.push(recipient)
      else missing.set(epoch, [recipient])
    }
  }
  return missing
}

function lackedBy(
  device: DeviceId,
  epochs: readonly EpochId[],
  paths: KeyPaths,
  ledger: KeyLedger,
  ring: KeyRing,
): readonly EpochId[] {
  const reached = new Set<EpochId>()
  const reach = (epoch: EpochId): void => {
    for (const each of paths.from(epoch)) reached.add(each)
  }
  // The newest first: it leads to most of the others.
  for (const epoch of [...ledger.epochsOf(device)].toReversed()) if (!reached.has(epoch)) reach(epoch)
  const wanted = new Set([...epochs, ...ledger.requestsOf(device)].filter((epoch) => ring.has(epoch)))
  const lacked = [...wanted].filter((epoch) => !reached.has(epoch))
  const chosen: EpochId[] = []
  for (const epoch of lacked.toSorted((a, b) => paths.from(b).size - paths.from(a).size || (a < b ? -1 : 1))) {
    if (reached.has(epoch)) continue
    chosen.push(epoch)
    reach(epoch)
  }
  return chosen
}
