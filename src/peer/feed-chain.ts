import type { EpochId, FeedId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { emptyChain, extendChain, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { CutTable, type CutDelta } from '../feed/cut.ts'
import { decodeEntry, encodeEntry, openEntry, SALT_BYTES } from '../feed/entry.ts'
import { randomBytes } from '../crypto/random.ts'
import { HashLog } from './hash-log.ts'

/** Where the keys of bodies come from: the room's key ring. */
export interface BodyKeys {
  /** Undefined while the epoch's key is not here. */
  body(epoch: EpochId, feed: FeedId): Uint8Array | undefined
}

export interface OpenedEntry {
  readonly seq: number
  readonly cut: CutDelta
  readonly epoch: EpochId
  /** Undefined for a locked entry: its key is not here yet. */
  readonly body: Uint8Array | undefined
}

export type OpenReason = 'malformed' | 'version' | 'seq' | 'epoch' | 'seal'

/**
 * Where one document feed stands on this device: the chain over what is stored, and what is needed to read the next
 * entry or to write it. Follows the chain without any key, so that who can't read can still keep and pass on.
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

  /**
   * Reads the next entry, whose place in the chain was checked or is our own storage's. Moves on unless it is wrong: its
   * header, or its body under a key that is known.
   */
  open(bytes: Uint8Array, hash: Uint8Array | undefined, keys: BodyKeys): Result<OpenedEntry, OpenReason> {
    const seq = this.#hashes.length
    const decoded = decodeEntry(bytes, this.feed, seq, this.#cutTable)
    if (!decoded.ok) return decoded
    const { cut } = decoded.value
    const epoch = decoded.value.epoch ?? this.#epoch
    if (epoch === undefined) return rejected('epoch')
    const key = keys.body(epoch, this.feed)
    const body = key && openEntry(decoded.value, key)
    if (key && !body) return rejected('seal')
    this.#cutTable.apply(cut)
    this.#epoch = epoch
    this.#hashes.push(hash ?? extendChain(this.head, bytes).hash)
    return accepted({ seq, cut, epoch, body })
  }

  /** Writes the next entry of a feed of our own, sealed with the key of `epoch` for this feed. It is not signed yet. */
  write(
    cut: CutDelta,
    body: Uint8Array,
    { epoch, key }: { readonly epoch: EpochId; readonly key: Uint8Array },
  ): Pick<SignedEntry, 'bytes'> & { readonly head: ChainHead } {
    const named = this.#epoch === epoch ? undefined : epoch
    const header = { seq: this.head.length, epoch: named, cut, salt: randomBytes(SALT_BYTES), cutTable: this.#cutTable }
    const bytes = encodeEntry(header, key, body)
    this.#cutTable.apply(cut)
    this.#epoch = epoch
    this.#hashes.push(extendChain(this.head, bytes).hash)
    return { bytes, head: this.head }
  }
}
