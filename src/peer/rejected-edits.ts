import { toBase64url } from '../base/bytes.ts'
import { Emitter } from '../base/emitter.ts'
import type { DocumentId } from '../base/ids.ts'
import { randomBytes } from '../crypto/random.ts'
import type { RefusedEdit } from './document-host.ts'
import type { RoomCore } from './room-core.ts'

/** What a user wrote and this device could not let out. Kept until the user puts it away: nothing is lost silently. */
export interface RejectedEdit {
  readonly id: string
  readonly document: DocumentId
  /** The words that were written. */
  readonly text: string
  /** The guard's reason code. */
  readonly reason: string
  readonly atMs: number
}

/** More than anybody would look through; the oldest go first. */
const EDITS_MAX = 100

export class RejectedEdits {
  readonly events = new Emitter<{ readonly change: undefined }>()
  readonly #core: RoomCore
  #edits: readonly RejectedEdit[] = []

  constructor(core: RoomCore) {
    this.#core = core
  }

  get list(): readonly RejectedEdit[] {
    return this.#edits
  }

  async load(): Promise<void> {
    const stored = await this.#core.store.get(this.#key)
    if (typeof stored === 'string') this.#edits = JSON.parse(stored) as readonly RejectedEdit[]
  }

  async add({ document, reason, text }: RefusedEdit): Promise<void> {
    if (text.trim() === '') return
    const edit = { id: toBase64url(randomBytes(9)), document, text, reason, atMs: this.#core.environment.now() }
    await this.#save([...this.#edits, edit].slice(-EDITS_MAX))
  }

  dismiss(id: string): void {
    void this.#save(this.#edits.filter((edit) => edit.id !== id))
  }

  get #key(): string {
    return `rejected/${this.#core.id}`
  }

  async #save(edits: readonly RejectedEdit[]): Promise<void> {
    this.#edits = edits
    this.events.emit('change', undefined)
    await this.#core.store.write([{ kind: 'put', key: this.#key, value: JSON.stringify(edits) }], { durable: true })
  }
}
