/** How the body of each kind of operation is written and read. */
import type { Reader, Writer } from '../base/codec.ts'
import type { DeviceId, DocumentId, EpochId, OperationHash } from '../base/ids.ts'
import { SIGNATURE_BYTES } from '../feed/chain.ts'
import { SESSION_NONCE_BYTES } from '../feed/feed-id.ts'
import { decodeMeetingPlaces, MEETING_PLACES } from './meeting-places.ts'
import * as fields from './operation-fields.ts'
import * as limits from './operation-limits.ts'
import { REVOKE_MODES, type DocumentKind, type OperationBody } from './operation.ts'
import { ROLES, rankOf } from './role.ts'

export type KnownKind = Exclude<OperationBody['kind'], 'unknown'>
export type BodyOf<Kind extends KnownKind> = Extract<OperationBody, { kind: Kind }>

export interface BodyCodec<Kind extends KnownKind> {
  /** For ever: a kind that goes leaves a gap. */
  readonly code: number
  write(this: void, writer: Writer, body: BodyOf<Kind>): void
  read(this: void, reader: Reader, kind: Kind): BodyOf<Kind>
}

type Codecs<Kind extends KnownKind> = { readonly [K in Kind]: BodyCodec<K> }

const DOCUMENT_KINDS: readonly DocumentKind[] = ['chat', 'note']

const readOver = (reader: Reader): OperationHash[] => fields.readIds(reader, limits.OVER_MAX)

const members: Codecs<'session' | 'grant' | 'invite' | 'invite.revoke' | 'join.request' | 'join.decline'> = {
  session: {
    code: 0,
    write: (writer, { certificate, nonce }) => fields.writeFixed(writer.bytes(certificate), nonce, SESSION_NONCE_BYTES),
    read: (reader, kind) => {
      const certificate = reader.bytes(limits.CERTIFICATE_BYTES_MAX)
      return { kind, certificate, nonce: reader.fixed(SESSION_NONCE_BYTES) }
    },
  },
  grant: {
    code: 1,
    write(writer, { to, role, scope, maxGrant, over, via }) {
      fields.writeAllOrIds(fields.writePerson(writer, to).u8(rankOf(role)), scope)
      fields.writeIds(writer.u8(maxGrant === undefined ? 0 : rankOf(maxGrant) + 1), over)
      fields.writeAdmission(writer, via)
    },
    read(reader, kind) {
      const to = fields.readPerson(reader)
      const role = fields.readRole(reader)
      const scope = fields.readScope(reader)
      const limit = fields.oneOf(reader, ROLES.length + 1)
      const maxGrant = limit === 0 ? undefined : ROLES[limit - 1]
      const over = readOver(reader)
      return { kind, to, role, scope, maxGrant, over, via: fields.readAdmission(reader) }
    },
  },
  invite: {
    code: 3,
    write(writer, body) {
      fields.writeFixed(writer, body.inviteKey, fields.PUBLIC_KEY_BYTES)
      fields.writeAllOrIds(writer.u8(rankOf(body.role)), body.scope)
      writer.varuint(body.usesMax).varuint(body.expiresAtMs)
      writer.u8(body.admitBy === 'any' ? 1 : 0).u8(body.approval === 'manual' ? 1 : 0)
      writer.bytes(body.sealedLabel)
    },
    read(reader, kind) {
      const inviteKey = reader.fixed(fields.PUBLIC_KEY_BYTES)
      const role = fields.readRole(reader)
      const scope = fields.readScope(reader)
      const usesMax = reader.varuint()
      const expiresAtMs = reader.varuint()
      const admitBy = fields.oneOf(reader, 2) === 1 ? 'any' : 'inviter'
      const approval = fields.oneOf(reader, 2) === 1 ? 'manual' : 'auto'
      const sealedLabel = reader.bytes(limits.SEALED_BYTES_MAX)
      return { kind, inviteKey, role, scope, usesMax, expiresAtMs, admitBy, approval, sealedLabel }
    },
  },
  'invite.revoke': {
    code: 4,
    write: (writer, { invite, keep }) => fields.writeIds(writer.id(invite), keep),
    read: (reader, kind) => ({ kind, invite: reader.id(), keep: fields.readIds(reader, limits.KEEP_MAX) }),
  },
  'join.request': {
    code: 20,
    write: (writer, { request }) => writer.bytes(request),
    read: (reader, kind) => ({ kind, request: reader.bytes(limits.REQUEST_BYTES_MAX) }),
  },
  'join.decline': {
    code: 21,
    write: (writer, { person, requests }) => fields.writeIds(writer.id(person), requests),
    read: (reader, kind) => ({ kind, person: reader.id(), requests: fields.readIds(reader, limits.DECLINED_MAX) }),
  },
}

