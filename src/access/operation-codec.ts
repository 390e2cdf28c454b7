/**
 * The wire format of operations: `version, seq, node, kind, length of body, body`, and under the root node the root
 * keys' signatures. A kind or version that this program does not know decodes to `unknown`, so that an old program can
 * keep a new one's log; anything else that is off is malformed.
 */
import { unreachable } from '../base/assert.ts'
import { decode, type Reader, Writer } from '../base/codec.ts'
import { ID_BYTES } from '../base/ids.ts'
import type { DocumentId, EpochId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { SIGNATURE_BYTES, type ChainHead } from '../feed/chain.ts'
import { SESSION_NONCE_BYTES } from '../feed/feed-id.ts'
import * as limits from './operation-limits.ts'
import type { Admission, DocumentKind, JoinConsent, Operation, OperationBody, Pin } from './operation.ts'
import { REVOKE_MODES, ROOT, type RevokeTarget, type RootSignature, type Scope } from './operation.ts'
import { ROLES, rankOf, type Role } from './role.ts'

const VERSION = 1
const PUBLIC_KEY_BYTES = 32
const DOCUMENT_KINDS: readonly DocumentKind[] = ['chat', 'note']

export type KnownKind = Exclude<OperationBody['kind'], 'unknown'>

/** Wire numbers are for ever; a kind that goes leaves a gap. */
const CODES: Readonly<Record<KnownKind, number>> = {
  session: 0,
  grant: 1,
  revoke: 2,
  invite: 3,
  'invite.revoke': 4,
  'document.create': 5,
  'feed.open': 6,
  epoch: 7,
  profile: 8,
  'room.name': 9,
}
const KINDS = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind as KnownKind]))

export function encodeBody(body: OperationBody): Uint8Array {
  const writer = new Writer()
  writeBody(writer, body)
  return writer.finish()
}

export const kindCodeOf = (kind: KnownKind): number => CODES[kind]

/** The bytes of one log entry. Bodies of unknown kinds are never written, only passed on as received. */
export function encodeOperation(operation: Operation): Uint8Array {
  const { seq, node, body, rootSignatures } = operation
  if (body.kind === 'unknown') throw new RangeError('an unknown operation has no encoding')
  const writer = new Writer().u8(VERSION).varuint(seq).id(node).varuint(CODES[body.kind]).bytes(encodeBody(body))
  if (hasRootSignatures(node, body.kind))
    writer.list(rootSignatures, ({ key, signature }) => writer.varuint(key).fixed(signature))
  return writer.finish()
}

export interface ReceivedOperation extends Operation {
  /** The body as it came: signatures are checked over these bytes, nothing is encoded again. */
  readonly bodyBytes: Uint8Array
}

const unknownOperation = (seq: number, node: OperationHash): ReceivedOperation => ({
  seq,
  node,
  body: { kind: 'unknown' },
  rootSignatures: [],
  bodyBytes: new Uint8Array(0),
})

/** Reads the log entry at position `seq`. */
export function decodeOperation(bytes: Uint8Array, seq: number): Result<ReceivedOperation, 'malformed'> {
  if (bytes.length === 0 || bytes.length > limits.OPERATION_BYTES_MAX) return rejected('malformed', 'size')
  if (bytes[0] !== VERSION) return accepted(unknownOperation(seq, ROOT))
  return decode(bytes, (reader) => {
    reader.u8()
    if (reader.varuint() !== seq) reader.fail('another position')
    const node = reader.id<OperationHash>()
    const kind = KINDS.get(reader.varuint())
    const bodyBytes = reader.bytes(limits.OPERATION_BYTES_MAX)
    if (kind === undefined) {
      reader.rest()
      return unknownOperation(seq, node)
    }
    const body = decode(bodyBytes, (inner) => readBody(inner, kind))
    if (!body.ok) return reader.fail(body.detail ?? 'body')
    const rootSignatures = hasRootSignatures(node, kind) ? readRootSignatures(reader) : []
    return { seq, node, body: body.value, rootSignatures, bodyBytes }
  })
}

const hasRootSignatures = (node: OperationHash, kind: KnownKind): boolean => node === ROOT && kind !== 'session'

