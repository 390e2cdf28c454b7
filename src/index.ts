/**
 * Parley as a library: rooms of signed Yjs documents, without a server.
 *
 * Open a `Peer` on a store and doors, create or join a `Room`, and use its `chat` and its notes. A note's `doc` is an
 * ordinary `Y.Doc` to which any Yjs editor can be bound; what the user changes in it is signed, stored and sent, and
 * nothing gets into it that its author was not allowed to write.
 */
export { accepted, rejected, type Accepted, type Rejected, type Result } from './base/result.ts'
export type { DocumentId, FeedId, OperationHash, PersonId, RoomId, SessionId } from './base/ids.ts'
export type { Role } from './access/role.ts'
export type { MessageId } from './document/chat-item.ts'
export type { JsonValue } from './document/json-value.ts'
export { NOTE_SCHEMA_VERSION } from './document/note.ts'
export { Chat, type ChatMessage, type ChatReaction, type SendReason } from './peer/chat.ts'
export { Draft } from './peer/draft.ts'
export { Connection, type ConnectedPeer, type ConnectionState, type DoorSummary } from './peer/connection.ts'
export { yWebrtcDoor, type DoorMaker, type DoorRequest } from './peer/doors.ts'
export { platformEnvironment, type Environment } from './peer/environment.ts'
export type { Invite, InviteReason } from './peer/invites.ts'
export { Note } from './peer/note.ts'
export type { PersonSummary } from './peer/people.ts'
export { Peer, type CreateRoomReason, type InvitePreview, type JoinReason, type PeerOptions } from './peer/peer.ts'
export type { PresenceChange, PresenceState } from './peer/presence-host.ts'
export { Presence } from './peer/presence.ts'
export type { RejectedEdit } from './peer/rejected-edits.ts'
export { Room, type Member, type NoteReason, type NoteSummary, type RoomAction, type RoomStatus } from './peer/room.ts'
export type { Door, DoorHealth, DoorSession } from './transport/door.ts'
export type { Link } from './transport/link.ts'
export { MemoryNetwork } from './transport/memory-link.ts'
export { openIndexedDbStore } from './storage/indexeddb-store.ts'
export { MemoryStore } from './storage/memory-store.ts'
export type { Change, Store, StoreFailure, StoredValue } from './storage/store.ts'

/** Ends a subscription made by `on`. */
export type Unsubscribe = () => void
