import { assert } from 'chai'
import { Emitter } from '../../src/base/emitter.ts'
import { idFromBytes, type RoomId } from '../../src/base/ids.ts'
import { platformEnvironment } from '../../src/peer/environment.ts'
import { HandIntroduction, type HandIntroductionOptions, type HandState } from '../../src/peer/hand-introduction.ts'
import { authenticateLink } from '../../src/peer/link-handshake.ts'
import { MeetingKeys } from '../../src/peer/meeting-keys.ts'
import { createHandDoor, type HandDoorSession } from '../../src/transport/hand-door.ts'
import type { Link } from '../../src/transport/link.ts'
import { packDescription, unpackDescription } from '../../src/transport/packed-description.ts'
import { answerDial, dial } from '../../src/transport/rtc-dial.ts'
import { linkContract } from '../transport/link-contract.ts'
import { newSession } from '../peer/stranger.ts'

interface Person {
  readonly options: HandIntroductionOptions
  readonly links: { readonly link: Link }[]
}

/** A room's part in an introduction, with the real handshake. */
async function person(secret: Uint8Array): Promise<Person> {
  const session = await newSession()
  const environment = platformEnvironment()
  const keys = new MeetingKeys(secret)
  const events = new Emitter<{ readonly change: undefined }>()
  const links: { readonly link: Link }[] = []
  let opened: HandDoorSession | undefined
  const welcome = async (link: Link): Promise<void> => {
    const result = await authenticateLink(link, { key: keys.link(), session, environment })
    if (!result.ok) return
    links.push({ link })
    events.emit('change', undefined)
  }
  const door = createHandDoor()
  const room = {
    id: idFromBytes<RoomId>(new Uint8Array(32).fill(9)),
    keys,
    links: {
      links,
      events,
      openDoor: () => (opened ??= door.start('topic', (link) => void welcome(link))),
    },
  }
  return { options: { room, door, environment }, links }
}

const reaches = (introduction: HandIntroduction, wanted: HandState) =>
  new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (introduction.state === wanted) resolve()
      else if (introduction.problem) reject(new Error(introduction.problem))
    }
    introduction.on('change', look)
    look()
  })

const codeOf = async (introduction: HandIntroduction, state: HandState): Promise<string> => {
  await reaches(introduction, state)
  return introduction.code ?? ''
}

async function introduced(): Promise<{ readonly initiator: Link; readonly responder: Link }> {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const [alice, bob] = await Promise.all([person(secret), person(secret)])
  const offering = HandIntroduction.offer(alice.options)
  const answering = HandIntroduction.answer(await codeOf(offering, 'waiting-for-answer'), bob.options)
  if (!answering.ok) throw new Error(answering.reason)
  const taken = await offering.accept(await codeOf(answering.value, 'answering'))
  assert.isTrue(taken.ok)
  await Promise.all([reaches(offering, 'connected'), reaches(answering.value, 'connected')])
  const [initiator, responder] = [alice.links[0]?.link, bob.links[0]?.link]
  if (!initiator || !responder) throw new Error('no links')
  return { initiator, responder }
}

/** Without a handshake over it. */
async function openHandPair(): Promise<{ readonly initiator: Link; readonly responder: Link }> {
  const links: Promise<Link>[] = []
  const [asking, asked] = [createHandDoor(), createHandDoor()].map((door) => {
    let session: HandDoorSession | undefined
    links.push(
      new Promise((resolve) => {
        session = door.start('topic', resolve)
      }),
    )
    return session
  })
  const begun = asking?.begin()
  const offer = await begun?.offer
  if (!begun || !asked || !offer?.ok) throw new Error('no offer')
  const answer = await asked.answer(offer.value)
  if (!answer.ok) throw new Error(answer.detail)
  await begun.accept(answer.value.answer)
  const [initiator, responder] = await Promise.all(links)
  if (!initiator || !responder) throw new Error('no links')
  return { initiator, responder }
}

linkContract({ describe, it }, 'two codes carried by hand', openHandPair)

describe('an introduction by hand, in a browser', () => {
  it('[HD4] links two people whose devices know the room, and tells both', async () => {
    const { initiator, responder } = await introduced()
    assert.deepEqual(initiator.binding, responder.binding)
    assert.deepEqual([initiator.kind, initiator.closeReason], ['rtc', undefined])
    initiator.close('test-over')
  })

  it('[HD1] takes two codes that fit a QR code each', async () => {
    const secret = crypto.getRandomValues(new Uint8Array(32))
    const [alice, bob] = await Promise.all([person(secret), person(secret)])
    const offering = HandIntroduction.offer(alice.options)
    const offer = await codeOf(offering, 'waiting-for-answer')
    const answering = HandIntroduction.answer(offer, bob.options)
    if (!answering.ok) throw new Error(answering.reason)
    const answer = await codeOf(answering.value, 'answering')
    assert.isBelow(offer.length, 500)
    assert.isBelow(answer.length, 500)
    offering.cancel()
    answering.value.cancel()
  })

  it('[HD6] is not let in by a room that its secret does not open', async () => {
    const [alice, mallory] = await Promise.all([
      person(crypto.getRandomValues(new Uint8Array(32))),
      person(crypto.getRandomValues(new Uint8Array(32))),
    ])
    const offering = HandIntroduction.offer(alice.options)
    const answering = HandIntroduction.answer(await codeOf(offering, 'waiting-for-answer'), mallory.options)
    assert.deepEqual(answering, { ok: false, reason: 'another-room' })
    offering.cancel()
  })

  it('[HD7] [RD2] keeps trying after the browser gave up, until the other side has the answer', async () => {
    // Alice's router lets nobody in yet, so the addresses in her offer lead nowhere.
    const asked = dial()
    const made = await asked.offer
    const sdp = made.ok ? unpackDescription(made.value) : made
    if (!sdp.ok) throw new Error(sdp.detail)
    const offer = packDescription(sdp.value.replace(/( udp \d+) \S+ \d+ typ/gi, '$1 127.0.0.1 50009 typ'))
    if (!offer.ok) throw new Error(offer.detail)
    const connections: RTCPeerConnection[] = []
    const createDataChannel = RTCPeerConnection.prototype.createDataChannel
    RTCPeerConnection.prototype.createDataChannel = function (this: RTCPeerConnection, ...parameters) {
      connections.push(this)
      return createDataChannel.apply(this, parameters)
    }
    const answered = await answerDial(offer.value, { answerMsMax: 60_000 })
    RTCPeerConnection.prototype.createDataChannel = createDataChannel
    const [connection] = connections
    if (!answered.ok || !connection) throw new Error('no answer')
    const retried: string[] = []
    const addIceCandidate = connection.addIceCandidate.bind(connection)
    connection.addIceCandidate = (candidate?: RTCIceCandidateInit | null) => {
      retried.push(candidate?.candidate ?? '')
      return addIceCandidate(candidate)
    }
    // What the browser says after 15 seconds.
    Object.defineProperty(connection, 'connectionState', { configurable: true, value: 'failed' })
    connection.dispatchEvent(new Event('connectionstatechange'))
    connection.dispatchEvent(new Event('connectionstatechange'))
    Reflect.deleteProperty(connection, 'connectionState')
    assert.isNotEmpty(retried)
    assert.lengthOf(new Set(retried), retried.length)
    assert.isTrue((await asked.accept(answered.value.answer)).ok)
    const [initiator, responder] = await Promise.all([asked.opened, answered.value.opened])
    assert.isTrue(initiator.ok && responder.ok)
    asked.abort('test-over')
  })
})
