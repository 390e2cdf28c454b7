import * as Y from 'yjs'
import { assert } from '../base/assert.ts'
import { Emitter } from '../base/emitter.ts'
import type { FeedId, PersonId } from '../base/ids.ts'
import { ChatClock } from './chat-clock.ts'
import { decodeChatItem, messageIdOf, type ChatItem, type MessageId } from './chat-item.ts'
import { compareOrder, MessageRecord, type ChatMessage, type ItemOrder } from './chat-message.ts'
import type { AppliedEntry } from './entry-outcome.ts'
import type { GuardedDocument } from './guarded-document.ts'

export interface ChatPolicy {
  /** Who writes a feed, by the access log. */
  readonly personOf: (feed: FeedId) => PersonId
  /** Whether a person may redact others' messages. */
  readonly mayModerate: (person: PersonId) => boolean
}

/** Where a message stands and whose it is. */
interface MessagePlace {
  readonly id: MessageId
  readonly seq: number
  readonly order: ItemOrder
  readonly author: PersonId
}

/** An edit, a reaction or a redaction. */
interface Action {
  readonly item: Exclude<ChatItem, { kind: 'message' }>
  readonly order: ItemOrder
  readonly author: PersonId
}

/**
 * The list of messages that the lanes of a chat document amount to. Follows the document entry by entry, starts over
 * when it is replaced, and keeps the objects of messages that did not change, so that lists render little.
 */
export class ChatView {
  readonly events = new Emitter<{ readonly change: undefined }>()
  readonly #document: GuardedDocument
  readonly #policy: ChatPolicy
  readonly #clock = new ChatClock()
  #records = new Map<MessageId, MessageRecord>()
  #ordered: MessageRecord[] = []
  /** Actions on messages that are not here; all of them stand in the document anyway, which bounds them. */
  readonly #early = new Map<MessageId, Action[]>()
  #shown: readonly ChatMessage[] | undefined = []
  /** What was shown before, to give it again where nothing changed. */
  #former = new Map<MessageId, ChatMessage>()
  /** Between the document's `reset` and its `replaced`: what was shown before is shown on. */
  #isRebuilding = false
  readonly #stop: readonly (() => void)[]

  /** The document must be empty yet: entries that it took in before would be missed. */
  constructor(document: GuardedDocument, policy: ChatPolicy) {
    assert(document.kind === 'chat', 'a chat document')
    assert(
      document.heads().every(({ length }) => length === 0),
      'the view is made before entries are taken in',
    )
    this.#document = document
    this.#policy = policy
    this.#stop = [
      document.events.on('reset', () => this.#clear()),
      document.events.on('applied', (entries) => this.#take(entries)),
      document.events.on('replaced', () => {
        this.#isRebuilding = false
        this.#changed()
      }),
    ]
  }

  /** In their order; a new array after each change. */
  get messages(): readonly ChatMessage[] {
    if (this.#shown === undefined) {
      this.#shown = this.#ordered.map((record) => record.show(this.#policy.mayModerate, this.#former.get(record.id)))
      this.#former = new Map()
    }
    return this.#shown
  }

  message(id: MessageId): ChatMessage | undefined {
    return this.#records.get(id)?.show(this.#policy.mayModerate, this.#former.get(id))
  }

  /** Call it when the access log has changed who may moderate. */
  refresh(): void {
    if (!this.#isRebuilding) this.#keepFormer()
    for (const record of this.#ordered) record.forget()
    this.#changed()
  }

  close(): void {
    for (const stop of this.#stop) stop()
    this.events.clear()
  }

  #keepFormer(): void {
    for (const message of this.#shown ?? []) this.#former.set(message.id, message)
  }

  #changed(): void {
    if (this.#isRebuilding) return
    this.#shown = undefined
    this.events.emit('change', undefined)
  }

  #clear(): void {
    if (!this.#isRebuilding) this.#keepFormer()
    this.#isRebuilding = true
    this.#clock.clear()
    this.#records = new Map()
    this.#ordered = []
    this.#early.clear()
  }

  #take(entries: readonly AppliedEntry[]): void {
    for (const entry of entries) this.#takeEntry(entry)
    this.#changed()
  }

  #takeEntry(entry: AppliedEntry): void {
    const { feed, client, receivedAtMs } = entry
    let latestMs = this.#clock.begin(entry)
    if (!entry.isShadow) {
      const author = this.#policy.personOf(feed)
      for (const { clock, value } of this.#itemsOf(entry)) {
        const item = decodeChatItem(value)
        if (item === undefined) continue
        latestMs = this.#clock.effectiveMs(item.atMs, receivedAtMs, latestMs)
        const order = { atMs: latestMs, feed, clock }
        if (item.kind === 'message')
          this.#addMessage({ id: messageIdOf(client, clock), seq: entry.seq, order, author }, item)
        else this.#act({ item, order, author })
      }
    }
    this.#clock.end(entry, latestMs)
  }

  #addMessage(place: MessagePlace, item: ChatItem & { kind: 'message' }): void {
    const { id, order } = place
    const record = new MessageRecord({ ...place, text: item.text, replyTo: item.replyTo })
    this.#records.set(id, record)
    let low = 0
    let high = this.#ordered.length
    const last = this.#ordered[high - 1]
    if (last === undefined || compareOrder(last.order, order) < 0) low = high
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#ordered[middle]
      if (other !== undefined && compareOrder(other.order, order) < 0) low = middle + 1
      else high = middle
    }
    this.#ordered.splice(low, 0, record)
    for (const action of this.#early.get(id) ?? []) this.#act(action)
    this.#early.delete(id)
  }

  #act(action: Action): void {
    const { item } = action
    const record = this.#records.get(item.target)
    if (record === undefined) {
      const early = this.#early.get(item.target)
      if (early === undefined) this.#early.set(item.target, [action])
      else early.push(action)
      return
    }
    switch (item.kind) {
      case 'edit':
        return record.edit(action, item.text)
      case 'reaction':
        return record.react(action, item.emoji, item.isOn)
      case 'redaction':
        return record.redact(action)
    }
  }

  /** The values that an entry put into its feed's lane. */
  *#itemsOf({ client, clockFrom, clockTo }: AppliedEntry): IterableIterator<{ clock: number; value: unknown }> {
    const structs = this.#document.doc.store.clients.get(client)
    if (structs === undefined || clockFrom >= clockTo) return
    for (let i = Y.findIndexSS(structs, clockFrom); i < structs.length; i++) {
      const struct = structs[i]
      if (struct === undefined || struct.id.clock >= clockTo) return
      if (!(struct instanceof Y.Item) || struct.deleted || !(struct.content instanceof Y.ContentAny)) continue
      const from = Math.max(clockFrom, struct.id.clock)
      const to = Math.min(clockTo, struct.id.clock + struct.length)
      for (let clock = from; clock < to; clock++) yield { clock, value: struct.content.arr[clock - struct.id.clock] }
    }
  }
}
