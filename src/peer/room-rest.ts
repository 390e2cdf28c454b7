import type { DocumentId, PersonId } from '../base/ids.ts'
import { AdmissionDesk } from './admission-desk.ts'
import type { Chat } from './chat.ts'
import type { Connection } from './connection.ts'
import { Departure } from './departure.ts'
import { HeadStatements } from './head-statements.ts'
import { InviteExpiry } from './invite-expiry.ts'
import { Invites, type WaysIn } from './invites.ts'
import { JoinRequests } from './join-requests.ts'
import type { Member } from './member.ts'
import { MessageGate } from './message-gate.ts'
import { NoteKeeping } from './note-keeping.ts'
import type { PeerTrust, RoomOfTrust } from './peer-trust.ts'
import type { PersonSummary } from './people.ts'
import { RoomAccess } from './room-access.ts'
import type { RoomCore } from './room-core.ts'
import { SafetyDesk } from './safety-desk.ts'
import type { Writings } from './writings.ts'

/** What it is told by, and tells, the room that it is a part of. */
export interface RoomOfRest {
  readonly core: RoomCore
  readonly connection: Connection
  readonly chat: Chat
  readonly trust: PeerTrust | undefined
  readonly room: RoomOfTrust
  readonly writings: Writings
  readonly ways: WaysIn
  members(): readonly Member[]
  /** `name` stands in for that of somebody whose own is not known. */
  summaryOf(person: PersonId, name?: string): PersonSummary
  titleOf(document: DocumentId): string
  onChange(what: 'safety' | 'notes' | 'invites'): void
}

/** What a room can do that its first screen does without. */
export class RoomRest {
  readonly statements: HeadStatements
  readonly access: RoomAccess
  readonly invites: Invites
  readonly departure: Departure
  readonly safety: SafetyDesk
  readonly keeping: NoteKeeping
  readonly #desk: AdmissionDesk
  readonly #expiry: InviteExpiry
  readonly #gate: MessageGate | undefined
  readonly #room: RoomOfRest

  constructor(room: RoomOfRest) {
    this.#room = room
    const { core, connection, chat, trust, ways, writings, members, summaryOf, titleOf } = room
    this.#gate =
      trust &&
      new MessageGate(trust, room.room, () => {
        chat.refresh()
      })
    if (this.#gate) chat.guardWith(this.#gate)
    const statements = (this.statements = new HeadStatements(core))
    const requests = new JoinRequests(core)
    this.#desk = new AdmissionDesk(core, requests)
    this.invites = new Invites(core, ways, summaryOf)
    this.#expiry = new InviteExpiry(core, this.invites)
    this.departure = new Departure(core, connection)
    const onSafety = (): void => {
      room.onChange('safety')
    }
    this.safety = new SafetyDesk(core, { onChange: onSafety, stated: () => statements.ahead })
    this.access = new RoomAccess({ core, statements, writings, requests, members, summaryOf, titleOf })
    core.keeping = this.keeping = new NoteKeeping(core, {
      statedMissingOf: (feed) => statements.missingOfFeed(feed),
      onChange: () => {
        room.onChange('notes')
      },
    })
  }

  /** For a room that has taken in what is stored; `isLate` when it could be written in before this code came. */
  async open({ isLate }: { readonly isLate: boolean }): Promise<void> {
    await (isLate ? this.statements.catchUp() : this.statements.load())
    await this.invites.load()
    this.#room.onChange('invites')
    await this.departure.resume()
  }

  close(): void {
    this.#gate?.close()
    this.departure.close()
    this.#desk.close()
    this.#expiry.close()
    this.safety.close()
    this.statements.close()
  }
}
