/** A door of one room whose code runs in the WebRTC process: that of y-webrtc, or one to a public network. */
import {
  DOOR_CAPACITY_DEFAULT,
  type Door,
  type DoorHealth,
  type DoorSession,
  type DoorState,
} from '../transport/door.ts'
import type { Link } from '../transport/link.ts'
import type { Report } from './rtc-message.ts'
import type { RtcProcess, RtcTenant } from './rtc-process.ts'
import {
  readHealth,
  writeSettings,
  type DoorSettings,
  type PublicDoorSettings,
  type YWebrtcSettings,
} from './rtc-settings.ts'

export const createRemoteDoor = (rtc: RtcProcess, settings: YWebrtcSettings): Door => ({
  name: 'y-webrtc',
  start: (topic, onLink) => new RemoteDoorSession({ rtc, settings, topic, onLink }),
})

export const createRemotePublicDoor = (rtc: RtcProcess, settings: PublicDoorSettings): Door => ({
  name: settings.network,
  start: (topic, onLink) => new RemoteDoorSession({ rtc, settings, topic, onLink }),
})

class RemoteDoorSession implements DoorSession, RtcTenant {
  onHealth: ((health: DoorHealth) => void) | undefined
  /** A door to a public network is begun anew instead. */
  readonly setPlaces?: (places: readonly string[]) => void
  readonly #rtc: RtcProcess
  readonly #id: number
  #settings: DoorSettings
  readonly #topic: string
  readonly #onLink: (link: Link) => void
  #health: DoorHealth
  #capacity: { readonly freeSlots: number; readonly mayDial: boolean } = {
    freeSlots: DOOR_CAPACITY_DEFAULT,
    mayDial: true,
  }
  #isOpen = false
  #stopping: Promise<void> | undefined
  #stopped: () => void = () => undefined

  constructor(options: {
    readonly rtc: RtcProcess
    readonly settings: DoorSettings
    readonly topic: string
    readonly onLink: (link: Link) => void
  }) {
    const { rtc, settings, topic, onLink } = options
    this.#rtc = rtc
    this.#settings = settings
    this.#topic = topic
    this.#onLink = onLink
    this.#health = healthOf('connecting', 'WebRTC is being started')
    if ('trackers' in settings)
      this.setPlaces = (trackers) => {
        this.#goTo({ ...settings, trackers })
      }
    this.#id = rtc.add(this)
    if (rtc.state === 'ready') this.ready()
    else void this.#begin()
  }

  health(): DoorHealth {
    return this.#health
  }

  setCapacity(freeSlots: number, mayDial: boolean): void {
    this.#capacity = { freeSlots: Math.max(0, Math.floor(freeSlots)), mayDial }
    if (this.#isOpen) this.#rtc.send({ type: 'capacity', id: this.#id, ...this.#capacity })
  }

  #goTo(settings: YWebrtcSettings): void {
    this.#settings = settings
    if (this.#isOpen) this.#rtc.send({ type: 'places', id: this.#id, settings: writeSettings(this.#settings) })
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  ready(): void {
    if (this.#stopping) return
    this.#isOpen = true
    this.#rtc.send({ type: 'door', id: this.#id, settings: writeSettings(this.#settings), topic: this.#topic })
    this.#rtc.send({ type: 'capacity', id: this.#id, ...this.#capacity })
  }

  lost(reason: string): void {
    this.#isOpen = false
    this.#stopped()
    if (this.#stopping) return
    // A door that can never open here is none to wait for.
    if (this.#rtc.state === 'missing') return this.#enter(healthOf('stopped', reason))
    const failed = healthOf('failed', reason)
    const places = 'trackers' in this.#settings ? this.#settings.trackers : this.#settings.relays
    this.#enter({
      ...failed,
      places: places.map((place) => ({
        place,
        state: 'failed',
        detail: reason,
        sinceMs: failed.sinceMs,
      })),
    })
  }

  report(report: Report): void {
    if (report.type === 'stopped') this.#stopped()
    else if (report.type === 'health') {
      const health = readHealth(report.health)
      if (health.ok) this.#enter(health.value)
    } else if (report.type === 'opened') {
      const link = this.#rtc.link(report.link)
      if (!link) return
      if (this.#stopping) link.close('door-stopped')
      else this.#onLink(link)
    }
  }

  async #begin(): Promise<void> {
    const ready = await this.#rtc.ready()
    if (!ready.ok && !this.#isOpen) this.lost(ready.detail ?? ready.reason)
  }

  async #stop(): Promise<void> {
    if (this.#isOpen)
      await new Promise<void>((resolve) => {
        this.#stopped = resolve
        this.#rtc.send({ type: 'stop', id: this.#id })
      })
    this.#rtc.remove(this.#id)
    this.#enter(healthOf('stopped', 'stopped'))
  }

  #enter(health: DoorHealth): void {
    this.#health = health
    this.onHealth?.(health)
  }
}

function healthOf(state: DoorState['state'], detail: string): DoorHealth {
  return { state, detail, sinceMs: Date.now(), places: [], lastFailure: undefined }
}
