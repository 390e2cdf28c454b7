/**
 * A page that writes into a room without a pause, and tells its test what it was promised: the test ends its browser at
 * any moment and has to know by then.
 */
import { Peer, yWebrtcDoor, type Note, type Room } from '../../../src/index.ts'
import { XmlElement, XmlText } from 'yjs'

/** From now on the first `count` messages or keys of the round are kept, whatever happens. */
export interface KeptPromise {
  readonly kind: 'messages' | 'keys'
  readonly round: number
  readonly count: number
}

/** The test listens. */
declare function promised(promise: KeptPromise): Promise<void>

/** From one message to the next: so many that the moment of death is often between their steps to the disk. */
const MESSAGE_DELAY_MS = 10
/** Keys of one who types very fast. */
const KEY_DELAY_MS = 8
/** The note is asked whether it is stored after so many keys, which do not wait for the answer. */
const KEYS_PER_QUESTION = 5

/** What a page shows of its room, and of how its device writes into it. */
export interface Snapshot {
  /** The texts of all messages in their order. */
  readonly messages: readonly string[]
  /** The note's paragraphs. */
  readonly paragraphs: readonly string[]
  readonly session: string
  /** The sessions with which this person has written so far. */
  readonly sessions: number
  readonly forkedBy: number
  readonly rejectedEdits: number
  readonly problem: string | undefined
}

/** What a page knows of its storage: for the message of a test that misses something in it. */
export interface StorageReport {
  readonly me: string
  /** Rooms that are open by now, if not at once. */
  readonly rooms: number
  readonly problem: string | undefined
  /** How the platform opened databases, with what it says about lost data. */
  readonly openings: readonly string[]
  readonly databases: readonly string[]
  /** How many keys are stored, by the start of their names. */
  readonly keys: Readonly<Record<string, number>>
  /** Names in localStorage: a note of doubt about a session is among them. */
  readonly notes: readonly string[]
  /** Held by any page of this origin, with the page that holds it: a second one means a second tab. */
  readonly locks: readonly string[]
}

const openings: string[] = []

/** Writes down from now on which databases are created anew. */
function watchOpenings(): void {
  const open = indexedDB.open.bind(indexedDB)
  indexedDB.open = (name, version) => {
    const request = open(name, version)
    request.addEventListener('upgradeneeded', (event) => {
      const loss = 'dataLoss' in event ? `, data loss: ${String(event.dataLoss)}` : ''
      openings.push(`${name} created, version ${event.oldVersion} before${loss}`)
    })
    request.addEventListener('success', () => openings.push(`${name} opened`))
    request.addEventListener('error', () => openings.push(`${name} failed: ${String(request.error)}`))
    return request
  }
}

/** Reads past the program, which may be what is wrong. */
async function keysIn(database: string): Promise<Record<string, number>> {
  const opened = await resultOf(indexedDB.open(database))
  const counts: Record<string, number> = {}
  for (const store of opened.objectStoreNames) {
    for (const key of await resultOf(opened.transaction(store).objectStore(store).getAllKeys())) {
      const start = String(key).split('/', 1)[0] ?? ''
      counts[start] = (counts[start] ?? 0) + 1
    }
  }
  opened.close()
  return counts
}

const resultOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => {
      resolve(request.result)
    })
    request.addEventListener('error', () => {
      reject(new Error(String(request.error)))
    })
  })

const trackerOfThisPage = (): string => `ws://${location.host}/tracker`

class CrashPage {
  readonly peer: Peer
  /** What was in storage, before anybody else could add to it; undefined without a room. */
  readonly found: Snapshot | undefined
  #typing: ReturnType<typeof setInterval> | undefined
  #isStopped = false

  private constructor(peer: Peer) {
    this.peer = peer
    if (peer.rooms.length > 0) this.found = this.snapshot()
  }

  static async open(): Promise<CrashPage> {
    return new CrashPage(await Peer.open({ doors: [yWebrtcDoor({ trackers: [trackerOfThisPage()] })] }))
  }

  get room(): Room {
    const [room] = this.peer.rooms
    if (!room) throw new Error('no room is open')
    return room
  }

