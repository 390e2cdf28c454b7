import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId, PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { isAtLeast } from '../access/role.ts'
import { isMessageText, type MessageId } from '../document/chat-item.ts'
import { ChatLog, type ChatReason } from '../document/chat-log.ts'
import type { ChatMessage as StoredMessage } from '../document/chat-message.ts'
import { ChatView } from '../document/chat-view.ts'
import type { DocumentHost } from './document-host.ts'
import { Draft } from './draft.ts'
import { refusalOf } from './membership.ts'
import { Outbox } from './outbox.ts'
import type { MessageGate, MessageTrust } from './message-gate.ts'
import type { People, PersonSummary } from './people.ts'
import type { PresenceHost } from './presence-host.ts'
import type { RoomCore } from './room-core.ts'
import { wellFormed } from '../document/plain-text.ts'

export interface ChatReaction {
  readonly emoji: string
  readonly people: readonly PersonSummary[]
  readonly mine: boolean
}

/** A message as it is shown. The same object as long as nothing about it changes. */
export interface ChatMessage {
  readonly id: MessageId
  readonly author: PersonSummary
  /** Markdown; empty when redacted. */
  readonly text: string
  /** Milliseconds since 1970, by the author's clock, but after everything that the author had seen. */
  readonly atMs: number
  readonly editedAtMs?: number
  readonly redacted: boolean
  readonly replyTo?: MessageId
  readonly reactions: readonly ChatReaction[]
  /** `waiting`: on this device only. `sent`: handed to at least one other device. */
  readonly state: 'waiting' | 'sent'
  readonly mine: boolean
  /** What becomes of it here. Undefined before the peer's `loadRest`: then its links are not to be opened. */
  readonly trust?: MessageTrust
}

/** Why nothing was written; what was typed stays with the caller. */
export type SendReason = 'empty' | 'too-long' | 'not-allowed' | 'not-connected-yet' | 'outbox-full'

/** A message and the entry that brought it. */
export interface ChatWriting {
  readonly document: DocumentId
  readonly feed: FeedId
  readonly seq: number
  readonly atMs: number
  readonly text: string
}

interface ChatEvents {
  readonly messages: undefined
  readonly typing: undefined
  readonly unread: undefined
}

/** What was shown of a message, and what it was made of. */
interface FormerMessage {
  readonly stored: StoredMessage
  readonly shown: ChatMessage
  readonly peopleRevision: number
}

/** Whoever stops without saying so is typing for this long. */
const TYPING_MS = 6_000

/**
 * The chat of a room. Messages that are written before anybody let us in wait in an outbox and go out by themselves.
 */
export class Chat {
  readonly draft: Draft
  readonly #core: RoomCore
  readonly #people: People
  readonly #events = new Emitter<ChatEvents>()
  readonly #outbox: Outbox
  readonly #former = new Map<MessageId, FormerMessage>()
  #host: DocumentHost | undefined
  #view: ChatView | undefined
  #log: ChatLog | undefined
  #presence: PresenceHost | undefined
  #gate: MessageGate | undefined
  #shown: readonly ChatMessage[] | undefined
  #cancelTyping: (() => void) | undefined
  #readUpTo: { readonly id: MessageId; readonly atMs: number } | undefined
  #isSendingWaiting = false
  #isSending: Promise<unknown> = Promise.resolve()
  /** The oldest own message that no other device is known to have. */
  #undelivered: { readonly feed: FeedId; readonly length: number } | undefined

  constructor(core: RoomCore, people: People) {
    this.#core = core
    this.#people = people
    this.#outbox = new Outbox(core.store, `chat/${core.id}/outbox`)
    this.draft = new Draft(core.store, `chat/${core.id}/draft`, core.environment)
  }

  /** For the room: what this device remembers of the chat. */
  async load(): Promise<void> {
    await this.#outbox.load()
    await this.draft.load()
    const read = await this.#core.store.get(`chat/${this.#core.id}/read`)
    if (typeof read === 'string') this.#readUpTo = JSON.parse(read) as { id: MessageId; atMs: number }
  }