function readRootSignatures(reader: Reader): RootSignature[] {
  let previous = -1
  return reader.list(limits.ROOT_KEYS_MAX, () => {
    const key = reader.varuint(limits.ROOT_KEYS_MAX - 1)
    if (key <= previous) return reader.fail('root keys out of order')
    previous = key
    return { key, signature: reader.fixed(SIGNATURE_BYTES) }
  })
}

function writeBody(writer: Writer, body: OperationBody): void {
  switch (body.kind) {
    case 'session':
      writer.bytes(body.certificate).fixed(body.nonce)
      break
    case 'grant':
      writePerson(writer, body.to)
      writeScope(writer.u8(rankOf(body.role)), body.scope)
      writer.u8(body.maxGrant === undefined ? 0 : rankOf(body.maxGrant) + 1)
      writer.list(body.over, (hash) => writer.id(hash))
      writeAdmission(writer, body.via)
      break
    case 'revoke':
      writeTarget(writer, body.target)
      writeScope(writer, body.scope)
      writer.list(body.pins, (pin) => writePin(writer, pin))
      writer.u8(REVOKE_MODES.indexOf(body.mode)).bytes(body.note)
      break
    case 'invite':
      writeScope(writer.fixed(body.inviteKey).u8(rankOf(body.role)), body.scope)
      writer.varuint(body.usesMax).varuint(body.expiresAtMs)
      writer.u8(body.admitBy === 'any' ? 1 : 0).u8(body.approval === 'manual' ? 1 : 0)
      writer.bytes(body.sealedLabel)
      break
    case 'invite.revoke':
      writer.id(body.invite).list(body.keep, (hash) => writer.id(hash))
      break
    case 'document.create':
      writer.u8(DOCUMENT_KINDS.indexOf(body.documentKind)).varuint(body.schemaVersion).bytes(body.policy)
      break
    case 'feed.open':
      writer.id(body.document)
      break
    case 'epoch':
      writer.id(body.epoch)
      break
    case 'profile':
      writer.varuint(body.counter).bytes(body.sealed)
      break
    case 'room.name':
      writer.bytes(body.sealed).list(body.over, (hash) => writer.id(hash))
      break
    case 'unknown':
      throw new RangeError('an unknown operation has no encoding')
  }
}

function readBody(reader: Reader, kind: KnownKind): OperationBody {
  switch (kind) {
    case 'session':
      return { kind, certificate: reader.bytes(limits.CERTIFICATE_BYTES_MAX), nonce: reader.fixed(SESSION_NONCE_BYTES) }
    case 'grant': {
      const to = readPerson(reader)
      const role = readRole(reader)
      const scope = readScope(reader)
      const limit = oneOf(reader, ROLES.length + 1)
      const over = readHashes(reader, limits.OVER_MAX)
      return {
        kind,
        to,
        role,
        scope,
        maxGrant: limit === 0 ? undefined : ROLES[limit - 1],
        over,
        via: readAdmission(reader),
      }
    }
    case 'revoke': {
      const target = readTarget(reader)
      const scope = readScope(reader)
      const pins = reader.list(limits.PINS_MAX, () => readPin(reader))
      if (new Set(pins.map((pin) => pin.session)).size !== pins.length) reader.fail('session pinned twice')
      const mode = REVOKE_MODES[oneOf(reader, REVOKE_MODES.length)] ?? reader.fail('mode')
      return { kind, target, scope, pins, mode, note: reader.bytes(limits.SEALED_BYTES_MAX) }
    }
    case 'invite': {
      const inviteKey = reader.fixed(PUBLIC_KEY_BYTES)
      const role = readRole(reader)
      const scope = readScope(reader)
      const usesMax = reader.varuint()
      const expiresAtMs = reader.varuint()
      const admitBy = oneOf(reader, 2) === 1 ? 'any' : 'inviter'
      const approval = oneOf(reader, 2) === 1 ? 'manual' : 'auto'
      const sealedLabel = reader.bytes(limits.SEALED_BYTES_MAX)
      return { kind, inviteKey, role, scope, usesMax, expiresAtMs, admitBy, approval, sealedLabel }
    }
    case 'invite.revoke':
      return { kind, invite: reader.id(), keep: readHashes(reader, limits.KEEP_MAX) }
    case 'document.create': {
      const documentKind = DOCUMENT_KINDS[oneOf(reader, DOCUMENT_KINDS.length)] ?? reader.fail('document kind')
      const schemaVersion = reader.varuint()
      return { kind, documentKind, schemaVersion, policy: reader.bytes(limits.RESERVED_BYTES_MAX) }
    }
    case 'feed.open':
      return { kind, document: reader.id<DocumentId>() }
    case 'epoch':
      return { kind, epoch: reader.id<EpochId>() }
    case 'profile':
      return { kind, counter: reader.varuint(), sealed: reader.bytes(limits.SEALED_BYTES_MAX) }
    case 'room.name':
      return { kind, sealed: reader.bytes(limits.SEALED_BYTES_MAX), over: readHashes(reader, limits.OVER_MAX) }
    default:
      return unreachable(kind)
  }
}

