/** Seeded histories of honest and hostile members: forged authority, self-grants, forks, unknown hashes, late acts. */
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type DocumentId, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import type { ChainHead } from '../../src/feed/chain.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { ROOT, type GrantBody, type InviteBody, type OperationBody, type Scope } from '../../src/access/operation.ts'
import { rankOf, ROLES, type Role } from '../../src/access/role.ts'
import { grantTo, idOf, inviteAs, leave, RoomHistory, viaInvite, type TestSession } from './room-history.ts'

/** mulberry32: small, seeded, good enough to choose with. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const PEOPLE = ['alice', 'bob', 'carol', 'dan', 'eve', 'mallory']

interface Author {
  readonly name: string
  readonly session: TestSession
  readonly heads: ChainHead[]
}

export class RandomHistory {
  readonly history = new RoomHistory()
  readonly random: () => number
  readonly #authors: Author[] = []
  readonly #grants: { hash: OperationHash; to: PersonId | '*'; isPlausible: boolean }[] = []
  readonly #invites: { hash: OperationHash; name: string }[] = []
  readonly #departures: { hash: OperationHash; name: string }[] = []
  readonly #documents: DocumentId[] = []

  constructor(seed: number, operations: number) {
    this.random = seededRandom(seed)
    for (const name of PEOPLE) {
      this.#author(name, 1)
      if (this.#chance(0.3)) this.#author(name, 2)
    }
    const alice = this.#pick(this.#authors.filter(({ name }) => name === 'alice'))
    this.#write(alice, ROOT, grantTo('alice', 'admin', { maxGrant: 'admin' }))
    const admin = this.#hash(this.#grants)
    for (const name of ['bob', 'carol', 'dan'])
      this.#write(alice, admin, grantTo(name, this.#role(), { maxGrant: this.#chance(0.3) ? 'writer' : undefined }))
    this.#write(alice, admin, this.#invite())
    for (let i = 0; i < operations; i++) this.#step()
  }

  #author(name: string, number: number): void {
    const session = this.history.session(name, `${name} ${number}`)
    this.#authors.push({ name, session, heads: [session.head] })
  }

  #step(): void {
    const author = this.#pick(this.#authors)
    const own = this.#grants.filter(({ to }) => to === idOf(author.name) || to === '*')
    const plausible = own.filter(({ isPlausible }) => isPlausible)
    const isHostile = this.#chance(0.15)
    const forged = this.#chance(0.3) ? ROOT : this.#hash(this.#grants)
    const node =
      isHostile || own.length === 0
        ? forged
        : this.#pick(plausible.length > 0 && this.#chance(0.9) ? plausible : own).hash
    this.#write(author, node, this.#body(author, node))
  }

  #body(author: Author, node: OperationHash): OperationBody {
    const kind = Math.floor(this.random() * 14)
    if (kind < 5) return this.#grant()
    if (kind === 5) return this.#invite()
    if (kind === 6 && this.#invites.length > 0) {
      const keep = this.#grants.slice(-20).flatMap(({ hash }) => (this.#chance(0.5) ? [hash] : []))
      return { kind: 'invite.revoke', invite: this.#hash(this.#invites), keep }
    }
    if (kind === 7 && this.#chance(0.2)) return this.#leave(author, node)
    if (kind === 8)
      return { kind: 'document.create', documentKind: 'note', schemaVersion: 1, policy: new Uint8Array(0) }
    if (kind === 9) return { kind: 'epoch', epoch: idOf(`${this.random()}`) }
    if (kind === 10) return { kind: 'room.name', sealed: utf8('name'), over: [] }
    if (kind === 11) return { kind: 'session', certificate: utf8('again'), nonce: new Uint8Array(16) }
    if (kind === 12 && this.#documents.length > 0) return { kind: 'feed.open', document: this.#pick(this.#documents) }
    return { kind: 'profile', counter: Math.floor(this.random() * 4), sealed: utf8(`${this.random()}`) }
  }

  #grant(): GrantBody {
    const person = this.#pick(PEOPLE)
    const invite = this.#invites.length > 0 && this.#chance(0.6) ? this.#pick(this.#invites) : undefined
    const over = this.#departures.filter(({ name }) => name === person && this.#chance(0.7)).map(({ hash }) => hash)
    if (this.#chance(0.05)) over.push(this.#hash(this.#grants))
    const role = this.#role()
    const below = this.#chance(0.9) ? ROLES.slice(0, rankOf(role) + 1) : ROLES
    const maxGrant = this.#chance(0.5) ? this.#pick(below) : undefined
    const grant = grantTo(person, role, { maxGrant, over, scope: this.#scope() })
    if (this.#chance(0.04)) return { ...grant, to: '*' }
    if (!invite) return grant
    const key = this.#chance(0.95) ? invite.name : 'stolen'
    const hash = this.#chance(0.95) ? invite.hash : this.#hash(this.#grants)
    return { ...grant, maxGrant: this.#chance(0.7) ? undefined : maxGrant, via: viaInvite(hash, key) }
  }

  #invite(): InviteBody {
    const usesMax = this.#chance(0.7) ? 1 : 2
    const admitBy = this.#chance(0.5) ? 'any' : 'inviter'
    const approval = this.#chance(0.8) ? 'auto' : 'manual'
    const name = `${this.#invites.length}`
    return inviteAs(this.#role(), { usesMax, admitBy, approval, scope: this.#scope() }, name)
  }

  #leave(author: Author, node: OperationHash): OperationBody {
    const mine = this.#authors.filter(({ name }) => name === author.name && this.#chance(0.8))
    const pins = mine.map(({ session, heads }) => {
      const { session: id } = session.binding
      const document = this.#documents[0]
      const feeds = document ? [{ feed: feedIdOf(id, document, node), length: 3, hash: new Uint8Array(32) }] : []
      const ghost = { length: 2, hash: idToBytes(idOf('ghost')) }
      return { session: id, log: this.#chance(0.9) ? this.#pick(heads) : ghost, feeds: { heads: feeds } }
    })
    return leave(this.#chance(0.9) ? author.name : this.#pick(PEOPLE), pins)
  }

  #write(author: Author, node: OperationHash, body: OperationBody): void {
    const isRootsOwn = node === ROOT && author.name === 'alice'
    const isDeparture = body.kind === 'revoke'
    const isGenuine = (node !== ROOT || isRootsOwn || isDeparture || body.kind === 'session') && !this.#chance(0.03)
    const fork = this.#chance(0.07) ? { after: this.#pick(author.heads) } : {}
    const { hash, head } = author.session.append(node, body, { isGenuine, ...fork })
    author.heads.push(head)
    if (body.kind === 'grant') {
      const isPlausible = isGenuine && (node === ROOT || this.#grants.some((g) => g.hash === node && g.isPlausible))
      this.#grants.push({ hash, to: body.to, isPlausible })
    }
    if (body.kind === 'invite') this.#invites.push({ hash, name: `${this.#invites.length}` })
    if (body.kind === 'revoke') this.#departures.push({ hash, name: author.name })
    if (body.kind === 'document.create') this.#documents.push(idFromBytes(idToBytes(hash)))
  }

  #chance(probability: number): boolean {
    return this.random() < probability
  }
  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
  #hash(from: readonly { hash: OperationHash }[]): OperationHash {
    return from.length > 0 && this.#chance(0.8) ? this.#pick(from).hash : idOf('nothing')
  }
  #role(): Role {
    return this.#pick(ROLES)
  }
  #scope(): Scope {
    return this.#documents.length > 0 && this.#chance(0.1) ? [this.#pick(this.#documents)] : '*'
  }
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const [a, b] = [order[i], order[j]]
    if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a]
  }
  return order
}
