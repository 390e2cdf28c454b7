/**
 * What people tell each other about people and files: I know them, I block them, beware of this file, and that one of
 * these no longer holds. A statement is signed by a certified device of its issuer and carries the certificate, so that
 * it can be checked wherever it turns up.
 *
 *   version u8 = 1 | kind u8 | what it says | serial varuint | until varuint | certificate | signature 64
 *
 * Of one issuer about one subject only the statement with the highest serial counts. The time until which it holds is
 * read when levels are computed and never decides whether a statement is valid.
 */
import { decode, type Reader, type Writer } from '../base/codec.ts'
import { unreachable } from '../base/assert.ts'
import { idFromBytes, type DeviceId, type Id, type PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { sha256 } from '../crypto/hash.ts'
import { SIGNATURE_BYTES } from '../crypto/signature.ts'
import {
  DEVICE_CERTIFICATE_BYTES_MAX,
  decodeDeviceCertificate,
  pathOf,
  type DeviceCertificate,
} from '../identity/device-certificate.ts'
import type { FileHash } from './settings.ts'

/** Hash of the whole statement. */
export type StatementId = Id<'statement'>

/** A vouch for `people` says: I know who this is. One for `safety`: their blocks and warnings are worth hearing. */
export const VOUCH_AREAS = ['people', 'safety'] as const
export type VouchArea = (typeof VOUCH_AREAS)[number]
/** In the order of their codes. A reason of a later version is read as `other`. */
export const BLOCK_REASONS = ['other', 'spam', 'harassment', 'impersonation', 'malware'] as const
export type BlockReason = (typeof BLOCK_REASONS)[number]
export const WARN_REASONS = ['other', 'malware', 'deceptive', 'harmful'] as const
export type WarnReason = (typeof WARN_REASONS)[number]

export type Claim =
  | { readonly kind: 'vouch'; readonly person: PersonId; readonly area: VouchArea }
  | { readonly kind: 'block'; readonly person: PersonId; readonly reason: BlockReason }
  | { readonly kind: 'warn'; readonly file: FileHash; readonly reason: WarnReason }
  | Withdrawal

/** Takes back what the same issuer said. */
export type Withdrawal =
  | { readonly kind: 'withdraw'; readonly of: 'vouch'; readonly person: PersonId; readonly area: VouchArea }
  | { readonly kind: 'withdraw'; readonly of: 'block'; readonly person: PersonId }
  | { readonly kind: 'withdraw'; readonly of: 'warn'; readonly file: FileHash }

export interface Statement {
  readonly id: StatementId
  readonly claim: Claim
  readonly issuer: PersonId
  /** The devices from the identity key to the one that signed, which is the last. */
  readonly devices: readonly DeviceId[]
  /** Grows with every statement of the issuer: the minute since 1970, and more than the last one. */
  readonly serial: number
  /** Milliseconds since 1970. */
  readonly untilMs: number
  readonly bytes: Uint8Array
}

export type StatementRejection = 'malformed' | 'about-oneself'

const DAY_MS = 24 * 60 * 60 * 1000
/** Whoever still means it says it again. Half a year: long enough not to nag, short enough to forget the departed. */
export const STATEMENT_LIFE_MS_MAX = 180 * DAY_MS
/** How far two honest clocks may be apart. */
export const STATEMENT_CLOCK_SKEW_MS_MAX = DAY_MS
/** Minutes since 1970 reach it in the year 10136. */
export const STATEMENT_SERIAL_MAX = 2 ** 32 - 1

const VERSION = 1
/** Version, kind, what is withdrawn, subject, area or reason, five bytes of serial, eight of time, two of length. */
const STATEMENT_HEADER_BYTES_MAX = 1 + 1 + 1 + 32 + 1 + 5 + 8 + 2
export const STATEMENT_BYTES_MAX = STATEMENT_HEADER_BYTES_MAX + DEVICE_CERTIFICATE_BYTES_MAX + SIGNATURE_BYTES

/** In the order of their codes. */
const KINDS = ['vouch', 'block', 'warn', 'withdraw'] as const

/** Whether a statement counts now: not yet over, and not meant to hold for longer than any may. */
export const isInForce = ({ untilMs }: Pick<Statement, 'untilMs'>, nowMs: number): boolean =>
  nowMs < untilMs && untilMs <= nowMs + STATEMENT_LIFE_MS_MAX + STATEMENT_CLOCK_SKEW_MS_MAX

/** What a statement replaces: the older one of the same issuer with the same slot. */
export function slotOf(claim: Claim): string {
  const kind = claim.kind === 'withdraw' ? claim.of : claim.kind
  if ('file' in claim) return `warn ${claim.file}`
  return 'area' in claim ? vouchSlot(claim.person, claim.area) : `${kind} ${claim.person}`
}

export const vouchSlot = (person: PersonId, area: VouchArea): string => `vouch ${area} ${person}`
export const blockSlot = (person: PersonId): string => `block ${person}`
export const warnSlot = (file: FileHash): string => `warn ${file}`

export function writeClaim(writer: Writer, claim: Claim): void {
  writer.u8(KINDS.indexOf(claim.kind))
  switch (claim.kind) {
    case 'vouch':
      writer.id(claim.person).u8(VOUCH_AREAS.indexOf(claim.area))
      return
    case 'block':
      writer.id(claim.person).u8(BLOCK_REASONS.indexOf(claim.reason))
      return
    case 'warn':
      writer.id(claim.file).u8(WARN_REASONS.indexOf(claim.reason))
      return
    case 'withdraw':
      writeWithdrawal(writer, claim)
      return
    default:
      unreachable(claim)
  }
}

function writeWithdrawal(writer: Writer, claim: Withdrawal): void {
  writer.u8(KINDS.indexOf(claim.of)).id(claim.of === 'warn' ? claim.file : claim.person)
  if (claim.of === 'vouch') writer.u8(VOUCH_AREAS.indexOf(claim.area))
}

function readClaim(reader: Reader): Claim {
  const kind = KINDS[reader.u8()]
  switch (kind) {
    case 'vouch':
      return { kind, person: reader.id(), area: readArea(reader) }
    case 'block':
      return { kind, person: reader.id(), reason: BLOCK_REASONS[reader.u8()] ?? 'other' }
    case 'warn':
      return { kind, file: reader.id(), reason: WARN_REASONS[reader.u8()] ?? 'other' }
    case 'withdraw':
      return readWithdrawal(reader)
    case undefined:
      return reader.fail('unknown kind')
    default:
      return unreachable(kind)
  }
}

function readWithdrawal(reader: Reader): Withdrawal {
  const of = KINDS[reader.u8()]
  if (of === 'vouch') return { kind: 'withdraw', of, person: reader.id(), area: readArea(reader) }
  if (of === 'block') return { kind: 'withdraw', of, person: reader.id() }
  if (of === 'warn') return { kind: 'withdraw', of, file: reader.id() }
  return reader.fail('nothing that can be withdrawn')
}

/** An area of a later version is none that this one could count, and must not be taken for one that it can. */
const readArea = (reader: Reader): VouchArea => VOUCH_AREAS[reader.u8()] ?? reader.fail('unknown area')

export function writeStatementHeader(
  writer: Writer,
  statement: Pick<Statement, 'claim' | 'serial' | 'untilMs'> & { readonly certificate: Uint8Array },
): void {
  writer.u8(VERSION)
  writeClaim(writer, statement.claim)
  writer.varuint(statement.serial).varuint(statement.untilMs).bytes(statement.certificate)
}

export interface DecodedStatement extends Statement {
  readonly certificate: DeviceCertificate
}

/** Reads a statement without believing it. */
export function decodeStatement(bytes: Uint8Array): Result<DecodedStatement, StatementRejection> {
  if (bytes.length > STATEMENT_BYTES_MAX) return rejected('malformed', 'too long')
  const own = bytes.slice() // a copy: the caller's buffer may be a whole message
  const fields = decode(own, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('unknown version')
    const claim = readClaim(reader)
    const serial = reader.varuint(STATEMENT_SERIAL_MAX)
    const untilMs = reader.varuint()
    const certificate = reader.bytes(DEVICE_CERTIFICATE_BYTES_MAX)
    reader.fixed(SIGNATURE_BYTES)
    return { claim, serial, untilMs, certificate }
  })
  if (!fields.ok) return fields
  const certificate = decodeDeviceCertificate(fields.value.certificate)
  if (!certificate.ok) return certificate
  const { claim } = fields.value
  const issuer = certificate.value.person
  if ('person' in claim && claim.person === issuer) return rejected('about-oneself')
  const devices = pathOf(certificate.value).map(({ device }) => device)
  const id = idFromBytes<StatementId>(sha256(own))
  return accepted({ ...fields.value, certificate: certificate.value, id, issuer, devices, bytes: own })
}
