// A room made of plain data, for the tests of the components: it has the shape of the library's API and no network.
import * as Y from 'yjs'
import type {
  Chat,
  ChatMessage,
  Connection,
  Invite,
  Member,
  MessageId,
  Note,
  NoteSummary,
  Peer,
  PersonSummary,
  Presence,
  Role,
  Room,
} from '../../../src/index.ts'

/** Monday, 4 May 2026, 09:00 in whatever zone the test runs in. */
export const MONDAY_MS = new Date(2026, 4, 4, 9).getTime()

export function person(name: string, options: { isMe?: boolean } = {}): PersonSummary {
  const keyTag = (name.toLowerCase() + '7qd2').slice(0, 4)
  return {
    id: `person-${name}` as PersonSummary['id'],
    did: `did:key:z${name}`,
    keyTag,
    name,
    isMe: options.isMe ?? false,
  }
}

export const alice = person('Alice', { isMe: true })
export const bob = person('Bob')
export const carol = person('Carol')

let lastId = 0

export function message(author: PersonSummary, text: string, fields: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: `message-${++lastId}` as MessageId,
    author,
    text,
    atMs: MONDAY_MS,
    redacted: false,
    reactions: [],
    state: 'sent',
    mine: author.isMe,
    ...fields,
  }
}

export const member = (who: PersonSummary, role: Role, fields: Partial<Member> = {}): Member => ({
  person: who,
  role,
  online: true,
  ...fields,
})

/** Listeners by name, as the API's `on`. */
class Listeners {
  readonly #listeners = new Map<string, Set<(event: never) => void>>()
  on(name: string, listener: (event: never) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }
  emit(name: string, event?: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never)
  }
}

export interface FakeRoom {
  readonly room: Room
  /** What the components have asked for, in order. */
  readonly calls: readonly unknown[][]
  emit(name: string): void
}

export interface RoomFields {
  readonly name?: string
  readonly status?: Room['status']
  readonly members?: readonly Member[]
  readonly messages?: readonly ChatMessage[]
  readonly firstUnread?: MessageId
  readonly typing?: readonly PersonSummary[]
  readonly notes?: readonly NoteSummary[]
  readonly note?: Note
  readonly connection?: Partial<Pick<Connection, 'state' | 'peers' | 'doors' | 'missingEntries' | 'isOffline'>>
  readonly mayWrite?: boolean
}

