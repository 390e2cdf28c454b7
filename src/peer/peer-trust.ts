import { Emitter } from '../base/emitter.ts'
import type { PersonId, RoomId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import type { Store } from '../storage/store.ts'
import { allowanceFor } from '../trust/allowance-for.ts'
import type { AllowanceKind, Allowances } from '../trust/allowance.ts'
import { effectOfSetting, type LevelChange } from '../trust/effect-of-setting.ts'
import { isTrustAtLeast } from '../trust/level.ts'
import { lookAlikeOf, type KnownName } from '../trust/look-alike.ts'
import {
  personSettingOf,
  withPersonSetting,
  type PersonSetting,
  type TrustPreset,
  type TrustSettings,
} from '../trust/settings.ts'
import { StatementBook } from '../trust/statement-book.ts'
import { trustIn, type SharedRoom, type Trust, type TrustContext } from '../trust/trust-in.ts'
import { DeviceRecords } from './device-records.ts'
import type { Member } from './member.ts'
import type { PrivateRecords } from './private-records.ts'
import type { RoomCore } from './room-core.ts'
import { inviterOf, sharedRoomOf } from './room-floor.ts'

/** What is asked of a room. */
export interface RoomOfTrust {
  readonly id: RoomId
  readonly core: Pick<RoomCore, 'id' | 'state' | 'me' | 'record'>
  readonly members: readonly Member[]
}

interface TrustParts {
  readonly me: PersonId
  readonly records: PrivateRecords
  readonly rooms: () => readonly RoomOfTrust[]
  readonly now: () => number
}

/**
 * What each person may do to this device, and why: `src/trust` asked with the user's own settings and the rooms of this
 * peer. It decides nothing for others, and what others do never raises them here.
 */
export class PeerTrust {
  readonly #parts: TrustParts
  readonly #events = new Emitter<{ readonly change: undefined }>()
  // What people say of each other does not travel yet, so that nobody has a voice but the user.
  readonly #statements = new StatementBook()
  #settings: { readonly own: TrustSettings; readonly inviters: string; readonly settings: TrustSettings } | undefined
  #revision = 0

  constructor(parts: TrustParts) {
    this.#parts = parts
    parts.records.on('change', () => {
      this.#revision++
      this.#events.emit('change', undefined)
    })
  }

  static async open(store: Store, parts: Omit<TrustParts, 'records'>): Promise<PeerTrust> {
    return new PeerTrust({ ...parts, records: await DeviceRecords.open(store) })
  }

  /** Grows with every change of the user's settings. What a room says of its people changes with the room. */
  get revision(): number {
    return this.#revision
  }

  /** How far somebody is trusted: where something stands in a room, in that room; else by all rooms that are shared. */
  in(person: PersonId, room?: RoomId): Trust {
    return trustIn(person, this.#context(room === undefined ? this.#roomsOf(person) : this.#floorOf(room)))
  }

  allowanceFor<Kind extends AllowanceKind>(kind: Kind, person: PersonId, room?: RoomId): Allowances[Kind] {
    return allowanceFor(this.in(person, room).level, kind, this.settings, person)
  }

  /** The user's settings; whoever's invite they accepted is Known there, unless the user set something else. */
  get settings(): TrustSettings {
    const { records, me, rooms } = this.#parts
    const own = records.trust
    const inviters = rooms().flatMap(({ core }) => acceptedInviterOf(core) ?? [])
    const key = inviters.join()
    if (this.#settings?.own !== own || this.#settings.inviters !== key) {
      let settings = own
      for (const person of inviters)
        if (person !== me && personSettingOf(settings, person).level === undefined)
          settings = withPersonSetting(settings, person, { level: 'known' })
      this.#settings = { own, inviters: key, settings }
    }
    return this.#settings.settings
  }

  get preset(): TrustPreset {
    return this.settings.preset
  }
  setPreset(preset: TrustPreset): Promise<Result<void, 'not-stored'>> {
    return this.#parts.records.setPreset(preset)
  }

  /** What the user has set for somebody. */
  settingOf(person: PersonId): PersonSetting {
    return personSettingOf(this.settings, person)
  }
  /** Resolves when it is stored; from then on it counts. */
  set(person: PersonId, change: Partial<PersonSetting>): Promise<Result<void, 'not-stored'>> {
    return this.#parts.records.setPeople([person], change)
  }

  /** Whose level would change with this setting, for the user to see before. */
  effectOf(person: PersonId, change: Partial<PersonSetting>): readonly LevelChange[] {
    const { me, rooms } = this.#parts
    const letIn = rooms().filter(({ core }) => core.state && inviterOf(core.state, me) === person)
    const people = new Set(letIn.flatMap(({ members }) => members.map((member) => member.person.id)))
    people.delete(me)
    return effectOfSetting(person, change, { ...this.#context([]), people, roomsOf: (other) => this.#roomsOf(other) })
  }

  /** The members of a room whom the user has not placed anywhere, and of whom none of their people warns. */
  newIn(room: RoomId): readonly PersonId[] {
    const members = this.#parts.rooms().find(({ id }) => id === room)?.members ?? []
    return members
      .map(({ person }) => person.id)
      .filter((person) => {
        const { level, ownLevel, concern } = this.in(person, room)
        return ownLevel === undefined && concern === 0 && !isTrustAtLeast(level, 'known')
      })
  }
  /** "They're fine": all of these are Known from now on, in one step. */
  setAllKnown(room: RoomId): Promise<Result<void, 'not-stored'>> {
    return this.#parts.records.setPeople(this.newIn(room), { level: 'known' })
  }

  /** The user's own name for somebody. */
  petnameOf(person: PersonId): string | undefined {
    return this.#parts.records.petnameOf(person)
  }
  setPetname(person: PersonId, name: string | undefined): Promise<Result<void, 'not-stored'>> {
    return this.#parts.records.setPetname(person, name)
  }

  /** Somebody whom the user knows and whose name this one looks like. */
  lookAlikeOf(person: PersonId, name: string): KnownName | undefined {
    const names = new Map<PersonId, string>()
    const { settings } = this
    for (const { members } of this.#parts.rooms())
      for (const { person: other } of members) {
        const isKnown = other.isMe || isTrustAtLeast(personSettingOf(settings, other.id).level ?? 'unknown', 'known')
        if (isKnown && other.id !== person) names.set(other.id, this.petnameOf(other.id) ?? other.name)
      }
    return lookAlikeOf(
      name,
      [...names].map(([known, shown]) => ({ person: known, name: shown })),
      person,
    )
  }

  on(name: 'change', listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  close(): void {
    this.#events.clear()
  }

  #context(rooms: readonly SharedRoom[]): TrustContext {
    const { me, now } = this.#parts
    return { me, settings: this.settings, statements: this.#statements, rooms, nowMs: now() }
  }

  #roomsOf(person: PersonId): readonly SharedRoom[] {
    const shared = this.#parts.rooms().filter(({ core }) => core.state?.member(person) !== undefined)
    return shared.flatMap(({ core }) => sharedRoomOf(core) ?? [])
  }

  #floorOf(room: RoomId): readonly SharedRoom[] {
    const found = this.#parts.rooms().find(({ id }) => id === room)
    return found ? [sharedRoomOf(found.core) ?? []].flat() : []
  }
}

/** By the log, once it is here: what a link says of its maker anybody could have written. */
function acceptedInviterOf({ record, state }: Pick<RoomCore, 'record' | 'state'>): PersonId | undefined {
  const { ticket } = record
  return ticket && state?.invite(ticket.invite)?.inviter
}
