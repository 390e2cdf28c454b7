import { assert } from '../base/assert.ts'
import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId, OperationHash, PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessState } from '../access/access-state.ts'
import { ROOT } from '../access/operation.ts'
import type { Role } from '../access/role.ts'
import type { SessionBinding } from '../access/verify-log.ts'
import { decodeDeviceCertificate } from '../identity/device-certificate.ts'
import { AccessPlanner, type AccessChange } from './access-change.ts'
import type { AccessReason } from './access-reason.ts'
import { eventOf, logEventsOf, type EventNames } from './access-events.ts'
import { exportLogOf } from './access-export.ts'
import { accessMapOf, type AccessMap } from './access-map.ts'
import { denialsAmong, lapsedDenialsOf, type LapsedDenial } from './access-upkeep.ts'
import { previewOf, type ChangePreview } from './change-preview.ts'
import { explainEntry, type AccessExplanation } from './entry-explanation.ts'
import type { HeadStatements } from './head-statements.ts'
import { HeldWritings, type PersonHeldWritings } from './held-writings.ts'
import type { JoinRequests, JoinRequestSummary } from './join-requests.ts'
import type { LogEvent } from './log-event.ts'
import type { LogHost, Step } from './log-host.ts'
import type { Member } from './member.ts'
import { canBeManaged } from './membership.ts'
import { isOwner, owningMembers, rootKeyOf } from './owners.ts'
import { Ownership, type OwnershipSummary } from './ownership.ts'
import type { PersonSummary } from './people.ts'
import { PlacesSetting } from './places-setting.ts'
import { Policies } from './policies.ts'
import type { RoomCore } from './room-core.ts'
import { WriteLists, type NoteWriters } from './write-lists.ts'
import type { PersonWrite, Writings } from './writings.ts'

/** A member, with what may be decided about them here. */
export interface AccessMember extends Member {
  /** Weakest first, the present one among them; empty if we cannot change it. */
  readonly rolesIMayGive: readonly Role[]
  readonly mayRemove: boolean
  readonly mayBan: boolean
  /** Who else could remove them, most senior first. */
  readonly removableBy: readonly PersonSummary[]
  readonly isOwner: boolean
}

export interface RemovedMember {
  readonly person: PersonSummary
  readonly by: PersonSummary
  readonly mode: 'kick' | 'ban'
  readonly mayReadmit: boolean
}

export interface RoomAccessParts {
  readonly core: RoomCore
  readonly statements: HeadStatements
  readonly writings: Writings
  readonly requests: JoinRequests
  readonly members: () => readonly Member[]
  /** `name` stands in until the person's own is known. */
  readonly summaryOf: (person: PersonId, name?: string) => PersonSummary
  readonly titleOf: (document: DocumentId) => string
}

/** Who may do what in a room, and everything that a person can do about it. */
export class RoomAccess {
  readonly #parts: RoomAccessParts
  readonly #core: RoomCore
  readonly #planner: AccessPlanner
  readonly #ownership: Ownership
  readonly #writeLists: WriteLists
  readonly #held: HeldWritings
  readonly #policies: Policies
  readonly #places: PlacesSetting
  readonly #events = new Emitter<{ readonly change: undefined }>()
  #lapsed: { readonly revision: number; readonly denials: readonly LapsedDenial[] } | undefined
  #log: { readonly revision: string; readonly events: readonly LogEvent[] } | undefined