  /** For the room: the document exists, and nothing was taken in yet. */
  bind(host: DocumentHost, presence: PresenceHost): void {
    this.#host = host
    this.#presence = presence
    this.#log = new ChatLog(host.guarded)
    this.#view = new ChatView(host.guarded, {
      personOf: (feed) => this.#personOf(feed),
      mayModerate: (person) => isAtLeast(this.#core.state?.roleOf(person, host.id) ?? 'relay', 'moderator'),
    })
    this.#view.events.on('change', () => {
      this.#changed()
    })
    presence.events.on('change', () => {
      this.#events.emit('typing', undefined)
    })
  }

  /** For the room: from now on messages are judged by it. */
  guardWith(gate: MessageGate): void {
    this.#gate = gate
    this.#changed()
  }

  /** For the room: names, rights or deliveries changed. */
  refresh(): void {
    this.#changed()
  }

  /** For the room: we were let in, or may do more than before. */
  async sendWaiting(): Promise<void> {
    if (this.#isSendingWaiting || this.#outbox.messages.length === 0) return
    this.#isSendingWaiting = true
    for (const { id, text, atMs } of this.#outbox.messages) {
      const sent = await this.#write((log) => log.send(text, { atMs }))
      if (!sent.ok && sent.reason !== 'empty' && sent.reason !== 'too-long') break
      // The message leaves the outbox when it is stored as an entry, so that a crash in between loses nothing.
      await this.#host?.settled()
      await this.#outbox.remove(id)
    }
    this.#isSendingWaiting = false
    this.#changed()
  }

  /** For the room: nobody will let us in. What waited is handed to `keep`, in one piece. */
  async giveUpWaiting(keep: (text: string) => Promise<void>): Promise<void> {
    const waiting = this.#outbox.messages
    if (this.#isSendingWaiting || waiting.length === 0) return
    this.#isSendingWaiting = true
    await keep(waiting.map(({ text }) => text).join('\n\n'))
    await this.#outbox.remove(...waiting.map(({ id }) => id))
    this.#isSendingWaiting = false
    this.#changed()
  }

  /** For the room: entries went out; what waited may have arrived. */
  noteDeliveries(): void {
    const waiting = this.#undelivered
    if (waiting && this.#core.isHeldByOthers(waiting.feed, waiting.length)) this.#changed()
  }

  /**
   * Whether what is written before anybody let us in can be sent afterwards: not by those who were invited to read, or
   * whom nobody will let in.
   */
  get mayKeep(): boolean {
    const { ticket } = this.#core.record
    return ticket !== undefined && isAtLeast(ticket.role, 'writer') && refusalOf(this.#core) === undefined
  }

  /** In their order; a new array after each change. */
  get messages(): readonly ChatMessage[] {
    this.#shown ??= this.#show()
    return this.#shown
  }

  /**
   * Writes a message; resolves when it is stored on this device. While nobody has let us in yet it waits here and is
   * sent by itself later.
   */
  async send(text: string, options: { readonly replyTo?: MessageId } = {}): Promise<Result<MessageId, SendReason>> {
    const words = wellFormed(text)
    if (words.trim() === '') return rejected('empty')
    if (!isMessageText(words)) return rejected('too-long')
    this.setTyping(false)
    if (!this.#core.isMember && this.#core.record.ticket)
      return this.mayKeep ? this.#keep(words) : rejected('not-allowed')
    const { replyTo } = options
    const atMs = this.#core.environment.now()
    return this.#write((log) => log.send(words, replyTo === undefined ? { atMs } : { atMs, replyTo }))
  }

  /** Changes the text of an own message. */
  edit(id: MessageId, text: string): Promise<Result<MessageId, SendReason>> {
    return this.#write((log) => log.edit(id, text, { atMs: this.#core.environment.now() }))
  }

  /** Takes an own message back, or, as a moderator, anybody's. Who has read it has read it. */
  async redact(id: MessageId): Promise<Result<MessageId, SendReason>> {
    if (this.#outbox.messages.some((message) => message.id === id)) {
      await this.#outbox.remove(id)
      this.#changed()
      return accepted(id)
    }
    return this.#write((log) => log.redact(id, { atMs: this.#core.environment.now() }))
  }

  react(id: MessageId, emoji: string, isOn: boolean): Promise<Result<MessageId, SendReason>> {
    return this.#write((log) => log.react(id, emoji, { isOn, atMs: this.#core.environment.now() }))
  }

  /** For whoever decides what of it stays: the messages of a person, with the entries that brought them. */
  writingsOf(person: PersonId): readonly ChatWriting[] {
    const document = this.#host?.id
    if (document === undefined) return []
    return (this.#view?.messages ?? [])
      .filter(({ author }) => author === person)
      .map(({ feed, seq, atMs, text }) => ({ document, feed, seq, atMs, text }))
  }

  /** What was put aside, in its order. */
  get held(): readonly ChatMessage[] {
    return this.messages.filter(({ trust }) => trust?.verdict === 'held')
  }
  /** Shows a message that is held or folded, on this page only. */
  showOnce({ id, author }: ChatMessage): void {
    this.#gate?.showOnce(id, author.id)
    this.#changed()
  }
  /** Whether somebody's messages were looked at so often that one may want to see them always. */
  shouldOfferAlways(person: PersonId): boolean {
    return this.#gate?.shouldOfferAlways(person) ?? false
  }

  /** The first message of others that was not marked as read; known to this device only. */
  get firstUnread(): MessageId | undefined {
    const read = this.#readUpTo
    return this.messages.find(({ mine, atMs, id }) => !mine && id !== read?.id && atMs > (read?.atMs ?? 0))?.id
  }

  /** Everything up to this message was seen. Never goes back. */
  markRead(id: MessageId): void {
    const message = this.messages.findLast((candidate) => candidate.id === id)
    if (!message || message.atMs <= (this.#readUpTo?.atMs ?? 0)) return
    this.#readUpTo = { id, atMs: message.atMs }
    const value = JSON.stringify(this.#readUpTo)
    void this.#core.store.write([{ kind: 'put', key: `chat/${this.#core.id}/read`, value }], { durable: false })
    this.#events.emit('unread', undefined)
  }

  /** Who is writing a message just now, without me. */
  get typing(): readonly PersonSummary[] {
    const people = new Map<PersonId, PersonSummary>()
    for (const { person, state } of this.#presence?.states.values() ?? []) {
      if (!person.isMe && isTyping(state)) people.set(person.id, person)
    }
    return [...people.values()]
  }

  /** Tells the others; ends by itself a few seconds after the last call. */
  setTyping(isTypingNow: boolean): void {
    this.#cancelTyping?.()
    this.#cancelTyping = undefined
    this.#presence?.set(isTypingNow ? { typing: true } : undefined)
    if (!isTypingNow) return
    this.#cancelTyping = this.#core.environment.after(TYPING_MS, () => {
      this.setTyping(false)
    })
  }

  on(name: keyof ChatEvents, listener: () => void): () => void {
    return this.#events.on(name, listener)
  }

  /** For the room: stores what is still in the user's hands. */
  flush(): void {
    void this.draft.save()
  }

  close(): void {
    this.#cancelTyping?.()
    this.flush()
    this.#view?.close()
    this.#events.clear()
  }

  async #keep(text: string): Promise<Result<MessageId, SendReason>> {
    if (this.#outbox.isFull) return rejected('outbox-full')
    const message = await this.#outbox.add(text, this.#core.environment.now())
    this.#changed()
    return message ? accepted(message.id) : rejected('outbox-full')
  }

  /** One after the other, so that messages keep the order in which they were sent. */
  async #write(run: (log: ChatLog) => Result<MessageId, ChatReason>): Promise<Result<MessageId, SendReason>> {
    const turn = this.#isSending.then(async (): Promise<Result<MessageId, SendReason>> => {
      const { state } = this.#core
      if (!this.#host || !this.#log || !state) return rejected('not-connected-yet')
      if (!state.can(this.#core.me, 'write', this.#host.id)) return rejected('not-allowed')
      if (!(await this.#core.openOwnFeed(this.#host.id))) return rejected('not-allowed')
      const written = run(this.#log)
      if (!written.ok) return written.reason === 'no-feed' ? rejected('not-allowed') : rejected(written.reason)
      this.#host.flush()
      return written
    })
    this.#isSending = turn.catch(() => undefined)
    const written = await turn
    // What is typed is given up only when it is safe; the next message need not wait for that.
    if (written.ok) await this.#host?.settled()
    return written
  }

  #personOf(feed: FeedId): PersonId {
    return this.#core.state?.feeds.get(feed)?.person ?? this.#core.me
  }

  #changed(): void {
    this.#shown = undefined
    this.#events.emit('messages', undefined)
  }

  #show(): readonly ChatMessage[] {
    this.#undelivered = undefined
    const stored = this.#view?.messages ?? []
    const verdicts = this.#gate?.judge(stored)
    const shown = stored.map((message, index) => this.#showStored(message, verdicts?.[index]))
    for (const { id, text, atMs } of this.#outbox.messages) {
      const author = this.#summaryOf(this.#core.me)
      shown.push({ id, author, text, atMs, redacted: false, reactions: [], state: 'waiting', mine: true })
    }
    return shown
  }

  #showStored(stored: StoredMessage, trust: MessageTrust | undefined): ChatMessage {
    const known = this.#former.get(stored.id)
    const mine = stored.author === this.#core.me
    const isSent = !mine || known?.shown.state === 'sent' || this.#core.isHeldByOthers(stored.feed, stored.seq + 1)
    if (!isSent) this.#undelivered ??= { feed: stored.feed, length: stored.seq + 1 }
    const author = this.#summaryOf(stored.author)
    const { revision: peopleRevision } = this.#people
    const isSame =
      known?.stored === stored &&
      known.shown.author === author &&
      known.shown.trust === trust &&
      (known.shown.state === 'sent') === isSent
    if (isSame && (stored.reactions.length === 0 || known.peopleRevision === peopleRevision)) return known.shown
    const { id, text, atMs, editedAtMs, redacted, replyTo } = stored
    const shown: ChatMessage = {
      id,
      author,
      text,
      atMs,
      redacted,
      reactions: stored.reactions.map(({ emoji, people }) => ({
        emoji,
        people: people.map((person) => this.#summaryOf(person)),
        mine: people.includes(this.#core.me),
      })),
      state: isSent ? 'sent' : 'waiting',
      mine,
      ...(trust && { trust }),
      ...(editedAtMs === undefined ? {} : { editedAtMs }),
      ...(replyTo === undefined ? {} : { replyTo }),
    }
    this.#former.set(stored.id, { stored, shown, peopleRevision })
    return shown
  }

  #summaryOf(person: PersonId): PersonSummary {
    return this.#people.summaryOf(person, this.#core.state, this.#core.record.myName)
  }
}

const isTyping = (state: unknown): boolean =>
  typeof state === 'object' && state !== null && 'typing' in state && state.typing === true
