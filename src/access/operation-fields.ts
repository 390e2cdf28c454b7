/** The parts that the bodies of several kinds of operations share, on the wire. All of them are read strictly. */
import { assert } from '../base/assert.ts'
import type { Reader, Writer } from '../base/codec.ts'
import { ID_BYTES } from '../base/ids.ts'
import type { DeviceId, DocumentId, FeedId, Id, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import { SIGNATURE_BYTES, type ChainHead } from '../feed/chain.ts'
import * as limits from './operation-limits.ts'
import type { Admission, JoinConsent, KeyBox, Pin, RevokeTarget, RootSignature, Scope } from './operation.ts'
import { ROLES, type Role } from './role.ts'

export const PUBLIC_KEY_BYTES = 32
/** What HPKE puts in front of a sealed text: an X25519 public key. */
export const ENCAPSULATED_KEY_BYTES = 32
/** A room key of 32 bytes and the tag of 16. */
export const SEALED_KEY_BYTES = 48

/** A number below `count` that stands for one of so many values. */
export function oneOf(reader: Reader, count: number): number {
  const value = reader.u8()
  return value < count ? value : reader.fail('unknown value')
}

/** Bytes of a fixed length: another length would be read back as something else. */
export function writeFixed(writer: Writer, bytes: Uint8Array, length: number): Writer {
  assert(bytes.length === length, `the field has ${length} bytes, not ${bytes.length}`)
  return writer.fixed(bytes)
}

export const readRole = (reader: Reader): Role => ROLES[oneOf(reader, ROLES.length)] ?? reader.fail('role')

export const writeIds = (writer: Writer, ids: readonly Id<string>[]): Writer => writer.list(ids, (id) => writer.id(id))

export const readIds = <T extends Id<string>>(reader: Reader, max: number): T[] =>
  reader.list(max, () => reader.id<T>())

/** A list in which nothing may stand twice. */
export function readDistinctIds<T extends Id<string>>(reader: Reader, max: number): T[] {
  const ids = readIds<T>(reader, max)
  return new Set(ids).size === ids.length ? ids : reader.fail('named twice')
}

export function writePerson(writer: Writer, person: PersonId | '*'): Writer {
  return person === '*' ? writer.u8(0) : writer.u8(1).id(person)
}

export const readPerson = (reader: Reader): PersonId | '*' => (oneOf(reader, 2) === 0 ? '*' : reader.id<PersonId>())

/** Everything, or a list. */
export function writeAllOrIds(writer: Writer, ids: '*' | readonly Id<string>[]): Writer {
  return ids === '*' ? writer.u8(0) : writeIds(writer.u8(1), ids)
}

export const readScope = (reader: Reader): Scope =>
  oneOf(reader, 2) === 0 ? '*' : readIds<DocumentId>(reader, limits.SCOPE_DOCUMENTS_MAX)

export const readWriters = (reader: Reader): '*' | PersonId[] =>
  oneOf(reader, 2) === 0 ? '*' : readDistinctIds<PersonId>(reader, limits.WRITERS_MAX)

export function writeAdmission(writer: Writer, via: Admission | undefined): void {
  if (via === undefined) {
    writer.u8(0)
    return
  }
  writeConsent(writer.u8(1).id(via.invite), via.consent)
}

export function readAdmission(reader: Reader): Admission | undefined {
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

export function writeTarget(writer: Writer, target: RevokeTarget): void {
  if (target.type === 'person') writer.u8(0).id(target.person)
  else if (target.type === 'grants') writeIds(writer.u8(1), target.grants)
  else writer.u8(2).id(target.grant)
}

export function readTarget(reader: Reader): RevokeTarget {
  const type = oneOf(reader, 3)
  if (type === 0) return { type: 'person', person: reader.id() }
  if (type === 1) return { type: 'grants', grants: readIds(reader, limits.TARGET_GRANTS_MAX) }
  return { type: 'subtree', grant: reader.id() }
}

const writeHead = (writer: Writer, head: ChainHead): Writer => writer.varuint(head.length).fixed(head.hash)

const readHead = (reader: Reader): ChainHead => ({ length: reader.varuint(), hash: reader.fixed(ID_BYTES) })

export const writePins = (writer: Writer, pins: readonly Pin[]): Writer =>
  writer.list(pins, ({ session, log, feeds }) => {
    writeHead(writer.id(session), log)
    writer.list(feeds, (head) => writeHead(writer.id(head.feed), head))
  })

export function readPins(reader: Reader): Pin[] {
  const pins = reader.list(limits.PINS_MAX, () => readPin(reader))
  if (new Set(pins.map((pin) => pin.session)).size !== pins.length) reader.fail('session pinned twice')
  return pins
}

function readPin(reader: Reader): Pin {
  const session = reader.id<SessionId>()
  const log = readHead(reader)
  const feeds = reader.list(limits.PIN_FEEDS_MAX, () => ({ feed: reader.id<FeedId>(), ...readHead(reader) }))
  return { session, log, feeds }
}

/** In the order of the keys, each once, so that one set of signatures has one encoding. */
export const writeRootSignatures = (writer: Writer, signatures: readonly RootSignature[]): Writer =>
  writer.list(signatures, ({ key, signature }) => writeFixed(writer.id(key), signature, SIGNATURE_BYTES))

export function readRootSignatures(reader: Reader): RootSignature[] {
  let previous: PersonId | undefined
  return reader.list(limits.ROOT_KEYS_MAX, () => {
    const key = reader.id<PersonId>()
    if (previous !== undefined && key <= previous) return reader.fail('root keys out of order')
    previous = key
    return { key, signature: reader.fixed(SIGNATURE_BYTES) }
  })
}

/** The order that `readRootSignatures` insists on. */
export const inKeyOrder = (signatures: readonly RootSignature[]): readonly RootSignature[] =>
  signatures.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))

/** Keys of a council and how many of them decide. */
export function readRootKeys(reader: Reader): { rootKeys: readonly PersonId[]; threshold: number } {
  const rootKeys = readDistinctIds<PersonId>(reader, limits.ROOT_KEYS_MAX)
  const threshold = reader.varuint(rootKeys.length)
  return threshold === 0 ? reader.fail('threshold') : { rootKeys, threshold }
}

export const writeBoxes = (writer: Writer, boxes: readonly KeyBox[]): Writer =>
  writer.list(boxes, ({ device, encapsulated, sealed }) => {
    writeFixed(writer.id(device), encapsulated, ENCAPSULATED_KEY_BYTES)
    writeFixed(writer, sealed, SEALED_KEY_BYTES)
  })

export function readBoxes(reader: Reader): KeyBox[] {
  const boxes = reader.list(limits.BOXES_MAX, () => ({
    device: reader.id<DeviceId>(),
    encapsulated: reader.fixed(ENCAPSULATED_KEY_BYTES),
    sealed: reader.fixed(SEALED_KEY_BYTES),
  }))
  return new Set(boxes.map(({ device }) => device)).size === boxes.length ? boxes : reader.fail('device named twice')
}
