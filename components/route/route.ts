import type { DocumentId, RoomId } from '../../src/index.ts'

/** Where in the application the address bar points. Secrets live in the fragment only, which no server sees. */
export type Route =
  | { readonly screen: 'welcome' }
  | { readonly screen: 'join'; readonly link: string }
  | { readonly screen: 'room'; readonly room: RoomId; readonly tab: Tab; readonly note?: DocumentId }

export const TABS = ['chat', 'notes', 'people'] as const
export type Tab = (typeof TABS)[number]

// A room that we aren't in and a note that isn't there are found out by looking them up, so no decoder is needed here.
const asRoom = (text: string) => text as RoomId
const asNote = (text: string) => text as DocumentId

/** Reads `location.hash`; what it doesn't know is the welcome screen. */
export function parseRoute(hash: string): Route {
  const [first = '', second = '', third = '', fourth = ''] = hash.replace(/^#\/?/, '').split('/')
  if (first === 'join' && second) return { screen: 'join', link: hash }
  if (first !== 'r' || !second) return { screen: 'welcome' }
  const room = asRoom(second)
  if (third === 'n' && fourth) return { screen: 'room', room, tab: 'notes', note: asNote(fourth) }
  return { screen: 'room', room, tab: TABS.find((tab) => tab === third) ?? 'chat' }
}

export const roomHash = (room: RoomId, tab: Tab = 'chat'): string =>
  tab === 'chat' ? `#/r/${room}` : `#/r/${room}/${tab}`

export const noteHash = (room: RoomId, note: DocumentId): string => `#/r/${room}/n/${note}`

/** The fragment of a pasted invite: the whole address, or its fragment alone. Undefined when there is none. */
export function inviteHash(pasted: string): string | undefined {
  const found = /#?\/?join\/([^\s/#?]+)/.exec(pasted.trim())
  return found?.[1] ? `#/join/${found[1]}` : undefined
}
