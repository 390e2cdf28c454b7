import type { EpochId, FeedId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { emptyChain, extendChain, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { CutTable, type CutDelta } from '../feed/cut.ts'
import { decodeEntry, encodeEntry, openEntry, SALT_BYTES } from '../feed/entry.ts'
import { randomBytes } from '../crypto/random.ts'
import { HashLog } from './hash-log.ts'
import type { RoomKeys } from './room-keys.ts'

export interface OpenedEntry {
  readonly seq: number
  readonly cut: CutDelta
  readonly body: Uint8Array
}

export type OpenReason = 'malformed' | 'version' | 'seq' | 'epoch' | 'seal'

/**
 * Where one document feed stands on this device: the chain over what is stored, and what is needed to read the next
 * entry or to write it.
 */
export class FeedChain {
  readonly feed: FeedId
  readonly #hashes: HashLog
  readonly #cutTable = new CutTable()
  #epoch: EpochId | undefined

  constructor(feed: FeedId) {
    this.feed = feed
    this.#hashes = new HashLog(emptyChain(feed).hash)
  }

  get head(): ChainHead {
    return this.#hashes.head
  }
  /** The chain's hash over the first `length` entries; undefined beyond the head. */
  hashAt(length: number): Uint8Array | undefined {
    return this.#hashes.at(length)
  }

  /** Reads the next entry, whose place in the chain was checked or is our own storage's. Moves on only if it is good. */
  open(bytes: Uint8Array, hash: Uint8Array | undefined, keys: RoomKeys): Result<OpenedEntry, OpenReason> {
    const seq = this.#hashes.length
    const decoded = decodeEntry(bytes, this.feed, seq, this.#cutTable)
    if (!decoded.ok) return decoded
    const { cut } = decoded.value
    const epoch = decoded.value.epoch ?? this.#epoch
    if (epoch !== keys.epoch) return rejected('epoch')
    const body = openEntry(decoded.value, keys.body(this.feed))
    if (!body) return rejected('seal')
    this.#cutTable.apply(cut)
    this.#epoch = epoch
    this.#hashes.push(hash ?? extendChain(this.head, bytes).hash)
    return accepted({ seq, cut, body })
  }

  /** Writes the next entry of a feed of our own. It is not signed yet. */
  write(cut: CutDelta, body: Uint8Array, keys: RoomKeys): Pick<SignedEntry, 'bytes'> & { readonly head: ChainHead } {
    const epoch = this.#epoch === keys.epoch ? undefined : keys.epoch
    const header = { seq: this.head.length, epoch, cut, salt: randomBytes(SALT_BYTES), cutTable: this.#cutTable }
    const bytes = encodeEntry(header, keys.body(this.feed), body)
    this.#cutTable.apply(cut)
    this.#epoch = keys.epoch
    this.#hashes.push(extendChain(this.head, bytes).hash)
    return { bytes, head: this.head }
  }
}
