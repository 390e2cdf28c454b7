/** What a run is judged by: delays and hops of deliveries, copies and bytes by kind of message. */
import { sha256 } from '../../src/crypto/hash.ts'
import { idFromBytes, type FeedId, type SessionId } from '../../src/base/ids.ts'
import { decodeSyncMessage, encodeSyncMessage, type SyncMessage } from '../../src/sync/sync-message.ts'

/** A list of numbers that does not cost an object each. */
class NumberList {
  #values = new Float32Array(4096)
  length = 0

  add(value: number): void {
    if (this.length === this.#values.length) {
      const values = new Float32Array(this.length * 2)
      values.set(this.#values)
      this.#values = values
    }
    this.#values[this.length++] = value
  }
  sorted(): Float32Array {
    return this.#values.slice(0, this.length).toSorted()
  }
}

export class Distribution {
  readonly #list = new NumberList()
  #sorted: Float32Array | undefined

  add(value: number): void {
    this.#sorted = undefined
    this.#list.add(value)
  }
  get count(): number {
    return this.#list.length
  }
  /** The smallest value that at least this part (0 to 1) of all values does not exceed; NaN without values. */
  quantile(part: number): number {
    this.#sorted ??= this.#list.sorted()
    const at = Math.min(this.#sorted.length - 1, Math.max(0, Math.ceil(part * this.#sorted.length) - 1))
    return this.#sorted[at] ?? Number.NaN
  }
  get max(): number {
    return this.quantile(1)
  }
  get mean(): number {
    this.#sorted ??= this.#list.sorted()
    return this.#sorted.reduce((sum, value) => sum + value, 0) / this.#sorted.length
  }
}

const someFeed = idFromBytes<FeedId>(sha256(new Uint8Array(1)))
const someSession = idFromBytes<SessionId>(sha256(new Uint8Array(2)))
const someEntry = { bytes: new Uint8Array(3), signature: new Uint8Array(64) }
const NUMBERED = { isNew: false, index: 0 } as const

/** The first byte of every message that carries entries, learnt from the encoder itself. */
function codesOf(...samples: readonly SyncMessage[]): Set<number> {
  return new Set(samples.map((sample) => encodeSyncMessage(sample)[0] ?? 0))
}
const SINGLE = codesOf(
  { type: 'push', feed: NUMBERED, seq: undefined, entries: [someEntry] },
  { type: 'push', feed: NUMBERED, seq: 1, entries: [someEntry] },
  { type: 'push', feed: { isNew: true, kind: 'document', feed: someFeed }, seq: 1, entries: [someEntry] },
)
const SEVERAL = codesOf(
  { type: 'push', feed: NUMBERED, seq: 1, entries: [{ ...someEntry, signature: undefined }, someEntry] },
  { type: 'range', want: 1, from: 0, end: 'done', entries: [someEntry] },
)
const LIVENESS = codesOf(
  { type: 'ping', scope: 'all', digest: new Uint8Array(8) },
  { type: 'pong', scope: 'all', digest: new Uint8Array(8) },
)
const STATEMENTS = codesOf(
  { type: 'heads', session: someSession, counter: 1, bytes: new Uint8Array(70) },
  { type: 'stated-digest', digest: new Uint8Array(8) },
  { type: 'stated', items: [] },
  { type: 'ask-stated', sessions: [] },
)

export class Traffic {
  /** Entries that were carried somewhere, first copies and others. */
  copies = 0
  entryBytes = 0
  /** What it costs to keep feeds equal beside the entries: announcements, wants, prunes; not pings. */
  controlBytes = 0
  livenessBytes = 0
  overlayBytes = 0
  overlayMessages = 0
  signalBytes = 0
  readonly countByCode = new Float64Array(256)
  readonly bytesByCode = new Float64Array(256)

  sync(bytes: Uint8Array): void {
    const code = bytes[0] ?? 0
    this.countByCode[code] = (this.countByCode[code] ?? 0) + 1
    this.bytesByCode[code] = (this.bytesByCode[code] ?? 0) + bytes.length
    if (SINGLE.has(code)) {
      this.copies++
      this.entryBytes += bytes.length
    } else if (SEVERAL.has(code)) {
      const message = decodeSyncMessage(bytes)
      if (message.ok && 'entries' in message.value) this.copies += message.value.entries.length
      this.entryBytes += bytes.length
    } else if (LIVENESS.has(code)) this.livenessBytes += bytes.length
    else if (!STATEMENTS.has(code)) this.controlBytes += bytes.length
  }

  overlay(bytes: Uint8Array): void {
    this.overlayMessages++
    this.overlayBytes += bytes.length
  }
}

export class Measurements {
  delayMs = new Distribution()
  hops = new Distribution()
  traffic = new Traffic()
  deliveries = 0
  /** The hop of the last delivery, entry by entry. */
  readonly #lastHop = new Map<number, number>()

  delivered(delayMs: number, hop: number, entry: number): void {
    this.delayMs.add(delayMs)
    this.hops.add(hop)
    const last = this.#lastHop.get(entry)
    if (last === undefined || hop > last) this.#lastHop.set(entry, hop)
  }

  /** Mean over the entries of the largest hop count with which one of its copies was first. */
  get lastHopMean(): number {
    let sum = 0
    for (const hop of this.#lastHop.values()) sum += hop
    return sum / this.#lastHop.size
  }
  /** Copies beside the one that each node needs, for each needed one (relative message redundancy). */
  get redundancy(): number {
    return this.traffic.copies / this.deliveries - 1
  }
  get controlBytesPerDelivery(): number {
    return this.traffic.controlBytes / this.deliveries
  }

  /** Begins again, for a run whose first minute is not to count. */
  reset(): void {
    this.delayMs = new Distribution()
    this.hops = new Distribution()
    this.traffic = new Traffic()
    this.deliveries = 0
    this.#lastHop.clear()
  }
}
