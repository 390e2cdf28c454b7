/** What the WebRTC process does: it makes connections and keeps doors, and passes on what goes over them. */
import { LANES } from '../transport/link.ts'
import type { DoorSession } from '../transport/door.ts'
import { answerDial, dial, type Dial, type DialOptions } from '../transport/rtc-dial.ts'
import type { RtcPlatform } from '../transport/rtc-link.ts'
import { createTrysteroDoor } from '../transport/trystero-door.ts'
import { createYWebrtcDoor } from '../transport/y-webrtc-door.ts'
import { RelayedLink } from './relayed-link.ts'
import type { Command, Report } from './rtc-message.ts'
import { readDialSettings, readDoorSettings, writeHealth } from './rtc-settings.ts'

type CommandOf<Type extends Command['type']> = Extract<Command, { readonly type: Type }>
type Opened = Awaited<Dial['opened']>

export class RtcWorker {
  readonly #classes: RtcPlatform['classes']
  readonly #report: (report: Report) => void
  readonly #dials = new Map<number, Dial>()
  /** Ends what has not become a link yet. */
  readonly #aborts = new Map<number, (reason: string) => void>()
  readonly #doors = new Map<number, DoorSession>()
  readonly #links = new Map<number, RelayedLink>()
  #linksMade = 0

  constructor(classes: RtcPlatform['classes'], report: (report: Report) => void) {
    this.#classes = classes
    this.#report = report
  }

  async handle(command: Command): Promise<void> {
    switch (command.type) {
      case 'dial':
        return this.#dial(command)
      case 'answer':
        return this.#answer(command)
      case 'accept':
        return this.#accept(command)
      case 'abort':
        return this.#aborts.get(command.id)?.(command.reason)
      case 'door':
        return this.#openDoor(command)
      case 'capacity':
        return this.#doors.get(command.id)?.setCapacity(command.freeSlots, command.mayDial)
      case 'places': {
        const settings = readDoorSettings(command.settings)
        return 'trackers' in settings ? this.#doors.get(command.id)?.setPlaces?.(settings.trackers) : undefined
      }
      case 'stop':
        return this.#stopDoor(command)
      case 'frame': {
        const lane = LANES[command.lane]
        return lane && this.#links.get(command.link)?.forward(lane, command.frame)
      }
      case 'taken':
        return this.#links.get(command.link)?.taken(command.bytes)
      case 'close':
        return this.#links.get(command.link)?.close(command.reason)
      case 'ping':
        return this.#report({ type: 'pong' })
    }
  }

  /** Links of `owner` are told of as soon as there are any: their first frames come before they are given out. */
  #platformOf(owner: number): RtcPlatform {
    return {
      classes: this.#classes,
      makeLink: (parts) => {
        const id = ++this.#linksMade
        const { initiator, binding } = parts
        this.#report({ type: 'link', id: owner, link: id, initiator, binding })
        const link = new RelayedLink(parts, id, (report) => {
          if (report.type === 'closed') this.#links.delete(id)
          this.#report(report)
        })
        this.#links.set(id, link)
        return link
      },
    }
  }

  #optionsOf(id: number, settings: string): DialOptions {
    return { ...readDialSettings(settings), platform: this.#platformOf(id) }
  }

  async #dial({ id, settings }: CommandOf<'dial'>): Promise<void> {
    let attempt: Dial
    try {
      attempt = dial(this.#optionsOf(id, settings))
    } catch (error) {
      // An address of a STUN server that is none.
      return this.#report({ type: 'failed', id, reason: String(error) })
    }
    this.#dials.set(id, attempt)
    this.#aborts.set(id, attempt.abort)
    void attempt.opened.then((opened) => {
      this.#finish(id, opened)
    })
    const offer = await attempt.offer
    if (offer.ok) this.#report({ type: 'described', id, description: offer.value })
    else attempt.abort(offer.detail ?? offer.reason)
  }

  async #answer({ id, settings, offer }: CommandOf<'answer'>): Promise<void> {
    let abortedWith: string | undefined
    this.#aborts.set(id, (reason) => {
      abortedWith = reason
    })
    try {
      const answer = await answerDial(offer, this.#optionsOf(id, settings))
      if (!answer.ok) return this.#finish(id, answer)
      this.#aborts.set(id, answer.value.abort)
      void answer.value.opened.then((opened) => {
        this.#finish(id, opened)
      })
      if (abortedWith !== undefined) answer.value.abort(abortedWith)
      else this.#report({ type: 'described', id, description: answer.value.answer })
    } catch (error) {
      this.#finish(id, { ok: false, reason: 'connection-failed', detail: String(error) })
    }
  }

  async #accept({ id, answer }: CommandOf<'accept'>): Promise<void> {
    const taken = await this.#dials.get(id)?.accept(answer)
    const failure = taken ? (taken.ok ? '' : (taken.detail ?? taken.reason)) : 'there is no such dial'
    this.#report({ type: 'accepted', id, failure })
  }

  #finish(id: number, opened: Opened): void {
    this.#dials.delete(id)
    this.#aborts.delete(id)
    if (!opened.ok) this.#report({ type: 'failed', id, reason: opened.detail ?? opened.reason })
    else if (opened.value instanceof RelayedLink) this.#report({ type: 'opened', id, link: opened.value.id })
  }

  #openDoor({ id, settings, topic }: CommandOf<'door'>): void {
    const platform = this.#platformOf(id)
    const read = readDoorSettings(settings)
    const door =
      'trackers' in read ? createYWebrtcDoor({ ...read, platform }) : createTrysteroDoor({ ...read, platform })
    const session = door.start(topic, (link) => {
      if (link instanceof RelayedLink) this.#report({ type: 'opened', id, link: link.id })
    })
    session.onHealth = (health) => {
      this.#report({ type: 'health', id, health: writeHealth(health) })
    }
    this.#doors.set(id, session)
  }

  async #stopDoor({ id }: CommandOf<'stop'>): Promise<void> {
    const session = this.#doors.get(id)
    this.#doors.delete(id)
    try {
      await session?.stop()
    } finally {
      this.#report({ type: 'stopped', id })
    }
  }
}
