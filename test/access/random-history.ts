/**
 * Seeded histories of honest and hostile members: forged authority, self-grants, forks, pins of what nobody wrote,
 * removals of everybody by everybody, late acts under lost rights, stolen devices, root keys that come and go.
 */
import { utf8 } from '../../src/base/bytes.ts'
import {
  idFromBytes,
  idToBytes,
  type DeviceId,
  type DocumentId,
  type EpochId,
  type FeedId,
} from '../../src/base/ids.ts'
import type { OperationHash, PersonId } from '../../src/base/ids.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { encodeMeetingPlaces } from '../../src/access/meeting-places.ts'
import { ROOT, type GrantBody, type InviteBody, type OperationBody, type Pin } from '../../src/access/operation.ts'
import type { RevokeTarget, RootSignature, Scope } from '../../src/access/operation.ts'
import type { SessionBinding } from '../../src/access/verify-log.ts'
import { rankOf, ROLES, type Role } from '../../src/access/role.ts'
import { inviteAs, viaInvite } from './room-history.ts'
import { MEANT_FOR, MOSTLY, THEMES, USUAL, type Kind, type Theme } from './random-themes.ts'
import { personNamed, seededRandom, SyntheticRoom, type SyntheticSession } from './synthetic-room.ts'

export { seededRandom } from './synthetic-room.ts'
export type { Theme } from './random-themes.ts'

const NAMES = ['alice', 'bob', 'carol', 'dan', 'eve', 'mallory']
const ROOT_NAMES = ['alice', 'root', 'bob']

interface KnownGrant {
  readonly hash: OperationHash
  readonly node: OperationHash
  readonly to: PersonId | '*'
  readonly role: Role
  readonly maxGrant: Role | undefined
  readonly isPlausible: boolean
}

export class RandomHistory {
  readonly history: SyntheticRoom
  readonly random: () => number
  readonly #theme: Theme
  readonly #weights: readonly (readonly [Kind, number])[]
  readonly #sessions: SyntheticSession[] = []
  readonly #certificates: SessionBinding['certificate'][] = []
  readonly #grants: KnownGrant[] = []
  readonly #invites: { readonly hash: OperationHash; readonly name: string }[] = []
  readonly #revocations: OperationHash[] = []
  readonly #registers: OperationHash[] = []
  readonly #documents: DocumentId[] = []
  readonly #feeds: FeedId[] = []
  readonly #epochs: EpochId[] = []
  readonly #epochActs: OperationHash[] = []
  readonly #councils: (readonly PersonId[])[] = []
  readonly #rootActs: OperationHash[] = []

