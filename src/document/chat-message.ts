import type { FeedId, PersonId } from '../base/ids.ts'
import type { MessageId } from './chat-item.ts'

/** A message as it is shown; the same object as long as nothing about it changes. */
export interface ChatMessage {
  readonly id: MessageId
  readonly feed: FeedId
  /** Position in the feed of the entry that brought it. */
  readonly seq: number
  readonly author: PersonId
  /** Empty when redacted. */
  readonly text: string
  /** The effective time, by which messages are ordered; in milliseconds since 1970. */
  readonly atMs: number
  readonly editedAtMs: number | undefined
  readonly redacted: boolean
  readonly replyTo: MessageId | undefined
  /** In the order in which each emoji was first used; people in the order in which they used it. */
  readonly reactions: readonly { readonly emoji: string; readonly people: readonly PersonId[] }[]
}

/** The total order of chat items: effective time, then feed, then position in the feed. */
export interface ItemOrder {
  readonly atMs: number
  readonly feed: FeedId
  readonly clock: number
}

export const compareOrder = (a: ItemOrder, b: ItemOrder): number => {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs
  if (a.feed !== b.feed) return a.feed < b.feed ? -1 : 1
  return a.clock - b.clock
}

/** What somebody did to a message. */
interface Act {
  readonly order: ItemOrder
  readonly author: PersonId
}

/** Different emoji that one message shows: more are a prank. */
const EMOJI_PER_MESSAGE_MAX = 64

/** One message and everything that was said about it, whoever said it and whether or not it counts. */
export class MessageRecord {
  readonly id: MessageId
  readonly order: ItemOrder
  readonly seq: number
  readonly author: PersonId
  readonly text: string
  readonly replyTo: MessageId | undefined
  #edit: (Act & { readonly text: string }) | undefined
  #redactors: PersonId[] = []
  readonly #reactions = new Map<string, Map<PersonId, { readonly order: ItemOrder; readonly isOn: boolean }>>()
  #shown: ChatMessage | undefined

  constructor(options: {
    readonly id: MessageId
    readonly order: ItemOrder
    readonly seq: number
    readonly author: PersonId
    readonly text: string
    readonly replyTo: MessageId | undefined
  }) {
    this.id = options.id
    this.order = options.order
    this.seq = options.seq
    this.author = options.author
    this.text = options.text
    this.replyTo = options.replyTo
  }

  /** Nobody has seen what comes later, so that an act that claims to be earlier than its message does not count. */
  #follows(act: Act): boolean {
    return compareOrder(act.order, this.order) > 0
  }

  edit(act: Act, text: string): void {
    if (act.author !== this.author || !this.#follows(act)) return
    if (this.#edit !== undefined && compareOrder(act.order, this.#edit.order) < 0) return
    this.#edit = { ...act, text }
    this.#shown = undefined
  }

  redact(act: Act): void {
    if (!this.#follows(act) || this.#redactors.includes(act.author)) return
    this.#redactors.push(act.author)
    this.#shown = undefined
  }

  react(act: Act, emoji: string, isOn: boolean): void {
    if (!this.#follows(act)) return
    let people = this.#reactions.get(emoji)
    if (people === undefined) {
      if (this.#reactions.size >= EMOJI_PER_MESSAGE_MAX) return
      this.#reactions.set(emoji, (people = new Map()))
    }
    const known = people.get(act.author)
    if (known !== undefined && compareOrder(act.order, known.order) < 0) return
    people.set(act.author, { order: act.order, isOn })
    this.#shown = undefined
  }

  /** Who may redact others' words depends on the access log, which may have changed. */
  forget(): void {
    this.#shown = undefined
  }

  show(mayModerate: (person: PersonId) => boolean, former: ChatMessage | undefined): ChatMessage {
    if (this.#shown !== undefined) return this.#shown
    const redacted = this.#redactors.some((person) => person === this.author || mayModerate(person))
    const fresh: ChatMessage = {
      id: this.id,
      feed: this.order.feed,
      seq: this.seq,
      author: this.author,
      text: redacted ? '' : (this.#edit?.text ?? this.text),
      atMs: this.order.atMs,
      editedAtMs: redacted ? undefined : this.#edit?.order.atMs,
      redacted,
      replyTo: this.replyTo,
      reactions: redacted ? [] : this.#shownReactions(),
    }
    return (this.#shown = former !== undefined && isSame(former, fresh) ? former : fresh)
  }

  #shownReactions(): ChatMessage['reactions'] {
    const shown: { emoji: string; people: PersonId[]; first: ItemOrder }[] = []
    for (const [emoji, byPerson] of this.#reactions) {
      const on = [...byPerson].filter(([, { isOn }]) => isOn).toSorted(([, a], [, b]) => compareOrder(a.order, b.order))
      const [first] = on
      if (first !== undefined) shown.push({ emoji, people: on.map(([person]) => person), first: first[1].order })
    }
    return shown.toSorted((a, b) => compareOrder(a.first, b.first)).map(({ emoji, people }) => ({ emoji, people }))
  }
}

function isSame(a: ChatMessage, b: ChatMessage): boolean {
  const isSimple = a.reactions.length === 0 && b.reactions.length === 0
  return (
    a.id === b.id &&
    a.author === b.author &&
    a.text === b.text &&
    a.atMs === b.atMs &&
    a.editedAtMs === b.editedAtMs &&
    a.redacted === b.redacted &&
    a.replyTo === b.replyTo &&
    (isSimple || JSON.stringify(a.reactions) === JSON.stringify(b.reactions))
  )
}
