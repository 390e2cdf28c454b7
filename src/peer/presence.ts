import type { SessionId } from '../base/ids.ts'
import type { JsonValue } from '../document/json-value.ts'
import type { PresenceChange, PresenceHost, PresenceState } from './presence-host.ts'

/**
 * Cursors and the like in one document: what each session shows of itself just now. Signed by each session, sealed,
 * never stored, at most 2 KiB of JSON, nested at most four deep, and gone 30 seconds after it was last said.
 */
export class Presence {
  readonly #host: PresenceHost

  /** Comes with a note. */
  constructor(host: PresenceHost) {
    this.#host = host
  }
  /** What others show, by session. */
  get states(): ReadonlyMap<SessionId, PresenceState> {
    return this.#host.states
  }
  /** The Yjs client id of this device in the document: what cursors are drawn for. */
  get clientId(): number {
    return this.#host.clientId
  }
  /** Shows `state` instead of what was shown before; `undefined` shows nothing. */
  set(state: JsonValue | undefined): void {
    this.#host.set(state)
  }
  on(name: 'change', listener: (change: PresenceChange) => void): () => void {
    return this.#host.events.on(name, listener)
  }
}
