/** The super peer that the host of this page offers: `npm start` runs one beside the page and takes rooms up by a link. */
import type { Room } from '../../src/index.ts'
import { hostSettings, type HostSuperPeer } from '../host-settings.ts'

export type Kept =
  /** `isThere`: it keeps the room already, and needs no link. */
  | { readonly ok: true; readonly isThere: boolean }
  /** Why not, in one sentence. */
  | { readonly ok: false; readonly sentence: string }

/** What the page asks of its host. */
export interface SuperPeerHost {
  /** Undefined where the host offers none. */
  offer(): Promise<HostSuperPeer | undefined>
  /** Has it take up the room to which the link leads. */
  keep(link: string): Promise<Kept>
}

/** It opens a room and answers; it does not wait until it is let in. */
const ANSWER_MS_MAX = 15_000
/** What is longer is no sentence. */
const SENTENCE_LENGTH_MAX = 300
const CREATED = 201

interface Answer {
  /** Why not. */
  readonly sentence?: unknown
  /** How it stands to the room. */
  readonly state?: unknown
}

export const pageHost: SuperPeerHost = {
  offer: async () => (await hostSettings()).superPeer,
  keep: async (link) => {
    try {
      const response = await fetch(new URL('superpeer/rooms', location.href), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ invite: link }),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      })
      const answer = (await response.json().catch(() => ({}))) as Answer
      // One that was known and left or was removed comes in by the new link.
      if (response.ok) return { ok: true, isThere: response.status !== CREATED && answer.state === 'member' }
      return { ok: false, sentence: sentenceOf(answer, response.status) }
    } catch {
      return { ok: false, sentence: 'The host of this page did not answer. Check that it runs, then try again.' }
    }
  },
}

const sentenceOf = ({ sentence }: Answer, status: number): string =>
  typeof sentence === 'string' && sentence !== ''
    ? sentence.slice(0, SENTENCE_LENGTH_MAX)
    : `The host of this page did not take the room up (${status}). Try again later.`

/** What to call it: a name that somebody gave it, or where it is. */
export const hostName = ({ name }: HostSuperPeer, pageHostName: string): string =>
  /^(super peer)?$/i.test(name.trim()) ? pageHostName : name.trim()

/** Whether the name means this machine, whichever that is. */
export const isLocalName = (hostname: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

/** The address as a meeting place, or undefined where it means nothing to others: each machine has a localhost. */
export function placeOfHost({ address }: HostSuperPeer, page: string): string | undefined {
  if (address === '' || !URL.canParse(address, page)) return undefined
  const url = new URL(address, page)
  if (url.protocol === 'https:') url.protocol = 'wss:'
  else if (url.protocol === 'http:') url.protocol = 'ws:'
  url.hash = ''
  return isLocalName(url.hostname) ? undefined : url.href
}

/** Has the members meet there too, if I may say so and it is not said yet. A reason code if that fails. */
export async function nameAsPlace(room: Room, address: string): Promise<string | undefined> {
  const { places } = room.access
  if (!places.maySet || places.list.some((place) => place.kind === 'peer' && place.address === address))
    return undefined
  const added = await places.add(address, 'peer')
  return added.ok || added.reason === 'place-known' ? undefined : added.reason
}