  constructor(seed: number, operations: number, theme = THEMES[seed % THEMES.length] ?? 'anything') {
    this.random = seededRandom(seed)
    this.#theme = theme
    this.#weights = Object.entries({ ...USUAL, ...MOSTLY[theme] }) as [Kind, number][]
    const isCouncil = theme === 'root' && this.#chance(0.5)
    const keys = (isCouncil ? ROOT_NAMES : ['alice']).map(personNamed)
    this.history = new SyntheticRoom(this.random, keys, isCouncil && this.#chance(0.7) ? 2 : 1)
    for (const name of NAMES) this.#addDevices(name)
    this.#begin(operations)
    for (let i = 0; i < operations; i++) this.#step()
  }

  /** One device a person, or a small tree of them, in which certificates of one device may contend. */
  #addDevices(name: string): void {
    const { history } = this
    const person = personNamed(name)
    const first = history.certificate(person, 1)
    const certificates = [first]
    while (this.#chance(this.#theme === 'devices' ? 0.75 : 0.2) && certificates.length < 7) {
      const issuer = this.#chance(0.7) ? this.#pick(certificates) : undefined
      const device = this.#chance(0.15) ? this.#pick(certificates).device : undefined
      const certificate = history.certificate(person, Math.floor(this.random() * 3), issuer, device)
      const isRound = certificate.chain.some((step) => step.device === certificate.device)
      if (certificate.chain.length < 8 && !isRound) certificates.push(certificate)
    }
    this.#certificates.push(...certificates)
    for (const certificate of certificates) if (this.#chance(0.9)) this.#sessions.push(history.session(certificate))
    if (this.#chance(0.1)) this.#sessions.push(history.session(first))
  }

  /** Enough authority that something is at stake; less of it in the shortest histories. */
  #begin(operations: number): void {
    const alice =
      this.#sessions.find(({ binding }) => binding.person === personNamed('alice')) ?? this.#pick(this.#sessions)
    this.#write(alice, ROOT, this.#grantTo('alice', 'admin', 'admin'), this.history.genesis.rootKeys)
    const admin = this.#grants[0]?.hash ?? ROOT
    const others = operations < 15 ? ['bob', 'carol'] : ['bob', 'carol', 'dan']
    for (const name of others) {
      const role = this.#pick<Role>(['admin', 'moderator', 'moderator', 'writer'])
      this.#write(alice, admin, this.#grantTo(name, role, this.#chance(0.7) ? role : undefined), [])
    }
    if (this.#theme === 'invites') this.#write(alice, admin, this.#invite(), [])
    if (this.#theme === 'documents' || this.#chance(0.3)) this.#write(alice, admin, this.#document(), [])
  }

  #step(): void {
    if (this.#chance(this.#theme === 'root' ? 0.35 : 0.06)) {
      const author = this.#pick(this.#sessions)
      const kind = this.#pick<Kind>(['grant', 'grant', 'revoke', 'revoke', 'amend', 'root.rotate', 'policy.set'])
      this.#write(author, ROOT, this.#body(kind, author, ROOT), this.#signers())
      return
    }
    const kind = this.#kind()
    const fitting = this.#grants.filter(
      ({ isPlausible, role }) => isPlausible && rankOf(role) >= rankOf(MEANT_FOR[kind] ?? 'relay'),
    )
    const pool = fitting.length > 0 && this.#chance(0.8) ? fitting : this.#grants
    const { hash, to } = this.#pick(pool)
    const own = this.#sessions.filter(({ binding }) => binding.person === to)
    const author = this.#pick(own.length > 0 && this.#chance(0.95) ? own : this.#sessions)
    const node = this.#chance(0.95) ? hash : this.#chance(0.2) ? ROOT : this.#hash(this.#grants)
    this.#write(author, node, this.#body(kind, author, node), [])
  }

  #kind(): Kind {
    let left = this.random() * this.#weights.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [kind, weight] of this.#weights) if ((left -= weight) < 0) return kind
    return 'grant'
  }

