import { Emitter } from '../base/emitter.ts'
import type { DocumentId } from '../base/ids.ts'
import { bodyOf, NOTE_SCHEMA_VERSION, ReadOnlyCopy, titleOf } from '../document/note.ts'
import type { DocumentHost } from './document-host.ts'
import type { Presence } from './presence.ts'
import type { RoomCore } from './room-core.ts'

interface NoteEvents {
  /** `doc`, `body` and `title` are other objects now: bind to them, and keep focus, selection and scroll. */
  readonly replaced: undefined
  /** `mayWrite` changed. */
  readonly rights: undefined
}

/** A note that is open is fetched, whatever this device keeps else. Returns what ends that. */
function noteOpen({ openNotes, events }: RoomCore, id: DocumentId): () => void {
  const count = (by: 1 | -1): void => {
    const times = (openNotes.get(id) ?? 0) + by
    if (times > 0) openNotes.set(id, times)
    else openNotes.delete(id)
    events.emit('opened', undefined)
  }
  count(1)
  let isOpen = true
  return () => {
    if (isOpen) count(-1)
    isOpen = false
  }
}

/**
 * A note that is open. With the right to write, `doc` is the live document: what is changed in it is signed, stored and
 * sent. Without, it is a copy that follows the note and from which nothing flows back, so that an editor may be bound
 * to it all the same.
 */
export class Note {
  readonly id: DocumentId
  readonly schemaVersion: number
  readonly presence: Presence
  readonly #core: RoomCore
  readonly #host: DocumentHost
  readonly #events = new Emitter<NoteEvents>()
  readonly #stop: (() => void)[]
  #copy: ReadOnlyCopy | undefined
  #mayWrite = false

  /** Use `Room.openNote`. */
  constructor(core: RoomCore, host: DocumentHost, presence: Presence) {
    this.id = host.id
    this.#core = core
    this.#host = host
    this.presence = presence
    this.schemaVersion = core.state?.documents.get(host.id)?.schemaVersion ?? 0
    this.#stop = [
      host.guarded.events.on('replaced', () => {
        if (this.#mayWrite) this.#events.emit('replaced', undefined)
      }),
      core.events.on('changed', () => void this.updateRights()),
      noteOpen(core, host.id),
    ]
  }

  get doc() {
    if (this.#mayWrite) return this.#host.guarded.doc
    this.#copy ??= new ReadOnlyCopy(this.#host.guarded, () => {
      if (!this.#mayWrite) this.#events.emit('replaced', undefined)
    })
    return this.#copy.doc
  }
  /** The ProseMirror content. */
  get body() {
    return bodyOf(this.doc)
  }
  get title() {
    return titleOf(this.doc)
  }
  get mayWrite(): boolean {
    return this.#mayWrite
  }
  /** False for a note of a newer version of this program: an editor would delete what it does not know. */
  get isSchemaSupported(): boolean {
    return this.schemaVersion <= NOTE_SCHEMA_VERSION
  }

  on(name: keyof NoteEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Resolves when every change made so far is stored on this device. */
  settled(): Promise<void> {
    return this.#host.settled()
  }

  close(): void {
    this.#host.flush()
    for (const stop of this.#stop) stop()
    this.presence.set(undefined)
    this.#copy?.close()
    this.#events.clear()
  }

  /** For the room: opens the own feed when there is a right to write, and says when the document changed hands. */
  async updateRights(): Promise<void> {
    const { state, me, isStanding } = this.#core
    const may = this.isSchemaSupported && isStanding && (state?.can(me, 'write', this.id) ?? false)
    if (may === this.#mayWrite) return
    if (may && !(await this.#core.openOwnFeed(this.id))) return
    this.#mayWrite = may
    this.#events.emit('rights', undefined)
    this.#events.emit('replaced', undefined)
  }
}
