import type { OperationBody } from './operation.ts'
import { isAtLeast, type Role } from './role.ts'

/** What a member may be asked about. */
export type Action =
  /** To be given the documents, sealed as they are: to keep them and pass them on. */
  | 'hold'
  | 'read'
  | 'comment'
  | 'write'
  | 'create-document'
  | 'invite'
  | 'admit'
  | 'rename-room'
  | 'set-profile'
  | 'publish-key'
  | 'hand-on-key'
  | 'ask-for-key'
  | 'hand-on-request'
  | 'decline-request'
  | 'remove'
  | 'limit-writers'
  | 'redact'
  | 'set-policy'
  | 'offer-root'
  | 'accept-root'

/** The weakest role that may. Who may invite is decided by the right to grant beside it. */
const NEEDED: Readonly<Record<Action, Role>> = {
  hold: 'relay',
  read: 'reader',
  comment: 'commenter',
  write: 'writer',
  'create-document': 'writer',
  invite: 'relay',
  admit: 'reader',
  'rename-room': 'admin',
  'set-profile': 'relay',
  'publish-key': 'writer',
  'hand-on-key': 'reader',
  'ask-for-key': 'reader',
  'hand-on-request': 'relay',
  'decline-request': 'moderator',
  remove: 'moderator',
  'limit-writers': 'moderator',
  redact: 'moderator',
  'set-policy': 'admin',
  'offer-root': 'admin',
  'accept-root': 'relay',
}

/** Acts on the room as a whole, so a right that covers a few documents is not enough. */
const WHOLE_ROOM: ReadonlySet<Action> = new Set(['create-document', 'rename-room', 'publish-key', 'set-policy'])

export const roleAllows = (role: Role, action: Action): boolean => isAtLeast(role, NEEDED[action])

export const concernsWholeRoom = (action: Action): boolean => WHOLE_ROOM.has(action)

/** The kinds that give nobody any right: they are judged one by one, in any order. */
export type LeafKind =
  | 'document.create'
  | 'feed.open'
  | 'epoch'
  | 'epoch.seal'
  | 'epoch.request'
  | 'profile'
  | 'room.name'
  | 'root.offer'
  | 'root.accept'
  | 'join.request'
  | 'join.decline'

const LEAF_ACTIONS: Readonly<Record<LeafKind, Action>> = {
  'document.create': 'create-document',
  'feed.open': 'write',
  epoch: 'publish-key',
  'epoch.seal': 'hand-on-key',
  'epoch.request': 'ask-for-key',
  profile: 'set-profile',
  'room.name': 'rename-room',
  'root.offer': 'offer-root',
  'root.accept': 'accept-root',
  'join.request': 'hand-on-request',
  'join.decline': 'decline-request',
}

export type LeafBody = Extract<OperationBody, { kind: LeafKind }>

const LEAF_KINDS: ReadonlySet<string> = new Set(Object.keys(LEAF_ACTIONS))

export const isLeaf = (body: OperationBody): body is LeafBody => LEAF_KINDS.has(body.kind)

export const actionOf = (kind: LeafKind): Action => LEAF_ACTIONS[kind]
