import type { Room, SuperPeerSummary } from '../../src/index.ts'
import { agoText } from '../theme/time-text.ts'

export interface SuperPeerWords {
  readonly tone: 'good' | 'waiting' | 'bad'
  readonly state: string
  /** What it has of the room, or what is wrong with it; empty where that is not known. */
  readonly detail: string
}

const asSentence = (text: string): string =>
  text === '' ? '' : `${text.charAt(0).toLocaleUpperCase()}${text.slice(1)}.`

const CONSEQUENCE = 'It does not count as a safe place any more, and the others are asked instead.'

/** Those of a room; I may be one myself, and am no place for what I wrote. */
export const superPeersOf = (room: Room): readonly SuperPeerSummary[] =>
  room.superPeers.filter(({ person }) => !person.isMe)

/** How a super peer does: whether it is here, what it has, and whether it can be relied on. */
export function superPeerWords(peer: SuperPeerSummary, nowMs: number): SuperPeerWords {
  const { isHere, lastSeenAtMs, reason } = peer
  if (peer.state === 'lying' || peer.state === 'withholding') {
    const state = peer.state === 'lying' ? 'Says what is not true' : 'Withholds what it was given'
    return { tone: 'bad', state, detail: [asSentence(reason), CONSEQUENCE].filter(Boolean).join(' ') }
  }
  const away = lastSeenAtMs === undefined ? 'Not here now' : `Last seen ${agoText(lastSeenAtMs, nowMs)}`
  const state = isHere ? 'Here now' : away
  return { tone: isHere && peer.state !== 'full' ? 'good' : 'waiting', state, detail: contents(peer) }
}

function contents({ state, isHere, reason, entriesLacking }: SuperPeerSummary): string {
  const lacking = `lacks ${entriesLacking.toLocaleString()} ${entriesLacking === 1 ? 'entry' : 'entries'}`
  switch (state) {
    case 'fine':
      return entriesLacking === 0 ? 'has all you know of' : lacking
    case 'behind':
      return lacking
    case 'full':
      return reason === '' ? 'has no space left for this room' : reason
    default:
      return isHere ? 'what it has is being compared' : ''
  }
}

/** What a super peer is, in one sentence. */
export const WHAT_IT_IS =
  'A super peer is a computer that stays awake for the room: it keeps what is written, locked, and passes it on, but it cannot read any of it.'