  #body(kind: Kind, author: SyntheticSession, node: OperationHash): OperationBody {
    switch (kind) {
      case 'grant':
        return this.#grant()
      case 'revoke':
        return this.#revoke(author)
      case 'invite':
        return this.#invite()
      case 'invite.revoke':
        return {
          kind,
          invite: this.#hash(this.#invites),
          keep: this.#some(this.#grants.slice(-20).map(({ hash }) => hash)),
        }
      case 'amend':
        return { kind, revocation: this.#any(this.#revocations), pins: this.#pins(this.#anybody()) }
      case 'device.revoke':
        return this.#deviceRevoke(author)
      case 'root.rotate':
        return this.#rotate()
      case 'root.offer':
        return { kind, to: this.#anybody() }
      case 'root.accept':
        return { kind, signature: new Uint8Array(64) }
      case 'session':
        return { kind, certificate: utf8('again'), nonce: new Uint8Array(16) }
      case 'policy.set':
        return this.#policy()
      case 'profile':
        return { kind, counter: Math.floor(this.random() * 4), sealed: utf8('') }
      case 'room.name':
        return { kind, sealed: utf8('name'), over: this.#some(this.#registers.slice(-4)) }
      case 'join.request':
        return { kind, request: new Uint8Array(3) }
      case 'join.decline':
        return { kind, person: this.#anybody(), requests: [] }
      case 'unknown':
        return { kind }
      default:
        return this.#contentBody(kind, author, node)
    }
  }

  #contentBody(kind: Kind, author: SyntheticSession, node: OperationHash): OperationBody {
    const document = this.#documents.length > 0 ? this.#pick(this.#documents) : this.history.id<DocumentId>()
    const epoch = this.#epochs.length > 0 && this.#chance(0.8) ? this.#pick(this.#epochs) : this.history.id<EpochId>()
    switch (kind) {
      case 'feed.open':
        this.#feeds.push(feedIdOf(author.binding.session, document, node))
        return { kind, document }
      case 'document.writers': {
        const people = this.#chance(0.15) ? '*' : this.#some(NAMES.map(personNamed))
        return {
          kind,
          document,
          people,
          pins: this.#pins(this.#anybody()),
          over: this.#some(this.#registers.slice(-6)),
        }
      }
      case 'redact': {
        const from = Math.floor(this.random() * 6)
        return { kind, feed: this.#any(this.#feeds), from, to: from + 1 + Math.floor(this.random() * 3) }
      }
      case 'epoch':
      case 'epoch.seal': {
        const fresh = kind === 'epoch' && this.#chance(0.8) ? this.history.id<EpochId>() : epoch
        const isCareful = this.#chance(0.6)
        const boxes = (isCareful ? this.#holders() : this.#some(this.#devices())).map((device) => ({
          device,
          encapsulated: new Uint8Array(32),
          sealed: new Uint8Array(48),
        }))
        if (kind === 'epoch.seal') return { kind, epoch: fresh, boxes }
        this.#epochs.push(fresh)
        return { kind, epoch: fresh, previous: undefined, wrapped: new Uint8Array(0), boxes }
      }
      case 'epoch.request':
        return { kind, epoch, bad: this.#some(this.#epochActs.slice(-4)) }
      default:
        return this.#document()
    }
  }

  #document = (): OperationBody => ({
    kind: 'document.create',
    documentKind: 'note',
    schemaVersion: 1,
    policy: new Uint8Array(0),
  })

