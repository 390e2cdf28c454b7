import { assert } from '../base/assert.ts'
import { Emitter } from '../base/emitter.ts'
import type { DocumentId, OperationHash, RoomId, SessionId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { NOTE_SCHEMA_VERSION, titleOf } from '../document/note.ts'
import type { Door } from '../transport/door.ts'
import { Activity } from './activity.ts'
import { Chat } from './chat.ts'
import { Connection } from './connection.ts'
import type { DocumentHost } from './document-host.ts'
import { ForkWatch } from './fork-watch.ts'
import type { Invite, InviteOptions, InviteReason, WaysIn } from './invites.ts'
import {
  isDepartureUnheard,
  isLastKeeper,
  joinProblemOf,
  refusalOf,
  noteRemoval,
  removedByOf,
  statusOf,
} from './membership.ts'
import type { JoinProblem, RemovedBy, RoomStatus } from './membership.ts'
import { membersOf, type Member } from './member.ts'
import { Note } from './note.ts'
import type { NoteKeeping } from './note-keeping.ts'
import { chatOf, notesOf, titleOfDocument, type NoteSummary } from './note-list.ts'
import { OwnName } from './own-name.ts'
import { cleanName, openRoomName, People, type PersonSummary } from './people.ts'
import { PresenceHost } from './presence-host.ts'
import { Presence } from './presence.ts'
import { passPresenceOn } from './presence-intake.ts'
import { RejectedEdits, type RejectedEdit } from './rejected-edits.ts'
import type { RoomAccess } from './room-access.ts'
import type { RestOfRoom } from './room-code.ts'
import { RoomCore, type RoomCoreOptions } from './room-core.ts'
import type { RoomPlaces } from './room-places.ts'
import type { RoomRest } from './room-rest.ts'
import { NOTHING_WRITTEN, type RoomSafety, type SuperPeerSummary } from './safety.ts'
import { Writings } from './writings.ts'

export type LeaveReason = 'last-owner' | 'not-stored'

/** `act`: anything at all that counts, which is over when another of my devices has ended this one. */
export type RoomAction = 'act' | 'chat' | 'create-note' | 'invite' | 'write' | 'read'

export type NoteReason = 'not-allowed' | 'not-stored'

type RoomEvents = Readonly<
  Record<'change' | 'members' | 'notes' | 'connection' | 'invites' | 'rejected' | 'safety', undefined>
>

export interface RoomOptions extends RoomCoreOptions {
  readonly doors: readonly Door[]
  /** Links start with it: the address at which others open the application. */
  readonly inviteBase: string
  readonly places: RoomPlaces
  /** Undefined until it is fetched: see `addRest`. */
  readonly rest: RestOfRoom | undefined
}

/** A room on this device. Make one by `Peer.createRoom` or `Peer.joinRoom`. */
export class Room {
  readonly id: RoomId
  readonly chat: Chat
  readonly connection: Connection
  /** For the peer: when what was taken in. */
  readonly activity: Activity
  readonly #core: RoomCore
  readonly #people: People
  readonly #myName: OwnName
  readonly #rejected: RejectedEdits
  readonly #writings: Writings
  readonly #forks: ForkWatch
  readonly #events = new Emitter<RoomEvents>()
  readonly #presence = new Map<DocumentId, PresenceHost>()
  readonly #ways: WaysIn
  #rest: RoomRest | undefined
  #wasMember = false
  #isOpen = false

  /** For the peer. */
  constructor(options: RoomOptions) {
    const core = new RoomCore(options)
    this.#core = core
    this.id = core.id
    this.#people = new People(core, core.me)
    this.#myName = new OwnName(core, this.#people)
    this.chat = new Chat(core, this.#people)
    options.places.follow(core)
    this.#ways = options
    this.#rejected = new RejectedEdits(core)
    this.#forks = new ForkWatch(core)
    this.#writings = new Writings(core, this.chat, (document) => this.#titleOf(document))
    this.activity = new Activity((feed) => core.state?.feeds.get(feed)?.session)
    const missingOf = (session: SessionId): number => this.#rest?.statements.missingOf(session) ?? 0
    this.connection = new Connection(core, options.doors, this.#people, missingOf, () => this.superPeers)
    if (options.rest) this.addRest(options.rest)
    this.#listen()
  }

  /** For the peer, once: `access`, and the code to meet others with. */
  addRest({ code, trust }: RestOfRoom): void {
    const core = this.#core
    this.#rest = new code.RoomRest({
      core,
      chat: this.chat,
      trust,
      room: this,
      connection: this.connection,
      writings: this.#writings,
      ways: this.#ways,
      members: () => this.members,
      summaryOf: (person, name) => this.#summaryOf(person, name),
      titleOf: (document) => this.#titleOf(document),
      onChange: (what) => {
        this.#events.emit(what, undefined)
      },
    })
    if (this.#isOpen) void this.#rest.open({ isLate: true })
    core.links.attach(code)
    this.connection.attach(code)
  }

  /** For the peer: takes in what is stored; afterwards the room can be used, with or without a network. */
  async open(): Promise<void> {
    await Promise.all([this.chat.load(), this.#rejected.load(), this.#forks.load()])
    await this.#core.open()
    this.#isOpen = true
    await this.#rest?.open({ isLate: false })
  }

  /** For the peer: the room's own machinery, for founding it. */
  get core(): RoomCore {
    return this.#core
  }

  /** Who may do what, and everything that can be done about it. Not before the peer's `loadRest`, if that was put off. */
  get access(): RoomAccess {
    return this.#loaded.access
  }
  /** Whether `access` is there. */
  get hasAccess(): boolean {
    return this.#rest !== undefined
  }

  get name(): string {
    const sealed = this.#core.state?.roomName?.sealed
    return (sealed && openRoomName(this.#core.ring, sealed)) ?? this.#core.record.name
  }
  get status(): RoomStatus {
    return statusOf(this.#core)
  }
  /** Why nobody will let us in; undefined while somebody may. */
  get joinProblem(): JoinProblem | undefined {
    return joinProblemOf(this.#core)
  }
  /** Who took us out; undefined while nobody did. */
  get removedBy(): RemovedBy | undefined {
    return removedByOf(this.#core, (person) => this.#summaryOf(person))
  }
  get me(): Member | undefined {
    return this.members.find(({ person }) => person.isMe)
  }
  /** Who invited us; known from the link alone. */
  get inviter(): PersonSummary | undefined {
    const { ticket } = this.#core.record
    return ticket && this.#summaryOf(ticket.inviter, ticket.inviterName)
  }
  /** In order of authority, the owners first: those above can remove those below. */
  get members(): readonly Member[] {
    return membersOf(this.#core, (person) => this.#summaryOf(person))
  }

  /** On how many other devices and super peers what this device wrote here is, by their own word. */
  get safety(): RoomSafety {
    return this.#rest?.safety.safety ?? NOTHING_WRITTEN
  }
  /** The members that keep the room without reading it. */
  get superPeers(): readonly SuperPeerSummary[] {
    return this.#rest?.safety.superPeers((person) => this.#summaryOf(person)) ?? []
  }

  /** Whether some of what is here can't be read yet: its key was asked for, and comes with a member who has it. */
  get isAwaitingKey(): boolean {
    return this.#core.isMember && this.#core.keeper.isWaiting
  }

  /** Which notes this device keeps. Undefined before the peer's `loadRest`, if that was put off. */
  get keeping(): NoteKeeping | undefined {
    return this.#rest?.keeping
  }
  get notes(): readonly NoteSummary[] {
    return notesOf(this.#core, this.activity.documents, (person) => this.#summaryOf(person))
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
    const { state, me, isStanding } = this.#core
    if (action === 'act' || (action !== 'read' && !isStanding)) return isStanding
    if (action === 'chat' && !this.#core.isMember && this.#core.record.ticket) return this.chat.mayKeep
    if (action === 'chat') return state?.can(me, 'write', chatOf(this.#core)) ?? false
    if (action === 'create-note') return state?.can(me, 'create-document') ?? false
    return state?.can(me, action, document) ?? false
  }

  /** Makes a link that lets people in: any number of them or at most `usesMax`, and until a date if there is one. */
  createInvite(options: InviteOptions): Promise<Result<Invite, InviteReason>> {
    return this.#loaded.invites.create(options, { room: this.name, me: this.#summaryOf(this.#core.me).name })
  }
  /** None before the peer's `loadRest`, if that was put off. */
  get invites(): readonly Invite[] {
    return this.#rest?.invites.list ?? []
  }
  /** Nobody comes in by it from now on; those who came stay. */
  revokeInvite(hash: OperationHash): Promise<Result<void, InviteReason>> {
    return this.#loaded.invites.revoke(hash)
  }

  /** Tells the members of this room what I am called. */
  async setMyName(name: string): Promise<Result<void, 'empty' | 'not-stored'>> {
    const clean = cleanName(name)
    if (clean === '') return rejected('empty')
    await this.#core.saveRecord({ myName: clean })
    const published = await this.#myName.give()
    this.#changed()
    return published ? accepted(undefined) : rejected('not-stored')
  }

  /**
   * Ends my membership, by a statement that the others keep. To come back takes a new invite. Refused to the last who
   * could look after the room: somebody else is to be made an admin first.
   */
  async leave(): Promise<Result<void, LeaveReason>> {
    if (isLastKeeper(this.#core)) return rejected('last-owner')
    if (this.#core.isMember) await Promise.all([...this.#core.documents.values()].map((host) => host.settled()))
    const left = await this.#loaded.departure.write()
    await this.#refresh()
    return left
  }

  /** Whether we have left and nobody else has heard of it yet. Until then this device goes on looking for the others. */
  get isLeavingUnheard(): boolean {
    return isDepartureUnheard(this.#core)
  }

  /** What I wrote and others do not take, kept for me to copy. */
  get rejectedEdits(): readonly RejectedEdit[] {
    return this.#rejected.list
  }
  dismissRejectedEdit(id: string): void {
    this.#rejected.dismiss(id)
  }
  /** All of it as plain text, for a file. */
  exportRejected(): string {
    return this.#rejected.export((document) => this.#titleOf(document))
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
    this.#rest?.close()
    for (const presence of this.#presence.values()) presence.close()
    await this.connection.stop()
    await this.#core.close()
    this.#events.clear()
  }

  get #loaded(): RoomRest {
    assert(this.#rest, 'loadRest comes before this')
    return this.#rest
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
    core.events.on('locked', () => {
      this.#events.emit('change', undefined)
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
      if (core.record.hasLeft) return
      for (const presence of this.#presence.values()) presence.repeat()
      this.chat.refresh()
    })
    passPresenceOn(core, this.#presence)
  }

  /** Before the document takes anything in, so that nothing is missed. */
  #bind(host: DocumentHost): void {
    const presence = new PresenceHost(this.#core, host.id, this.#people)
    this.#presence.set(host.id, presence)
    this.#writings.bind(host)
    this.activity.bind(host)
    if (host.guarded.kind === 'chat' && host.id === chatOf(this.#core)) this.chat.bind(host, presence)
    host.guarded.events.on('applied', () => {
      if (host.guarded.kind === 'note') this.#events.emit('notes', undefined)
    })
  }

  async #refresh(): Promise<void> {
    const { record, isMember } = this.#core
    this.#wasMember ||= isMember
    const naming = this.#myName.publish()
    // Before messages that waited. Who was removed has nothing to tell, and the removal takes effect at once.
    if (isMember) await naming
    await noteRemoval(this.#core, this.#wasMember)
    const refusal = refusalOf(this.#core)
    const document = chatOf(this.#core)
    if (this.#core.isMember && !record.hasLeft) await this.chat.sendWaiting()
    else if (refusal && document !== undefined)
      await this.chat.giveUpWaiting((text) => this.#rejected.add({ document, reason: refusal, text }))
    this.chat.refresh()
    this.#changed()
  }

  /** `name` stands in for that of somebody whose own is not known. */
  #summaryOf(person: PersonSummary['id'], name = ''): PersonSummary {
    const summary = this.#people.summaryOf(person, this.#core.state, this.#core.record.myName)
    return summary.name === '' && name !== '' ? { ...summary, name } : summary
  }

  #titleOf(document: DocumentId): string {
    return titleOfDocument(this.#core, document)
  }

  #changed(): void {
    for (const name of ['change', 'members', 'notes', 'invites'] as const) this.#events.emit(name, undefined)
    this.#rest?.access.refresh()
  }
}
