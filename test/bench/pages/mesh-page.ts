/** One of many people in a page of their own: in a Parley room, or in a plain y-webrtc room with the same work to do. */
import { countsNow, recordedMessages, resetCounts, type MeshCounts } from './mesh-counter.ts'
import { WebrtcProvider } from 'y-webrtc'
import * as Y from 'yjs'
import { Peer, yWebrtcDoor, type Note, type Room } from '../../../src/index.ts'

/** Milliseconds since 1970, so that pages can be compared; undefined before it happened. */
type Moment = number | undefined

export interface Standing {
  /** Open links now. */
  readonly links: number
  /** When the number of links last changed. */
  readonly linksChangedAtMs: number
  /** When there was first a link to everybody. */
  readonly linkedWithAllAtMs: Moment
  /** When a first word of everybody was first here; in a Parley room also: when everybody was a member. */
  readonly heardAllAtMs: Moment
  /** Both as they are now. */
  readonly heard: number
  readonly members: number
}

interface Person {
  links(): number
  members(): number
  heard(): number
  hasText(text: string): boolean
  edit(text: string): void
  /** Calls `look` whenever the text may have changed. */
  onText(look: () => void): () => void
}

export interface MeshPage {
  /** Starts a Parley room and returns a link for others. */
  startRoom(tracker: string): Promise<string>
  joinRoom(options: { readonly tracker: string; readonly link: string; readonly name: string }): Promise<void>
  openPlainRoom(options: { readonly server: string; readonly room: string; readonly name: string }): void
  /** Begins to watch for the others, `people` with this one. */
  watch(people: number): void
  standing(): Standing
  /** Opens what is edited, where that takes a step of its own. */
  openText(): Promise<void>
  /** Writes at the beginning of the text that all share; returns when. */
  edit(text: string): number
  /** When the text had that in it, or undefined if it has not within the time. */
  hasText(text: string, patienceMs: number): Promise<Moment>
  counts(): MeshCounts
  resetCounts: typeof resetCounts
  recorded(): readonly string[]
}

const TITLE = 'Minutes'
const WATCH_INTERVAL_MS = 100

class ParleyPerson implements Person {
  readonly #room: Room
  #note: Note | undefined

  constructor(room: Room) {
    this.#room = room
  }
  links(): number {
    return this.#room.connection.peers.length
  }
  members(): number {
    return this.#room.status === 'member' ? this.#room.members.length : 0
  }
  heard(): number {
    return new Set(this.#room.chat.messages.map(({ author }) => author.id)).size
  }
  async open(): Promise<void> {
    const summary = this.#room.notes.find(({ title }) => title === TITLE)
    this.#note = summary && (await this.#room.openNote(summary.id))
    if (!this.#note) throw new Error('the note is not here')
  }
  async createNote(): Promise<void> {
    const created = await this.#room.createNote({ title: TITLE })
    if (!created.ok) throw new Error(created.reason)
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('Present: all.')])
    created.value.body.insert(0, [paragraph])
    await created.value.settled()
    this.#note = created.value
  }
  #text(): Y.XmlText | undefined {
    const paragraph = this.#note?.body.get(0)
    const text = paragraph instanceof Y.XmlElement ? paragraph.get(0) : undefined
    return text instanceof Y.XmlText ? text : undefined
  }
  hasText(text: string): boolean {
    return this.#text()?.toJSON().includes(text) === true
  }
  edit(text: string): void {
    this.#text()?.insert(0, text)
  }
  onText(look: () => void): () => void {
    const note = this.#note
    if (!note) throw new Error('no note is open')
    let { doc } = note
    doc.on('update', look)
    const stop = note.on('replaced', () => {
      doc.off('update', look)
      ;({ doc } = note)
      doc.on('update', look)
      look()
    })
    return () => {
      stop()
      doc.off('update', look)
    }
  }
}

/** y-webrtc as it comes: nothing is set but the server, and that no STUN server of strangers is asked. */
class PlainPerson implements Person {
  readonly #doc = new Y.Doc()
  readonly #provider: WebrtcProvider

