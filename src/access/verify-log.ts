/**
 * The door of the access log: everything that needs a signature checked is checked here, before the evaluator, which is
 * synchronous and believes what it holds.
 */
import { idFromBytes, idToBytes, type DeviceId, type FeedId, type OperationHash, type PersonId } from '../base/ids.ts'
import type { RoomId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { verifyRange, type ChainHead, type ChainReason, type SignedEntry, type VerifiedRange } from '../feed/chain.ts'
import { logIdOf, sessionIdOf } from '../feed/feed-id.ts'
import { rememberKeys } from '../crypto/signature.ts'
import {
  decodeDeviceCertificate,
  pathOf,
  verifyDeviceCertificate,
  type DeviceCertificate,
} from '../identity/device-certificate.ts'
import type { ReceivedGenesis } from './genesis.ts'
import { verifyConsent } from './join-request.ts'
import { decodeOperation, type ReceivedOperation } from './operation-codec.ts'
import { OPERATION_BYTES_MAX } from './operation-limits.ts'
import {
  verifyDeviceRevocation,
  verifyRootConsent,
  verifyRootConsents,
  verifyRootSignatures,
} from './operation-signatures.ts'
import { ROOT } from './operation.ts'

/** Who writes a log, as its first entry states. */
export interface SessionBinding {
  readonly session: SessionId
  readonly device: DeviceId
  readonly person: PersonId
  readonly log: FeedId
  /** By which the session's first entry shows that the device is the person's. */
  readonly certificate: DeviceCertificate
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

/** Operations read, and logs checked, at one time: enough for every core, and the keys in them are tested together. */
const CHECKS_AT_ONCE = 512

/** A range of a log to be checked. */
export interface LogRangeOffer {
  readonly log: FeedId
  /** Who writes the log, as its first range told; undefined for that one. */
  readonly binding: SessionBinding | undefined
  readonly start: ChainHead
  readonly entries: readonly SignedEntry[]
}

export type LogReason = ChainReason | 'unknown-log' | 'not-a-session' | 'certificate' | 'another-log'

/**
 * Checks ranges of many logs: the same as one by one, but with the keys tested together and every core at work. The
 * outcomes come in the order of the offers. For rooms of thousands, when they are joined or opened.
 */
export async function verifyLogRanges(
  genesis: ReceivedGenesis,
  offers: readonly LogRangeOffer[],
): Promise<readonly Result<VerifiedLogRange, LogReason>[]> {
  const outcomes: Result<VerifiedLogRange, LogReason>[] = []
  for (let at = 0; at < offers.length; at += CHECKS_AT_ONCE) {
    const batch = offers.slice(at, at + CHECKS_AT_ONCE)
    rememberKeys(batch.flatMap(({ start, entries: [first] }) => (start.length === 0 ? keysIn(first, 0) : [])))
    outcomes.push(...(await Promise.all(batch.map((offer) => verifyLogRange({ genesis, ...offer })))))
  }
  return outcomes
}

/** The keys that signed inside an entry. */
function keysIn(entry: SignedEntry | undefined, seq: number): readonly Uint8Array[] {
  const decoded = entry && decodeOperation(entry.bytes, seq)
  return decoded?.ok === true ? keysInOperation(decoded.value) : []
}

function keysInOperation({ body }: ReceivedOperation): readonly Uint8Array[] {
  if (body.kind === 'session') return keysInCertificate(body.certificate)
  return body.kind === 'grant' && body.via ? keysInCertificate(body.via.consent.certificate) : []
}

function keysInCertificate(bytes: Uint8Array): readonly Uint8Array[] {
  const certificate = decodeDeviceCertificate(bytes)
  if (!certificate.ok) return []
  return [certificate.value.person, ...pathOf(certificate.value).map(({ device }) => device)].map(idToBytes)
}

/**
 * Checks that `entries` continue the log at `start`. The first range of a log has its session in its first entry; for a
 * later one give the `binding` that is known.
 */
export async function verifyLogRange(
  options: LogRangeOffer & { readonly genesis: ReceivedGenesis },
): Promise<Result<VerifiedLogRange, LogReason>> {
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
  const operations = await readOperations(genesis.room, binding, start.length, entries, range.value.hashes)
  const after = start.length === 0 ? undefined : idFromBytes<OperationHash>(start.hash)
  return accepted({ binding, after, operations, range: range.value })
}

/** The entries as operations, each with the verdict on the signatures inside it. */
async function readOperations(
  room: RoomId,
  binding: SessionBinding,
  from: number,
  entries: readonly SignedEntry[],
  hashes: readonly Uint8Array[],
): Promise<VerifiedOperation[]> {
  const operations: VerifiedOperation[] = []
  for (let at = 0; at < entries.length; at += CHECKS_AT_ONCE) {
    const batch = entries.slice(at, at + CHECKS_AT_ONCE).map(({ bytes }, i) => {
      const decoded = decodeOperation(bytes, from + at + i)
      return { bytes, operation: decoded.ok ? decoded.value : undefined }
    })
    rememberKeys(batch.flatMap(({ operation }) => (operation ? keysInOperation(operation) : [])))
    const read = batch.map(async ({ bytes, operation }, i) => {
      const hash = idFromBytes<OperationHash>(hashes[at + i] ?? new Uint8Array(0))
      const isGenuine = operation !== undefined && (await isOperationGenuine(room, binding, operation))
      return { hash, seq: from + at + i, operation, isGenuine, sizeBytes: bytes.length }
    })
    operations.push(...(await Promise.all(read)))
  }
  return operations
}

/** Reads whose log this is from its first entry. */
async function bindSession(room: RoomId, log: FeedId, first: Uint8Array): Promise<Result<SessionBinding, LogReason>> {
  const decoded = decodeOperation(first, 0)
  if (!decoded.ok || decoded.value.body.kind !== 'session') return rejected('not-a-session')
  const certificate = await verifyDeviceCertificate(decoded.value.body.certificate)
  if (!certificate.ok) return rejected('certificate', certificate.reason)
  const { device, person } = certificate.value
  const session = sessionIdOf(device, decoded.value.body.nonce)
  if (logIdOf(room, session) !== log) return rejected('another-log')
  return accepted({ session, device, person, log, certificate: certificate.value })
}

async function isOperationGenuine(
  room: RoomId,
  { session, person }: SessionBinding,
  operation: ReceivedOperation,
): Promise<boolean> {
  const { body, seq } = operation
  const place = { room, session, seq }
  if (speaksInTheNameOfTheRoot(operation) && !(await verifyRootSignatures(place, operation))) return false
  switch (body.kind) {
    case 'grant':
      if (body.via === undefined) return true
      return body.to !== '*' && verifyConsent(room, body.via.invite, body.to, body.via.consent)
    case 'root.rotate':
      return verifyRootConsents(room, body.consents)
    case 'root.accept':
      return verifyRootConsent(room, person, body.signature)
    case 'device.revoke':
      return verifyDeviceRevocation(place, person, body)
    default:
      return true
  }
}

/** All that stands under the root node, but for what people say of themselves there and of their own devices. */
function speaksInTheNameOfTheRoot({ node, body }: ReceivedOperation): boolean {
  if (node !== ROOT || body.kind === 'session' || body.kind === 'device.revoke') return false
  return body.kind !== 'unknown' && !(body.kind === 'revoke' && body.mode === 'leave')
}