export function fakeRoom(fields: RoomFields = {}): FakeRoom {
  const listeners = new Listeners()
  const calls: unknown[][] = []
  const invites: Invite[] = []
  const call = (...entry: unknown[]) => {
    calls.push(entry)
    return Promise.resolve({ ok: true as const, value: undefined })
  }
  const on = (name: string, listener: (event: never) => void) => listeners.on(name, listener)
  const chat = {
    messages: fields.messages ?? [],
    firstUnread: fields.firstUnread,
    typing: fields.typing ?? [],
    draft: { text: '' },
    send: (text: string, options: unknown) =>
      text.length > 8_000
        ? Promise.resolve({ ok: false as const, reason: 'too-long' as const })
        : call('send', text, options),
    edit: (id: MessageId, text: string) => call('edit', id, text),
    redact: (id: MessageId) => call('redact', id),
    react: (id: MessageId, emoji: string, isOn: boolean) => call('react', id, emoji, isOn),
    markRead: (id: MessageId) => void call('markRead', id),
    setTyping: (isTyping: boolean) => void call('setTyping', isTyping),
    on,
  } as unknown as Chat
  const connection = {
    state: 'connected',
    peers: [
      { person: bob, kind: 'rtc', path: 'direct', roundTripMs: 24 },
      { person: carol, kind: 'rtc', path: 'direct', roundTripMs: 61 },
    ],
    doors: [{ name: 'parley.example', address: 'wss://parley.example/tracker', state: 'open' }],
    missingEntries: 0,
    isOffline: false,
    setOffline: (isOffline: boolean) => void call('setOffline', isOffline),
    ...fields.connection,
  }
  const members = fields.members ?? [
    member(alice, 'admin'),
    member(bob, 'writer', { invitedBy: alice, path: 'direct', roundTripMs: 24 }),
    member(carol, 'reader', { invitedBy: bob, online: false }),
  ]
  const room = {
    id: 'room-1',
    name: fields.name ?? 'Book club',
    status: fields.status ?? 'member',
    me: members.find(({ person: who }) => who.isMe),
    members,
    chat,
    notes: fields.notes ?? [],
    connection,
    invites,
    rejectedEdits: [],
    can: (action: string) => action === 'read' || fields.mayWrite !== false,
    createNote: () => call('createNote'),
    openNote: () => Promise.resolve(fields.note),
    createInvite: (options: { role: Role; usesMax?: number }) => {
      const made: Invite = {
        hash: `invite-${invites.length}` as Invite['hash'],
        link: `https://parley.example/#/join/${'a1B2c3D4e5F6g7H8'.repeat(12)}${invites.length}`,
        used: 0,
        revoked: false,
        mine: true,
        role: options.role,
        usesMax: options.usesMax,
      }
      invites.push(made)
      listeners.emit('invites')
      return Promise.resolve({ ok: true as const, value: made })
    },
    revokeInvite: (hash: string) => {
      invites.splice(
        invites.findIndex((invite) => invite.hash === hash),
        1,
      )
      listeners.emit('invites')
      return call('revokeInvite', hash)
    },
    setMyName: (name: string) => call('setMyName', name),
    leave: () => call('leave'),
    dismissRejectedEdit: (id: string) => void call('dismissRejectedEdit', id),
    on,
  } as unknown as Room
  return { room, calls, emit: (name) => listeners.emit(name) }
}

export function fakePeer(rooms: readonly Room[] = [], fields: { storageProblem?: string } = {}): Peer {
  return {
    me: alice,
    storageProblem: fields.storageProblem,
    rooms,
    room: (id: string) => rooms.find((room) => room.id === id),
    recoveryPhrase: () => Promise.resolve(Array.from({ length: 24 }, (_, index) => `word${index + 1}`).join(' ')),
    setMyName: () => Promise.resolve(),
    on: () => () => {},
  } as unknown as Peer
}

export interface FakeNote {
  readonly note: Note
  /** Puts another document under the note, as a rebuild does. */
  replace(doc: Y.Doc): void
  setPresence(states: readonly { person: PersonSummary; clientId: number; state: unknown }[]): void
}

export function fakeNote(doc = new Y.Doc(), fields: { mayWrite?: boolean } = {}): FakeNote {
  const listeners = new Listeners()
  const presenceListeners = new Listeners()
  const states = new Map<string, { person: PersonSummary; clientId: number; state: unknown }>()
  const presence = {
    states,
    clientId: doc.clientID,
    set: () => {},
    on: (name: string, listener: (event: never) => void) => presenceListeners.on(name, listener),
  } as unknown as Presence
  const note = {
    id: 'note-1',
    doc,
    body: doc.getXmlFragment('body'),
    title: doc.getText('title'),
    mayWrite: fields.mayWrite ?? true,
    schemaVersion: 1,
    isSchemaSupported: true,
    presence,
    on: (name: string, listener: (event: never) => void) => listeners.on(name, listener),
    close: () => {},
  }
  return {
    note: note as unknown as Note,
    replace(next) {
      Object.assign(note, { doc: next, body: next.getXmlFragment('body'), title: next.getText('title') })
      listeners.emit('replaced')
    },
    setPresence(next) {
      states.clear()
      for (const [index, state] of next.entries()) states.set(`session-${index}`, state)
      presenceListeners.emit('change', { added: [...states.keys()], updated: [], removed: [] })
    },
  }
}