const oneOf = (reader: Reader, count: number): number => {
  const value = reader.u8()
  return value < count ? value : reader.fail('unknown value')
}

const readRole = (reader: Reader): Role => ROLES[oneOf(reader, ROLES.length)] ?? reader.fail('role')

const readHashes = (reader: Reader, max: number): OperationHash[] => reader.list(max, () => reader.id<OperationHash>())

function writePerson(writer: Writer, person: PersonId | '*'): void {
  if (person === '*') writer.u8(0)
  else writer.u8(1).id(person)
}

const readPerson = (reader: Reader): PersonId | '*' => (oneOf(reader, 2) === 0 ? '*' : reader.id<PersonId>())

function writeScope(writer: Writer, scope: Scope): void {
  if (scope === '*') writer.u8(0)
  else writer.u8(1).list(scope, (document) => writer.id(document))
}

const readScope = (reader: Reader): Scope =>
  oneOf(reader, 2) === 0 ? '*' : reader.list(limits.SCOPE_DOCUMENTS_MAX, () => reader.id<DocumentId>())

function writeAdmission(writer: Writer, via: Admission | undefined): void {
  if (via === undefined) {
    writer.u8(0)
    return
  }
  writeConsent(writer.u8(1).id(via.invite), via.consent)
}

function readAdmission(reader: Reader): Admission | undefined {
  if (oneOf(reader, 2) === 0) return undefined
  return { invite: reader.id<OperationHash>(), consent: readConsent(reader) }
}

export function writeConsent(writer: Writer, consent: JoinConsent): void {
  writer.bytes(consent.certificate).fixed(consent.inviteKey).fixed(consent.profileHash)
  writer.fixed(consent.inviteSignature).fixed(consent.deviceSignature)
}

export const readConsent = (reader: Reader): JoinConsent => ({
  certificate: reader.bytes(limits.CERTIFICATE_BYTES_MAX),
  inviteKey: reader.fixed(PUBLIC_KEY_BYTES),
  profileHash: reader.fixed(ID_BYTES),
  inviteSignature: reader.fixed(SIGNATURE_BYTES),
  deviceSignature: reader.fixed(SIGNATURE_BYTES),
})

function writeTarget(writer: Writer, target: RevokeTarget): void {
  if (target.type === 'person') writer.u8(0).id(target.person)
  else if (target.type === 'grants') writer.u8(1).list(target.grants, (hash) => writer.id(hash))
  else writer.u8(2).id(target.grant)
}

function readTarget(reader: Reader): RevokeTarget {
  const type = oneOf(reader, 3)
  if (type === 0) return { type: 'person', person: reader.id() }
  if (type === 1) return { type: 'grants', grants: readHashes(reader, limits.TARGET_GRANTS_MAX) }
  return { type: 'subtree', grant: reader.id() }
}

const writeHead = (writer: Writer, head: ChainHead): Writer => writer.varuint(head.length).fixed(head.hash)

const readHead = (reader: Reader): ChainHead => ({ length: reader.varuint(), hash: reader.fixed(ID_BYTES) })

function writePin(writer: Writer, { session, log, feeds }: Pin): void {
  writeHead(writer.id(session), log)
  if ('vector' in feeds) writer.u8(0).fixed(feeds.vector)
  else writer.u8(1).list(feeds.heads, (head) => writeHead(writer.id(head.feed), head))
}

function readPin(reader: Reader): Pin {
  const session = reader.id<SessionId>()
  const log = readHead(reader)
  if (oneOf(reader, 2) === 0) return { session, log, feeds: { vector: reader.fixed(ID_BYTES) } }
  const heads = reader.list(limits.PIN_FEEDS_MAX, () => ({ feed: reader.id<FeedId>(), ...readHead(reader) }))
  return { session, log, feeds: { heads } }
}
