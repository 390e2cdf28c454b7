import { accepted, rejected, type Result } from '../base/result.ts'
import type { OperationHash, PersonId } from '../base/ids.ts'
import type { InviteRecord } from '../access/access-state.ts'
import type { InviteBody } from '../access/operation.ts'
import { roleAllows } from '../access/permission.ts'
import { isAtLeast, mayGrant, type Role } from '../access/role.ts'
import { randomBytes } from '../crypto/random.ts'
import { encodeInviteLink, INVITE_SECRET_BYTES, inviteSigner, moveInviteLink } from './invite-link.ts'
import { endOfInvite } from './long-lists.ts'
import { cleanName, type PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomPlaces } from './room-places.ts'

/** A way into the room. */
export interface Invite {
  readonly hash: OperationHash
  /** Undefined for an invite that somebody else made, or we on another device: its secret is not here. */
  readonly link: string | undefined
  readonly role: Role
  /** Undefined for any number of people. */
  readonly usesMax: number | undefined
  readonly used: number
  /** How many more people may come by it; undefined for any number. */
  readonly usesLeft?: number | undefined
  readonly revoked: boolean
  readonly mine: boolean
  readonly inviter?: PersonSummary
  /** From then on nobody is let in, in milliseconds since 1970; undefined for never. */
  readonly expiresAtMs: number | undefined
  /** `manual`: somebody who may let people in has to say yes to each. */
  readonly approval: 'auto' | 'manual'
  /** A name for the list of invites. */
  readonly label: string | undefined
}

export interface InviteOptions {
  readonly role: Role
  readonly usesMax?: number
  readonly expiresAtMs?: number
  readonly approval?: 'auto' | 'manual'
  readonly label?: string
}

export type InviteReason = 'not-allowed' | 'not-stored'

/** What links lead to. */
export interface WaysIn {
  /** The address that they start with. */
  readonly inviteBase: string
  readonly places: Pick<RoomPlaces, 'forNewcomers'>
}

const USES_MAX = 10_000

/** The invites of a room, with the secrets of those that were made here. */
export class Invites {
  readonly #core: RoomCore
  readonly #ways: WaysIn
  readonly #summaryOf: (person: PersonId) => PersonSummary
  readonly #links = new Map<OperationHash, string>()
  /** Links with the places of the room in them, by invite and places. */
  readonly #shown = new Map<string, string>()

  constructor(core: RoomCore, ways: WaysIn, summaryOf: (person: PersonId) => PersonSummary) {
    this.#core = core
    this.#ways = ways
    this.#summaryOf = summaryOf
  }

  async load(): Promise<void> {
    const prefix = this.#key('')
    for (const [key, link] of await this.#core.store.range({ from: prefix, to: `${prefix}~` })) {
      if (typeof link === 'string') this.#links.set(key.slice(prefix.length) as OperationHash, link)
    }
  }

  get list(): readonly Invite[] {
    const { state } = this.#core
    return (state?.invites ?? []).map((record) => this.#show(record))
  }

  /** The names are for the screen of whoever opens the link. */
  async create(
    options: InviteOptions,
    names: { readonly room: string; readonly me: string },
  ): Promise<Result<Invite, InviteReason>> {
    const { log, id: room, me, keys } = this.#core
    const { role } = options
    const { inviteBase, places } = this.#ways
    const usesMax = Math.min(USES_MAX, Math.max(0, Math.floor(options.usesMax ?? 0)))
    const secret = randomBytes(INVITE_SECRET_BYTES)
    const inviteKey = inviteSigner(secret).publicKey
    const body: InviteBody = {
      kind: 'invite',
      inviteKey,
      role,
      scope: '*',
      usesMax,
      expiresAtMs: Math.max(0, Math.floor(options.expiresAtMs ?? 0)),
      // A limit is exact only when one chain counts; without a limit whoever is awake may open the door.
      admitBy: usesMax === 0 ? 'any' : 'inviter',
      // Whoever is to look after the room is let in by a person, never by a link that went astray.
      approval: isAtLeast(role, 'moderator') ? 'manual' : (options.approval ?? 'auto'),
      sealedLabel: await this.#sealLabel(options.label),
    }
    const written = await log?.appendDecided(() => {
      const node = log.state.nodesOf(me).find(({ maxGrant, holder }) => holder !== '*' && mayGrant(maxGrant, role))
      return node && { node: node.hash, body }
    })
    if (!written) return rejected('not-allowed')
    if (!written.ok) return written
    const { hash } = written.value
    // Whoever is to pass the room on without reading it is told no names either.
    const { room: roomName, me: inviterName } = roleAllows(role, 'read') ? names : { room: '', me: '' }
    const content = { room, invite: hash, secret, meetingSecret: keys.secret, role, roomName }
    const inviter = { inviter: me, inviterName }
    const link = encodeInviteLink(inviteBase, { ...content, ...inviter, trackers: places.forNewcomers })
    this.#links.set(hash, link)
    await this.#core.store.write([{ kind: 'put', key: this.#key(hash), value: link }], { durable: true })
    const invite = this.list.find((candidate) => candidate.hash === hash)
    return invite ? accepted(invite) : rejected('not-allowed')
  }

  /** Nobody comes in by it from now on. Those who came stay. */
  async revoke(hash: OperationHash): Promise<Result<void, InviteReason>> {
    const { log } = this.#core
    const written = await log?.appendAll(() => {
      const { state } = log
      const own = state.invite(hash)?.node.hash
      const node = state.nodesOf(this.#core.me).find((candidate) => {
        return candidate.holder !== '*' && (isAtLeast(candidate.role, 'moderator') || candidate.hash === own)
      })
      return node && endOfInvite(state, hash).map((body) => ({ node: node.hash, body }))
    })
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }

  #show({ hash, body, uses, isRevoked, inviter }: InviteRecord): Invite {
    const { usesMax, expiresAtMs, approval, sealedLabel } = body
    const label = sealedLabel.length > 0 ? this.#core.ring.open('invite-label', sealedLabel) : undefined
    return {
      hash,
      link: this.#linkOf(hash),
      role: body.role,
      usesMax: usesMax === 0 ? undefined : usesMax,
      used: uses,
      usesLeft: usesMax === 0 ? undefined : Math.max(0, usesMax - uses),
      revoked: isRevoked,
      mine: inviter === this.#core.me,
      inviter: this.#summaryOf(inviter),
      expiresAtMs: expiresAtMs === 0 ? undefined : expiresAtMs,
      approval,
      label: label === undefined ? undefined : cleanName(label),
    }
  }

  /** As it was made, but for the places that the room names by now: old ones may be gone. */
  #linkOf(hash: OperationHash): string | undefined {
    const made = this.#links.get(hash)
    if (made === undefined) return undefined
    const trackers = this.#ways.places.forNewcomers
    const key = `${hash} ${trackers.join(' ')}`
    if (!this.#shown.has(key)) this.#shown.set(key, moveInviteLink(made, trackers))
    return this.#shown.get(key)
  }

  async #sealLabel(label: string | undefined): Promise<Uint8Array> {
    const line = cleanName(label ?? '')
    if (line === '' || !(await this.#core.keeper.ensure())) return new Uint8Array(0)
    return this.#core.ring.seal('invite-label', line) ?? new Uint8Array(0)
  }

  #key(hash: string): string {
    return `invite/${this.#core.id}/${hash}`
  }
}
