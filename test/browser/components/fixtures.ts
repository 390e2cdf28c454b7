// A room made of plain data, for the tests of the components: it has the shape of the library's API and no network.
import * as Y from 'yjs'
import type {
  AccessChange,
  AccessMember,
  AccessReason,
  ChangePreview,
  Chat,
  ChatMessage,
  Connection,
  Devices,
  Invite,
  InviteOptions,
  LapsedDenial,
  JoinRequestSummary,
  Member,
  MessageId,
  Note,
  NoteSummary,
  NoteWriters,
  OwnershipSummary,
  Peer,
  PersonHeldWritings,
  PersonSummary,
  PersonWrite,
  Presence,
  RejectedEdit,
  RemovedMember,
  Role,
  Room,
  RoomPlace,
  RoomSafety,
  SuperPeerSummary,
} from '../../../src/index.ts'
import { fakeDevices } from './device-fixtures.ts'
import { Listeners } from './listeners.ts'

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

/** A member about whom the reader of the test may decide everything, unless `fields` says otherwise. */
export const accessMember = (who: PersonSummary, role: Role, fields: Partial<AccessMember> = {}): AccessMember => ({
  ...member(who, role),
  rolesIMayGive: who.isMe ? [] : ['reader', 'commenter', 'writer', 'moderator', 'admin'],
  mayRemove: !who.isMe,
  mayBan: !who.isMe,
  removableBy: who.isMe ? [] : [alice],
  isOwner: who.isMe,
  ...fields,
})

/** A super peer that is here and has everything, unless `fields` says otherwise. */
export const superPeer = (name: string, fields: Partial<SuperPeerSummary> = {}): SuperPeerSummary => ({
  person: person(name),
  isHere: true,
  state: 'fine',
  reason: '',
  entriesLacking: 0,
  ...fields,
})

/** A dry run in which nothing but what is named happens. */
export const preview = (fields: Partial<ChangePreview> = {}): ChangePreview => ({
  kept: [],
  dropped: [],
  alsoAffected: [],
  lapsed: [],
  keepsReading: false,
  needsNewKey: false,
  ...fields,
})

const OWNED_BY_ALICE: OwnershipSummary = {
  owners: [alice],
  threshold: 1,
  iAmOwner: true,
  needsSecondOwner: false,
  offeredTo: [],
}

export interface AccessFields {
  readonly members?: readonly AccessMember[]
  readonly requests?: readonly JoinRequestSummary[]
  readonly removed?: readonly RemovedMember[]
  readonly writes?: readonly PersonWrite[]
  readonly lapsedDenials?: readonly LapsedDenial[]
  readonly heldWritings?: readonly PersonHeldWritings[]
  /** Undefined: not for the reader of the test to set. */
  readonly membersAdmit?: boolean
  readonly previewOf?: (change: AccessChange) => ChangePreview | undefined
  readonly ownership?: Partial<OwnershipSummary>
  readonly writers?: NoteWriters
  /** The meeting places of the room; undefined: not for the reader of the test to change. */
  readonly places?: readonly RoomPlace[]
  /** Why every change is refused. */
  readonly refusal?: AccessReason
}

/** Listeners by name, as the API's `on`. */
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
  /** Another device of the reader of the test has ended theirs. */
  readonly isDeviceRevoked?: boolean
  readonly isAwaitingKey?: boolean
  readonly access?: AccessFields
  readonly rejectedEdits?: readonly RejectedEdit[]
  readonly inviter?: PersonSummary
  readonly joinProblem?: string
  readonly removedBy?: { readonly person: PersonSummary; readonly mode: 'kick' | 'ban'; readonly atMs: number }
  /** Why the room cannot be left. */
  readonly leaveRefusal?: AccessReason
  readonly isLeavingUnheard?: boolean
  readonly draft?: string
  readonly safety?: RoomSafety
  readonly superPeers?: readonly SuperPeerSummary[]
}

type Call = (...entry: unknown[]) => Promise<{ ok: true; value: undefined }>

