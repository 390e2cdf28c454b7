/**
 * Why something that a person decides about access is not done. `outranked`: the person, or who banned them, is senior
 * to us. `owner`: the person owns the room, and only another owner may. `last-owner`: nobody could manage the room, or
 * nobody would own it, after it.
 */
export type AccessReason = 'not-allowed' | 'not-stored' | 'outranked' | 'owner' | 'last-owner'
