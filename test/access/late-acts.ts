/** What somebody writes behind a history that is already there: at the ends of their logs, in forks, in new sessions. */
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type DocumentId, type FeedId, type Id } from '../../src/base/ids.ts'
import type { OperationHash, PersonId } from '../../src/base/ids.ts'
import type { LoggedOperation } from '../../src/access/logged-operation.ts'
import type { ReceivedOperation } from '../../src/access/operation-codec.ts'
import { ROOT, type OperationBody, type Pin } from '../../src/access/operation.ts'
import type { SessionBinding, VerifiedLogRange } from '../../src/access/verify-log.ts'
import { inviteAs, viaInvite } from './room-history.ts'
import type { SyntheticRoom } from './synthetic-room.ts'

interface Place {
  readonly hash: OperationHash
  readonly seq: number
}

function placeOf({ operations: [last] }: VerifiedLogRange): Place {
  if (last === undefined) throw new RangeError('behind nothing')
  return last
}

export class LateActs {
  readonly #room: SyntheticRoom
  readonly #random: () => number

  constructor(room: SyntheticRoom, random: () => number) {
    this.#room = room
    this.#random = random
  }

  /** A revocation of anybody by a holder of the grant, at the end of one of their logs. */
  revocation(node: OperationHash, person: string): VerifiedLogRange | undefined {
    const places = this.#room.ranges.filter(({ binding }) => binding.person === person)
    const last = places.at(-1)
    const removers = this.#room.ranges.filter(({ operations: [first] }) => first?.operation?.body.kind === 'revoke')
    const about = this.#pick(removers.length > 0 && this.#random() < 0.6 ? removers : this.#room.ranges).binding.person
    const grant = this.#grants().at(Math.floor(this.#random() * this.#grants().length))
    const kind = this.#random()
    const target =
      kind < 0.6 || grant === undefined
        ? ({ type: 'person', person: about } as const)
        : kind < 0.8
          ? ({ type: 'grants', grants: [grant] } as const)
          : ({ type: 'subtree', grant } as const)
    const mode = this.#random() < 0.5 ? 'kick' : 'ban'
    const note = new Uint8Array(0)
    const body: OperationBody = { kind: 'revoke', target, scope: '*', pins: this.#pins(about), mode, note }
    return last && this.after(last, node, body)
  }

  /** One of every kind under every grant that is near, from every place where the person could write it. */
  everything(person: string): VerifiedLogRange[] {
    const own = this.#room.ranges.filter(({ binding }) => binding.person === person)
    const nodes = own.length > 0 ? this.#grants(person) : []
    return nodes.flatMap((node) =>
      this.#bodies(person as PersonId).flatMap((body) => {
        const place = this.#random() < 0.5 ? own.at(-1) : this.#pick(own)
        return place && this.#random() < 0.5 ? [this.after(place, node, body)] : []
      }),
    )
  }

  #bodies(person: PersonId): OperationBody[] {
    const hashes = this.#room.ranges.flatMap(({ operations }) => operations.map(({ hash }) => hash))
    const other = this.#pick(this.#room.ranges).binding
    const document = idFromBytes<DocumentId>(idToBytes(this.#ofKind('document.create') ?? ROOT))
    const invite = this.#ofKind('invite') ?? ROOT
    const grant = { kind: 'grant', role: 'reader', scope: '*', maxGrant: undefined } as const
    const note = new Uint8Array(0)
    const ban = { kind: 'revoke', scope: '*', pins: [], mode: 'ban', note } as const
    const box = { device: other.device, encapsulated: new Uint8Array(32), sealed: new Uint8Array(48) }
    return [
      { ...grant, to: person, role: 'admin', over: hashes.slice(0, 8), via: undefined },
      { ...grant, to: other.person, over: [], via: undefined },
      { ...grant, to: person, over: [], via: viaInvite(invite, '0') },
      { ...ban, target: { type: 'person', person: other.person } },
      { kind: 'amend', revocation: this.#ofKind('revoke') ?? ROOT, pins: this.#pins(person) },
      { kind: 'policy.set', key: 'members-admit', value: Uint8Array.of(0), over: [] },
      { kind: 'document.writers', document, people: [], pins: [], over: [] },
      { kind: 'document.create', documentKind: 'note', schemaVersion: 1, policy: note },
      { kind: 'feed.open', document },
      { kind: 'invite.revoke', invite, keep: [] },
      inviteAs('writer'),
      { kind: 'profile', counter: 99, sealed: utf8('late') },
      { kind: 'room.name', sealed: utf8('late'), over: hashes.slice(0, 8) },
      { kind: 'epoch', epoch: this.#room.id(), previous: undefined, wrapped: note, boxes: [box] },
      { kind: 'redact', feed: this.#room.id<FeedId>(), from: 0, to: 1 },
    ]
  }

  #pins(person: PersonId): Pin[] {
    const last = new Map(this.#room.ranges.map((range) => [range.binding.session, range] as const))
    return [...last.values()]
      .filter(({ binding }) => binding.person === person && this.#random() < 0.8)
      .map(({ binding, range }) => ({ session: binding.session, log: range.head, feeds: [] }))
  }

  // The caller says what the id is of.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  id<T extends Id<string>>(): T {
    return this.#room.id<T>()
  }

  /** Behind what is held already. */
  behind({ hash, seq, log }: LoggedOperation, node: OperationHash, body: OperationBody): VerifiedLogRange {
    const { session, device, person, certificate } = log
    return this.#write({ session, device, person, certificate, log: log.log }, { hash, seq }, { node, body })
  }

  /** Behind an operation of the history. */
  after(place: VerifiedLogRange, node: OperationHash, body: OperationBody): VerifiedLogRange {
    return this.#write(place.binding, placeOf(place), { node, body })
  }

  /** Behind an operation of the history, as it was decoded; undefined: it was not. */
  arrived(place: VerifiedLogRange, operation: ReceivedOperation | undefined): VerifiedLogRange {
    return this.#range(place.binding, placeOf(place), operation)
  }

  #write(
    binding: SessionBinding,
    before: Place,
    { node, body }: { readonly node: OperationHash; readonly body: OperationBody },
  ): VerifiedLogRange {
    const unsigned = { rootSignatures: [], bodyBytes: new Uint8Array(0) }
    return this.#range(binding, before, { seq: before.seq + 1, atMs: 0, node, body, ...unsigned })
  }

  #range(binding: SessionBinding, before: Place, operation: ReceivedOperation | undefined): VerifiedLogRange {
    const hash = this.#room.id<OperationHash>()
    const seq = before.seq + 1
    const head = { length: seq + 1, hash: idToBytes(hash) }
    const isGenuine = operation !== undefined && operation.node !== ROOT
    return {
      binding,
      after: before.hash,
      operations: [{ hash, seq, operation, isGenuine, sizeBytes: 100 }],
      range: { head, hashes: [head.hash], entries: [] },
    }
  }

  #grants(person?: string): OperationHash[] {
    return this.#room.ranges.flatMap(({ operations: [first] }) => {
      const body = first?.operation?.body
      return first && body?.kind === 'grant' && (person === undefined || body.to === person || body.to === '*')
        ? [first.hash]
        : []
    })
  }

  #ofKind(kind: OperationBody['kind']): OperationHash | undefined {
    const found = this.#room.ranges.filter(({ operations: [first] }) => first?.operation?.body.kind === kind)
    return found.length > 0 ? this.#pick(found).operations[0]?.hash : undefined
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}