function fakeAccess(room: RoomFields, members: readonly Member[], call: Call, on: unknown): Room['access'] {
  const fields = room.access ?? {}
  const answer = (...entry: unknown[]) =>
    fields.refusal === undefined ? call(...entry) : Promise.resolve({ ok: false as const, reason: fields.refusal })
  return {
    members: fields.members ?? members.map(({ person: who, role, ...rest }) => accessMember(who, role, rest)),
    requests: fields.requests ?? [],
    removed: fields.removed ?? [],
    lapsedDenials: fields.lapsedDenials ?? [],
    reissue: (hash: string) => answer('reissue', hash),
    heldWritings: fields.heldWritings ?? [],
    acceptWritings: (who: string, upTo: string) => answer('acceptWritings', who, upTo),
    membersAdmit: fields.membersAdmit ?? true,
    maySetMembersAdmit: fields.membersAdmit !== undefined,
    setMembersAdmit: (value: boolean) => answer('setMembersAdmit', value),
    preview: (change: AccessChange) => (fields.previewOf ? fields.previewOf(change) : preview()),
    apply: (change: AccessChange) => answer('apply', change),
    approve: (id: string) => answer('approve', id),
    decline: (id: string) => answer('decline', id),
    writesOf: () => fields.writes ?? [],
    ownership: { ...OWNED_BY_ALICE, ...fields.ownership },
    offerOwnership: (to: string) => answer('offerOwnership', to),
    acceptOwnership: () => answer('acceptOwnership'),
    transferOwnership: (to: string) => answer('transferOwnership', to),
    writersOf: () => fields.writers ?? { isNarrowed: false, people: [], mayNarrow: false },
    setWriters: (note: string, people: unknown) => answer('setWriters', note, people),
    places: {
      list: fields.places ?? [],
      maySet: fields.places !== undefined,
      add: (address: string, kind: string) => answer('addPlace', address, kind),
    },
    on,
  } as unknown as Room['access']
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
    draft: { text: fields.draft ?? '' },
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
    hasAccess: true,
    access: fakeAccess(fields, members, call, on),
    inviter: fields.inviter,
    joinProblem: fields.joinProblem,
    removedBy: fields.removedBy,
    rejectedEdits: fields.rejectedEdits ?? [],
    exportRejected: () => (fields.rejectedEdits ?? []).map(({ text }) => text).join('\n'),
    isAwaitingKey: fields.isAwaitingKey ?? false,
    isLeavingUnheard: fields.isLeavingUnheard ?? false,
    safety: fields.safety ?? { entriesUnsafe: 0, devices: 2, superPeers: 0 },
    superPeers: fields.superPeers ?? [],
    flush: () => void call('flush'),
    can: (action: string) =>
      action === 'read' || (fields.isDeviceRevoked !== true && (action === 'act' || fields.mayWrite !== false)),
    createNote: () => call('createNote'),
    openNote: () => Promise.resolve(fields.note),
    createInvite: (options: InviteOptions) => {
      calls.push(['createInvite', options])
      const made: Invite = {
        hash: `invite-${invites.length}` as Invite['hash'],
        link: `https://parley.example/#/join/${'a1B2c3D4e5F6g7H8'.repeat(12)}${invites.length}`,
        used: 0,
        revoked: false,
        mine: true,
        role: options.role,
        approval: options.approval ?? 'auto',
        usesMax: options.usesMax,
        usesLeft: options.usesMax,
        expiresAtMs: options.expiresAtMs,
        label: options.label,
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
    leave: () =>
      fields.leaveRefusal === undefined
        ? call('leave')
        : Promise.resolve({ ok: false as const, reason: fields.leaveRefusal }),
    dismissRejectedEdit: (id: string) => void call('dismissRejectedEdit', id),
    on,
  } as unknown as Room
  return { room, calls, emit: (name) => listeners.emit(name) }
}

export interface PeerFields {
  readonly storageProblem?: string
  readonly devices?: Devices
  /** The code that comes after the first screen cannot be fetched. */
  readonly isRestMissing?: boolean
  /** Told what the components ask for. */
  readonly call?: (...entry: unknown[]) => void
  readonly joinAsDevice?: Peer['joinAsDevice']
  readonly recover?: Peer['recover']
}

export function fakePeer(rooms: readonly Room[] = [], fields: PeerFields = {}): Peer {
  return {
    me: alice,
    storageProblem: fields.storageProblem,
    rooms,
    room: (id: string) => rooms.find((room) => room.id === id),
    recoveryPhrase: () => Promise.resolve(Array.from({ length: 24 }, (_, index) => `word${index + 1}`).join(' ')),
    setMyName: () => Promise.resolve(),
    devices: fields.devices ?? fakeDevices().devices,
    loadRest: () => (fields.isRestMissing ? Promise.reject(new Error('offline')) : Promise.resolve()),
    forgetRoom: (id: string) => {
      fields.call?.('forgetRoom', id)
      return Promise.resolve({ ok: true as const, value: undefined })
    },
    joinAsDevice: fields.joinAsDevice,
    recover: fields.recover,
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
