import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Emitter } from '../../src/base/emitter.ts'
import { idFromBytes, type RoomId } from '../../src/base/ids.ts'
import { accepted, rejected, type Result } from '../../src/base/result.ts'
import {
  HandIntroduction,
  type HandIntroductionOptions,
  type HandReason,
  type HandState,
  type IntroducedRoom,
} from '../../src/peer/hand-introduction.ts'
import { MeetingKeys } from '../../src/peer/meeting-keys.ts'
import type { RoomCore } from '../../src/peer/room-core.ts'
import type { DoorSession } from '../../src/transport/door.ts'
import { createHandDoor, HAND_MS_MAX, type HandDoor } from '../../src/transport/hand-door.ts'
import type { Link } from '../../src/transport/link.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import type { Answer, Dial, DialFailure } from '../../src/transport/rtc-dial.ts'
import { ManualClock } from '../transport/socket-pair.ts'

/** What rooms are really made of can be introduced. */
export type RoomsFit = RoomCore extends IntroducedRoom ? true : never
export const roomsFit: RoomsFit = true

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Connections as the browser makes them, but for the network: an offer is a number, an answer says whose it is. */
class Dialling {
  readonly #network = new MemoryNetwork()
  readonly #asked = new Map<number, (answer: (result: Result<Link, DialFailure>) => void) => void>()
  readonly aborted: string[] = []
  /** Whether the two find a way to each other. */
  isReachable = true

  readonly dial = (): Dial => {
    const number = this.#asked.size + 1
    let settle: (result: Result<Link, DialFailure>) => void = () => undefined
    const opened = new Promise<Result<Link, DialFailure>>((resolve) => {
      settle = resolve
    })
    this.#asked.set(number, (settleOther) => {
      if (!this.isReachable) {
        settle(rejected('connection-failed'))
        return
      }
      const { initiator, responder } = this.#network.connect()
      settle(accepted(initiator))
      settleOther(accepted(responder))
    })
    return {
      offer: Promise.resolve(accepted(Uint8Array.of(number))),
      opened,
      accept: (answer) => {
        const settleOther = this.#answers.get(answer[0] ?? 0)
        if (!settleOther) return Promise.resolve(rejected('malformed'))
        this.#asked.get(number)?.(settleOther)
        return Promise.resolve(accepted(undefined))
      },
      abort: (reason) => {
        this.aborted.push(reason)
        settle(rejected('aborted', reason))
      },
    }
  }

  readonly #answers = new Map<number, (result: Result<Link, DialFailure>) => void>()

  readonly answerDial = (offer: Uint8Array): Promise<Result<Answer, DialFailure>> => {
    if (!this.#asked.has(offer[0] ?? 0)) return Promise.resolve(rejected('malformed'))
    const number = this.#answers.size + 1
    const opened = new Promise<Result<Link, DialFailure>>((resolve) => {
      this.#answers.set(number, resolve)
    })
    const abort = (reason: string): void => {
      this.aborted.push(reason)
      this.#answers.get(number)?.(rejected('aborted', reason))
    }
    return Promise.resolve(accepted({ answer: Uint8Array.of(number), opened, abort }))
  }
}

interface Person {
  readonly options: HandIntroductionOptions
  readonly clock: ManualClock
  readonly links: { readonly link: Link }[]
  session: DoorSession | undefined
  /** Whether the handshake over new links goes well. */
  isFriendly: boolean
  isOffline: boolean
}

function person(dialling: Dialling, roomSeed = 1): Person {
  const clock = new ManualClock()
  const events = new Emitter<{ readonly change: undefined }>()
  const links: { readonly link: Link }[] = []
  const door: HandDoor = createHandDoor(dialling)
  const openDoor: IntroducedRoom['links']['openDoor'] = (opened, topic) => {
    if (self.isOffline) return undefined
    self.session ??= opened.start(topic, (link) => {
      if (!self.isFriendly) return
      links.push({ link })
      events.emit('change', undefined)
    })
    return self.session
  }
  const room: IntroducedRoom = {
    id: idFromBytes<RoomId>(new Uint8Array(32).fill(roomSeed)),
    keys: new MeetingKeys(new Uint8Array(32).fill(3)),
    links: { links, openDoor, events },
  }
  const environment = { now: () => 1_900_000_000_000 + clock.nowMs(), after: clock.after.bind(clock) }
  const options = { room, door, environment }
  const self: Person = { options, clock, links, session: undefined, isFriendly: true, isOffline: false }
  return self
}

async function offered(by: Person): Promise<{ introduction: HandIntroduction; code: string; states: HandState[] }> {
  const introduction = HandIntroduction.offer(by.options)
  const states: HandState[] = [introduction.state]
  introduction.on('change', () => states.push(introduction.state))
  await settled()
  assert(introduction.code !== undefined)
  return { introduction, code: introduction.code, states }
}

async function answered(by: Person, code: string): Promise<{ introduction: HandIntroduction; code: string }> {
  const introduction = HandIntroduction.answer(code, by.options)
  assert(introduction.ok)
  await settled()
  assert(introduction.value.code !== undefined)
  return { introduction: introduction.value, code: introduction.value.code }
}

const reasonOf = (result: Result<unknown, HandReason>): string => (result.ok ? 'accepted' : result.reason)

