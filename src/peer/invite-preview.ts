import type { RoomId } from '../base/ids.ts'
import { accepted, type Result } from '../base/result.ts'
import type { Role } from '../access/role.ts'
import { didOf, keyTag } from '../identity/did.ts'
import { decodeInviteLink, type InviteLinkReason } from './invite-link.ts'
import { cleanName, type PersonSummary } from './people.ts'

/** What a link says before any network. */
export interface InvitePreview {
  readonly room: RoomId
  readonly roomName: string
  readonly role: Role
  readonly inviter: PersonSummary
}

/** Reads a link without any network: for the screen on which people decide whether to join. */
export function readInvitePreview(link: string): Result<InvitePreview, InviteLinkReason> {
  const read = decodeInviteLink(link)
  if (!read.ok) return read
  const { room, roomName, role, inviter, inviterName } = read.value
  const name = cleanName(inviterName)
  const summary = { id: inviter, did: didOf(inviter), keyTag: keyTag(inviter), name, isMe: false }
  return accepted({ room, roomName: cleanName(roomName), role, inviter: summary })
}
