import type { OperationHash, PersonId } from '../base/ids.ts'

/** What became of an operation, and the words for it. One union for the whole folder. */
export type Outcome = 'effective' | PendingReason | IneffectiveReason

/** Something that the operation cites has not arrived. */
export type PendingReason = 'missing-node' | 'missing-citation' | 'missing-device' | 'missing-feed'

export type IneffectiveReason =
  | 'malformed'
  | 'unknown-kind'
  | 'misplaced'
  | 'signature'
  | 'node'
  | 'not-yours'
  | 'outside-pins'
  | 'reserved'
  | 'role'
  | 'max-grant'
  | 'scope'
  | 'depth'
  | 'invite'
  | 'invite-key'
  | 'invite-revoked'
  | 'invite-used-up'
  | 'not-inviter'
  | 'approval'
  | 'document'
  | 'client-taken'
  | 'junior-device'
  | 'device-revoked'
  | 'root-keys'
  | 'policy'
  | 'outranked'

const SENTENCES: Readonly<Record<Outcome, string>> = {
  effective: 'It counts.',
  'missing-node': 'The grant it acts under has not arrived yet.',
  'missing-citation': 'Something it refers to has not arrived yet.',
  malformed: 'It is not well-formed.',
  'unknown-kind': 'It comes from a later version of this program.',
  misplaced: 'It stands where an operation of its kind means nothing.',
  signature: 'A signature inside it is wrong or missing.',
  node: 'The grant it acts under does not count.',
  'not-yours': 'It acts under a grant, or about a person, that is not its author’s.',
  'outside-pins': 'Its author had left or been removed before.',
  reserved: 'This version gives it no effect.',
  role: 'The role it acts under does not allow it.',
  'max-grant': 'It passes on more of the right to grant than its author has.',
  scope: 'It reaches further than the grant it acts under.',
  depth: 'The chain of grants is too long.',
  invite: 'The invite it names does not count, or not for its author.',
  'invite-key': 'The request was not made with this invite’s link.',
  'invite-revoked': 'The invite was revoked.',
  'invite-used-up': 'The invite has admitted as many people as it may.',
  'not-inviter': 'Only the one who made this invite may admit with it.',
  approval: 'This invite needs somebody with the right to let people in.',
  document: 'The document does not exist.',
  'client-taken': 'Another feed of the document holds its number already.',
  'missing-device': 'The device it is about is not known yet.',
  'missing-feed': 'The writings that it hides have not arrived yet.',
  'device-revoked': 'The device it was written on was revoked before.',
  'root-keys': 'Not enough of those who own the room signed it.',
  policy: 'In this room only those with the right to let people in may do so.',
  outranked: 'It is about the writings of somebody more senior.',
  'junior-device': 'The device it was written on is younger than the one it is about.',
}

export interface Explanation {
  readonly status: 'effective' | 'pending' | 'not-effective' | 'unknown'
  readonly reason: Outcome | undefined
  readonly sentence: string
  /** Who removed or revoked what it was written with, and by which operation. */
  readonly by?: { readonly person: PersonId; readonly operation: OperationHash }
}

export function explainOutcome(outcome: Outcome | undefined): Explanation {
  if (outcome === undefined) return { status: 'unknown', reason: undefined, sentence: 'It has not arrived.' }
  return { status: statusOf(outcome), reason: outcome, sentence: SENTENCES[outcome] }
}

function statusOf(outcome: Outcome): Explanation['status'] {
  if (outcome === 'effective') return 'effective'
  return outcome.startsWith('missing-') ? 'pending' : 'not-effective'
}
