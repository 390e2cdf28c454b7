/**
 * Public networks as doors: Nostr relays, BitTorrent trackers, MQTT brokers. Trystero finds the others there and makes a
 * first connection; over that the two agree on a connection of ours, and trystero's is let go. All of the code but this
 * file is fetched with the first room that needs it.
 */
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession, type DoorState } from './door.ts'
import type { Link } from './link.ts'
import type { TrysteroMeeting } from './trystero-meeting.ts'
import type { TrysteroDoorOptions } from './trystero-options.ts'

export type { TrysteroDoorOptions, TrysteroNetwork } from './trystero-options.ts'

/** A link that came through the door belongs to whoever took it: it outlives the door. */
export const createTrysteroDoor = (options: TrysteroDoorOptions): Door => ({
  name: options.network,
  start: (topic, onLink) => new TrysteroSession(topic, onLink, options),
})

class TrysteroSession implements DoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #opening: Promise<void>
  #meeting: TrysteroMeeting | undefined
  #state: DoorState = { state: 'connecting', detail: 'loading', sinceMs: Date.now() }
  #lastFailure: string | undefined
  #capacity: readonly [freeSlots: number, mayDial: boolean] = [DOOR_CAPACITY_DEFAULT, true]
  #stopping: Promise<void> | undefined

  constructor(topic: string, onLink: (link: Link) => void, options: TrysteroDoorOptions) {
    this.#opening = this.#open(topic, onLink, options)
  }

  health(): DoorHealth {
    const places = this.#meeting?.places ?? []
    const lastFailure = this.#lastFailure
    if (this.#stopping || places.length === 0) return { ...this.#state, places, lastFailure }
    const best = ['open', 'connecting', 'failed'] as const
    const place = best.map((state) => places.find((each) => each.state === state)).find((each) => each !== undefined)
    if (!place) return { ...this.#state, places, lastFailure }
    return { state: place.state, detail: place.detail, sinceMs: place.sinceMs, places, lastFailure }
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#capacity = [freeSlots, mayDial]
    this.#meeting?.setCapacity(freeSlots, mayDial)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #open(topic: string, onLink: (link: Link) => void, options: TrysteroDoorOptions): Promise<void> {
    try {
      const { openMeeting } = await import('./trystero-meeting.ts')
      const meeting = await openMeeting({
        ...options,
        topic,
        onLink,
        onChange: () => {
          this.#changed()
        },
        onFailure: (reason) => {
          this.#lastFailure = reason
          this.#changed()
        },
      })
      if (!meeting.ok) {
        this.#enter('failed', meeting.detail ?? meeting.reason)
        return
      }
      this.#meeting = meeting.value
      if (this.#stopping) return
      meeting.value.setCapacity(...this.#capacity)
      meeting.value.start()
      this.#changed()
    } catch (error) {
      this.#enter('failed', error instanceof Error ? error.message : String(error))
    }
  }

  async #stop(): Promise<void> {
    await this.#opening
    await this.#meeting?.stop()
    this.#enter('stopped', 'stopped')
  }

  #enter(state: DoorState['state'], detail: string): void {
    this.#state = { state, detail, sinceMs: Date.now() }
    this.#changed()
  }

  #changed(): void {
    this.onHealth?.(this.health())
  }
}
