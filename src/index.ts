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
export { allowanceFor } from './trust/allowance-for.ts'
export { ALLOWANCES, STORED_QUOTA_SHARE, UNKNOWN_ATTACHMENTS_MAX } from './trust/allowance-table.ts'
export { NO_LIMIT, type AllowanceKind, type AllowanceOverrides, type Allowances } from './trust/allowance.ts'
export { describeFile, type FileDescription, type FileWarning } from './trust/describe-file.ts'
export { describeLink, isDeceptive, type LinkDescription, type LinkWarning } from './trust/describe-link.ts'
export { effectOfSetting, type LevelChange } from './trust/effect-of-setting.ts'
export type { FileClass } from './trust/file-class.ts'
export { fileWarnings, type FileWarnings } from './trust/file-warnings.ts'
export { signHandover, verifyHandover, type VerifiedHandover } from './trust/handover.ts'
export { Heirs } from './trust/heirs.ts'
export { isTrustAtLeast, OWN_LEVELS, TRUST_LEVELS, type OwnLevel, type TrustLevel } from './trust/level.ts'
export { lookAlikeOf, type KnownName } from './trust/look-alike.ts'
export { MentionGate, type MentionVerdict } from './trust/mention-gate.ts'
export { mayServeChunk, RelayBudget } from './trust/relay-budget.ts'
export { RequestGate, type RequestReason } from './trust/request-gate.ts'
export {
  DEFAULT_PERSON_SETTING,
  DEFAULT_TRUST_SETTINGS,
  personSettingFrom,
  TRUST_PRESETS,
  trustSettingsFrom,
  withPersonSetting,
  type FileHash,
  type PersonSetting,
  type TrustPreset,
  type TrustSettings,
} from './trust/settings.ts'
export { shownNameOf } from './trust/shown-name.ts'
export { signStatement, verifyStatement, type VerifiedStatement } from './trust/signed-statement.ts'
export { StatementBook } from './trust/statement-book.ts'
export {
  BLOCK_REASONS,
  STATEMENT_LIFE_MS_MAX,
  WARN_REASONS,
  type BlockReason,
  type Claim,
  type VouchArea,
  type WarnReason,
} from './trust/statement.ts'
export { StorageBudget, type StoreVerdict } from './trust/storage-budget.ts'
export { TextGate, type TextHoldReason, type TextVerdict } from './trust/text-gate.ts'
export { trustIn, type SharedRoom, type Trust, type TrustContext, type TrustReason } from './trust/trust-in.ts'
export { hasVoice } from './trust/voices.ts'
export type { MessageId } from './document/chat-item.ts'
export type { JsonValue } from './document/json-value.ts'
export { NOTE_SCHEMA_VERSION } from './document/note.ts'
export { Chat, type ChatMessage, type ChatReaction, type SendReason } from './peer/chat.ts'
export type { MessageTrust } from './peer/message-gate.ts'
export type { PeerTrust } from './peer/peer-trust.ts'
export { Draft } from './peer/draft.ts'
export { Connection, type ConnectedPeer, type ConnectionState, type DoorSummary } from './peer/connection.ts'
export type {
  MemberRoute,
  NetworkDoor,
  NetworkLink,
  NetworkMode,
  NetworkReach,
  NetworkView,
} from './peer/network-view.ts'
export { publicDoor, wsDoor, yWebrtcDoor, type DoorMaker, type DoorRequest } from './peer/doors.ts'
export type { HandIntroduction, HandReason, HandState } from './peer/hand-introduction.ts'
export { addressesOf, type MeetingPlaceKind } from './peer/meeting-place.ts'
export { platformEnvironment, type Environment } from './peer/environment.ts'
export type { AccessChange, KeptWritings } from './peer/access-change.ts'
export type { AccessReason } from './peer/access-reason.ts'
export type { LogEvent, LogKind } from './peer/log-event.ts'
export type { AccessLevel, AccessMap, AccessPlace, AccessRow } from './peer/access-map.ts'
export type { LapsedDenial } from './peer/access-upkeep.ts'
export type { ChangePreview } from './peer/change-preview.ts'
export type { AccessExplanation } from './peer/entry-explanation.ts'
export type { Invite, InviteOptions, InviteReason } from './peer/invites.ts'
export type { JoinRequestSummary } from './peer/join-requests.ts'
export type { Member } from './peer/member.ts'
export type { JoinProblem, RemovedBy, RoomStatus } from './peer/membership.ts'
export type { OwnershipSummary } from './peer/ownership.ts'
export type { PlaceReason, RoomPlace } from './peer/places-setting.ts'
export type { AccessMember, RemovedMember, RoomAccess } from './peer/room-access.ts'
export type { PersonHeldWritings } from './peer/held-writings.ts'
export type { NoteWriters } from './peer/write-lists.ts'
export type { PersonWrite } from './peer/writings.ts'
export type { Devices, DeviceSummary } from './peer/devices.ts'
export type { DeviceKeep, DeviceRevokeReason } from './peer/device-revocations.ts'
export type { PairingAnswer, RecoverReason } from './peer/new-device.ts'
export type { PairingOffer, PairingState } from './peer/pairing-offer.ts'
export type { PairingReason } from './peer/pairing-reason.ts'
export type { ForgetReason } from './peer/forgotten-room.ts'
export { Note } from './peer/note.ts'
export type { PersonSummary } from './peer/people.ts'
export { Peer, type CreateRoomReason, type JoinReason } from './peer/peer.ts'
export type { InvitePreview } from './peer/invite-preview.ts'
export type { PeerOptions } from './peer/peer-options.ts'
export type { PresenceChange, PresenceState } from './peer/presence-host.ts'
export { Presence } from './peer/presence.ts'
export type { RejectedEdit } from './peer/rejected-edits.ts'
export type { NoteKeeping, NoteProgress } from './peer/note-keeping.ts'
export type { NoteSummary } from './peer/note-list.ts'
export type { RoomSafety, SuperPeerState, SuperPeerSummary } from './peer/safety.ts'
export { Room, type LeaveReason, type NoteReason, type RoomAction } from './peer/room.ts'
export type { Door, DoorHealth, DoorSession } from './transport/door.ts'
export type { Link } from './transport/link.ts'
export { MemoryNetwork } from './transport/memory-link.ts'
export { openIndexedDbStore } from './storage/indexeddb-store.ts'
export { MemoryStore } from './storage/memory-store.ts'
export type { Change, Store, StoreFailure, StoredValue } from './storage/store.ts'

/** Ends a subscription made by `on`. */
export type Unsubscribe = () => void
