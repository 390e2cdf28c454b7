import { accepted, rejected, type Result } from '../base/result.ts'
import type { OperationHash } from '../base/ids.ts'
import { usualMaxGrant, type Role } from '../access/role.ts'
import { randomBytes } from '../crypto/random.ts'
import { encodeInviteLink, INVITE_SECRET_BYTES, inviteSigner } from './invite-link.ts'
import type { RoomCore } from './room-core.ts'

/** A way into the room. */
export interface Invite {
  readonly hash: OperationHash
  /** Undefined for an invite that somebody else made, or we on another device: its secret is not here. */
  readonly link: string | undefined
  readonly role: Role
  /** Undefined for any number of people. */
  readonly usesMax: number | undefined
  readonly used: number
  readonly revoked: boolean
  readonly mine: boolean
}

export type InviteReason = 'not-allowed' | 'not-stored'

const USES_MAX = 10_000

/** The invites of a room, with the secrets of those that were made here. */
export class Invites {
  readonly #core: RoomCore
  readonly #links = new Map<OperationHash, string>()

  constructor(core: RoomCore) {
    this.#core = core
  }

  async load(): Promise<void> {
    const prefix = this.#key('')
    for (const [key, link] of await this.#core.store.range({ from: prefix, to: `${prefix}~` })) {
      if (typeof link === 'string') this.#links.set(key.slice(prefix.length) as OperationHash, link)
    }
  }

  get list(): readonly Invite[] {
    const { state, me } = this.#core
    return (state?.invites ?? []).map(({ hash, body, uses, isRevoked, inviter }) => ({
      hash,
      link: this.#links.get(hash),
      role: body.role,
      usesMax: body.usesMax === 0 ? undefined : body.usesMax,
      used: uses,
      revoked: isRevoked,
      mine: inviter === me,
    }))
  }

  async create(options: {
    readonly role: Role
    readonly usesMax?: number | undefined
    readonly base: string
    readonly roomName: string
    readonly myName: string
    readonly trackers: readonly string[]
  }): Promise<Result<Invite, InviteReason>> {
    const { log, id: room, me, keys } = this.#core
    const { role } = options
    // Whoever brings more than a writer in has to be asked by a person, and there is no way to ask yet.
    if (usualMaxGrant(role) !== undefined) return rejected('not-allowed')
    const usesMax = Math.min(USES_MAX, Math.max(0, Math.floor(options.usesMax ?? 0)))
    const secret = randomBytes(INVITE_SECRET_BYTES)
    const inviteKey = inviteSigner(secret).publicKey
    // A limit is exact only when one chain counts; without a limit whoever is awake may open the door.
    const admitBy = usesMax === 0 ? 'any' : 'inviter'
    const nothing = new Uint8Array(0)
    const written = await log?.append('invite', () => ({
      kind: 'invite',
      inviteKey,
      role,
      scope: '*',
      usesMax,
      expiresAtMs: 0,
      admitBy,
      approval: 'auto',
      sealedLabel: nothing,
    }))
    if (!written) return rejected('not-allowed')
    if (!written.ok) return written
    const { hash } = written.value
    const link = encodeInviteLink(options.base, {
      room,
      invite: hash,
      secret,
      roomKey: keys.roomKey,
      role,
      roomName: options.roomName,
      inviter: me,
      inviterName: options.myName,
      trackers: options.trackers,
    })
    this.#links.set(hash, link)
    await this.#core.store.write([{ kind: 'put', key: this.#key(hash), value: link }], { durable: true })
    const invite = this.list.find((candidate) => candidate.hash === hash)
    return invite ? accepted(invite) : rejected('not-allowed')
  }

  /** Nobody comes in by it from now on. Those who came stay; whoever has the link keeps the room's key. */
  async revoke(hash: OperationHash): Promise<Result<void, InviteReason>> {
    const { log } = this.#core
    const keep = log?.state.admissionsBy(hash) ?? []
    const written = await log?.append('invite', () => ({ kind: 'invite.revoke', invite: hash, keep }))
    if (!written) return rejected('not-allowed')
    return written.ok ? accepted(undefined) : written
  }

  #key(hash: string): string {
    return `invite/${this.#core.id}/${hash}`
  }
}
