import { toBase64url } from '../base/bytes.ts'
import { randomBytes } from '../crypto/random.ts'
import type { MessageId } from '../document/chat-item.ts'
import type { Store } from '../storage/store.ts'

/** A message that was written before its author was let in. */
export interface WaitingMessage {
  readonly id: MessageId
  readonly text: string
  readonly atMs: number
}

/** Messages that one may write before being let in. */
const WAITING_MAX = 200

/** What was written into a room whose members have not let us in yet, kept on this device and in order. */
export class Outbox {
  readonly #store: Store
  readonly #key: string
  #messages: readonly WaitingMessage[] = []

  constructor(store: Store, key: string) {
    this.#store = store
    this.#key = key
  }

  get messages(): readonly WaitingMessage[] {
    return this.#messages
  }
  get isFull(): boolean {
    return this.#messages.length >= WAITING_MAX
  }

  async load(): Promise<void> {
    const stored = await this.#store.get(this.#key)
    if (typeof stored !== 'string') return
    const parsed = JSON.parse(stored) as readonly WaitingMessage[]
    this.#messages = parsed
  }

  async add(text: string, atMs: number): Promise<WaitingMessage | undefined> {
    const message = { id: `waiting:${toBase64url(randomBytes(9))}` as MessageId, text, atMs }
    return (await this.#save([...this.#messages, message])) ? message : undefined
  }

  async remove(...ids: readonly MessageId[]): Promise<void> {
    await this.#save(this.#messages.filter(({ id }) => !ids.includes(id)))
  }

  async #save(messages: readonly WaitingMessage[]): Promise<boolean> {
    this.#messages = messages
    const change = { kind: 'put', key: this.#key, value: JSON.stringify(messages) } as const
    return (await this.#store.write([change], { durable: true })).ok
  }
}
