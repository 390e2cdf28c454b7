import {
  idFromBytes,
  idToBytes,
  type DocumentId,
  type EpochId,
  type OperationHash,
  type PersonId,
} from '../base/ids.ts'
import type { DeviceCertificate } from '../identity/device-certificate.ts'
import { sessionIdOf } from '../feed/feed-id.ts'
import { decodeGenesis, encodeGenesis, GENESIS_SALT_BYTES, type ReceivedGenesis } from './genesis.ts'
import { OperationWriter, type WrittenOperation } from './operation-writer.ts'
import { ROOT, type KeyBox } from './operation.ts'
import { assert } from '../base/assert.ts'

export interface FoundedRoom {
  readonly genesis: ReceivedGenesis
  /** The founder's log so far, to be signed, stored and continued. */
  readonly writer: OperationWriter
  readonly operations: readonly WrittenOperation[]
  /** The founder's own grant. */
  readonly node: OperationHash
  readonly chat: DocumentId
}

/** Starts a room: its founder holds the root key, is its first admin, and has given it a key, a chat and a name. */
export async function foundRoom(options: {
  /** Signs with the root key: that of `certificate.person`, unless `rootKey` names another. */
  readonly founder: { sign(message: Uint8Array): Promise<Uint8Array> }
  /** A key made for this room alone, where the person's own is on another device. */
  readonly rootKey?: PersonId
  readonly certificate: DeviceCertificate
  readonly sessionNonce: Uint8Array
  /** 32 random bytes. */
  readonly salt: Uint8Array
  readonly epoch: EpochId
  /** The room's first key, sealed for the founder's device. */
  readonly boxes: readonly KeyBox[]
  readonly chatSchemaVersion: number
  /** Sealed with the room key; the room's id is not known yet, so it cannot be part of the seal. */
  readonly sealedName: Uint8Array
  /** In milliseconds since 1970. */
  readonly now: () => number
}): Promise<FoundedRoom> {
  const { founder, certificate, sessionNonce, salt, epoch, boxes, chatSchemaVersion, sealedName, now } = options
  assert(salt.length === GENESIS_SALT_BYTES, 'the salt of a room has 32 bytes')
  const { person } = certificate
  const rootKey = options.rootKey ?? person
  const policy = new Uint8Array(0)
  const decoded = decodeGenesis(encodeGenesis({ rootKeys: [rootKey], threshold: 1, salt, policy }))
  assert(decoded.ok, 'a genesis of ours decodes')
  const genesis = decoded.value
  const writer = new OperationWriter(genesis.room, sessionIdOf(certificate.device, sessionNonce), now)
  const session = writer.append(ROOT, { kind: 'session', certificate: certificate.bytes, nonce: sessionNonce })
  const grant = await writer.appendAsRoot(
    { kind: 'grant', to: person, role: 'admin', scope: '*', maxGrant: 'admin', over: [], via: undefined },
    [{ key: rootKey, sign: (message) => founder.sign(message) }],
  )
  const node = grant.hash
  const key = writer.append(node, { kind: 'epoch', epoch, previous: undefined, wrapped: new Uint8Array(0), boxes })
  const documentKind = 'chat'
  const chat = writer.append(node, { kind: 'document.create', documentKind, schemaVersion: chatSchemaVersion, policy })
  const name = writer.append(node, { kind: 'room.name', sealed: sealedName, over: [] })
  const operations = [session, grant, key, chat, name]
  return { genesis, writer, operations, node, chat: idFromBytes(idToBytes(chat.hash)) }
}
