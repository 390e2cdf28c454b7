/** What the tab that has the links does for the other tabs of its device. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Emitter } from '../../src/base/emitter.ts'
import type { Mode } from '../../src/discovery/limits.ts'
import type { RoomLink, RoomLinks } from '../../src/peer/room-links.ts'
import { TabModes } from '../../src/peer/tab-modes.ts'

type Events = RoomLinks['events']

/** A tab, with the links that it has; what it says on them is brought to their other ends. */
class Tab {
  readonly modes: TabModes
  readonly events: Events = new Emitter()
  readonly links: RoomLink[] = []
  mode: Mode = 'normal'
  readonly device: string

  constructor(device: string) {
    this.device = device
    const links = {
      links: this.links,
      events: this.events,
      setMode: (mode: Mode) => {
        this.mode = mode
      },
      tell: (event: Parameters<RoomLinks['tell']>[0]) => {
        if (event.type === 'application' && event.link !== undefined) this.#say(event.link, event.bytes)
      },
    }
    this.modes = new TabModes({ session: { device }, links } as unknown as ConstructorParameters<typeof TabModes>[0])
  }

  /** Both ends of a link come up. */
  static link(one: Tab, other: Tab, kind: 'tab' | 'rtc' = 'tab'): void {
    const id = Math.max(0, ...[...one.links, ...other.links].map((each) => each.id)) + 1
    const linkTo = ({ device }: Tab): RoomLink => ({ id, link: { kind }, remote: { device } }) as unknown as RoomLink
    const [ones, others] = [linkTo(other), linkTo(one)]
    one.links.push(ones)
    other.links.push(others)
    one.#others.set(id, other)
    other.#others.set(id, one)
    one.events.emit('up', ones)
    other.events.emit('up', others)
  }
  readonly #others = new Map<number, Tab>()

  close(): void {
    for (const { id } of this.links) this.#others.get(id)?.lose(id)
  }
  lose(id: number): void {
    const at = this.links.findIndex((link) => link.id === id)
    const [link] = this.links.splice(at, 1)
    if (link) this.events.emit('down', link)
  }
  hear(id: number, bytes: Uint8Array): void {
    const link = this.links.find((each) => each.id === id)
    if (link) this.events.emit('application', { link, bytes })
  }
  #say(id: number, bytes: Uint8Array): void {
    this.#others.get(id)?.hear(id, bytes)
  }
}

describe('tabs of one device', () => {
  test('[M11] the one that has the links is a super peer as long as another one is that', () => {
    const [leader, second, third] = [new Tab('laptop'), new Tab('laptop'), new Tab('laptop')]
    Tab.link(second, leader)
    Tab.link(third, leader)
    second.modes.set('super')
    assert.equal(leader.mode, 'super')
    third.modes.set('super')
    second.close()
    assert.equal(leader.mode, 'super')
    third.modes.set('normal')
    assert.equal(leader.mode, 'normal')
  })

  test('[M11] what was chosen before is said to whichever tab leads next', () => {
    const [first, second, third] = [new Tab('laptop'), new Tab('laptop'), new Tab('laptop')]
    third.modes.set('super')
    Tab.link(third, first)
    assert.equal(first.mode, 'super')
    first.close()
    Tab.link(third, second)
    assert.equal(second.mode, 'super')
    second.modes.set('edge')
    assert.equal(second.mode, 'super', 'the device passes on as long as a tab of it is a super peer')
    third.close()
    assert.equal(second.mode, 'edge')
  })

  test('[M11] nobody else makes a super peer of this device', () => {
    const [leader, phone, second] = [new Tab('laptop'), new Tab('phone'), new Tab('laptop')]
    Tab.link(phone, leader, 'rtc')
    Tab.link(second, leader, 'rtc')
    phone.modes.set('super')
    second.modes.set('super')
    leader.hear(1, Uint8Array.of(6, 1))
    for (const bytes of [Uint8Array.of(6), Uint8Array.of(6, 1, 0), Uint8Array.of(7, 1)]) leader.hear(2, bytes)
    assert.equal(leader.mode, 'normal')
  })
})
