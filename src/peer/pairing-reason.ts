/** Why two devices did not come together. */
export type PairingReason =
  | 'not-a-code'
  /** The beginning of a code. */
  | 'code-incomplete'
  | 'name-empty'
  | 'in-use'
  | 'timeout'
  | 'declined'
  | 'lost'
  | 'not-understood'
  | 'cancelled'
  | 'not-stored'
  | 'nobody-asks'
  | 'too-many-asked'
  | 'too-far'
