/**
 * Why something that a person decides about access is not done. `outranked`: the person, or who banned them, is senior
 * to us. `last-owner`: nobody could manage the room after it.
 */
export type AccessReason = 'not-allowed' | 'not-stored' | 'outranked' | 'last-owner'
