/** Many people in one page, each with a person, a device and a memory of their own. */
import { MemoryStore, Peer, yWebrtcDoor, type Environment, type Room } from '../../../src/index.ts'
import { memoryLocks } from '../../../src/peer/environment.ts'
import { there, until } from './waiting.ts'

/** Texts of one to many lines, so that no guess of a row's height is right. */
export const crowdText = (name: string, number: number): string => {
  const words = `${name} ${number} `
  if (number % 37 === 0) return `${words}${'with a lot to say about the weather '.repeat(12)}`
  return number % 11 === 0 ? `${words}\n\n- first\n- second\n- third` : `${words}${'is here '.repeat(number % 9)}`
}

export class Crowd {
  #rooms: readonly Room[] = []

  /** Lets `names` into one room, of which the first makes the link, and parts them again. */
  async meet(options: {
    readonly names: readonly string[]
    readonly trackerUrl: string
    readonly inviteBase: string
    /** How much the clock of the last one is behind. */
    readonly lastBehindMs: number
  }): Promise<string> {
    const { names, trackerUrl, inviteBase, lastBehindMs } = options
    const rooms: Room[] = []
    let link = ''
    for (const [i, name] of names.entries()) {
      const behindMs = i === names.length - 1 ? lastBehindMs : 0
      const doors = [yWebrtcDoor({ trackers: [trackerUrl] })]
      const peer = await Peer.open({ store: new MemoryStore(), environment: device(behindMs), doors, inviteBase })
      if (i === 0) {
        const made = await peer.createRoom({ name: 'Crowd', myName: name })
        const room = there(made.ok ? made.value : undefined)
        const invite = await room.createInvite({ role: 'writer' })
        link = there(invite.ok ? invite.value.link : undefined)
        rooms.push(room)
        continue
      }
      const joined = await peer.joinRoom({ link, myName: name })
      const room = there(joined.ok ? joined.value : undefined)
      await until(room, () => room.status === 'member')
      rooms.push(room)
    }
    await Promise.all(rooms.map((room) => until(room, () => room.members.length === names.length)))
    for (const room of rooms) room.connection.setOffline(true)
    this.#rooms = rooms
    return link
  }

  /** Everybody writes `count` messages; nobody hears the others. */
  async write(count: number): Promise<void> {
    await Promise.all(
      this.#rooms.map(async (room) => {
        const name = there(room.me).person.name
        for (let number = 1; number <= count; number++) {
          const sent = await room.chat.send(crowdText(name, number))
          if (!sent.ok) throw new Error(sent.reason)
        }
      }),
    )
  }

  /** Some of them, from the first on, come together; resolves when the first has so many messages. */
  async comeTogether(people: { readonly from: number; readonly to: number }, messages: number): Promise<void> {
    for (const room of this.#rooms.slice(people.from, people.to)) room.connection.setOffline(false)
    const [first] = this.#rooms
    const room = there(first)
    await until(room, () => room.chat.messages.length === messages)
  }

  async say(text: string): Promise<void> {
    await this.#rooms[0]?.chat.send(text)
  }
}

function device(behindMs: number): Environment {
  const notes = new Map<string, string>()
  return {
    ...memoryLocks(),
    now: () => Date.now() - behindMs,
    after: (delayMs, run) => {
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