describe('an introduction by hand', () => {
  it('[HD4] takes one code each way', async () => {
    const dialling = new Dialling()
    const [alice, bob] = [person(dialling), person(dialling)]
    const asking = await offered(alice)
    assert.equal(asking.introduction.state, 'waiting-for-answer')
    const asked = await answered(bob, asking.code)
    assert.equal(asked.introduction.state, 'answering')
    assert.equal(reasonOf(await asking.introduction.accept(asked.code)), 'accepted')
    await settled()
    assert.deepEqual(asking.states, ['preparing', 'waiting-for-answer', 'connecting', 'connected'])
    assert.equal(asked.introduction.state, 'connected')
    assert.deepEqual(alice.links[0]?.link.binding, bob.links[0]?.link.binding)
    assert.deepEqual([alice.clock.timers, bob.clock.timers, dialling.aborted], [0, 0, []])
  })

  it('[HD5] expires when no answer comes in time, and takes none then', async () => {
    const dialling = new Dialling()
    const [alice, bob] = [person(dialling), person(dialling)]
    const asking = await offered(alice)
    const asked = await answered(bob, asking.code)
    assert.equal(asking.introduction.expiresAtMs, alice.options.environment.now() + HAND_MS_MAX)
    alice.clock.advance(HAND_MS_MAX)
    bob.clock.advance(HAND_MS_MAX)
    assert.deepEqual([asking.introduction.state, asking.introduction.problem], ['expired', 'expired'])
    assert.equal(asked.introduction.state, 'expired')
    assert.equal(reasonOf(await asking.introduction.accept(asked.code)), 'expired')
    assert.deepEqual(dialling.aborted, ['hand-expired', 'hand-expired'])
  })

  it('[HD5] an offer of yesterday is not answered', async () => {
    const dialling = new Dialling()
    const [alice, bob] = [person(dialling), person(dialling)]
    const { code } = await offered(alice)
    bob.clock.advance(24 * 3_600_000)
    assert.equal(reasonOf(HandIntroduction.answer(code, bob.options)), 'expired')
  })

  it('[HD4] says what is wrong with a code, and waits for the right one', async () => {
    const dialling = new Dialling()
    const [alice, bob] = [person(dialling), person(dialling)]
    const [first, second] = [await offered(alice), await offered(alice)]
    const [toFirst, toSecond] = [await answered(bob, first.code), await answered(bob, second.code)]
    const reasons: string[] = []
    for (const code of ['hello', toFirst.code.slice(0, 60), first.code, toSecond.code])
      reasons.push(reasonOf(await first.introduction.accept(code)))
    assert.deepEqual(reasons, ['not-a-code', 'not-complete', 'wrong-kind', 'another-offer'])
    assert.equal(first.introduction.state, 'waiting-for-answer')
    assert.equal(reasonOf(await first.introduction.accept(toFirst.code)), 'accepted')
    assert.equal(reasonOf(await first.introduction.accept(toFirst.code)), 'not-waiting')
    assert.equal(reasonOf(await toFirst.introduction.accept(toFirst.code)), 'not-waiting')
    const stranger = person(dialling, 2)
    assert.equal(reasonOf(HandIntroduction.answer(second.code, stranger.options)), 'another-room')
  })

  it('[HD6] fails when the two find no way, or the other side is not let in', async () => {
    const dialling = new Dialling()
    const [alice, bob] = [person(dialling), person(dialling)]
    dialling.isReachable = false
    const first = await offered(alice)
    await first.introduction.accept((await answered(bob, first.code)).code)
    await settled()
    assert.deepEqual([first.introduction.state, first.introduction.problem], ['failed', 'not-reachable'])
    dialling.isReachable = true
    alice.isFriendly = false
    const second = await offered(alice)
    const answer = await answered(bob, second.code)
    await second.introduction.accept(answer.code)
    await settled()
    assert.equal(second.introduction.state, 'connecting')
    alice.clock.advance(10_000)
    assert.deepEqual([second.introduction.state, second.introduction.problem], ['failed', 'not-let-in'])
  })

  it('[HD6] ends with the room’s doors, and is not begun offline or without WebRTC', async () => {
    const dialling = new Dialling()
    const alice = person(dialling)
    const asking = await offered(alice)
    await alice.session?.stop()
    await settled()
    assert.deepEqual([asking.introduction.state, asking.introduction.problem], ['failed', 'offline'])
    const bob = person(dialling)
    bob.isOffline = true
    assert.equal(HandIntroduction.offer(bob.options).problem, 'offline')
    // Node has no WebRTC.
    const carol = person(dialling)
    const without = { ...carol.options, door: createHandDoor() }
    const offering = HandIntroduction.offer(without)
    await settled()
    assert.equal(offering.problem, 'no-webrtc')
  })

  it('[HD6] can be called off on either side', async () => {
    const dialling = new Dialling()
    const [alice, bob] = [person(dialling), person(dialling)]
    const asking = await offered(alice)
    const asked = await answered(bob, asking.code)
    asking.introduction.cancel()
    asked.introduction.cancel()
    asked.introduction.cancel()
    assert.deepEqual([asking.introduction.state, asked.introduction.state], ['cancelled', 'cancelled'])
    assert.deepEqual([alice.clock.timers, bob.clock.timers], [0, 0])
    await settled()
    assert.equal(asking.introduction.problem, undefined)
  })

  it('[HD3] an offer fits into an invite link', async () => {
    const { introduction, code } = await offered(person(new Dialling()))
    const invitation = introduction.invitation('https://example.org/#/join/abc')
    assert.equal(invitation, `https://example.org/#/join/abc&offer=${code.slice('parley-offer.'.length)}`)
  })
})
