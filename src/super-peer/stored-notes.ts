import type { Notes } from '../peer/environment.ts'
import type { Store } from '../storage/store.ts'

const PREFIX = 'notes/'

/** The small facts of a peer, kept in its store: what a page has in `localStorage`. */
export class StoredNotes implements Notes {
  readonly #store: Store
  readonly #notes = new Map<string, string>()

  private constructor(store: Store) {
    this.#store = store
  }

  static async load(store: Store): Promise<StoredNotes> {
    const notes = new StoredNotes(store)
    for (const [key, value] of await store.range({ from: PREFIX, to: `${PREFIX}~` }))
      if (typeof value === 'string') notes.#notes.set(key.slice(PREFIX.length), value)
    return notes
  }

  get(key: string): string | undefined {
    return this.#notes.get(key)
  }
  set(key: string, value: string): void {
    this.#notes.set(key, value)
    void this.#store.write([{ kind: 'put', key: PREFIX + key, value }], { durable: false })
  }
  remove(key: string): void {
    this.#notes.delete(key)
    void this.#store.write([{ kind: 'delete', key: PREFIX + key }], { durable: false })
  }
}
