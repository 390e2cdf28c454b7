import type { Emitter } from '../../src/base/emitter.ts'
import type { RoomId, SessionId } from '../../src/base/ids.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { memoryLocks, type Environment } from '../../src/peer/environment.ts'
import type { MeshDialler } from '../../src/peer/mesh-dialler.ts'
import { Peer } from '../../src/peer/peer.ts'
import type { PeerOptions } from '../../src/peer/peer-options.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Store } from '../../src/storage/store.ts'

/** A clock that can be made to run faster, for what takes minutes. */
export class TimeLapse {
  #speed = 1
  #fromMs = Date.now()
  #shownMs = Date.now()

  now(): number {
    return this.#shownMs + (Date.now() - this.#fromMs) * this.#speed
  }
  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs / this.#speed)
    return () => {
      clearTimeout(timer)
    }
  }
  setSpeed(speed: number): void {
    this.#shownMs = this.now()
    this.#fromMs = Date.now()
    this.#speed = speed
  }
}

/** A device of its own: its own locks and notes. Time is real where nothing else is given, as signatures take real time. */
export function device(options: { readonly dialler?: MeshDialler; readonly clock?: TimeLapse } = {}): Environment {
  const notes = new Map<string, string>()
  const { dialler, clock } = options
  return {
    ...memoryLocks(),
    ...(dialler && { dialler }),
    now: () => clock?.now() ?? Date.now(),
    after: (delayMs, run) => {
      if (clock) return clock.after(delayMs, run)
      const timer = setTimeout(run, delayMs)
      return () => {
        clearTimeout(timer)
      }
    },
    notes: {
      get: (key) => notes.get(key),
      set: (key, value) => void notes.set(key, value),
      remove: (key) => void notes.delete(key),
    },
    onSuspend: () => () => undefined,
  }
}

/** Peers in one process, on links that deliver at once. */
export class Meeting {
  readonly network = new MemoryNetwork()
  /** Where only those meet who are told of it: for peers that do not see everybody. */
  readonly corridor = new MemoryNetwork()
  readonly #others: MemoryNetwork[] = []
  readonly #peers = new Set<Peer>()
  readonly #pump: ReturnType<typeof setInterval>

  constructor() {
    this.#pump = setInterval(() => {
      this.network.flush()
      this.corridor.flush()
      for (const network of this.#others) network.flush()
    }, 1)
  }

  async peer(
    options: { readonly store?: Store; readonly environment?: Environment } & PeerOptions = {},
  ): Promise<Peer> {
    const peer = await Peer.open({
      store: new MemoryStore(),
      environment: device(),
      doors: [() => this.network.door()],
      inviteBase: 'parley:',
      ...options,
    })
    this.#peers.add(peer)
    return peer
  }

  /** One more network of its own. */
  hall(): MemoryNetwork {
    const network = new MemoryNetwork()
    this.#others.push(network)
    return network
  }

  /** Closes one of the peers, as closing the page does. */
  async leave(peer: Peer): Promise<void> {
    this.#peers.delete(peer)
    await peer.close()
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) await peer.close()
    clearInterval(this.#pump)
  }
}

/** Looks whether it is done now and whenever `listen` says that something happened; fails after a time. */
export function waitFor(options: {
  readonly isDone: () => boolean
  readonly what: string
  readonly patienceMs: number
  /** Returns what ends the listening. */
  readonly listen: (look: () => void) => readonly (() => void)[]
}): Promise<void> {
  const { isDone, what, patienceMs, listen } = options
  if (isDone()) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const end = (): void => {
      for (const stop of stops) stop()
      clearTimeout(timer)
    }
    const timer = setTimeout(() => {
      end()
      reject(new Error(`waited in vain for ${what}`))
    }, patienceMs)
    const stops = listen(() => {
      if (!isDone()) return
      end()
      resolve()
    })
  })
}

/** All that a room announces. */
export const listenTo = (room: Room, look: () => void): readonly (() => void)[] => [
  ...(['change', 'members', 'notes', 'connection', 'invites'] as const).map((event) => room.on(event, look)),
  ...(['messages', 'typing', 'unread'] as const).map((event) => room.chat.on(event, look)),
]

/** Waits for what the rooms' own events announce; fails after a time in which anything would have happened. */
export function until(
  rooms: Room | readonly Room[],
  isDone: () => boolean,
  what: string,
  patienceMs = 30_000,
): Promise<void> {
  const listen = (look: () => void): readonly (() => void)[] => [rooms].flat().flatMap((room) => listenTo(room, look))
  return waitFor({ isDone, what, patienceMs, listen })
}

/** Waits for an event; fails after a time in which it would have come. */
export function next<Events extends object, Name extends keyof Events>(
  emitter: Emitter<Events>,
  name: Name,
  isWanted: (event: Events[Name]) => boolean,
  what: string,
): Promise<Events[Name]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`waited in vain for ${what}`))
    }, 30_000)
    const stop = emitter.on(name, (event) => {
      if (!isWanted(event)) return
      stop()
      clearTimeout(timer)
      resolve(event)
    })
  })
}

/** The room as it is once the peer has opened a new session. */
export function renewed(peer: Peer, id: RoomId, former: SessionId): Promise<Room> {
  const find = (): Room | undefined => {
    const room = peer.room(id)
    return room?.core.session.id === former ? undefined : room
  }
  const found = find()
  if (found) return Promise.resolve(found)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('waited in vain for a new session'))
    }, 30_000)
    const stop = peer.on('rooms', () => {
      const room = find()
      if (!room) return
      stop()
      clearTimeout(timer)
      resolve(room)
    })
  })
}

/** A value that is there, or a failed test. */
export function must<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string },
): T {
  if (!result.ok) throw new Error(`rejected: ${result.reason}`)
  return result.value
}

export const texts = (room: Room): readonly string[] => room.chat.messages.map(({ text }) => text)
