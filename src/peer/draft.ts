import type { Environment } from './environment.ts'
import type { Store } from '../storage/store.ts'

/** Keystrokes of this long are one write. */
const SAVE_DELAY_MS = 300

/** A text that is being written and survives a reload. */
export class Draft {
  readonly #store: Store
  readonly #key: string
  readonly #environment: Environment
  #text = ''
  #cancelSave: (() => void) | undefined

  /** Comes with a chat. */
  constructor(store: Store, key: string, environment: Environment) {
    this.#store = store
    this.#key = key
    this.#environment = environment
  }

  get text(): string {
    return this.#text
  }
  set text(text: string) {
    if (text === this.#text) return
    this.#text = text
    this.#cancelSave ??= this.#environment.after(SAVE_DELAY_MS, () => void this.save())
  }

  /** For the chat. */
  async load(): Promise<void> {
    const stored = await this.#store.get(this.#key)
    if (typeof stored === 'string') this.#text = stored
  }

  /** For the chat: writes what has not been written, before the page goes. */
  async save(): Promise<void> {
    if (!this.#cancelSave) return
    this.#cancelSave()
    this.#cancelSave = undefined
    await this.#store.write([{ kind: 'put', key: this.#key, value: this.#text }], { durable: false })
  }
}
