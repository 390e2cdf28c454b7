import { idFromBytes, ID_BYTES } from '../base/ids.ts'
import type { DocumentId, EpochId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { Role } from './role.ts'

/**
 * The operations of an access log. One is one entry of the chain that belongs to its session in the room, and acts
 * under one grant, its node. Its hash is the hash of the chain up to and including it, so a hash names a whole history.
 */
export interface Operation {
  /** Position in the log, from 0. */
  readonly seq: number
  /** Hash of the grant it acts under, or `ROOT`. */
  readonly node: OperationHash
  readonly body: OperationBody
  /** Only under `ROOT`: the root keys' signatures over everything but themselves. */
  readonly rootSignatures: readonly RootSignature[]
}

export interface RootSignature {
  /** Which of the genesis' root keys. */
  readonly key: number
  readonly signature: Uint8Array
}

/** The node of the room's root keys, which nobody granted. */
export const ROOT: OperationHash = idFromBytes(new Uint8Array(ID_BYTES))

export type OperationBody =
  | SessionBody
  | GrantBody
  | RevokeBody
  | InviteBody
  | InviteRevokeBody
  | DocumentCreateBody
  | FeedOpenBody
  | EpochBody
  | ProfileBody
  | RoomNameBody
  | UnknownBody

/** The documents that a right covers. */
export type Scope = '*' | readonly DocumentId[]

/** Binds the log to a session of a device of a person. First in every log, and nowhere else; needs no authority. */
export interface SessionBody {
  readonly kind: 'session'
  readonly certificate: Uint8Array
  readonly nonce: Uint8Array
}

export interface GrantBody {
  readonly kind: 'grant'
  /** A person, or everyone. */
  readonly to: PersonId | '*'
  readonly role: Role
  readonly scope: Scope
  /** The highest role that the holder may grant in turn; undefined: none. */
  readonly maxGrant: Role | undefined
  /** Revocations of the same person that this grant is meant to overrule. */
  readonly over: readonly OperationHash[]
  /** The invite by which the person came, with the proof that they hold it and asked. */
  readonly via: Admission | undefined
}

export interface Admission {
  readonly invite: OperationHash
  readonly consent: JoinConsent
}

/** The signed part of a join request: it goes into the grant, so that anybody can check it later. */
export interface JoinConsent {
  readonly certificate: Uint8Array
  readonly inviteKey: Uint8Array
  readonly profileHash: Uint8Array
  readonly inviteSignature: Uint8Array
  readonly deviceSignature: Uint8Array
}

export const REVOKE_MODES = ['leave', 'demote', 'kick', 'ban'] as const
export type RevokeMode = (typeof REVOKE_MODES)[number]

export type RevokeTarget =
  | { readonly type: 'person'; readonly person: PersonId }
  | { readonly type: 'grants'; readonly grants: readonly OperationHash[] }
  | { readonly type: 'subtree'; readonly grant: OperationHash }

/** What stays accepted of one session. A session without a pin keeps nothing. */
export interface Pin {
  readonly session: SessionId
  readonly log: ChainHead
  /** The feeds' last positions: listed, or by the hash of a head vector. */
  readonly feeds: { readonly vector: Uint8Array } | { readonly heads: readonly (ChainHead & { feed: FeedId })[] }
}

export interface RevokeBody {
  readonly kind: 'revoke'
  readonly target: RevokeTarget
  readonly scope: Scope
  readonly pins: readonly Pin[]
  readonly mode: RevokeMode
  /** A sealed reason for the members; empty for none. */
  readonly note: Uint8Array
}

export interface InviteBody {
  readonly kind: 'invite'
  readonly inviteKey: Uint8Array
  readonly role: Role
  readonly scope: Scope
  /** How many people it may admit; 0 for no limit. */
  readonly usesMax: number
  /** For display and for the clients of those who look after the room; 0 for never. No clock decides validity. */
  readonly expiresAtMs: number
  /** Who may admit: the session that made the invite, or any member up to their own role. */
  readonly admitBy: 'inviter' | 'any'
  /** `manual`: only somebody with a right to grant may admit. */
  readonly approval: 'auto' | 'manual'
  /** A sealed name for the inviter's list; empty for none. */
  readonly sealedLabel: Uint8Array
}

export interface InviteRevokeBody {
  readonly kind: 'invite.revoke'
  readonly invite: OperationHash
  /** Grants by this invite that stay. Any other by somebody junior to the author lapses. */
  readonly keep: readonly OperationHash[]
}

export type DocumentKind = 'chat' | 'note'

/** The document's id is this operation's hash. */
export interface DocumentCreateBody {
  readonly kind: 'document.create'
  readonly documentKind: DocumentKind
  readonly schemaVersion: number
  /** Reserved; opaque to this version. */
  readonly policy: Uint8Array
}

/** Registers the feed of this session in a document under this grant, and with it the feed's Yjs client id. */
export interface FeedOpenBody {
  readonly kind: 'feed.open'
  readonly document: DocumentId
}

/** Announces a room key by its hash. */
export interface EpochBody {
  readonly kind: 'epoch'
  readonly epoch: EpochId
}

/** The author's name as others see it, sealed for the members. */
export interface ProfileBody {
  readonly kind: 'profile'
  /** A person's sessions have no common clock: the highest counter wins. */
  readonly counter: number
  readonly sealed: Uint8Array
}

export interface RoomNameBody {
  readonly kind: 'room.name'
  readonly sealed: Uint8Array
  /** The names that the author saw and replaces. */
  readonly over: readonly OperationHash[]
}

/** Of a later version of this program: kept and passed on, never effective. */
export interface UnknownBody {
  readonly kind: 'unknown'
}
