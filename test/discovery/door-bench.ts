/** A door plan whose mesh and networks are played by the test. */
import type { DoorEffect, DoorEvent, PlannedDoor } from '../../src/discovery/door-event.ts'
import { DoorPlan } from '../../src/discovery/door-plan.ts'
import { greeterEpoch, isGreeter } from '../../src/discovery/greeter.ts'
import { seeded, sessionNamed } from './overlay-simulation.ts'

export const DOORS: readonly PlannedDoor[] = [
  { name: 'y-webrtc', network: 'y-webrtc', delayMs: 0 },
  { name: 'nostr', network: 'nostr', delayMs: 400 },
  { name: 'torrent', network: 'torrent', delayMs: 1_500 },
  { name: 'mqtt', network: 'mqtt', delayMs: 3_000 },
]

/** A plan with a clock that follows its wakes. */
export class Bench {
  readonly plan: DoorPlan
  nowMs = 0
  readonly log: { readonly atMs: number; readonly effect: DoorEffect }[] = []
  #wakeAtMs = Infinity

  constructor(name = 'Alice', seed = 1) {
    this.plan = new DoorPlan(sessionNamed(name), seeded(seed))
  }
  step(event: DoorEvent): void {
    for (const effect of this.plan.step(event, this.nowMs))
      if (effect.type === 'wake') this.#wakeAtMs = effect.atMs
      else this.log.push({ atMs: this.nowMs, effect })
  }
  runFor(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    while (this.#wakeAtMs <= endMs) {
      this.nowMs = this.#wakeAtMs
      this.#wakeAtMs = Infinity
      this.step({ type: 'tick' })
    }
    this.nowMs = endMs
  }
  mesh(
    links: number,
    more: { readonly isMeshed?: boolean; readonly isTorn?: boolean; readonly isAlone?: boolean } = {},
  ): void {
    const isMeshed = links >= 4
    this.step({
      type: 'mesh',
      authenticatedLinks: links,
      active: links,
      isMeshed,
      freeSlots: 8 - links,
      mayDial: !isMeshed,
      ...more,
    })
  }
  get open(): string[] {
    return this.plan.doors.filter(({ isOpen }) => isOpen).map(({ name }) => name)
  }
  reason(name: string): string | undefined {
    return this.plan.doors.find((door) => door.name === name)?.reason
  }
  times(type: DoorEffect['type'], name: string): number[] {
    return this.log
      .filter(({ effect }) => effect.type === type && effect.type !== 'wake' && effect.name === name)
      .map(({ atMs }) => atMs)
  }
}

/** Somebody who is not drawn for any of the networks in a room of a thousand. */
export const bystander = (): string => {
  const isDrawn = (name: string): boolean =>
    DOORS.some(({ network }) => isGreeter(sessionNamed(name), network, 1_000, greeterEpoch(sessionNamed(name), 0)))
  for (let i = 0; ; i++) if (!isDrawn(`member ${i}`)) return `member ${i}`
}
