import { TokenBucket } from '../base/token-bucket.ts'
import type { PersonId } from '../base/ids.ts'
import { NO_LIMIT, type Allowances } from './allowance.ts'
import { RecentPeople } from './recent-people.ts'

/** At once, what comes in so many seconds: the largest entry of a feed must pass at the lowest rate. */
const BURST_SECONDS = 20

/** How much this device passes on for each author: signed text at a rate, chunks of files only where the level allows. */
export class RelayBudget {
  readonly #people = new RecentPeople<{ readonly bucket: TokenBucket; readonly bytesPerSecond: number }>()

  /** Whether `sizeBytes` of the author's text may go out now; if so they are counted. */
  take(item: {
    readonly person: PersonId
    readonly relay: Allowances['relay']
    readonly sizeBytes: number
    readonly nowMs: number
  }): boolean {
    const { person, relay, sizeBytes, nowMs } = item
    const { bytesPerSecond } = relay
    if (bytesPerSecond === NO_LIMIT) return true
    const known = this.#people.get(person)
    if (known?.bytesPerSecond === bytesPerSecond) return known.bucket.take(nowMs, sizeBytes)
    const bucket = new TokenBucket({ burst: bytesPerSecond * BURST_SECONDS, perSecond: bytesPerSecond, nowMs })
    this.#people.set(person, { bucket, bytesPerSecond })
    return bucket.take(nowMs, sizeBytes)
  }
}

/** Whether a chunk of somebody's file may be served or passed on from here. Ask `fileWarnings` as well. */
export function mayServeChunk({ chunks }: Allowances['relay'], file: { readonly wasOpenedHere: boolean }): boolean {
  return chunks === 'pre-seed' || (chunks === 'opened' && file.wasOpenedHere)
}
