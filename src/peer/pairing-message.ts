/**
 * What two devices say to each other when one adds the other, inside the sealed channel:
 *
 *   guest -> host   hello: its keys and name, signed for this dialogue
 *   host -> guest   welcome: its certificate, and how many rooms follow; or: declined
 *   host -> guest   one room each
 *   guest -> host   done: everything is stored
 */
import { concatBytes, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { idToBytes, type DeviceId, type RoomId } from '../base/ids.ts'
import { rejected, type Result } from '../base/result.ts'
import { decodeGenesis } from '../access/genesis.ts'
import type { Signer } from '../crypto/device-key.ts'
import { AGREEMENT_KEY_BYTES, isAcceptableAgreementKey } from '../crypto/key-agreement.ts'
import { SIGNATURE_BYTES, verify } from '../crypto/signature.ts'
import { DEVICE_CERTIFICATE_BYTES_MAX } from '../identity/device-certificate.ts'
import { NAME_BYTES_MAX } from './invite-link.ts'
import { cleanName } from './people.ts'
import { MEETING_SECRET_BYTES } from './meeting-keys.ts'

const HELLO = 1
const WELCOME = 2
const DECLINED = 3
const ROOM = 4
const DONE = 5

const SIGNED_HELLO = utf8('parley pairing hello 1')
/** Rooms that one pairing hands over. A device with more is far beyond what this program is made for. */
export const PAIRED_ROOMS_MAX = 2_000
/** A person's devices that the new one learns the names of. */
const DEVICE_NAMES_MAX = 64
const GENESIS_BYTES_MAX = 16 * 1024
const TRACKERS_MAX = 8
const TRACKER_BYTES_MAX = 200

export interface PairingHello {
  readonly device: DeviceId
  readonly sealKey: Uint8Array
  readonly name: string
}

export interface PairingWelcome {
  readonly certificate: Uint8Array
  readonly myName: string
  readonly deviceNames: readonly (readonly [device: DeviceId, name: string])[]
  readonly roomCount: number
}

export interface PairedRoom {
  readonly room: RoomId
  readonly meetingSecret: Uint8Array
  readonly genesis: Uint8Array
  readonly name: string
  readonly myName: string
  readonly trackers: readonly string[]
}

export type PairingMessageReason = 'malformed' | 'declined' | 'signature' | 'another-room'

const statementOf = (handshakeHash: Uint8Array, { device, sealKey, name }: PairingHello): Uint8Array =>
  concatBytes(SIGNED_HELLO, handshakeHash, idToBytes(device), sealKey, utf8(name))

/** The device proves that it holds the key that it wants certified. */
export async function encodeHello(hello: PairingHello, signer: Signer, handshakeHash: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(statementOf(handshakeHash, hello))
  const writer = new Writer().u8(HELLO).id(hello.device).fixed(hello.sealKey).text(hello.name)
  return writer.fixed(signature).finish()
}

export async function readHello(
  bytes: Uint8Array,
  handshakeHash: Uint8Array,
): Promise<Result<PairingHello, PairingMessageReason>> {
  const read = decode(bytes, (reader) => {
    if (reader.u8() !== HELLO) reader.fail('not a hello')
    const device = reader.id<DeviceId>()
    const sealKey = reader.fixed(AGREEMENT_KEY_BYTES).slice()
    if (!isAcceptableAgreementKey(sealKey)) reader.fail('seal key')
    const name = reader.text(NAME_BYTES_MAX)
    return { device, sealKey, name, signature: reader.fixed(SIGNATURE_BYTES) }
  })
  if (!read.ok) return read
  const { signature, ...hello } = read.value
  if (!(await verify(signature, statementOf(handshakeHash, hello), idToBytes(hello.device))))
    return rejected('signature')
  return { ok: true, value: { ...hello, name: cleanName(hello.name) } }
}

export function encodeWelcome({ certificate, myName, deviceNames, roomCount }: PairingWelcome): Uint8Array {
  const writer = new Writer().u8(WELCOME).bytes(certificate).text(myName)
  writer.list(deviceNames.slice(0, DEVICE_NAMES_MAX), ([device, name]) => writer.id(device).text(name))
  return writer.varuint(roomCount).finish()
}

export const encodeDeclined = (): Uint8Array => new Writer().u8(DECLINED).finish()

export function readWelcome(bytes: Uint8Array): Result<PairingWelcome, PairingMessageReason> {
  if (bytes.length === 1 && bytes[0] === DECLINED) return rejected('declined')
  return decode(bytes, (reader) => {
    if (reader.u8() !== WELCOME) reader.fail('not a welcome')
    const certificate = reader.bytes(DEVICE_CERTIFICATE_BYTES_MAX).slice()
    const myName = cleanName(reader.text(NAME_BYTES_MAX))
    const deviceNames = reader.list(
      DEVICE_NAMES_MAX,
      () => [reader.id<DeviceId>(), cleanName(reader.text(NAME_BYTES_MAX))] as const,
    )
    return { certificate, myName, deviceNames, roomCount: reader.varuint(PAIRED_ROOMS_MAX) }
  })
}

export function encodePairedRoom({ room, meetingSecret, genesis, name, myName, trackers }: PairedRoom): Uint8Array {
  const writer = new Writer().u8(ROOM).id(room).fixed(meetingSecret).bytes(genesis).text(name).text(myName)
  const fitting = trackers.filter((tracker) => utf8(tracker).length <= TRACKER_BYTES_MAX).slice(0, TRACKERS_MAX)
  return writer.list(fitting, (tracker) => writer.text(tracker)).finish()
}

export function readPairedRoom(bytes: Uint8Array): Result<PairedRoom, PairingMessageReason> {
  const read = decode(bytes, (reader) => {
    if (reader.u8() !== ROOM) reader.fail('not a room')
    return {
      room: reader.id<RoomId>(),
      meetingSecret: reader.fixed(MEETING_SECRET_BYTES).slice(),
      genesis: reader.bytes(GENESIS_BYTES_MAX).slice(),
      name: cleanName(reader.text(NAME_BYTES_MAX)),
      myName: cleanName(reader.text(NAME_BYTES_MAX)),
      trackers: reader.list(TRACKERS_MAX, () => reader.text(TRACKER_BYTES_MAX)),
    }
  })
  if (!read.ok) return read
  const genesis = decodeGenesis(read.value.genesis)
  return genesis.ok && genesis.value.room === read.value.room ? read : rejected('another-room')
}

export const encodeDone = (): Uint8Array => new Writer().u8(DONE).finish()
export const isDone = (bytes: Uint8Array): boolean => bytes.length === 1 && bytes[0] === DONE
