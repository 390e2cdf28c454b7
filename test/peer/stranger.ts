import { idFromBytes, type DeviceId } from '../../src/base/ids.ts'
import { createSeedDeviceKey, signerOf } from '../../src/crypto/device-key.ts'
import { createKeyPair } from '../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { emptyChain, extendChain, signHead, type ChainHead, type SignedEntry } from '../../src/feed/chain.ts'
import type { FeedId } from '../../src/base/ids.ts'
import type { Signer } from '../../src/crypto/device-key.ts'
import { SESSION_NONCE_BYTES, sessionIdOf } from '../../src/feed/feed-id.ts'
import { certifyDevice } from '../../src/identity/device-certificate.ts'
import { createPerson } from '../../src/identity/person.ts'
import { FeedStore } from '../../src/peer/feed-store.ts'
import { authenticateLink } from '../../src/peer/link-handshake.ts'
import type { Room } from '../../src/peer/room.ts'
import { SESSION_LIFE_BYTES, type Session } from '../../src/peer/session.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import type { Lane, Link } from '../../src/transport/link.ts'
import { device } from './meeting.ts'

/** Somebody new, with a device and a session of their own. */
export async function newSession(): Promise<Session> {
  const person = createPerson()
  const key = createSeedDeviceKey()
  const sealKeyPair = await createKeyPair()
  const deviceId = idFromBytes<DeviceId>(key.publicKey)
  const certificate = await certifyDevice(person, { device: deviceId, sealKey: sealKeyPair.publicKey, serial: 0 })
  const nonce = randomBytes(SESSION_NONCE_BYTES)
  const id = sessionIdOf(deviceId, nonce)
  const life = randomBytes(SESSION_LIFE_BYTES)
  return {
    id,
    nonce,
    life,
    device: deviceId,
    person: person.id,
    certificate,
    signer: signerOf(key),
    sealKeyPair,
    signAsPerson: (message) => person.sign(message),
    rootSigner: () => undefined,
  }
}

/** A link to one peer of a room, held by hand: what is sent over it is whatever the test likes. */
export interface Intrusion {
  readonly link: Link
  readonly session: Session
  readonly received: (readonly [lane: Lane, message: Uint8Array])[]
  /** Resolves when the link is over at this end. */
  readonly closed: Promise<void>
}

/** Opens a link to the only peer that is at the door of `network`, and proves to be `session` there. */
export async function intrude(network: MemoryNetwork, room: Room, session: Session): Promise<Intrusion> {
  const link = await new Promise<Link>((resolve) => network.door('intruder').start(topicOf(room), resolve))
  const answer = await authenticateLink(link, { key: room.core.keys.link(), session, environment: device() })
  if (!answer.ok) throw new Error(`the handshake ended with ${answer.reason}`)
  const received: (readonly [Lane, Uint8Array])[] = []
  const closed = new Promise<void>((resolve) => {
    link.onClose = () => {
      resolve()
    }
  })
  answer.value.listen((lane, message) => {
    received.push([lane, message])
  })
  return { link, session, received, closed }
}

export const topicOf = (room: Room): string => room.core.keys.topic(room.id)

/** What a patched client publishes without asking anybody: stored, and told to its links as if it were in order. */
export async function publish(
  room: Room,
  feed: FeedId,
  head: ChainHead,
  entries: readonly SignedEntry[],
): Promise<void> {
  const { core } = room
  const from = head.length - entries.length
  const block = { from, entries, receivedAtMs: core.environment.now() }
  await new FeedStore(core.store, 'entry', room.id).append(feed, block, { durable: false })
  core.links.tell({ type: 'appended', feed, head, entries, from: undefined })
}

/** The first entry of a feed, signed by whoever holds `signer`. */
export async function signFirst(
  feed: FeedId,
  bytes: Uint8Array,
  signer: Signer,
): Promise<{ readonly head: ChainHead; readonly entries: readonly SignedEntry[] }> {
  const head = extendChain(emptyChain(feed), bytes)
  return { head, entries: [{ bytes, signature: await signHead(signer, feed, head) }] }
}
