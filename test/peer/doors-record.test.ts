import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { Emitter } from '../../src/base/emitter.ts'
import { decodeInviteLink } from '../../src/peer/invite-link.ts'
import { LazyDoor } from '../../src/peer/lazy-door.ts'
import { addressesOf } from '../../src/peer/meeting-place.ts'
import { readMeetingPlace } from '../../src/peer/places-setting.ts'
import type { DoorMaker } from '../../src/peer/doors.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Door, DoorHealth, DoorSession } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import { Disk } from './disk.ts'
import { Meeting, must, next, until } from './meeting.ts'
import { Market } from './mesh-scene.ts'

/** Places by their addresses, each a network of its own; and doors that lead to those that a room names. */
class Towns {
  readonly meeting: Meeting
  readonly #places = new Map<string, Market>()
  readonly #events = new Emitter<{ readonly change: undefined }>()
  /** Who of those that this test named is where. */
  readonly #there = new Map<string, Set<string>>()

  constructor(t: TestContext) {
    this.meeting = new Meeting()
    t.after(() => this.meeting.close())
  }

  place(address: string): Market {
    const known = this.#places.get(address)
    if (known) return known
    const hall = this.meeting.hall()
    const market = new Market(() => hall.connect())
    this.#places.set(address, market)
    return market
  }

