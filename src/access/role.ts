/** What a grant lets its holder do, weakest first. Each role may do all that the roles before it may. */
export const ROLES = ['relay', 'reader', 'commenter', 'writer', 'moderator', 'admin'] as const

export type Role = (typeof ROLES)[number]

const RANKS: Readonly<Record<Role, number>> = {
  relay: 0,
  reader: 1,
  commenter: 2,
  writer: 3,
  moderator: 4,
  admin: 5,
}

/** The root keys stand above every role. */
export const ROOT_RANK = 6

export const rankOf = (role: Role): number => RANKS[role]

export const isAtLeast = (role: Role, needed: Role): boolean => RANKS[role] >= RANKS[needed]

export const lowerRole = (a: Role, b: Role): Role => (RANKS[a] <= RANKS[b] ? a : b)

/** Whether the right to grant up to `maxGrant` (undefined: no right at all) covers `role`. */
export const mayGrant = (maxGrant: Role | undefined, role: Role): boolean =>
  maxGrant !== undefined && RANKS[role] <= RANKS[maxGrant]

/** The right to grant that usually comes with a role: those who look after a room let people in, others do not. */
export function usualMaxGrant(role: Role): Role | undefined {
  if (role === 'admin') return 'admin'
  return role === 'moderator' ? 'writer' : undefined
}