  /** For the room. */
  constructor(parts: RoomAccessParts) {
    this.#parts = parts
    this.#core = parts.core
    this.#planner = new AccessPlanner(parts.core, parts.statements, parts.writings)
    this.#ownership = new Ownership(parts.core)
    this.#writeLists = new WriteLists(parts.core, parts.statements)
    const stateAfter = (steps: readonly Step[]): AccessState | undefined => {
      const { log } = this.#core
      return log && this.#stateAfter(log, steps)
    }
    this.#policies = new Policies(parts.core, stateAfter)
    this.#places = new PlacesSetting(parts.core, this.#policies)
    this.#held = new HeldWritings({
      core: parts.core,
      titleOf: parts.titleOf,
      summaryOf: (person) => parts.summaryOf(person),
      stateAfter,
      changed: () => {
        this.#events.emit('change', undefined)
      },
    })
  }

  /** In order of authority, the owners first: those above may remove those below. */
  get members(): readonly AccessMember[] {
    const { state } = this.#core
    const members = this.#parts.members()
    if (!state) return []
    const planner = this.#planner
    const { summaryOf } = this.#parts
    const owners = new Set(owningMembers(this.#core, state))
    return members.map((member) => {
      const person = member.person.id
      const mayRemove = (): boolean => planner.nodeToRemove(state, person) !== undefined
      // Computed for the rows that are looked at: a room may have thousands of members.
      return {
        ...member,
        isOwner: owners.has(person),
        get rolesIMayGive() {
          return planner.rolesFor(state, person, member.role)
        },
        get mayRemove() {
          return mayRemove()
        },
        get mayBan() {
          return mayRemove()
        },
        get removableBy() {
          return removersOf(state, person, [...owners]).map((remover) => summaryOf(remover))
        },
      }
    })
  }

  /** Those who wait for us, or another who may, to let them in; the longest waiting first. */
  get requests(): readonly JoinRequestSummary[] {
    if (this.#core.state?.can(this.#core.me, 'decline-request') !== true) return []
    return this.#parts.requests.list((person, name) => this.#parts.summaryOf(person, name))
  }

  /** Those who were removed and did not come back. */
  get removed(): readonly RemovedMember[] {
    const { state } = this.#core
    if (!state) return []
    const removed: RemovedMember[] = []
    for (const person of state.formerMembers()) {
      const removal = state.removalOf(person)
      const mode = removal?.body.mode
      if (!removal || (mode !== 'kick' && mode !== 'ban')) continue
      removed.push({
        person: this.#parts.summaryOf(person),
        by: this.#parts.summaryOf(removal.author),
        mode,
        mayReadmit: this.#planner.plan({ type: 'readmit', person, role: 'reader' }).ok,
      })
    }
    return removed
  }

  on(name: 'change', listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** For the room: something about access, names or what was written has changed. */
  refresh(): void {
    this.#held.update()
    this.#events.emit('change', undefined)
  }

  /** What a change would come to. Nothing is written. Undefined for what may not be. */
  preview(change: AccessChange): ChangePreview | undefined {
    const { log } = this.#core
    const planned = log && this.#planWhole(change)
    if (!log || !planned?.ok) return undefined
    const { titleOf, writings } = this.#parts
    return previewOf({
      change,
      owns: (state) => isOwner(this.#core, state, change.person),
      before: log.state,
      after: planned.value.after,
      writings,
      titleOf,
      summaryOf: (person) => this.#parts.summaryOf(person),
      sentenceOf: (hash) => this.#sentenceOf(hash, log.state),
    })
  }

  /** Does it, in one publication. What it overturns of others' removals is done again in our name. */
  async apply(change: AccessChange): Promise<Result<void, AccessReason>> {
    const { log } = this.#core
    if (!log) return rejected('not-allowed')
    let reason: AccessReason = 'not-allowed'
    const written = await log.appendAll(
      () => {
        const planned = this.#planWhole(change)
        if (planned.ok) return planned.value.steps
        reason = planned.reason
        return undefined
      },
      rootKeyOf(this.#core, log.state),
    )
    return written.ok ? accepted(undefined) : rejected(written.reason === 'not-stored' ? 'not-stored' : reason)
  }

  /** What a person wrote, newest first, to choose where a removal cuts. */
  writesOf(person: PersonId): readonly PersonWrite[] {
    return this.#parts.writings.writesOf(person)
  }

  /** What people wrote that is left out since they were removed or got another role. */
  get heldWritings(): readonly PersonHeldWritings[] {
    return this.#held.list()
  }
  /** Lets in what a person wrote: up to and with the writing of that id, or `all` of it. Everybody shows it then. */
  acceptWritings(person: PersonId, upTo: string): Promise<Result<void, AccessReason>> {
    return this.#held.accept(person, upTo)
  }

  approve(request: string): Promise<Result<void, AccessReason>> {
    return this.#parts.requests.approve(request)
  }
  decline(request: string): Promise<Result<void, AccessReason>> {
    return this.#parts.requests.decline(request)
  }

  /** Removals by somebody whom we removed, which do not count since: to be looked at, and done again or not. */
  get lapsedDenials(): readonly LapsedDenial[] {
    const { log, me } = this.#core
    if (!log) return []
    const { revision } = log.access
    if (this.#lapsed?.revision !== revision) {
      const denials = lapsedDenialsOf(log.state, me, (person) => this.#parts.summaryOf(person))
      this.#lapsed = { revision, denials }
    }
    return this.#lapsed.denials
  }
  /** Removes in our own name whom a lapsed denial removed. */
  reissue(hash: OperationHash): Promise<Result<void, AccessReason>> {
    const denial = this.lapsedDenials.find((candidate) => candidate.hash === hash)
    if (!denial) return Promise.resolve(rejected('not-allowed'))
    return this.apply({ type: denial.mode === 'ban' ? 'ban' : 'remove', person: denial.person.id, keep: 'all' })
  }

  get map(): AccessMap {
    const { state } = this.#core
    if (!state) return { places: [], rows: [] }
    return accessMapOf(state, this.#parts.titleOf, (person) => this.#parts.summaryOf(person))
  }

  /** Everything that anybody did about access, newest first. */
  get log(): readonly LogEvent[] {
    const { log } = this.#core
    if (!log) return []
    const revision = `${log.access.revision} ${this.#core.ring.revision}`
    if (this.#log?.revision !== revision)
      this.#log = { revision, events: logEventsOf(log.access, log.state, this.#names) }
    return this.#log.events
  }

  /** One JSON object a line: every operation with its exact bytes and signature, to be checked elsewhere. */
  async exportLog(): Promise<string> {
    return exportLogOf(this.#core, this.#names)
  }

  /** Who could write at a moment, by the times that the authors' devices claimed. */
  writersAt(
    atMs: number,
  ): readonly { readonly person: PersonSummary; readonly role: Role; readonly places: readonly string[] }[] {
    const { log } = this.#core
    const state = log?.access.upTo(({ operation }) => (operation?.atMs ?? Infinity) <= atMs)
    if (!state) return []
    return state.members().flatMap(({ person, role }) => {
      const places = [...state.documents.keys()]
        .filter((document) => state.can(person, 'write', document))
        .map(this.#parts.titleOf)
      return places.length === 0 ? [] : [{ person: this.#parts.summaryOf(person), role, places }]
    })
  }

  /** Why an operation counts or does not. */
  explain(hash: OperationHash): AccessExplanation {
    const { state } = this.#core
    if (!state) return { status: 'unknown', sentence: 'It has not arrived.' }
    const { status, sentence, by } = state.explain(hash)
    return { status, sentence, ...(by && { by: this.#parts.summaryOf(by.person) }) }
  }
  /** Why an entry of a document is shown or not. */
  explainEntry(feed: FeedId, seq: number): AccessExplanation {
    return explainEntry(this.#core, feed, seq, (person) => this.#parts.summaryOf(person))
  }

  writersOf(note: DocumentId): NoteWriters {
    return this.#writeLists.writersOf(note, (person) => this.#parts.summaryOf(person))
  }
  setWriters(note: DocumentId, people: readonly PersonId[] | 'everyone'): Promise<Result<void, AccessReason>> {
    return this.#writeLists.setWriters(note, people)
  }

  /** Whether every member lets people in by invite links, or only those who may give roles. */
  get membersAdmit(): boolean {
    return this.#policies.membersAdmit
  }
  get maySetMembersAdmit(): boolean {
    return this.#policies.maySet
  }
  setMembersAdmit(value: boolean): Promise<Result<void, AccessReason>> {
    return this.#policies.setMembersAdmit(value)
  }

  /** Where the room's record says that its members meet; its admins may change it. */
  get places(): PlacesSetting {
    return this.#places
  }

  get ownership(): OwnershipSummary {
    return this.#ownership.summary((person) => this.#parts.summaryOf(person))
  }
  offerOwnership(person: PersonId): Promise<Result<void, AccessReason>> {
    return this.#ownership.offer(person)
  }
  acceptOwnership(): Promise<Result<void, AccessReason>> {
    return this.#ownership.accept()
  }
  transferOwnership(to: PersonId): Promise<Result<void, AccessReason>> {
    return this.#ownership.transfer(to)
  }
  /** Takes another owner's ownership; they stay a member. */
  endOwnership(person: PersonId): Promise<Result<void, AccessReason>> {
    return this.#ownership.end(person)
  }
  /** Gives up our own. `last-owner`: no other owner is a member. */
  giveUpOwnership(): Promise<Result<void, AccessReason>> {
    return this.#ownership.giveUp()
  }

  get #names(): EventNames {
    return {
      summaryOf: (person) => this.#parts.summaryOf(person),
      titleOf: this.#parts.titleOf,
      lastWritingAtMs: (person) => this.#parts.writings.lastAtMs(person),
      hasWritten: (person) => this.#parts.writings.hasWritten(person),
    }
  }

  /** The operations of a change together with those that put right what it overturns, and what they come to. */
  #planWhole(
    change: AccessChange,
  ): Result<{ readonly steps: readonly Step[]; readonly after: AccessState }, AccessReason> {
    const { log } = this.#core
    const planned = this.#planner.plan(change)
    if (!log || !planned.ok) return planned.ok ? rejected('not-allowed') : planned
    const { state: before } = log
    const steps = [...planned.value]
    let after = this.#stateAfter(log, steps)
    for (const { body, person } of denialsAmong(log.access, before, after, change.person)) {
      const own = this.#planner.nodeToRemove(before, person)
      if (own !== undefined) steps.push({ node: own, body })
    }
    if (steps.length > planned.value.length) after = this.#stateAfter(log, steps)
    return canBeManaged(after) || !canBeManaged(before) ? accepted({ steps, after }) : rejected('last-owner')
  }

  #stateAfter(log: LogHost, steps: readonly Step[]): AccessState {
    const rootKey = rootKeyOf(this.#core, log.state)
    const rootSigners = rootKey ? [rootKey.key] : []
    const binding = ownBinding(this.#core, log)
    return log.access.preview(
      steps.map(({ node, body }) => ({ binding, node, body, ...(node === ROOT && { rootSigners }) })),
    )
  }

  #sentenceOf(hash: OperationHash, state: AccessState): string {
    const { log } = this.#core
    const operation = log?.access.operation(hash)
    const event = operation && log ? eventOf(operation, log.access, state, this.#names) : undefined
    return event ? `${event.author.name} ${event.text}` : 'something of a newer version of this program'
  }
}

/** The other owners and, of somebody who is none, those who are senior to the person. */
function removersOf(state: AccessState, person: PersonId, owners: readonly PersonId[]): readonly PersonId[] {
  const above = state.rootThreshold === 1 ? owners : []
  const senior = owners.includes(person) ? [] : state.removersOf(person)
  return [...new Set([...above, ...senior])].filter((remover) => remover !== person)
}

/** Who writes our log, also before it has begun. */
function ownBinding({ session }: RoomCore, log: LogHost): SessionBinding {
  const known = log.access.binding(log.ownLog)
  if (known) return known
  const certificate = decodeDeviceCertificate(session.certificate)
  assert(certificate.ok, 'our own certificate is well-formed')
  const { id, device, person } = session
  return { session: id, device, person, log: log.ownLog, certificate: certificate.value }
}
