import { FallbackStore } from '../storage/fallback-store.ts'
import { openIndexedDbStore } from '../storage/indexeddb-store.ts'
import { MemoryStore } from '../storage/memory-store.ts'
import type { Store } from '../storage/store.ts'
import type { PeerOptions } from './peer-options.ts'
import { LOSS_PROBLEM, openProblem, writeProblem } from './storage-problem.ts'

const DATABASE = 'parley'

/** What a device's store tells of itself. */
export interface StoreListeners {
  /** A sentence for the user: not everything is kept. */
  readonly onProblem: (problem: string) => void
  /** From now on nothing that is written is kept. */
  readonly onFailure: () => void
}

/** The store that a device keeps everything in, or memory where the platform has none. Never fails. */
export async function openDeviceStore(
  options: PeerOptions,
  { onProblem, onFailure }: StoreListeners,
): Promise<FallbackStore> {
  const guarded = (store: Store): FallbackStore =>
    new FallbackStore(
      store,
      (failure) => {
        onFailure()
        onProblem(writeProblem(failure))
      },
      options.isBlind !== true,
    )
  if (options.store) return guarded(options.store)
  const onDataLoss = (): void => {
    onProblem(LOSS_PROBLEM)
  }
  const opened = await openIndexedDbStore(options.database ?? DATABASE, { onDataLoss })
  if (opened.ok) return guarded(opened.value)
  onProblem(openProblem(opened.reason))
  return guarded(new MemoryStore())
}
