/**
 * The door of the access log: everything that needs a signature checked is checked here, before the evaluator, which is
 * synchronous and believes what it holds.
 */
import { idFromBytes, type DeviceId, type FeedId, type OperationHash, type PersonId } from '../base/ids.ts'
import type { RoomId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { verifyRange, type ChainHead, type ChainReason, type SignedEntry, type VerifiedRange } from '../feed/chain.ts'
import { logIdOf, sessionIdOf } from '../feed/feed-id.ts'
import { verifyDeviceCertificate } from '../identity/device-certificate.ts'
import { verifyRootSignatures, type ReceivedGenesis } from './genesis.ts'
import { verifyConsent } from './join-request.ts'
import { decodeOperation, type ReceivedOperation } from './operation-codec.ts'
import { OPERATION_BYTES_MAX } from './operation-limits.ts'
import { ROOT } from './operation.ts'

/** Who writes a log, as its first entry states. */
export interface SessionBinding {
  readonly session: SessionId
  readonly device: DeviceId
  readonly person: PersonId
  readonly log: FeedId
}

export interface VerifiedOperation {
  readonly hash: OperationHash
  readonly seq: number
  /** Undefined: malformed. It keeps its place in the chain and is never effective. */
  readonly operation: ReceivedOperation | undefined
  /** Whether every signature inside the operation is good. If not, it is never effective. */
  readonly isGenuine: boolean
  readonly sizeBytes: number
}

export interface VerifiedLogRange {
  readonly binding: SessionBinding
  /** The hash before the first of the operations; undefined at the start of the log. */
  readonly after: OperationHash | undefined
  readonly operations: readonly VerifiedOperation[]
  /** For storage and for passing on. */
  readonly range: VerifiedRange
}

export type LogReason = ChainReason | 'unknown-log' | 'not-a-session' | 'certificate' | 'another-log'

/**
 * Checks that `entries` continue the log at `start`. The first range of a log has its session in its first entry; for a
 * later one give the `binding` that is known.
 */
export async function verifyLogRange(options: {
  readonly genesis: ReceivedGenesis
  readonly log: FeedId
  readonly binding: SessionBinding | undefined
  readonly start: ChainHead
  readonly entries: readonly SignedEntry[]
}): Promise<Result<VerifiedLogRange, LogReason>> {
  const { genesis, log, start, entries } = options
  for (const { bytes } of entries) if (bytes.length > OPERATION_BYTES_MAX) return rejected('size')
  let binding = options.binding
  if (binding === undefined) {
    const first = entries[0]
    if (first === undefined) return rejected('empty')
    if (start.length !== 0) return rejected('unknown-log')
    const bound = await bindSession(genesis.room, log, first.bytes)
    if (!bound.ok) return bound
    binding = bound.value
  }
  if (binding.log !== log) return rejected('another-log')
  const range = await verifyRange(log, binding.device, start, entries)
  if (!range.ok) return range
  const operations: VerifiedOperation[] = []
  for (const [i, { bytes }] of entries.entries()) {
    const seq = start.length + i
    const hash = idFromBytes<OperationHash>(range.value.hashes[i] ?? new Uint8Array(0))
    const decoded = decodeOperation(bytes, seq)
    const operation = decoded.ok ? decoded.value : undefined
    const isGenuine = operation !== undefined && (await isOperationGenuine(genesis, binding.session, operation))
    operations.push({ hash, seq, operation, isGenuine, sizeBytes: bytes.length })
  }
  const after = start.length === 0 ? undefined : idFromBytes<OperationHash>(start.hash)
  return accepted({ binding, after, operations, range: range.value })
}

/** Reads whose log this is from its first entry. */
async function bindSession(room: RoomId, log: FeedId, first: Uint8Array): Promise<Result<SessionBinding, LogReason>> {
  const decoded = decodeOperation(first, 0)
  if (!decoded.ok || decoded.value.body.kind !== 'session') return rejected('not-a-session')
  const certificate = await verifyDeviceCertificate(decoded.value.body.certificate)
  if (!certificate.ok) return rejected('certificate', certificate.reason)
  const { device, person } = certificate.value
  const session = sessionIdOf(device, decoded.value.body.nonce)
  return logIdOf(room, session) === log ? accepted({ session, device, person, log }) : rejected('another-log')
}

async function isOperationGenuine(
  genesis: ReceivedGenesis,
  session: SessionId,
  operation: ReceivedOperation,
): Promise<boolean> {
  const { body, node } = operation
  if (body.kind === 'session' || body.kind === 'unknown') return true
  const isDeparture = body.kind === 'revoke' && body.mode === 'leave'
  if (node === ROOT && !isDeparture && !(await verifyRootSignatures(genesis, session, operation))) return false
  if (body.kind !== 'grant' || body.via === undefined) return true
  return body.to !== '*' && (await verifyConsent(genesis.room, body.via.invite, body.to, body.via.consent))
}
