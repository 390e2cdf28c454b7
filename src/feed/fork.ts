import { equalBytes } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import type { DeviceId, FeedId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { SIGNATURE_BYTES, verifyHead, type ChainHead } from './chain.ts'

/** Two signatures of one session over two different histories of one length. Proof by itself, for anyone. */
export interface ForkEvidence {
  readonly feed: FeedId
  readonly length: number
  readonly branches: readonly [ForkBranch, ForkBranch]
}

export interface ForkBranch {
  readonly hash: Uint8Array
  readonly signature: Uint8Array
}

export type ForkReason = 'malformed' | 'same-branch' | 'signature'

export function encodeForkEvidence(evidence: ForkEvidence): Uint8Array {
  const writer = new Writer().id(evidence.feed).varuint(evidence.length)
  for (const { hash, signature } of evidence.branches) writer.fixed(hash).fixed(signature)
  return writer.finish()
}

export const decodeForkEvidence = (bytes: Uint8Array): Result<ForkEvidence, 'malformed'> =>
  decode(bytes, (reader) => {
    const feed = reader.id<FeedId>()
    const length = reader.varuint()
    const branch = (): ForkBranch => ({ hash: reader.fixed(32), signature: reader.fixed(SIGNATURE_BYTES) })
    return { feed, length, branches: [branch(), branch()] as const }
  })

export async function verifyForkEvidence(
  evidence: ForkEvidence,
  device: DeviceId,
): Promise<Result<ForkEvidence, ForkReason>> {
  const [left, right] = evidence.branches
  if (equalBytes(left.hash, right.hash)) return rejected('same-branch')
  for (const { hash, signature } of evidence.branches) {
    const head: ChainHead = { length: evidence.length, hash }
    if (!(await verifyHead(device, evidence.feed, head, signature))) return rejected('signature')
  }
  return accepted(evidence)
}
