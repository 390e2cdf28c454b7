import { utf8 } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import { idToBytes, type DeviceId, type FeedId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { sha256Of } from '../crypto/hash.ts'
import type { Signer } from '../crypto/device-key.ts'
import { verify } from '../crypto/signature.ts'

/** One flush of a feed, exactly as its author wrote it. What is hashed and signed is these bytes. */
export interface SignedEntry {
  readonly bytes: Uint8Array
  /** Over the chain up to and including this entry. Only the last of a range needs one: the hashes carry the rest. */
  readonly signature: Uint8Array | undefined
}

/** How much of a chain is known: its number of entries and the hash over all of them. */
export interface ChainHead {
  readonly length: number
  readonly hash: Uint8Array
}

export const SIGNATURE_BYTES = 64
/** One entry must pass as one message of a link (64 KiB); what is larger is written as several entries. */
export const ENTRY_BYTES_MAX = 63 * 1024

const DOMAIN = utf8('parley entry 1')

export const emptyChain = (feed: FeedId): ChainHead => ({ length: 0, hash: idToBytes(feed) })

export const extendChain = (head: ChainHead, bytes: Uint8Array): ChainHead => ({
  length: head.length + 1,
  hash: sha256Of(head.hash, bytes),
})

/** The length is signed beside the hash, so that two signatures over one length are proof of a fork by themselves. */
const signedBytes = (feed: FeedId, head: ChainHead): Uint8Array =>
  new Writer().fixed(DOMAIN).id(feed).varuint(head.length).fixed(head.hash).finish()

export const signHead = (signer: Signer, feed: FeedId, head: ChainHead): Promise<Uint8Array> =>
  signer.sign(signedBytes(feed, head))

export const verifyHead = (device: DeviceId, feed: FeedId, head: ChainHead, signature: Uint8Array): Promise<boolean> =>
  verify(signature, signedBytes(feed, head), idToBytes(device))

export type ChainReason = 'empty' | 'size' | 'unsigned' | 'signature'

export interface VerifiedRange {
  readonly head: ChainHead
  /** The hash after each entry, for pins, references and fork evidence. */
  readonly hashes: readonly Uint8Array[]
  /** Signatures that were not checked are left out: what we pass on must be worth checking. */
  readonly entries: readonly SignedEntry[]
}

/** Checks that `entries` continue the chain at `head`, by one signature over the last of them. */
export async function verifyRange(
  feed: FeedId,
  device: DeviceId,
  head: ChainHead,
  entries: readonly SignedEntry[],
): Promise<Result<VerifiedRange, ChainReason>> {
  const signature = entries.at(-1)?.signature
  if (entries.length === 0) return rejected('empty')
  if (signature?.length !== SIGNATURE_BYTES) return rejected('unsigned')
  const hashes: Uint8Array[] = []
  let end = head
  for (const { bytes } of entries) {
    if (bytes.length === 0 || bytes.length > ENTRY_BYTES_MAX) return rejected('size')
    end = extendChain(end, bytes)
    hashes.push(end.hash)
  }
  if (!(await verifyHead(device, feed, end, signature))) return rejected('signature')
  const kept = entries.map(({ bytes }, i) => ({
    bytes,
    signature: i === entries.length - 1 ? signature : undefined,
  }))
  return accepted({ head: end, hashes, entries: kept })
}
