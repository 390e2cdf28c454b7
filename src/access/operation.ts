import { idFromBytes, ID_BYTES } from '../base/ids.ts'
import type { DeviceId, DocumentId, EpochId, FeedId, OperationHash, PersonId, SessionId } from '../base/ids.ts'
import type { ChainHead } from '../feed/chain.ts'
import type { Role } from './role.ts'

/**
 * The operations of an access log. One is one entry of the chain that belongs to its session in the room, and acts
 * under one grant, its node. Its hash is the hash of the chain up to and including it, so a hash names a whole history.
 */
export interface Operation {
  /** Position in the log, from 0. */
  readonly seq: number
  /** When its author says that it was written, in milliseconds since 1970. For people to read; no rule looks at it. */
  readonly atMs: number
  /** Hash of the grant it acts under, or `ROOT`. */
  readonly node: OperationHash
  readonly body: OperationBody
  /** Only under `ROOT`: the root keys' signatures over everything but themselves. */
  readonly rootSignatures: readonly RootSignature[]
}

/** By a root key, which is a person's identity key. */
export interface RootSignature {
  readonly key: PersonId
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
  | AmendBody
  | DocumentWritersBody
  | PolicyBody
  | RedactBody
  | RootRotateBody
  | RootOfferBody
  | RootAcceptBody
  | DeviceRevokeBody
  | EpochSealBody
  | EpochRequestBody
  | JoinRequestBody
  | JoinDeclineBody
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

export interface FeedHead extends ChainHead {
  readonly feed: FeedId
}

/** What stays accepted of one session. A session without a pin keeps nothing. */
export interface Pin {
  readonly session: SessionId
  readonly log: ChainHead
  /** The feeds' last positions. Listed, since what is named by a hash alone may be here and not there. */
  readonly feeds: readonly FeedHead[]
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

/** Announces a room key by its hash, and hands it to devices. */
export interface EpochBody {
  readonly kind: 'epoch'
  readonly epoch: EpochId
  /** The epoch whose key is wrapped, so that who reads this one reads back to the beginning. */
  readonly previous: EpochId | undefined
  /** The previous key, sealed with this one; empty without one. */
  readonly wrapped: Uint8Array
  readonly boxes: readonly KeyBox[]
}

/** A room key sealed to the seal key in a device's certificate (HPKE, RFC 9180). */
export interface KeyBox {
  readonly device: DeviceId
  readonly encapsulated: Uint8Array
  readonly sealed: Uint8Array
}

/** Hands a room key to more devices: newcomers, and those that the first boxes left out or served badly. */
export interface EpochSealBody {
  readonly kind: 'epoch.seal'
  readonly epoch: EpochId
  readonly boxes: readonly KeyBox[]
}

/** A device without a box that opens asks for one. */
export interface EpochRequestBody {
  readonly kind: 'epoch.request'
  readonly epoch: EpochId
  /** Operations with a box for this device that does not open. */
  readonly bad: readonly OperationHash[]
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

/** Accepts more of what a revocation cut off: raises its pins. By the grant that revoked, or by a more senior one. */
export interface AmendBody {
  readonly kind: 'amend'
  readonly revocation: OperationHash
  readonly pins: readonly Pin[]
}

/** Narrows who may write in one document. Binds only those junior to its author; gives nobody a right. */
export interface DocumentWritersBody {
  readonly kind: 'document.writers'
  readonly document: DocumentId
  /** The people who may still write, or everybody again. */
  readonly people: '*' | readonly PersonId[]
  /** What stays of the others' writing. */
  readonly pins: readonly Pin[]
  /** The lists that the author saw and replaces. */
  readonly over: readonly OperationHash[]
}

/** A setting of the room that binds those junior to its author. */
export interface PolicyBody {
  readonly kind: 'policy.set'
  readonly key: string
  readonly value: Uint8Array
  readonly over: readonly OperationHash[]
}

/** Hides the entries [from, to) of a feed. */
export interface RedactBody {
  readonly kind: 'redact'
  readonly feed: FeedId
  readonly from: number
  readonly to: number
}

/** Puts other keys in place of the root keys; signed by enough of the old ones, and by each new one. */
export interface RootRotateBody {
  readonly kind: 'root.rotate'
  readonly rootKeys: readonly PersonId[]
  readonly threshold: number
  /** What the old keys signed that stays; everything else of theirs ends. */
  readonly keep: readonly OperationHash[]
  /** Of every new key that is not an old one. */
  readonly consents: readonly RootSignature[]
}

/** Asks a member to hold a root key. */
export interface RootOfferBody {
  readonly kind: 'root.offer'
  readonly to: PersonId
}

/** A member is willing to hold a root key: signed by their identity key, for `root.rotate` to carry. */
export interface RootAcceptBody {
  readonly kind: 'root.accept'
  readonly signature: Uint8Array
}

/** Ends a device of the author's, and those that it certified, except `keep`. */
export interface DeviceRevokeBody {
  readonly kind: 'device.revoke'
  readonly device: DeviceId
  readonly pins: readonly Pin[]
  readonly keep: readonly DeviceId[]
  /** By the person's identity key, which stands above all devices; empty when an older device decides. */
  readonly identitySignature: Uint8Array
}

/** Hands somebody's wish to be let in to those who may decide. */
export interface JoinRequestBody {
  readonly kind: 'join.request'
  readonly request: Uint8Array
}

export interface JoinDeclineBody {
  readonly kind: 'join.decline'
  readonly person: PersonId
  /** The requests that were declined; a later one counts anew. */
  readonly requests: readonly OperationHash[]
}

/** Of a later version of this program: kept and passed on, never effective. */
export interface UnknownBody {
  readonly kind: 'unknown'
}