  /** Starts a room with an empty note; returns a link to it. */
  async startRoom(myName: string): Promise<string> {
    const room = await this.peer.createRoom({ name: 'Crash', myName })
    if (!room.ok) throw new Error(room.reason)
    const note = await room.value.createNote()
    const invite = await room.value.createInvite({ role: 'writer' })
    if (!note.ok || !invite.ok || invite.value.link === undefined) throw new Error('the room cannot be used')
    return invite.value.link
  }

  async joinRoom(link: string, myName: string): Promise<void> {
    const room = await this.peer.joinRoom({ link, myName })
    if (!room.ok) throw new Error(room.reason)
  }

  /** What is shown at this moment, without waiting for anything. */
  snapshot(): Snapshot {
    const { room, peer } = this
    const { core } = room
    const sessions = [...(core.state?.sessions.values() ?? [])]
    const [note] = room.notes
    const doc = note && core.documents.get(note.id)?.guarded.doc
    return {
      messages: room.chat.messages.map(({ text }) => text),
      paragraphs: (doc?.getXmlFragment('body').toArray() ?? []).map((each) => textIn(each)?.toJSON() ?? ''),
      session: core.session.id,
      sessions: sessions.filter(({ person }) => person === core.me).length,
      forkedBy: room.forkedBy.length,
      rejectedEdits: room.rejectedEdits.length,
      problem: peer.storageProblem,
    }
  }

  /** Everything that may tell why something is missing. */
  async storageReport(): Promise<StorageReport> {
    const databases = (await indexedDB.databases()).map(({ name, version }) => `${name} ${version}`)
    const { held = [] } = await navigator.locks.query()
    return {
      me: this.peer.me.id,
      rooms: this.peer.rooms.length,
      problem: this.peer.storageProblem,
      openings: [...openings],
      databases,
      keys: await keysIn('parley'),
      notes: Object.keys(localStorage),
      locks: held.map(({ name, clientId }) => `${name} of ${clientId}`),
    }
  }

  /** Sends messages and types a paragraph of these keys, over and over, until it is stopped or the page is gone. */
  async write(round: number, keys: string): Promise<void> {
    const [summary] = this.room.notes
    const note = summary && (await this.room.openNote(summary.id))
    if (!note?.mayWrite) throw new Error('the note cannot be written')
    void this.#sendMessages(round)
    this.#typeParagraph(note, round, keys)
  }

  stopWriting(): void {
    this.#isStopped = true
    clearInterval(this.#typing)
    this.peer.flush()
  }

  async send(text: string): Promise<void> {
    const sent = await this.room.chat.send(text)
    if (!sent.ok) throw new Error(sent.reason)
  }

  async #sendMessages(round: number): Promise<void> {
    for (let index = 0; !this.#isStopped; index++) {
      await this.send(`${round}:${index}`)
      void promised({ kind: 'messages', round, count: index + 1 })
      await new Promise((resolve) => setTimeout(resolve, MESSAGE_DELAY_MS))
    }
  }

  #typeParagraph(note: Note, round: number, keys: string): void {
    const start = `${round}:`
    const paragraph = new XmlElement('paragraph')
    paragraph.insert(0, [new XmlText(start)])
    note.body.push([paragraph])
    let count = 0
    this.#typing = setInterval(() => {
      // Looked up for each key, as an editor would: the document may have been made anew.
      const text = note.body
        .toArray()
        .map(textIn)
        .findLast((each) => each?.toJSON().startsWith(start))
      if (!text) throw new Error('the paragraph is gone')
      text.insert(text.length, keys.charAt(count % keys.length))
      count++
      const asked = count
      if (count % KEYS_PER_QUESTION === 0)
        void note.settled().then(() => promised({ kind: 'keys', round, count: asked }))
    }, KEY_DELAY_MS)
  }
}

const textIn = (paragraph: unknown): XmlText | undefined => {
  const child = paragraph instanceof XmlElement ? paragraph.get(0) : undefined
  return child instanceof XmlText ? child : undefined
}

export type { CrashPage }
watchOpenings()
Object.assign(globalThis, { crashPage: await CrashPage.open() })
