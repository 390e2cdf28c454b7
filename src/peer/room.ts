import { Emitter } from '../base/emitter.ts'
import type { DocumentId, OperationHash, RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { departureBody } from '../access/departure.ts'
import { ROOT } from '../access/operation.ts'
import type { Role } from '../access/role.ts'
import { NOTE_SCHEMA_VERSION, noteTitle, titleOf } from '../document/note.ts'
import { openPresence } from '../document/presence.ts'
import type { Door } from '../transport/door.ts'
import { AdmissionDesk } from './admission-desk.ts'
import { Chat } from './chat.ts'
import { Connection } from './connection.ts'
import type { DocumentHost } from './document-host.ts'
import { ForkWatch } from './fork-watch.ts'
import { HeadStatements } from './head-statements.ts'
import { Invites, type Invite, type InviteReason } from './invites.ts'
import { Note } from './note.ts'
import { cleanName, openRoomName, People, sealName, type PersonSummary } from './people.ts'
import { PresenceHost } from './presence-host.ts'
import { Presence } from './presence.ts'
import { RejectedEdits, type RejectedEdit } from './rejected-edits.ts'
import { RoomCore, type RoomCoreOptions } from './room-core.ts'

export interface Member {
  readonly person: PersonSummary
  readonly role: Role
  readonly online: boolean
  readonly path?: 'direct' | 'relayed' | 'tab' | 'unknown'
  readonly roundTripMs?: number
  readonly invitedBy?: PersonSummary
}

export interface NoteSummary {
  readonly id: DocumentId
  readonly title: string
  /** When this device last took in a change, in milliseconds since 1970; 0 when it has none. */
  readonly updatedAtMs: number
  readonly createdBy: PersonSummary
  readonly mayWrite: boolean
}

/** `joining`: nobody has let us in yet. */
export type RoomStatus = 'joining' | 'member' | 'left'

export type RoomAction = 'chat' | 'create-note' | 'invite' | 'write' | 'read'

export type NoteReason = 'not-allowed' | 'not-stored'

interface RoomEvents {
  readonly change: undefined
  readonly members: undefined
  readonly notes: undefined
  readonly connection: undefined
  readonly invites: undefined
  readonly rejected: undefined
}

export interface RoomOptions extends RoomCoreOptions {
  readonly doors: readonly Door[]
  /** Links start with it: the address at which others open the application. */
  readonly inviteBase: string
  readonly trackers: readonly string[]
}

/** A room on this device. Make one by `Peer.createRoom` or `Peer.joinRoom`. */
export class Room {
  readonly id: RoomId
  readonly chat: Chat
  readonly connection: Connection
  readonly #core: RoomCore
  readonly #options: RoomOptions
  readonly #people: People
  readonly #invites: Invites
  readonly #rejected: RejectedEdits
  readonly #desk: AdmissionDesk
  readonly #forks: ForkWatch
  readonly #statements: HeadStatements
  readonly #events = new Emitter<RoomEvents>()
  readonly #presence = new Map<DocumentId, PresenceHost>()
  readonly #updatedAtMs = new Map<DocumentId, number>()
  #wasMember = false

  /** For the peer. */
  constructor(options: RoomOptions) {
    const core = new RoomCore(options)
    this.#core = core
    this.#options = options
    this.id = core.id
    this.#people = new People(core.keys, core.me)
    this.chat = new Chat(core, this.#people)
    this.#invites = new Invites(core)
    this.#rejected = new RejectedEdits(core)
    this.#forks = new ForkWatch(core)
    this.#statements = new HeadStatements(core)
    this.#desk = new AdmissionDesk(core)
    this.connection = new Connection(core, options.doors, this.#people)
    this.#listen()
  }

  /** For the peer: takes in what is stored; afterwards the room can be used, with or without a network. */
  async open(): Promise<void> {
    await Promise.all([this.chat.load(), this.#invites.load(), this.#rejected.load(), this.#forks.load()])
    await this.#core.open()
    await this.#statements.load()
  }

  /** For the peer: the room's own machinery, for founding it. */
  get core(): RoomCore {
    return this.#core
  }

  get name(): string {
    const sealed = this.#core.state?.roomName?.sealed
    return (sealed && openRoomName(this.#core.keys, sealed)) ?? this.#core.record.name
  }
  get status(): RoomStatus {
    if (this.#core.record.hasLeft) return 'left'
    return this.#core.isMember ? 'member' : 'joining'
  }
  get me(): Member | undefined {
    return this.members.find(({ person }) => person.isMe)
  }
  /** Who invited us; known from the link alone. */
  get inviter(): PersonSummary | undefined {
    const { ticket } = this.#core.record
    if (!ticket) return undefined
    const person = this.#summaryOf(ticket.inviter)
    return person.name === '' ? { ...person, name: ticket.inviterName } : person
  }
  /** Most senior first: those above can remove those below. */
  get members(): readonly Member[] {
    const { state, links, me } = this.#core
    return (state?.members() ?? []).map(({ person, role, grantedBy }) => {
      const link = links.links.find(({ remote }) => remote.person === person)
      return {
        person: this.#summaryOf(person),
        role,
        online: link !== undefined || person === me,
        ...(link && { path: link.link.kind === 'tab' ? ('tab' as const) : link.link.stats.path }),
        ...(link?.roundTripMs !== undefined && { roundTripMs: link.roundTripMs }),
        ...(grantedBy !== undefined && grantedBy !== person && { invitedBy: this.#summaryOf(grantedBy) }),
      }
    })
  }

  get notes(): readonly NoteSummary[] {
    const { state, documents, me } = this.#core
    const notes: NoteSummary[] = []
    for (const { id, kind, createdBy } of state?.documents.values() ?? []) {
      const host = documents.get(id)
      if (kind !== 'note' || !host) continue
      notes.push({
        id,
        title: noteTitle(host.guarded.doc),
        updatedAtMs: this.#updatedAtMs.get(id) ?? 0,
        createdBy: this.#summaryOf(createdBy),
        mayWrite: state?.can(me, 'write', id) ?? false,
      })
    }
    return notes.toSorted((a, b) => b.updatedAtMs - a.updatedAtMs || (a.id < b.id ? -1 : 1))
  }

  async createNote(options: { readonly title?: string } = {}): Promise<Result<Note, NoteReason>> {
    const { log } = this.#core
    const written = await log?.append('create-document', () => ({
      kind: 'document.create',
      documentKind: 'note',
      schemaVersion: NOTE_SCHEMA_VERSION,
      policy: new Uint8Array(0),
    }))
    if (!written) return rejected('not-allowed')
    if (!written.ok) return written
    await this.#core.refresh()
    // A document's id is the hash of the operation that made it.
    const note = await this.openNote(written.value.hash as string as DocumentId)
    if (!note) return rejected('not-stored')
    if (options.title !== undefined && options.title !== '' && note.mayWrite) {
      titleOf(note.doc).insert(0, cleanName(options.title))
    }
    return accepted(note)
  }

  /** Undefined for a note that this device does not know. */
  async openNote(id: DocumentId): Promise<Note | undefined> {
    const host = this.#core.documents.get(id)
    const presence = this.#presence.get(id)
    if (host?.guarded.kind !== 'note' || !presence) return undefined
    const note = new Note(this.#core, host, new Presence(presence))
    await note.updateRights()
    return note
  }

  /** What I may do, by what this device knows. */
  can(action: RoomAction, document?: DocumentId): boolean {
    const { state, me } = this.#core
    if (action === 'chat' && this.status === 'joining') return this.chat.mayKeep
    if (action === 'chat') return state?.can(me, 'write', this.#chatId()) ?? false
    if (action === 'create-note') return state?.can(me, 'create-document') ?? false
    return state?.can(me, action, document) ?? false
  }

  /** Makes a link that lets people in as `role`, any number of them or at most `usesMax`. */
  createInvite(options: { readonly role: Role; readonly usesMax?: number }): Promise<Result<Invite, InviteReason>> {
    const { inviteBase, trackers } = this.#options
    const myName = this.#summaryOf(this.#core.me).name
    return this.#invites.create({ ...options, base: inviteBase, roomName: this.name, myName, trackers })
  }
  get invites(): readonly Invite[] {
    return this.#invites.list
  }
  /** Nobody comes in by it from now on; those who came stay. */
  revokeInvite(hash: OperationHash): Promise<Result<void, InviteReason>> {
    return this.#invites.revoke(hash)
  }

  /** Tells the members of this room what I am called. */
  async setMyName(name: string): Promise<Result<void, 'empty' | 'not-stored'>> {
    const clean = cleanName(name)
    if (clean === '') return rejected('empty')
    await this.#core.saveRecord({ myName: clean })
    const published = await this.#publishName()
    this.#changed()
    return published ? accepted(undefined) : rejected('not-stored')
  }

  /** Ends my membership, by a statement that the others keep. To come back takes a new invite. */
  async leave(): Promise<void> {
    const { log, me } = this.#core
    await Promise.all([...this.#core.documents.values()].map((host) => host.settled()))
    await this.#core.saveRecord({ hasLeft: true })
    await log?.appendDecided(() => ({
      node: log.state.nodesOf(me)[0]?.hash ?? ROOT,
      body: departureBody(log.access, me, (session) => this.#core.feedHeadsOf(session)),
    }))
    this.#changed()
    await this.#core.links.drain()
    await this.connection.stop()
  }

  /** Changes of mine that were not let out, kept for me to copy. */
  get rejectedEdits(): readonly RejectedEdit[] {
    return this.#rejected.list
  }
  dismissRejectedEdit(id: string): void {
    this.#rejected.dismiss(id)
  }
  /** People who were proved to have signed two histories of one feed. */
  get forkedBy(): readonly PersonSummary[] {
    return this.#forks.people.map((person) => this.#summaryOf(person))
  }

  on(name: keyof RoomEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** For the peer: hands out what is still in the user's hands. */
  flush(): void {
    this.chat.flush()
    this.#core.flush()
  }

  async close(): Promise<void> {
    this.chat.close()
    this.#desk.close()
    this.#statements.close()
    for (const presence of this.#presence.values()) presence.close()
    await this.connection.stop()
    await this.#core.close()
    this.#events.clear()
  }

  #listen(): void {
    const core = this.#core
    core.events.on('creating', (host) => {
      this.#bind(host)
    })
    core.events.on('changed', () => {
      void this.#refresh()
    })
    core.events.on('published', () => {
      this.chat.refresh()
    })
    core.events.on('refused', (edit) => void this.#rejected.add(edit))
    this.#rejected.events.on('change', () => {
      this.#events.emit('rejected', undefined)
    })
    core.links.events.on('change', () => {
      this.#events.emit('connection', undefined)
      this.#events.emit('members', undefined)
    })
    core.links.events.on('delivered', () => {
      this.chat.noteDeliveries()
    })
    core.links.events.on('up', () => {
      for (const presence of this.#presence.values()) presence.repeat()
      this.chat.refresh()
    })
    core.links.events.on('ephemeral', ({ link, bytes }) => {
      const claim = openPresence(bytes, this.id, core.keys.presence())
      const host = claim.ok ? this.#presence.get(claim.value.document) : undefined
      if (!claim.ok || !host) return
      void host.receive(claim.value).then((isNews) => {
        // Tabs of one device reach the others through the one that holds the links.
        if (isNews)
          core.links.sendEphemeral(bytes, (other) => (other.link.kind === 'tab') !== (link.link.kind === 'tab'))
      })
    })
  }

  /** Before the document takes anything in, so that nothing is missed. */
  #bind(host: DocumentHost): void {
    const presence = new PresenceHost(this.#core, host.id, this.#people)
    this.#presence.set(host.id, presence)
    if (host.guarded.kind === 'chat' && host.id === this.#chatId()) this.chat.bind(host, presence)
    host.guarded.events.on('applied', (entries) => {
      const latest = entries.reduce((latestMs, { receivedAtMs }) => Math.max(latestMs, receivedAtMs), 0)
      this.#updatedAtMs.set(host.id, Math.max(latest, this.#updatedAtMs.get(host.id) ?? 0))
      if (host.guarded.kind === 'note') this.#events.emit('notes', undefined)
    })
  }

  /** The room's chat is the first one that its founder made. */
  #chatId(): DocumentId | undefined {
    for (const { id, kind } of this.#core.state?.documents.values() ?? []) if (kind === 'chat') return id
    return undefined
  }

  async #refresh(): Promise<void> {
    if (this.#core.isMember && !this.#wasMember) {
      this.#wasMember = true
      await this.#publishName()
    }
    if (this.#core.isMember) await this.chat.sendWaiting()
    this.chat.refresh()
    this.#changed()
  }

  async #publishName(): Promise<boolean> {
    const { log, keys, record, me } = this.#core
    if (!log || !this.#core.isMember || record.myName === '') return true
    const known = log.state.profiles.get(me)
    if (known && this.#people.summaryOf(me, log.state, '').name === record.myName) return true
    const written = await log.append('set-profile', () => ({
      kind: 'profile',
      counter: (log.state.profiles.get(me)?.counter ?? 0) + 1,
      sealed: sealName(keys, record.myName),
    }))
    return written.ok
  }

  #summaryOf(person: PersonSummary['id']): PersonSummary {
    return this.#people.summaryOf(person, this.#core.state, this.#core.record.myName)
  }

  #changed(): void {
    for (const name of ['change', 'members', 'notes', 'invites'] as const) this.#events.emit(name, undefined)
  }
}
