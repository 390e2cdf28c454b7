import { equalBytes } from '../base/bytes.ts'
import { Emitter } from '../base/emitter.ts'
import type { RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { DOOR_STOPPED, HAND_MS_MAX, type HandDoor, type HandDoorSession } from '../transport/hand-door.ts'
import type { Link } from '../transport/link.ts'
import type { Answer, Dial, DialFailure } from '../transport/rtc-dial.ts'
import type { Environment } from './environment.ts'
import { HandCodes, handInvitationOf, offerHash, type HandCodeReason } from './hand-code.ts'
import type { MeetingKeys } from './meeting-keys.ts'
import type { RoomLinks } from './room-links.ts'

/**
 * `preparing`: there is no code to show yet. `waiting-for-answer`: our offer is to be shown, and the answer to be given
 * to `accept`. `answering`: our answer is to be shown, and the other side to take it. `connecting`: both have all they
 * need. The last four are final.
 */
export type HandState =
  | 'preparing'
  | 'waiting-for-answer'
  | 'answering'
  | 'connecting'
  | 'connected'
  | 'expired'
  | 'failed'
  | 'cancelled'

/**
 * `expired`: the offer was made too long ago. `another-offer`: the answer is to another code than the one shown.
 * `not-waiting`: no answer is wanted now. `not-reachable`: the two devices found no way to each other. `not-let-in`: they
 * did, and the other side is nobody this room talks to. `offline`: this room is not connected to anybody on purpose.
 */
export type HandReason =
  | HandCodeReason
  | 'expired'
  | 'another-offer'
  | 'not-waiting'
  | 'not-reachable'
  | 'not-let-in'
  | 'no-webrtc'
  | 'offline'

/** Clocks of devices that were offline for long differ; the offer's own side knows its age exactly. */
const CLOCK_TOLERANCE_MS = 10 * 60_000
/** Longer than a handshake may take. */
const LET_IN_MS_MAX = 10_000

/** The part of a room that an introduction needs. */
export interface IntroducedRoom {
  readonly id: RoomId
  readonly keys: Pick<MeetingKeys, 'secret' | 'topic'>
  readonly links: Pick<RoomLinks, 'openDoor'> & {
    readonly links: readonly { readonly link: Link }[]
    readonly events: { on(name: 'change', listener: () => void): () => void }
  }
}

export interface HandIntroductionOptions {
  readonly room: IntroducedRoom
  /** One for each room: what came through it ends when the room closes its doors. */
  readonly door: HandDoor
  readonly environment: Pick<Environment, 'now' | 'after'>
}

interface HandIntroductionEvents {
  readonly change: undefined
}

/**
 * A link that two people make by carrying a code each way. One side offers, the other answers with the offer's code; the
 * first then accepts the answer's code. Everything a screen needs to show is here, and `change` says when it changed.
 */
export class HandIntroduction {
  /** Ours is the first code. */
  readonly isOffering: boolean
  readonly #options: HandIntroductionOptions
  readonly #codes: HandCodes
  readonly #events = new Emitter<HandIntroductionEvents>()
  readonly #ends: (() => void)[] = []
  #state: HandState = 'preparing'
  #problem: HandReason | undefined
  #code: string | undefined
  #expiresAtMs: number | undefined
  #running: Dial | Answer | undefined
  #offer: Uint8Array | undefined

  private constructor(options: HandIntroductionOptions, isOffering: boolean) {
    this.#options = options
    this.isOffering = isOffering
    this.#codes = new HandCodes(options.room.keys.secret, options.room.id)
  }

  /** Begins one; the code is there when the state is `waiting-for-answer`. */
  static offer(options: HandIntroductionOptions): HandIntroduction {
    const introduction = new HandIntroduction(options, true)
    void introduction.#begin()
    return introduction
  }

  /** Takes up the offer that somebody showed or sent. A rejection when it is none that can be answered. */
  static answer(code: string, options: HandIntroductionOptions): Result<HandIntroduction, HandReason> {
    const introduction = new HandIntroduction(options, false)
    const read = introduction.#codes.decodeOffer(code)
    if (!read.ok) return read
    const { offer, madeAtMs } = read.value
    if (options.environment.now() > madeAtMs + HAND_MS_MAX + CLOCK_TOLERANCE_MS) return rejected('expired')
    void introduction.#answer(offer)
    return accepted(introduction)
  }

  get state(): HandState {
    return this.#state
  }
  /** What is to be shown to the other side, once there is something. */
  get code(): string | undefined {
    return this.#code
  }
  /** Until when the code is of use, in milliseconds since 1970. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs
  }
  /** Why it has failed or expired. */
  get problem(): HandReason | undefined {
    return this.#problem
  }

  /** Our offer within an invite link, for somebody who is not in the room yet. */
  invitation(inviteLink: string): string | undefined {
    return this.isOffering && this.#code !== undefined ? handInvitationOf(inviteLink, this.#code) : undefined
  }

  on(name: keyof HandIntroductionEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Takes the other side's answer. After a rejection another code can be tried, unless the state says otherwise. */
  async accept(code: string): Promise<Result<void, HandReason>> {
    const dial = this.#running
    const offer = this.#offer
    if (this.#state !== 'waiting-for-answer' || !offer || !dial || !('accept' in dial)) {
      return rejected(this.#state === 'expired' ? 'expired' : 'not-waiting')
    }
    const read = this.#codes.decodeAnswer(code)
    if (!read.ok) return read
    if (!equalBytes(read.value.offerHash, offerHash(offer))) return rejected('another-offer')
    this.#enter('connecting')
    const taken = await dial.accept(read.value.answer)
    if (taken.ok) return accepted(undefined)
    this.#fail('failed', 'damaged')
    return rejected('damaged', taken.detail)
  }

  cancel(): void {
    if (!this.#hasEnded) this.#end('cancelled')
  }

  get #hasEnded(): boolean {
    return ['connected', 'expired', 'failed', 'cancelled'].includes(this.#state)
  }

  #openSession(): HandDoorSession | undefined {
    const { room, door } = this.#options
    return room.links.openDoor(door, room.keys.topic(room.id)) as HandDoorSession | undefined
  }

  async #begin(): Promise<void> {
    const session = this.#openSession()
    if (!session) return this.#fail('failed', 'offline')
    let dial: Dial
    try {
      dial = session.begin()
    } catch {
      // There is no WebRTC in this browser, or it is switched off.
      return this.#fail('failed', 'no-webrtc')
    }
    this.#follow(dial)
    const offer = await dial.offer
    if (this.#hasEnded) return
    if (!offer.ok) return this.#fail('failed', reasonOf(offer.reason))
    this.#offer = offer.value
    this.#code = this.#codes.encodeOffer(offer.value, this.#options.environment.now())
    this.#startTimer()
    this.#enter('waiting-for-answer')
  }

  async #answer(offer: Uint8Array): Promise<void> {
    const session = this.#openSession()
    if (!session) return this.#fail('failed', 'offline')
    const answered = await session.answer(offer).catch(() => rejected('no-webrtc'))
    if (!answered.ok) return this.#fail('failed', reasonOf(answered.reason))
    if (this.#hasEnded) return answered.value.abort('cancelled')
    this.#follow(answered.value)
    this.#code = this.#codes.encodeAnswer(answered.value.answer, offer)
    this.#startTimer()
    this.#enter('answering')
  }

  #startTimer(): void {
    const { environment } = this.#options
    this.#expiresAtMs = environment.now() + HAND_MS_MAX
    this.#ends.push(
      environment.after(HAND_MS_MAX, () => {
        if (this.#state === 'waiting-for-answer' || this.#state === 'answering') this.#fail('expired', 'expired')
      }),
    )
  }

  #follow(running: Dial | Answer): void {
    this.#running = running
    void running.opened.then((opened) => {
      if (this.#hasEnded) return
      if (opened.ok) this.#awaitWelcome(opened.value)
      else if (opened.detail === DOOR_STOPPED) this.#fail('failed', 'offline')
      // The two that wait for people have their own clock, which may run out a moment before ours.
      else if (opened.detail === 'no-answer' || this.#state === 'answering') this.#fail('expired', 'expired')
      else this.#fail('failed', reasonOf(opened.reason))
    })
  }

  /** The link is the room's now, which asks who is at the other end; it is told here by its list of links. */
  #awaitWelcome(link: Link): void {
    const { room, environment } = this.#options
    const look = (): void => {
      // A twin is a second link to somebody who is connected already.
      const isThere = room.links.links.some((known) => known.link === link) || link.closeReason === 'twin'
      if (isThere && !this.#hasEnded) this.#end('connected')
    }
    this.#enter('connecting')
    this.#ends.push(
      room.links.events.on('change', look),
      environment.after(LET_IN_MS_MAX, () => {
        look()
        if (!this.#hasEnded) this.#fail('failed', 'not-let-in')
      }),
    )
    look()
  }

  #enter(state: HandState): void {
    if (this.#state === state) return
    this.#state = state
    this.#events.emit('change', undefined)
  }

  #fail(state: 'failed' | 'expired', problem: HandReason): void {
    if (this.#hasEnded) return
    this.#problem = problem
    this.#end(state)
  }

  #end(state: HandState): void {
    for (const end of this.#ends.splice(0)) end()
    if (state !== 'connected') this.#running?.abort(`hand-${state}`)
    this.#enter(state)
  }
}

/** The packed description was read or made by us, so anything but a broken one means that the network did not serve. */
function reasonOf(reason: DialFailure | 'no-webrtc'): HandReason {
  if (reason === 'no-webrtc') return 'no-webrtc'
  return reason === 'malformed' || reason === 'unsupported' ? 'damaged' : 'not-reachable'
}