const removals: Codecs<'revoke' | 'amend' | 'document.writers' | 'redact' | 'device.revoke'> = {
  revoke: {
    code: 2,
    write(writer, { target, scope, pins, mode, note }) {
      fields.writeTarget(writer, target)
      fields.writePins(fields.writeAllOrIds(writer, scope), pins)
      writer.u8(REVOKE_MODES.indexOf(mode)).bytes(note)
    },
    read(reader, kind) {
      const target = fields.readTarget(reader)
      const scope = fields.readScope(reader)
      const pins = fields.readPins(reader)
      const mode = REVOKE_MODES[fields.oneOf(reader, REVOKE_MODES.length)] ?? reader.fail('mode')
      return { kind, target, scope, pins, mode, note: reader.bytes(limits.SEALED_BYTES_MAX) }
    },
  },
  amend: {
    code: 10,
    write: (writer, { revocation, pins }) => fields.writePins(writer.id(revocation), pins),
    read: (reader, kind) => ({ kind, revocation: reader.id(), pins: fields.readPins(reader) }),
  },
  'document.writers': {
    code: 11,
    write(writer, { document, people, pins, over }) {
      fields.writeAllOrIds(writer.id(document), people)
      fields.writeIds(fields.writePins(writer, pins), over)
    },
    read(reader, kind) {
      const document = reader.id<DocumentId>()
      const people = fields.readWriters(reader)
      const pins = fields.readPins(reader)
      return { kind, document, people, pins, over: readOver(reader) }
    },
  },
  redact: {
    code: 13,
    write: (writer, { feed, from, to }) => writer.id(feed).varuint(from).varuint(to),
    read(reader, kind) {
      const feed = reader.id<BodyOf<'redact'>['feed']>()
      const from = reader.varuint()
      const to = reader.varuint()
      return from < to ? { kind, feed, from, to } : reader.fail('empty range')
    },
  },
  'device.revoke': {
    code: 17,
    write(writer, { identitySignature, ...statement }) {
      writeDeviceRevocation(writer, statement)
      if (identitySignature.length === 0) writer.u8(0)
      else fields.writeFixed(writer.u8(1), identitySignature, SIGNATURE_BYTES)
    },
    read(reader, kind) {
      const device = reader.id<DeviceId>()
      const pins = fields.readPins(reader)
      const keep = fields.readDistinctIds<DeviceId>(reader, limits.DEVICE_KEEP_MAX)
      const isByIdentity = fields.oneOf(reader, 2) === 1
      return { kind, device, pins, keep, identitySignature: reader.fixed(isByIdentity ? SIGNATURE_BYTES : 0) }
    },
  },
}

/** All of a device revocation that the identity key signs. */
export function writeDeviceRevocation(
  writer: Writer,
  { device, pins, keep }: Pick<BodyOf<'device.revoke'>, 'device' | 'pins' | 'keep'>,
): Writer {
  return fields.writeIds(fields.writePins(writer.id(device), pins), keep)
}

