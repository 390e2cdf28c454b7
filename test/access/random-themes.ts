/** How often which operation comes up in a random history, and who usually writes it. */
import type { OperationBody } from '../../src/access/operation.ts'
import type { Role } from '../../src/access/role.ts'

/** What a history is mostly about: with everything at once, short histories would show little of anything. */
export const THEMES = ['anything', 'removals', 'invites', 'devices', 'root', 'documents', 'keys', 'nests'] as const
export type Theme = (typeof THEMES)[number]

export type Kind = OperationBody['kind']
export const USUAL: Readonly<Partial<Record<Kind, number>>> = {
  grant: 6,
  revoke: 3,
  amend: 1.5,
  invite: 1.5,
  'invite.revoke': 0.7,
  'document.create': 0.7,
  'feed.open': 3,
  'document.writers': 0.7,
  'policy.set': 0.5,
  redact: 0.5,
  'device.revoke': 0.7,
  'root.rotate': 0.4,
  'root.offer': 0.1,
  'root.accept': 0.1,
  epoch: 0.5,
  'epoch.seal': 0.5,
  'epoch.request': 0.1,
  profile: 1,
  'room.name': 0.3,
  'join.request': 0.1,
  'join.decline': 0.1,
  session: 0.1,
  unknown: 0.1,
}
/** Who usually does it; anybody may try. */
export const MEANT_FOR: Readonly<Partial<Record<Kind, Role>>> = {
  grant: 'reader',
  revoke: 'moderator',
  amend: 'moderator',
  invite: 'reader',
  'document.create': 'writer',
  'feed.open': 'writer',
  'document.writers': 'moderator',
  'policy.set': 'admin',
  redact: 'writer',
  epoch: 'writer',
  'room.name': 'admin',
  'join.decline': 'moderator',
  'root.offer': 'admin',
}
export const MOSTLY: Readonly<Record<Theme, Readonly<Partial<Record<Kind, number>>>>> = {
  anything: {},
  removals: { revoke: 12, amend: 5, grant: 8 },
  invites: { invite: 8, grant: 16, 'invite.revoke': 4, 'policy.set': 2 },
  devices: { 'device.revoke': 10 },
  root: { 'root.rotate': 6, grant: 8, revoke: 5 },
  documents: { 'document.create': 3, 'feed.open': 14, 'document.writers': 5, redact: 5, revoke: 4, amend: 2 },
  keys: { epoch: 6, 'epoch.seal': 8, 'epoch.request': 3, 'device.revoke': 2 },
  nests: { grant: 20, revoke: 6 },
}
