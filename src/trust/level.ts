/**
 * What a person may do to this device, in five steps. Only the user's own acts lead to the two upper ones, and only they,
 * or a person whose blocks the user follows, to the lowest.
 */
export const TRUST_LEVELS = ['blocked', 'unknown', 'introduced', 'known', 'trusted'] as const

export type TrustLevel = (typeof TRUST_LEVELS)[number]

/** What the user may set. Introduced is never set: it is what others' words and rooms lead to. */
export const OWN_LEVELS = ['blocked', 'unknown', 'known', 'trusted'] as const satisfies readonly TrustLevel[]

export type OwnLevel = (typeof OWN_LEVELS)[number]

const RANKS: Readonly<Record<TrustLevel, number>> = { blocked: 0, unknown: 1, introduced: 2, known: 3, trusted: 4 }

export const isTrustAtLeast = (level: TrustLevel, needed: TrustLevel): boolean => RANKS[level] >= RANKS[needed]
