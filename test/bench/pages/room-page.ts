/** One member of a room in a page: of a Parley room, or of a plain y-webrtc room with the same work to do. */
import './channel-counter.ts'
import { WebrtcProvider } from 'y-webrtc'
import * as Y from 'yjs'
import { Peer, yWebrtcDoor, type Note, type Room } from '../../../src/index.ts'
import { counts, resetCounts, type ChannelCounts } from './channel-counter.ts'

/** The same tasks for both. Times are in milliseconds since 1970, so that pages can be compared. */
export interface Member {
  links(): number
  write(text: string): Promise<void>
  /** When the text was here. */
  received(text: string): Promise<number>
  /** Fills the note, in paragraphs, up to `sizeBytes`. */
  fillNote(sizeBytes: number): Promise<void>
  /** When the note had `sizeBytes` bytes of text, or undefined if it has not within the time. */
  noteReceived(sizeBytes: number, patienceMs: number): Promise<number | undefined>
}

export interface RoomPage {
  member: Member | undefined
  /** Starts a Parley room and returns a link for others. */
  startRoom(tracker: string): Promise<string>
  joinRoom(tracker: string, link: string, name: string): Promise<void>
  openPlainRoom(tracker: string, room: string): void
  counts(): ChannelCounts
  resetCounts(): void
}

const PARAGRAPH = 'All happy families are alike; each unhappy family is unhappy in its own way. '.repeat(13)
/** Paragraphs of one change of the user's: a large paste comes as one, a long note as many. */
const PARAGRAPHS_PER_CHANGE = 64

function fillFragment(body: Y.XmlFragment, sizeBytes: number): void {
  const count = Math.ceil(sizeBytes / PARAGRAPH.length)
  for (let start = 0; start < count; start += PARAGRAPHS_PER_CHANGE) {
    const paragraphs = Array.from({ length: Math.min(PARAGRAPHS_PER_CHANGE, count - start) }, () => {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(PARAGRAPH)])
      return paragraph
    })
    body.doc?.transact(() => body.insert(body.length, paragraphs))
  }
}

const textBytes = (body: Y.XmlFragment): number =>
  body.toArray().reduce((sum, paragraph) => {
    const text = paragraph instanceof Y.XmlElement ? paragraph.get(0) : undefined
    return sum + (text instanceof Y.XmlText ? text.length : 0)
  }, 0)

/** Resolves with the time at which `isThere` became true, looked at whenever `listen` calls; undefined when too late. */
function whenThere(
  isThere: () => boolean,
  listen: (look: () => void) => () => void,
  patienceMs: number,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    if (isThere()) {
      resolve(Date.now())
      return
    }
    const end = (atMs: number | undefined): void => {
      stop()
      clearTimeout(timer)
      resolve(atMs)
    }
    const timer = setTimeout(() => end(undefined), patienceMs)
    const stop = listen(() => {
      if (isThere()) end(Date.now())
    })
  })
}

const PATIENCE_MS = 20_000

async function inTime(waiting: Promise<number | undefined>, what: string): Promise<number> {
  const atMs = await waiting
  if (atMs === undefined) throw new Error(`waited in vain for ${what}`)
  return atMs
}

class ParleyMember implements Member {
  readonly #room: Room

  constructor(room: Room) {
    this.#room = room
  }
  links(): number {
    return this.#room.connection.peers.length
  }
  async write(text: string): Promise<void> {
    const sent = await this.#room.chat.send(text)
    if (!sent.ok) throw new Error(sent.reason)
  }
  received(text: string): Promise<number> {
    const { chat } = this.#room
    const isThere = (): boolean => chat.messages.some((message) => message.text === text)
    return inTime(
      whenThere(isThere, (look) => chat.on('messages', look), PATIENCE_MS),
      text,
    )
  }
  async fillNote(sizeBytes: number): Promise<void> {
    const note = await this.#room.createNote({ title: 'Long note' })
    if (!note.ok) throw new Error(note.reason)
    fillFragment(note.value.body, sizeBytes)
    await note.value.settled()
  }
  async noteReceived(sizeBytes: number, patienceMs: number): Promise<number | undefined> {
    const room = this.#room
    const deadlineMs = Date.now() + patienceMs
    await whenThere(
      () => room.notes.length > 0,
      (look) => room.on('notes', look),
      patienceMs,
    )
    const [summary] = room.notes
    const note: Note | undefined = summary && (await room.openNote(summary.id))
    if (!note) return undefined
    return whenThere(
      () => textBytes(note.body) >= sizeBytes,
      (look) => {
        // Becoming a writer replaces the document; the room tells of changes to either.
        const stops = [room.on('notes', look), note.on('replaced', look)]
        return () => stops.forEach((stop) => stop())
      },
      deadlineMs - Date.now(),
    )
  }
}

class PlainMember implements Member {
  readonly #doc = new Y.Doc()
  readonly #provider: WebrtcProvider

  constructor(tracker: string, room: string) {
    this.#provider = new WebrtcProvider(room, this.#doc, {
      signaling: [tracker],
      maxConns: 100,
      filterBcConns: false,
      peerOpts: { config: { iceServers: [] } },
    })
  }
  links(): number {
    return [...(this.#provider.room?.webrtcConns.values() ?? [])].filter(
      ({ peer }) => peer._pc?.connectionState === 'connected',
    ).length
  }
  write(text: string): Promise<void> {
    this.#doc.getText('chat').insert(0, text)
    return Promise.resolve()
  }
  received(text: string): Promise<number> {
    return inTime(
      this.#whenThere(() => this.#doc.getText('chat').toJSON().includes(text), PATIENCE_MS),
      text,
    )
  }
  fillNote(sizeBytes: number): Promise<void> {
    fillFragment(this.#doc.getXmlFragment('body'), sizeBytes)
    return Promise.resolve()
  }
  noteReceived(sizeBytes: number, patienceMs: number): Promise<number | undefined> {
    return this.#whenThere(() => textBytes(this.#doc.getXmlFragment('body')) >= sizeBytes, patienceMs)
  }
  #whenThere(isThere: () => boolean, patienceMs: number): Promise<number | undefined> {
    return whenThere(
      isThere,
      (look) => {
        this.#doc.on('update', look)
        return () => this.#doc.off('update', look)
      },
      patienceMs,
    )
  }
}

const openPeer = (tracker: string): Promise<Peer> => Peer.open({ doors: [yWebrtcDoor({ trackers: [tracker] })] })

const page: RoomPage = {
  member: undefined,
  async startRoom(tracker) {
    const peer = await openPeer(tracker)
    const room = await peer.createRoom({ name: 'Book club', myName: 'Ada' })
    if (!room.ok) throw new Error(room.reason)
    const invite = await room.value.createInvite({ role: 'writer' })
    if (!invite.ok || invite.value.link === undefined) throw new Error('no invite')
    page.member = new ParleyMember(room.value)
    return invite.value.link
  },
  async joinRoom(tracker, link, name) {
    const room = await (await openPeer(tracker)).joinRoom({ link, myName: name })
    if (!room.ok) throw new Error(room.reason)
    page.member = new ParleyMember(room.value)
  },
  openPlainRoom(tracker, room) {
    page.member = new PlainMember(tracker, room)
  },
  counts: () => counts,
  resetCounts,
}
Object.assign(globalThis, { roomPage: page })
