/**
 * The door that people are: one shows another an offer, gets an answer back, and the two devices are linked, with no
 * server between them. How the two messages are written down, and who can read them, is not known here.
 */
import type { Result } from '../base/result.ts'
import type { Door, DoorHealth, DoorSession, DoorState } from './door.ts'
import type { Link } from './link.ts'
import { answerDial, dial, type Answer, type Dial, type DialFailure, type DialOptions } from './rtc-dial.ts'

/** How long an offer can be answered, and an answer be taken: time to send a message and to find who reads it. */
export const HAND_MS_MAX = 10 * 60_000

/** Why what was begun ended, when the door was stopped. */
export const DOOR_STOPPED = 'door-stopped'

export interface HandDoorSession extends DoorSession {
  /** Begins a link. What is behind the promises is settled by `stop` at the latest. */
  begin(): Dial
  /** Takes up what somebody else began. */
  answer(offer: Uint8Array): Promise<Result<Answer, DialFailure>>
}

export interface HandDoor extends Door {
  start(topic: string, onLink: (link: Link) => void): HandDoorSession
}

export interface HandDoorOptions extends Pick<DialOptions, 'iceServers' | 'isAddressHidden'> {
  readonly dial?: typeof dial
  readonly answerDial?: typeof answerDial
}

export const createHandDoor = (options: HandDoorOptions = {}): HandDoor => ({
  name: 'hand',
  start: (_, onLink) => new HandSession(options, onLink),
})

class HandSession implements HandDoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #options: HandDoorOptions
  readonly #onLink: (link: Link) => void
  /** What was begun or answered and can still be given up, and the links that came of it. */
  readonly #running = new Set<Pick<Dial, 'abort'>>()
  #state: DoorState = { state: 'open', detail: 'for those who are shown a code', sinceMs: Date.now() }
  #lastFailure: string | undefined

  constructor(options: HandDoorOptions, onLink: (link: Link) => void) {
    this.#options = options
    this.#onLink = onLink
  }

  health(): DoorHealth {
    return { ...this.#state, places: [], lastFailure: this.#lastFailure }
  }

  /** People decide here, so a link is welcome in any case. */
  setCapacity(): void {}

  begin(): Dial {
    const begun = (this.#options.dial ?? dial)(this.#dialOptions)
    this.#follow(begun)
    return begun
  }

  async answer(offer: Uint8Array): Promise<Result<Answer, DialFailure>> {
    const answered = await (this.#options.answerDial ?? answerDial)(offer, this.#dialOptions)
    if (answered.ok) this.#follow(answered.value)
    return answered
  }

  stop(): Promise<void> {
    if (this.#state.state === 'stopped') return Promise.resolve()
    this.#state = { state: 'stopped', detail: 'stopped', sinceMs: Date.now() }
    for (const running of this.#running) running.abort(DOOR_STOPPED)
    this.#running.clear()
    this.onHealth?.(this.health())
    return Promise.resolve()
  }

  get #dialOptions(): DialOptions {
    const { iceServers, isAddressHidden } = this.#options
    return {
      answerMsMax: HAND_MS_MAX,
      ...(iceServers && { iceServers }),
      ...(isAddressHidden !== undefined && { isAddressHidden }),
    }
  }

  #follow(running: Pick<Dial, 'opened' | 'abort'>): void {
    if (this.#state.state === 'stopped') {
      running.abort(DOOR_STOPPED)
      return
    }
    this.#running.add(running)
    void running.opened.then((opened) => {
      if (!opened.ok) {
        this.#running.delete(running)
        this.#lastFailure = opened.detail ?? opened.reason
        this.onHealth?.(this.health())
      } else if (this.#state.state === 'stopped') opened.value.close(DOOR_STOPPED)
      else this.#onLink(opened.value)
    })
  }
}
