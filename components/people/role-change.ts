import type { ChangePreview, Role } from '../../src/index.ts'

/** Weakest first: each may do all that those before it may. */
const ROLES_BY_RANK = [
  'relay',
  'reader',
  'commenter',
  'writer',
  'moderator',
  'admin',
] as const satisfies readonly Role[]

export const isAbove = (role: Role, other: Role): boolean => ROLES_BY_RANK.indexOf(role) > ROLES_BY_RANK.indexOf(other)

/** The roles from `least` up to `most`, the strongest first. */
export const rolesBetween = (least: Role, most: Role): readonly Role[] =>
  ROLES_BY_RANK.filter((role) => !isAbove(least, role) && !isAbove(role, most)).toReversed()

/** The roles that somebody may invite people as: moderators let in only those who stand below them. */
export const rolesToInviteAs = (own: Role): readonly Role[] =>
  rolesBetween('reader', own === 'moderator' ? 'writer' : own)

/** Moderators and admins decide about others, so nobody should make one by a slip of the finger. */
export const decidesAboutOthers = (role: Role): boolean => role === 'moderator' || role === 'admin'

/** "a writer", "an admin". */
export const withArticle = (role: Role): string =>
  role === 'relay' ? 'a super peer' : `${role === 'admin' ? 'an' : 'a'} ${role}`

/** Completes "but no longer …": what a person with the new role can no longer do; empty for nothing. */
export function abilitiesLost(from: Role, to: Role): string {
  const lost = [
    ...(isAbove(from, 'commenter') && !isAbove(to, 'commenter') ? ['write'] : []),
    ...(decidesAboutOthers(from) && !decidesAboutOthers(to) ? ['decide about others'] : []),
    ...(from === 'admin' && to === 'moderator' ? ['decide about moderators and admins'] : []),
  ]
  return lost.join(' or ')
}

/** Whether a change of role is small enough to be done at once: it takes nothing away and hands out no power. */
export function isDoneAtOnce(from: Role, to: Role, preview: ChangePreview): boolean {
  const touchesOthers = preview.alsoAffected.length > 0 || preview.lapsed.length > 0 || preview.dropped.length > 0
  // Who could read nothing is given the keys of the room: that cannot be taken back.
  return from !== 'relay' && isAbove(to, from) && !decidesAboutOthers(to) && !touchesOthers
}