  constructor(server: string, room: string) {
    const peerOpts = { config: { iceServers: [] } }
    this.#provider = new WebrtcProvider(room, this.#doc, { signaling: [server], peerOpts })
  }
  links(): number {
    const open = [...(this.#provider.room?.webrtcConns.values() ?? [])]
    return open.filter(({ peer }) => peer._pc?.connectionState === 'connected').length
  }
  members(): number {
    return 0
  }
  greet(name: string): void {
    this.#doc.getArray('chat').push([name])
  }
  heard(): number {
    return this.#doc.getArray('chat').length
  }
  hasText(text: string): boolean {
    return this.#doc.getText('note').toJSON().includes(text)
  }
  edit(text: string): void {
    this.#doc.getText('note').insert(0, text)
  }
  onText(look: () => void): () => void {
    this.#doc.on('update', look)
    return () => {
      this.#doc.off('update', look)
    }
  }
}

let parley: ParleyPerson | undefined
let person: Person | undefined
let standing: Standing = {
  links: 0,
  linksChangedAtMs: 0,
  linkedWithAllAtMs: undefined,
  heardAllAtMs: undefined,
  heard: 0,
  members: 0,
}

const there = (): Person => {
  if (!person) throw new Error('nobody is here yet')
  return person
}

function lookAround(people: number): void {
  if (!person) return
  const [links, heard, members] = [person.links(), person.heard(), person.members()]
  const nowMs = Date.now()
  const isComplete = heard === people && (!parley || members === people)
  standing = {
    links,
    heard,
    members,
    linksChangedAtMs: links === standing.links ? standing.linksChangedAtMs : nowMs,
    linkedWithAllAtMs: standing.linkedWithAllAtMs ?? (links >= people - 1 ? nowMs : undefined),
    heardAllAtMs: standing.heardAllAtMs ?? (isComplete ? nowMs : undefined),
  }
}

async function enter(room: Room, greeting: string): Promise<void> {
  parley = new ParleyPerson(room)
  person = parley
  const sent = await room.chat.send(greeting)
  if (!sent.ok) throw new Error(sent.reason)
}

const openPeer = (tracker: string): Promise<Peer> => Peer.open({ doors: [yWebrtcDoor({ trackers: [tracker] })] })

const page: MeshPage = {
  async startRoom(tracker) {
    const room = await (await openPeer(tracker)).createRoom({ name: 'Book club', myName: 'Ada' })
    if (!room.ok) throw new Error(room.reason)
    const invite = await room.value.createInvite({ role: 'writer' })
    if (!invite.ok || invite.value.link === undefined) throw new Error('no invite')
    await enter(room.value, 'Ada is here')
    await parley?.createNote()
    return invite.value.link
  },
  async joinRoom({ tracker, link, name }) {
    const room = await (await openPeer(tracker)).joinRoom({ link, myName: name })
    if (!room.ok) throw new Error(room.reason)
    await enter(room.value, `${name} is here`)
  },
  openPlainRoom({ server, room, name }) {
    const plain = new PlainPerson(server, room)
    plain.greet(`${name} is here`)
    person = plain
  },
  watch(people) {
    setInterval(() => {
      lookAround(people)
    }, WATCH_INTERVAL_MS)
  },
  standing: () => standing,
  openText: async () => parley?.open(),
  edit(text) {
    const atMs = Date.now()
    there().edit(text)
    return atMs
  },
  hasText(text, patienceMs) {
    const reader = there()
    return new Promise((resolve) => {
      const end = (atMs: Moment): void => {
        clearTimeout(timer)
        stop()
        resolve(atMs)
      }
      const read = (): void => {
        if (reader.hasText(text)) end(Date.now())
      }
      const timer = setTimeout(() => {
        end(undefined)
      }, patienceMs)
      const stop = reader.onText(read)
      read()
    })
  },
  counts: countsNow,
  resetCounts,
  recorded: recordedMessages,
}
Object.assign(globalThis, { meshPage: page })
