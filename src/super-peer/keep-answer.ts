/** What is said to whoever wants a room kept, by what came of it. */
import type { KeepReason } from './super-peer.ts'

export interface KeepAnswer {
  /** Of HTTP. */
  readonly status: number
  readonly sentence: string
}

export const KEEP_ANSWERS: Readonly<Record<KeepReason, KeepAnswer>> = {
  'not-an-invite': { status: 400, sentence: 'This is no invite link of Parley: copy the whole of it.' },
  damaged: { status: 400, sentence: 'The link is damaged or not whole: copy it again.' },
  'newer-version': { status: 400, sentence: 'The link was made by a newer version of Parley: update this super peer.' },
  'not-a-relay': {
    status: 422,
    sentence:
      'The link lets its holder read the room, and a super peer is not to: make one for a super peer, in the role relay, and give it that.',
  },
  full: {
    status: 409,
    sentence: 'This super peer keeps as many rooms as it may: its operator can raise --rooms-max.',
  },
  crowded: {
    status: 429,
    sentence: 'Too many rooms that were to be kept have not let this super peer in yet: try again in ten minutes.',
  },
  'not-stored': { status: 503, sentence: 'The room could not be written to the disk.' },
}
