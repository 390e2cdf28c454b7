import { concatBytes, equalBytes, fromBase64url, toBase64url, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import type { OperationHash, PersonId, RoomId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { rankOf, ROLES, type Role } from '../access/role.ts'
import { hkdfSha256, sha256 } from '../crypto/hash.ts'
import { signerFromSeed, type Signer } from '../crypto/device-key.ts'
import { MEETING_SECRET_BYTES } from './meeting-keys.ts'
import { NAME_LENGTH_MAX } from './people.ts'

/**
 * What a link carries, all of it in the fragment, which browsers never send: the room, the secret that lets its holder
 * ask to be let in, the secret by which members meet, and what the join screen says before any network. No key of what
 * is written: whoever is let in gets those from a member.
 */
export interface InviteLink {
  readonly room: RoomId
  /** The operation that made the invite: what a request to be let in refers to. */
  readonly invite: OperationHash
  readonly secret: Uint8Array
  readonly meetingSecret: Uint8Array
  readonly role: Role
  readonly roomName: string
  readonly inviter: PersonId
  readonly inviterName: string
  /** Where members meet, beside the page's own places. */
  readonly trackers: readonly string[]
}

export type InviteLinkReason = 'not-an-invite' | 'damaged' | 'newer-version'

export const INVITE_SECRET_BYTES = 16
/** The longest name, in the script that takes the most bytes. */
export const NAME_BYTES_MAX = NAME_LENGTH_MAX * 4
const TRACKERS_MAX = 8
const TRACKER_BYTES_MAX = 200
const VERSION = 1
/** Tells a link that was cut off or mistyped from one that is merely unknown. */
const CHECKSUM_BYTES = 4
const MARKER = '#/join/'

/** The key pair whose signature proves that somebody held the link. */
export const inviteSigner = (secret: Uint8Array): Signer => signerFromSeed(hkdfSha256(secret, 'parley invite', 32))

export function encodeInviteLink(base: string, link: InviteLink): string {
  const content = new Writer()
    .u8(VERSION)
    .id(link.room)
    .id(link.invite)
    .fixed(link.secret)
    .fixed(link.meetingSecret)
    .u8(rankOf(link.role))
    .text(link.roomName)
    .id(link.inviter)
    .text(link.inviterName)
  const trackers = link.trackers.filter((tracker) => utf8(tracker).length <= TRACKER_BYTES_MAX)
  content.list(trackers.slice(0, TRACKERS_MAX), (tracker) => content.text(tracker))
  const bytes = content.finish()
  return `${base}${MARKER}${toBase64url(concatBytes(bytes, sha256(bytes).subarray(0, CHECKSUM_BYTES)))}`
}

/** Reads a link as people paste it: with spaces around, line breaks inside, or only its last part. */
export function decodeInviteLink(text: string): Result<InviteLink, InviteLinkReason> {
  const compact = text.replace(/\s+/g, '')
  const at = compact.indexOf(MARKER)
  // Behind it there may be an offer that is carried by hand.
  const blob = (at >= 0 ? compact.slice(at + MARKER.length) : compact).split('&')[0] ?? ''
  if (at < 0 && /[^A-Za-z0-9_-]/.test(blob)) return rejected('not-an-invite')
  const bytes = fromBase64url(blob)
  if (!bytes || bytes.length <= CHECKSUM_BYTES) return rejected(at < 0 ? 'not-an-invite' : 'damaged')
  if ((bytes[0] ?? 0) > VERSION && at >= 0) return rejected('newer-version')
  const content = bytes.subarray(0, -CHECKSUM_BYTES)
  if (!equalBytes(bytes.subarray(-CHECKSUM_BYTES), sha256(content).subarray(0, CHECKSUM_BYTES)))
    return rejected(at < 0 ? 'not-an-invite' : 'damaged')
  const result = decode(content, (reader): InviteLink => {
    if (reader.u8() !== VERSION) reader.fail('version')
    const room = reader.id<RoomId>()
    const invite = reader.id<OperationHash>()
    const secret = reader.fixed(INVITE_SECRET_BYTES)
    const meetingSecret = reader.fixed(MEETING_SECRET_BYTES)
    const rank = reader.u8()
    const role = ROLES.find((name) => rankOf(name) === rank) ?? reader.fail('role')
    const roomName = reader.text(NAME_BYTES_MAX)
    const inviter = reader.id<PersonId>()
    const inviterName = reader.text(NAME_BYTES_MAX)
    const trackers = reader.list(TRACKERS_MAX, () => reader.text(TRACKER_BYTES_MAX))
    return { room, invite, secret, meetingSecret, role, roomName, inviter, inviterName, trackers }
  })
  return result.ok ? accepted(result.value) : rejected('damaged')
}

/** The same link with other meeting places. What is no link stays as it is. */
export function moveInviteLink(link: string, trackers: readonly string[]): string {
  const read = decodeInviteLink(link)
  return read.ok ? encodeInviteLink(link.slice(0, link.indexOf(MARKER)), { ...read.value, trackers }) : link
}
