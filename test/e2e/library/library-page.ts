/**
 * A page without an interface, which uses the library as another application would. Tests drive it through `library`;
 * what takes many steps is done here, since each call from a test crosses two processes.
 */
import * as Y from 'yjs'
import { Peer, yWebrtcDoor, type Member, type Note, type Room } from '../../../src/index.ts'
import { Crowd } from './crowd.ts'
import { TwoAuthors } from './two-authors.ts'
import { breath, paragraphText, there, until, untilUpdate } from './waiting.ts'

export interface SequentialTrace {
  readonly txns: readonly { readonly patches: readonly (readonly [number, number, string])[] }[]
}

/** Edits of one batch reach the document as one change, and then the page draws breath. */
const BATCH_EDITS = 4_000
const PARAGRAPH_CHARACTERS = 2_000
/** Paragraphs that one change adds: a paste of a chapter. */
const PARAGRAPHS_PER_PASTE = 100

class Library {
  readonly crowd = new Crowd()
  #peer: Peer | undefined
  #room: Room | undefined
  #note: Note | undefined
  #authors: TwoAuthors | undefined

  /** `inviteBase` is the address that links start with. */
  async open(trackerUrl: string, inviteBase: string): Promise<void> {
    this.#peer = await Peer.open({ doors: [yWebrtcDoor({ trackers: [trackerUrl] })], inviteBase })
  }

  /** Starts a room and gives a link that lets write. */
  async startRoom(myName: string): Promise<string> {
    const made = await there(this.#peer).createRoom({ name: 'Library', myName })
    this.#room = there(made.ok ? made.value : undefined)
    const invite = await this.#room.createInvite({ role: 'writer' })
    return there(invite.ok ? invite.value.link : undefined)
  }

  /** Joins, and resolves when somebody has let us in. */
  async join(link: string, myName: string): Promise<void> {
    const joined = await there(this.#peer).joinRoom({ link, myName })
    const room = there(joined.ok ? joined.value : undefined)
    this.#room = room
    await until(room, () => room.status === 'member')
  }

  /** Makes a note with one empty paragraph in it. */
  async newNote(title: string): Promise<void> {
    const made = await there(this.#room).createNote({ title })
    this.#note = there(made.ok ? made.value : undefined)
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText()])
    this.#note.body.insert(0, [paragraph])
    await this.#note.settled()
  }

  /** Opens a note as soon as it and a first paragraph are here. */
  async openNote(title: string): Promise<void> {
    const room = there(this.#room)
    await until(room, () => room.notes.some((summary) => summary.title === title))
    const id = there(room.notes.find((summary) => summary.title === title)).id
    const note = there(await room.openNote(id))
    this.#note = note
    await untilUpdate(note, () => note.body.length > 0)
  }

  get text(): string {
    return paragraphText(there(this.#note)).toJSON()
  }

  /** Types a part of a trace into the open note. */
  async type(traceUrl: string, from: number, to: number): Promise<number> {
    const trace = (await (await fetch(traceUrl)).json()) as SequentialTrace
    const note = there(this.#note)
    const startedMs = performance.now()
    for (let at = from; at < Math.min(to, trace.txns.length); at += BATCH_EDITS) {
      note.doc.transact(() => {
        const text = paragraphText(note)
        for (const { patches } of trace.txns.slice(at, Math.min(at + BATCH_EDITS, to)))
          for (const [position, deleted, inserted] of patches) {
            if (deleted > 0) text.delete(position, deleted)
            if (inserted !== '') text.insert(position, inserted)
          }
      })
      await breath()
    }
    await note.settled()
    return performance.now() - startedMs
  }

  /** Resolves when the open note reads so. */
  async reads(text: string): Promise<void> {
    const note = there(this.#note)
    await untilUpdate(note, () => paragraphText(note).length === text.length && this.text === text)
  }

  async prepareReplay(traceUrl: string): Promise<void> {
    const place = { peer: there(this.#peer), room: there(this.#room), note: there(this.#note) }
    this.#authors = await TwoAuthors.prepare(traceUrl, place)
  }
  replay(agent: 0 | 1): Promise<string> {
    return there(this.#authors).replay(agent)
  }
  get clientId(): number {
    return there(this.#note).doc.clientID
  }

  /** Fills the open note with paragraphs of about `sizeBytes` together. */
  async fill(sizeBytes: number): Promise<void> {
    const note = there(this.#note)
    const count = Math.ceil(sizeBytes / PARAGRAPH_CHARACTERS)
    for (let first = 0; first < count; first += PARAGRAPHS_PER_PASTE) {
      const numbers = Array.from({ length: Math.min(PARAGRAPHS_PER_PASTE, count - first) }, (_, i) => first + i)
      note.doc.transact(() => note.body.push(numbers.map((number) => paragraphOf(number))))
      await breath()
    }
    await note.settled()
  }

  /** Resolves with a digest of the open note's paragraphs when there are so many. */
  async digestOf(paragraphs: number): Promise<string> {
    const note = there(this.#note)
    await untilUpdate(note, () => note.body.length >= paragraphs)
    const bytes = new TextEncoder().encode(note.body.toJSON())
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return `${bytes.length} bytes ${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
  get paragraphs(): number {
    return there(this.#note).body.length
  }

  get members(): readonly Member[] {
    return there(this.#room).members
  }
}

function paragraphOf(number: number): Y.XmlElement {
  const paragraph = new Y.XmlElement('paragraph')
  const words = `${number} lorem ipsum dolor sit amet `.repeat(PARAGRAPH_CHARACTERS / 20)
  paragraph.insert(0, [new Y.XmlText(words.slice(0, PARAGRAPH_CHARACTERS))])
  return paragraph
}

declare global {
  interface Window {
    library: Library
  }
}
window.library = new Library()