  #policy(): OperationBody {
    const value = Uint8Array.of(...(this.#chance(0.95) ? [this.#chance(0.7) ? 0 : 1] : [0, 0]))
    const isAdmission = this.#chance(0.75)
    const over = this.#some(this.#registers.slice(-6))
    if (isAdmission) return { kind: 'policy.set', key: 'members-admit', value, over }
    // One place; or no list of places at all; or more than there may be.
    const places = Array.from({ length: value.length > 1 ? 9 : 1 }, () => `wss://${this.#registers.length}.example`)
    return {
      kind: 'policy.set',
      key: 'meeting-places',
      value: value[0] === 0 ? encodeMeetingPlaces(places) : value,
      over,
    }
  }

  #grantTo = (name: string, role: Role, maxGrant: Role | undefined): GrantBody => ({
    kind: 'grant',
    to: personNamed(name),
    role,
    scope: '*',
    maxGrant,
    over: [],
    via: undefined,
  })

  #grant(): GrantBody {
    const role = this.#pick(ROLES)
    const below = this.#chance(0.95) ? ROLES.slice(0, rankOf(role) + 1) : ROLES
    const maxGrant = this.#chance(this.#theme === 'nests' ? 0.9 : 0.5) ? this.#pick(below) : undefined
    const over = this.#chance(0.5) ? this.#some(this.#revocations.slice(-6), 0.6) : []
    if (this.#chance(0.03)) over.push(this.#hash(this.#grants))
    const grant = { ...this.#grantTo(this.#pick(NAMES), role, maxGrant), over, scope: this.#scope() }
    if (this.#chance(0.04)) return { ...grant, to: '*' }
    const invite = this.#invites.length > 0 && this.#chance(0.5) ? this.#pick(this.#invites) : undefined
    if (!invite) return grant
    const key = this.#chance(0.95) ? invite.name : 'stolen'
    const hash = this.#chance(0.95) ? invite.hash : this.#hash(this.#grants)
    const own = this.#certificates.filter((certificate) => certificate.person === grant.to)
    const via = viaInvite(hash, key)
    const consent = { ...via.consent, certificate: this.#pick(own).bytes }
    return { ...grant, maxGrant: this.#chance(0.8) ? undefined : maxGrant, via: { ...via, consent } }
  }

  #invite(): InviteBody {
    const usesMax = Math.floor(this.random() * 3)
    const admitBy = this.#chance(0.6) ? 'any' : 'inviter'
    const approval = this.#chance(0.8) ? 'auto' : 'manual'
    return inviteAs(
      this.#pick(ROLES),
      { usesMax, admitBy, approval, scope: this.#scope() },
      `${this.#invites.length % 8}`,
    )
  }

  #revoke(author: SyntheticSession): OperationBody {
    const mode = this.#pick(['kick', 'kick', 'ban', 'demote', 'leave'] as const)
    const isLeave = mode === 'leave'
    const person = isLeave && this.#chance(0.9) ? author.binding.person : this.#victim()
    const type =
      isLeave && this.#chance(0.9) ? 'person' : this.#pick(['person', 'person', 'grants', 'subtree'] as const)
    let target: RevokeTarget = { type: 'person', person }
    if (type === 'grants') target = { type, grants: this.#some(this.#grants.map(({ hash }) => hash).slice(-8)) }
    if (type === 'subtree') target = { type, grant: this.#hash(this.#grants) }
    const scope = isLeave || this.#theme !== 'documents' || this.#chance(0.5) ? '*' : this.#scope(0.8)
    const cut = type === 'person' ? person : this.#victim()
    return { kind: 'revoke', target, scope, pins: this.#pins(cut), mode, note: new Uint8Array(0) }
  }

  #deviceRevoke(author: SyntheticSession): OperationBody {
    const known = this.#certificates.filter(({ person }) => person === author.binding.person)
    const device = this.#chance(0.95) ? this.#pick(known).device : this.#any(this.#devices())
    const keep = this.#chance(0.4) ? this.#some(known.map((certificate) => certificate.device)) : []
    const identitySignature = new Uint8Array(this.#chance(0.2) ? 64 : 0)
    return { kind: 'device.revoke', device, pins: this.#pins(author.binding.person), keep, identitySignature }
  }

  #rotate(): OperationBody {
    const rootKeys = this.#some(NAMES.slice(0, 4).map(personNamed))
    if (rootKeys.length === 0) rootKeys.push(personNamed('alice'))
    const threshold = 1 + Math.floor(this.random() * Math.min(2, rootKeys.length))
    const consents: RootSignature[] = this.#chance(0.85)
      ? rootKeys.map((key) => ({ key, signature: new Uint8Array(64) }))
      : []
    return { kind: 'root.rotate', rootKeys, threshold, keep: this.#some(this.#rootActs, 0.7), consents }
  }

  /** Of a person's sessions: the whole log, part of it, nothing, or what nobody ever wrote. */
  #pins(person: PersonId): Pin[] {
    const mode = this.random()
    if (mode < 0.1) return []
    return this.#sessions
      .filter(({ binding }) => binding.person === person || this.#chance(0.05))
      .filter(() => mode < 0.5 || this.#chance(0.8))
      .map(({ binding: { session }, heads, head }) => {
        const ghost = { length: 2, hash: idToBytes(this.history.id()) }
        const known = mode < 0.5 ? head : this.#pick(heads)
        const log = this.#chance(0.93) ? known : this.#chance(0.5) ? ghost : { ...known, length: known.length + 1 }
        const feeds = this.#some(this.#feeds.slice(-6), 0.7).filter((feed, i, all) => all.indexOf(feed) === i)
        const hash = new Uint8Array(32)
        return {
          session,
          log,
          feeds: feeds.map((feed) => ({ feed, length: Math.floor(this.random() * 5), hash })),
        }
      })
  }

  #write(author: SyntheticSession, node: OperationHash, body: OperationBody, signers: readonly PersonId[]): void {
    const isFree =
      body.kind === 'session' || body.kind === 'device.revoke' || (body.kind === 'revoke' && body.mode === 'leave')
    const place = body.kind === 'device.revoke' ? ROOT : node
    const isGenuine = (place !== ROOT || signers.length > 0 || isFree) && !this.#chance(0.02)
    const fork = this.#chance(0.08) ? { after: this.#pick(author.heads) } : {}
    const { hash } = author.append(place, body, { isGenuine, signers: isFree ? [] : signers, ...fork })
    if (body.kind === 'grant') {
      const granter = this.#grants.find((known) => known.hash === node && known.isPlausible)
      const highest = node === ROOT ? 'admin' : (granter?.maxGrant ?? (body.via ? granter?.role : undefined))
      const isPlausible = isGenuine && highest !== undefined && rankOf(body.role) <= rankOf(highest)
      this.#grants.push({ hash, node, to: body.to, role: body.role, maxGrant: body.maxGrant, isPlausible })
    }
    if (signers.length > 0) this.#rootActs.push(hash)
    if (body.kind === 'epoch' || body.kind === 'epoch.seal') this.#epochActs.push(hash)
    if (body.kind === 'root.rotate' && isGenuine) this.#councils.push(body.rootKeys)
    if (body.kind === 'invite') this.#invites.push({ hash, name: `${this.#invites.length % 8}` })
    if (body.kind === 'revoke') this.#revocations.push(hash)
    if (body.kind === 'document.create') this.#documents.push(idFromBytes(idToBytes(hash)))
    if (['document.writers', 'policy.set', 'room.name'].includes(body.kind)) this.#registers.push(hash)
  }

  #signers = (): PersonId[] => {
    const { rootKeys } = this.history.genesis
    const council = this.#chance(0.5) ? rootKeys : (this.#councils.at(-1) ?? rootKeys)
    const chosen = this.#chance(0.8) ? council : this.#some(ROOT_NAMES.concat('carol').map(personNamed))
    return chosen.length > 0 ? [...chosen] : [personNamed('alice')]
  }
  /** Devices of people who seem to be members. */
  #holders = (): DeviceId[] => {
    const members = new Set(this.#grants.filter(({ isPlausible }) => isPlausible).map(({ to }) => to))
    const devices = this.#sessions
      .filter(({ binding }) => members.has(binding.person))
      .map(({ binding }) => binding.device)
    if (this.#chance(0.1)) devices.push(this.history.id())
    return this.#some([...new Set(devices)], 0.8)
  }
  #devices = (): DeviceId[] => this.#sessions.map(({ binding }) => binding.device)
  /** Not everybody at once: somebody must be left to act. */
  #victim = (): PersonId => personNamed(this.#pick(this.#chance(0.5) ? NAMES : NAMES.slice(2)))
  #anybody = (): PersonId => personNamed(this.#pick(NAMES))
  #chance(probability: number): boolean {
    return this.random() < probability
  }
  #pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random() * items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
  #some = <T>(items: readonly T[], probability = 0.5): T[] => items.filter(() => this.#chance(probability))
  #any<T extends OperationHash | FeedId | DeviceId>(items: readonly T[]): T {
    return items.length > 0 && this.#chance(0.95) ? this.#pick(items) : this.history.id<T>()
  }
  #hash(from: readonly { readonly hash: OperationHash }[]): OperationHash {
    return this.#any(from.map(({ hash }) => hash))
  }
  #scope(narrow = 0.1): Scope {
    return this.#documents.length > 0 && this.#chance(narrow) ? this.#some(this.#documents, 0.6) : '*'
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