const registers: Codecs<'document.create' | 'feed.open' | 'profile' | 'room.name' | 'policy.set'> = {
  'document.create': {
    code: 5,
    write: (writer, { documentKind, schemaVersion, policy }) =>
      writer.u8(DOCUMENT_KINDS.indexOf(documentKind)).varuint(schemaVersion).bytes(policy),
    read(reader, kind) {
      const documentKind = DOCUMENT_KINDS[fields.oneOf(reader, DOCUMENT_KINDS.length)] ?? reader.fail('document kind')
      const schemaVersion = reader.varuint()
      return { kind, documentKind, schemaVersion, policy: reader.bytes(limits.RESERVED_BYTES_MAX) }
    },
  },
  'feed.open': {
    code: 6,
    write: (writer, { document }) => writer.id(document),
    read: (reader, kind) => ({ kind, document: reader.id() }),
  },
  profile: {
    code: 8,
    write: (writer, { counter, sealed }) => writer.varuint(counter).bytes(sealed),
    read: (reader, kind) => ({ kind, counter: reader.varuint(), sealed: reader.bytes(limits.SEALED_BYTES_MAX) }),
  },
  'room.name': {
    code: 9,
    write: (writer, { sealed, over }) => fields.writeIds(writer.bytes(sealed), over),
    read: (reader, kind) => ({ kind, sealed: reader.bytes(limits.SEALED_BYTES_MAX), over: readOver(reader) }),
  },
  'policy.set': {
    code: 12,
    write: (writer, { key, value, over }) => fields.writeIds(writer.text(key).bytes(value), over),
    read(reader, kind) {
      const key = reader.text(limits.POLICY_KEY_BYTES_MAX)
      const value = reader.bytes(limits.POLICY_VALUE_BYTES_MAX)
      if (key === MEETING_PLACES && !decodeMeetingPlaces(value).ok) reader.fail('meeting places')
      return { kind, key, value, over: readOver(reader) }
    },
  },
}

const keys: Codecs<'epoch' | 'epoch.seal' | 'epoch.request' | 'root.rotate' | 'root.offer' | 'root.accept'> = {
  epoch: {
    code: 7,
    write(writer, { epoch, previous, wrapped, boxes }) {
      writer.id(epoch)
      if (previous === undefined) writer.u8(0)
      else writer.u8(1).id(previous)
      fields.writeBoxes(writer.bytes(wrapped), boxes)
    },
    read(reader, kind) {
      const epoch = reader.id<EpochId>()
      const previous = fields.oneOf(reader, 2) === 1 ? reader.id<EpochId>() : undefined
      const wrapped = reader.bytes(limits.WRAPPED_KEY_BYTES_MAX)
      if (previous === undefined && wrapped.length > 0) reader.fail('a wrapped key of no epoch')
      return { kind, epoch, previous, wrapped, boxes: fields.readBoxes(reader) }
    },
  },
  'epoch.seal': {
    code: 18,
    write: (writer, { epoch, boxes }) => fields.writeBoxes(writer.id(epoch), boxes),
    read: (reader, kind) => ({ kind, epoch: reader.id(), boxes: fields.readBoxes(reader) }),
  },
  'epoch.request': {
    code: 19,
    write: (writer, { epoch, bad }) => fields.writeIds(writer.id(epoch), bad),
    read: (reader, kind) => ({ kind, epoch: reader.id(), bad: fields.readIds(reader, limits.BAD_BOXES_MAX) }),
  },
  'root.rotate': {
    code: 14,
    write(writer, { rootKeys, threshold, keep, consents }) {
      fields.writeIds(fields.writeIds(writer, rootKeys).varuint(threshold), keep)
      fields.writeRootSignatures(writer, consents)
    },
    read(reader, kind) {
      const { rootKeys, threshold } = fields.readRootKeys(reader)
      const keep = fields.readIds<OperationHash>(reader, limits.ROOT_KEEP_MAX)
      return { kind, rootKeys, threshold, keep, consents: fields.readRootSignatures(reader) }
    },
  },
  'root.offer': {
    code: 15,
    write: (writer, { to }) => writer.id(to),
    read: (reader, kind) => ({ kind, to: reader.id() }),
  },
  'root.accept': {
    code: 16,
    write: (writer, { signature }) => fields.writeFixed(writer, signature, SIGNATURE_BYTES),
    read: (reader, kind) => ({ kind, signature: reader.fixed(SIGNATURE_BYTES) }),
  },
}

export const BODY_CODECS: Codecs<KnownKind> = { ...members, ...removals, ...registers, ...keys }
