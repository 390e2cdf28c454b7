import { assert } from '../base/assert.ts'
import { foundRoom, type FoundedRoom } from '../access/found-room.ts'
import { GENESIS_SALT_BYTES } from '../access/genesis.ts'
import { randomBytes } from '../crypto/random.ts'
import { decodeDeviceCertificate } from '../identity/device-certificate.ts'
import type { Environment } from './environment.ts'
import { sealBoxes } from './epoch-boxes.ts'
import { EPOCH_KEY_BYTES, epochIdOf } from './key-ring.ts'
import { MEETING_SECRET_BYTES } from './meeting-keys.ts'
import { sealFirstRoomName } from './people.ts'
import type { Profile } from './profile.ts'
import type { RoomRecord } from './room-record.ts'
import type { Session } from './session.ts'

const CHAT_SCHEMA_VERSION = 1

export interface NewRoom {
  readonly record: RoomRecord
  /** To be kept before anything is said under it. */
  readonly epochKey: Uint8Array
  readonly founded: FoundedRoom
}

/**
 * Makes the beginning of a room with fresh secrets. Its root key is the founder's own or, where that is not on this
 * device, one made for this room, which the founder's own replaces as soon as a device that has it is there.
 */
export async function newRoom(options: {
  readonly profile: Profile
  readonly session: Session
  readonly environment: Environment
  readonly name: string
  readonly myName: string
}): Promise<NewRoom> {
  const { profile, session, environment, name, myName } = options
  const meetingSecret = randomBytes(MEETING_SECRET_BYTES)
  const epochKey = randomBytes(EPOCH_KEY_BYTES)
  const certificate = decodeDeviceCertificate(session.certificate)
  assert(certificate.ok, 'our own certificate is well-formed')
  const root = await profile.rootKeyForNewRoom()
  const founded = await foundRoom({
    founder: root,
    rootKey: root.key,
    certificate: certificate.value,
    sessionNonce: session.nonce,
    salt: randomBytes(GENESIS_SALT_BYTES),
    epoch: epochIdOf(epochKey),
    chatSchemaVersion: CHAT_SCHEMA_VERSION,
    sealedName: sealFirstRoomName(epochKey, name),
    boxes: await sealBoxes(epochKey, [certificate.value], environment),
    now: () => environment.now(),
  })
  const { room, bytes: genesis } = founded.genesis
  const record = { room, meetingSecret, name, myName, genesis, ticket: undefined, hasLeft: false, trackers: [] }
  return { record, epochKey, founded }
}
