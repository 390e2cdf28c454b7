import type { DocumentId, RoomId } from '../../src/index.ts'

/** Where in the application the address bar points. Secrets live in the fragment only, which no server sees. */
export type Route =
  | { readonly screen: 'welcome' }
  | { readonly screen: 'join'; readonly link: string }
  | { readonly screen: 'devices' }
  /** Becoming another device of somebody; `code` is empty until it is typed. */
  | { readonly screen: 'pair'; readonly code: string }
  | {
      readonly screen: 'room'
      readonly room: RoomId
      readonly tab: RoomPlace
      readonly note?: DocumentId
      readonly view?: PeopleView
    }

export const TABS = ['chat', 'notes', 'people'] as const
export type Tab = (typeof TABS)[number]
/** What a room shows: one of its tabs, or how it is connected. */
export type RoomPlace = Tab | 'network'

/** What the tab of the people shows; its first view has the address of the tab. */
export const PEOPLE_VIEWS = ['people', 'requests', 'map', 'log'] as const
export type PeopleView = (typeof PEOPLE_VIEWS)[number]

// A room that we aren't in and a note that isn't there are found out by looking them up, so no decoder is needed here.
const asRoom = (text: string) => text as RoomId
const asNote = (text: string) => text as DocumentId

/** Reads `location.hash`; what it doesn't know is the welcome screen. */
export function parseRoute(hash: string): Route {
  const [first = '', second = '', third = '', fourth = ''] = hash.replace(/^#\/?/, '').split('/')
  if (first === 'join' && second) return { screen: 'join', link: hash }
  if (first === 'pair') return { screen: 'pair', code: second }
  if (first === 'devices') return { screen: 'devices' }
  if (first !== 'r' || !second) return { screen: 'welcome' }
  const room = asRoom(second)
  if (third === 'n' && fourth) return { screen: 'room', room, tab: 'notes', note: asNote(fourth) }
  if (third === 'people')
    return { screen: 'room', room, tab: 'people', view: PEOPLE_VIEWS.find((view) => view === fourth) ?? 'people' }
  if (third === 'network') return { screen: 'room', room, tab: third }
  return { screen: 'room', room, tab: TABS.find((tab) => tab === third) ?? 'chat' }
}

export const roomHash = (room: RoomId, tab: RoomPlace = 'chat'): string =>
  tab === 'chat' ? `#/r/${room}` : `#/r/${room}/${tab}`

export const peopleHash = (room: RoomId, view: PeopleView): string =>
  view === 'people' ? roomHash(room, 'people') : `${roomHash(room, 'people')}/${view}`

export const noteHash = (room: RoomId, note: DocumentId): string => `#/r/${room}/n/${note}`

/** Whether an invite link holds an offer too, which is answered by a code that one carries back. */
export const hasHandOffer = (link: string): boolean => link.includes('&offer=')

/** The fragment of a pasted invite: the whole address, or its fragment alone. Undefined when there is none. */
export function inviteHash(pasted: string): string | undefined {
  const found = /#?\/?join\/([^\s/#?]+)/.exec(pasted.trim())
  return found?.[1] ? `#/join/${found[1]}` : undefined
}