  at(address: string): string {
    return [...(this.#there.get(address) ?? [])].toSorted().join()
  }

  /** Doors follow the record in their own time. */
  async areAt(address: string, ...people: string[]): Promise<void> {
    const isSo = (): boolean => this.at(address) === people.join()
    if (!isSo()) await next(this.#events, 'change', isSo, `${people.join()} at ${address}`)
  }

  /** To the places that are named, and to no others. */
  door(who: string): DoorMaker {
    return (request) =>
      new LazyDoor('ws', {
        onPlacesChange: request.onPlacesChange,
        places: () => {
          const places = addressesOf('tracker', request.trackers)
          return Promise.resolve(places.length === 0 ? 'nothing is named' : places)
        },
        load: (places) =>
          Promise.resolve<Door>({ name: 'ws', start: (topic, onLink) => this.#start(who, places, topic, onLink) }),
      })
  }

  #start(who: string, first: readonly string[], topic: string, onLink: (link: Link) => void): DoorSession {
    const open = new Map<string, DoorSession>()
    let capacity: readonly [number, boolean] = [8, true]
    const leave = (place: string): void => {
      this.#there.get(place)?.delete(who)
      void open.get(place)?.stop()
      open.delete(place)
      this.#events.emit('change', undefined)
    }
    const goTo = (places: readonly string[]): void => {
      for (const place of places) {
        if (open.has(place)) continue
        const session = this.place(place).door().start(topic, onLink)
        session.setCapacity(...capacity)
        open.set(place, session)
        this.#there.set(place, (this.#there.get(place) ?? new Set()).add(who))
      }
      for (const place of open.keys()) if (!places.includes(place)) leave(place)
      this.#events.emit('change', undefined)
    }
    goTo(first)
    return {
      onHealth: undefined,
      health: (): DoorHealth => {
        const places = [...open].map(([place, session]) => ({ ...session.health(), place }))
        return { state: 'open', detail: '', sinceMs: 0, places, lastFailure: undefined }
      },
      setCapacity: (...told) => {
        capacity = told
        for (const session of open.values()) session.setCapacity(...told)
      },
      setPlaces: goTo,
      stop: () => {
        for (const place of open.keys()) leave(place)
        return Promise.resolve()
      },
    }
  }
}

const A = 'wss://a.example/'
const B = 'wss://b.example/'
const C = 'wss://c.example/'

/** The places that the room names, by their addresses. */
const named = (room: Room): readonly string[] => room.access.places.list.map(({ address }) => address)
const knows = (room: Room, ...places: string[]): Promise<void> =>
  until(room, () => named(room).join() === places.join(), `${places.join()} to be named`)
const linkTo = (room: Room, other: Room): Link | undefined =>
  room.core.links.links.find(({ remote }) => remote.session === other.core.session.id)?.link
const written = (room: Room, text: string): Promise<void> =>
  until(room, () => room.chat.messages.some((message) => message.text === text), `“${text}” to arrive`)

/** Alice's room, whose record names the places; and whoever comes by her link. */
async function scene(t: TestContext, ...places: string[]) {
  const towns = new Towns(t)
  const peer = await towns.meeting.peer({ doors: [towns.door('Alice')] })
  const alice = must(await peer.createRoom({ name: 'Choir', myName: 'Alice' }))
  for (const place of places) must(await alice.access.places.add(place, 'tracker'))
  const invite = async (): Promise<string> => must(await alice.createInvite({ role: 'writer' })).link ?? ''
  const arrive = async (name: string, link: string): Promise<Room> => {
    const guest = await towns.meeting.peer({ doors: [towns.door(name)] })
    return must(await guest.joinRoom({ link, myName: name }))
  }
  const letIn = async (name: string, link: string): Promise<Room> => {
    const room = await arrive(name, link)
    await until(room, () => room.status === 'member', `${name} to be let in`)
    return room
  }
  return { towns, alice, invite, letIn }
}

describe('the meeting places that a room names', () => {
  test('[DO5] the room moves when its tracker dies: who is linked moves, who is new comes in there', async (t) => {
    const { towns, alice, invite, letIn } = await scene(t, A)
    const old = await invite()
    const bob = await letIn('Bob', old)
    await towns.areAt(A, 'Alice', 'Bob')
    const link = linkTo(alice, bob)
    towns.place(A).set(false)
    must(await alice.access.places.add(B, 'tracker'))
    must(await alice.access.places.remove(A))
    await knows(bob, B)
    await towns.areAt(B, 'Alice', 'Bob')
    // Whom the invite named a place goes on looking there.
    await towns.areAt(A, 'Bob')
    assert.equal(linkTo(alice, bob), link)
    assert.equal(link?.closeReason, undefined)
    const fresh = await invite()
    const read = decodeInviteLink(fresh)
    assert(read.ok)
    assert.deepEqual(read.value.trackers, [B])
    const shown = alice.invites.map((shownInvite) => decodeInviteLink(shownInvite.link ?? ''))
    assert.deepEqual(
      shown.map((each) => each.ok && [each.value.inviterName, each.value.trackers]),
      [
        ['Alice', [B]],
        ['Alice', [B]],
      ],
    )
    const carol = await letIn('Carol', fresh)
    await carol.chat.send('found you')
    await written(bob, 'found you')
  })

  test('[DO5] who was away finds the room by another of its places, and learns where it has moved', async (t) => {
    const { towns, alice, invite, letIn } = await scene(t, A, C)
    const bob = await letIn('Bob', await invite())
    await knows(bob, A, C)
    bob.connection.setOffline(true)
    towns.place(A).set(false)
    must(await alice.access.places.add(B, 'tracker'))
    must(await alice.access.places.remove(A))
    await towns.areAt(A)
    bob.connection.setOffline(false)
    await knows(bob, C, B)
    await towns.areAt(B, 'Alice', 'Bob')
  })

  test('[DO5] without a name in it the record opens no door, and those that are open close; links stay', async (t) => {
    const { towns, alice, invite, letIn } = await scene(t, A)
    const bob = await letIn('Bob', await invite())
    const link = linkTo(bob, alice)
    must(await alice.access.places.clear())
    await knows(bob)
    await towns.areAt(A, 'Bob')
    assert.equal(alice.connection.doors[0]?.state, 'stopped')
    await alice.chat.send('still here')
    await written(bob, 'still here')
    assert.equal(linkTo(bob, alice), link)
  })

  test('[DO5] a page that starts again goes by the record it has', async (t) => {
    const towns = new Towns(t)
    const store = new Disk()
    const first = await towns.meeting.peer({ store, doors: [towns.door('Alice')] })
    const room = must(await first.createRoom({ name: 'Choir', myName: 'Alice' }))
    must(await room.access.places.add(B, 'tracker'))
    await towns.meeting.leave(first)
    await towns.areAt(B)
    await towns.meeting.peer({ store, doors: [towns.door('Alice')] })
    await towns.areAt(B, 'Alice')
  })

  test('[DO6] only admins of the whole room change them, and the log says who did', async (t) => {
    const { alice, invite, letIn } = await scene(t, A)
    const bob = await letIn('Bob', await invite())
    assert.equal(bob.access.places.maySet, false)
    const refused = await bob.access.places.add(B, 'tracker')
    assert.equal(refused.ok ? '' : refused.reason, 'not-allowed')
    must(await alice.access.apply({ type: 'role', person: bob.core.me, role: 'admin' }))
    await until(bob, () => bob.access.places.maySet, 'Bob to be an admin')
    await knows(bob, A)
    const outranked = await bob.access.places.add(B, 'tracker')
    assert.equal(outranked.ok ? '' : outranked.reason, 'outranked')
    assert.deepEqual(
      alice.access.log.flatMap(({ text, author }) => (text.includes('meeting') ? [`${author.name} ${text}`] : [])),
      ['Alice changed the meeting places'],
    )
  })

  test('[DO6] each is there once, there are eight at most, and they say how they are reached', async (t) => {
    const { towns, alice } = await scene(t, A)
    const again = await alice.access.places.add('WSS://A.example', 'tracker')
    assert.equal(again.ok ? '' : again.reason, 'place-known')
    for (let i = 0; i < 7; i++) must(await alice.access.places.add(`wss://${i}.example`, 'nostr'))
    const ninth = await alice.access.places.add(B, 'tracker')
    assert.equal(ninth.ok ? '' : ninth.reason, 'places-full')
    towns.place(A).set(false)
    const [a, nostr] = alice.access.places.list
    assert.deepEqual([a?.kind, nostr?.kind, nostr?.address], ['tracker', 'nostr', 'wss://0.example/'])
    assert.equal(nostr?.state, undefined)
  })
})

test('[DO6] a text is read as a place, or refused for a reason that can be said', () => {
  const read = (text: string): string => {
    const result = readMeetingPlace(text, 'tracker')
    return result.ok ? result.value : result.reason
  }
  assert.deepEqual(
    [
      ' wss://t.example ',
      'nostr+wss://r.example/x',
      'Peer+WSS://p.example/link',
      'tracker+ws://localhost:4000',
      '',
      't.example',
      't.example:4000',
      'wss://',
      'wss://a b.example',
      'https://t.example',
      'pigeon+wss://t.example',
      'mqtt+wss://me:secret@broker.example',
      `wss://${'x'.repeat(120)}.example`,
      'wss://t.example/#x',
      'wss://t.example/#',
    ].map(read),
    [
      'wss://t.example/',
      'nostr+wss://r.example/x',
      'peer+wss://p.example/link',
      'ws://localhost:4000/',
      'place-empty',
      'place-address',
      'place-address',
      'place-address',
      'place-address',
      'place-not-websocket',
      'place-kind',
      'place-secret',
      'place-too-long',
      'place-address',
      'place-address',
    ],
  )
})

/** A door that notes what is done with it, and whose places can be changed. */
function noted(options: { readonly mayMove: boolean; readonly places: () => readonly string[] | string }) {
  const done: string[] = []
  let tell: () => void = () => undefined
  const door = new LazyDoor('noted', {
    places: () => Promise.resolve(options.places()),
    onPlacesChange: (listener) => {
      tell = listener
      return () => done.push('unwatched')
    },
    load: (places) =>
      Promise.resolve<Door>({
        name: 'noted',
        start: () => {
          done.push(`start ${places.join()}`)
          return {
            onHealth: undefined,
            health: () => ({ state: 'open', detail: '', sinceMs: 0, places: [], lastFailure: undefined }),
            setCapacity: (slots) => done.push(`slots ${slots}`),
            ...(options.mayMove && { setPlaces: (to: readonly string[]) => void done.push(`move ${to.join()}`) }),
            stop: () => {
              done.push('stop')
              return Promise.resolve()
            },
          }
        },
      }),
  })
  const take = async (): Promise<string[]> => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
    return done.splice(0)
  }
  return { door, take, change: () => tell() }
}

describe('an open door whose places change', () => {
  test('[DO5] moves if it can, is begun anew if not, and is left alone when they are the same', async () => {
    for (const mayMove of [true, false]) {
      let places: readonly string[] | string = ['a']
      const it = noted({ mayMove, places: () => places })
      const session = it.door.start('topic', () => undefined)
      session.setCapacity(3, true)
      assert.deepEqual(await it.take(), ['start a', 'slots 3'])
      places = ['b', 'a']
      it.change()
      assert.deepEqual(await it.take(), mayMove ? ['move b,a'] : ['stop', 'start b,a', 'slots 3'])
      places = ['a', 'b']
      it.change()
      assert.deepEqual(await it.take(), [])
      places = 'none is named'
      it.change()
      assert.deepEqual(await it.take(), ['stop'])
      assert.deepEqual([session.health().state, session.health().detail], ['stopped', 'none is named'])
      places = ['c']
      it.change()
      assert.deepEqual(await it.take(), ['start c', 'slots 3'])
      await session.stop()
      it.change()
      assert.deepEqual(await it.take(), ['unwatched', 'stop'])
    }
  })

  test('[DO5] ends at once when it is stopped in the middle of a change', async () => {
    let places: readonly string[] = ['a']
    const it = noted({ mayMove: false, places: () => places })
    const session = it.door.start('topic', () => undefined)
    await it.take()
    places = ['b']
    it.change()
    const stopped = session.stop()
    assert.deepEqual(await it.take(), ['unwatched', 'stop'])
    await stopped
  })
})
