import { toBase64url } from '../base/bytes.ts'
import type { SessionId } from '../base/ids.ts'
import { sha256 } from '../crypto/hash.ts'
import { PUSH_BYTES_MAX, STATEMENTS_BYTES_MAX, STATEMENTS_MAX } from './limits.ts'
import type { LinkState } from './link-state.ts'
import type { SyncContext } from './sync-context.ts'
import type { LinkId } from './sync-event.ts'

interface Statement {
  readonly counter: number
  readonly bytes: Uint8Array
}

/** Signed statements that all should have: the newest head vector of each session, and evidence of forks. */
export class Statements {
  readonly #context: SyncContext
  readonly #newest = new Map<SessionId, Statement>()
  #bytes = 0
  readonly #evidence = new Map<string, Uint8Array>()

  constructor(context: SyncContext) {
    this.#context = context
  }

  linkUp(link: LinkState): void {
    for (const [session, statement] of this.#newest) this.#send(link, session, statement)
    for (const bytes of this.#evidence.values()) this.#context.send(link, { type: 'evidence', bytes })
  }

  /** Offers a statement of another peer for verification, if it is news. */
  heedHeads(link: LinkState, session: SessionId, counter: number, bytes: Uint8Array): void {
    this.#note(link, session, counter)
    if (counter <= (this.#newest.get(session)?.counter ?? -1)) return
    this.#context.emit({ type: 'heads', link: link.id, session, counter, bytes })
  }

  /** A verified statement: kept and passed on, exactly once over each link. */
  heads(session: SessionId, counter: number, bytes: Uint8Array, from: LinkId | undefined): void {
    const previous = this.#newest.get(session)
    if (previous && previous.counter >= counter) return
    this.#forget(session)
    const statement = { counter, bytes }
    this.#newest.set(session, statement)
    this.#bytes += bytes.length
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= STATEMENTS_MAX && this.#bytes <= STATEMENTS_BYTES_MAX) break
      this.#forget(oldest)
    }
    const source = from === undefined ? undefined : this.#context.links.get(from)
    for (const link of this.#context.links.values()) {
      if (source?.neighbours.has(link.shortSession) === true) this.#note(link, session, counter)
      else if (link !== source) this.#send(link, session, statement)
    }
  }

  heedEvidence(link: LinkState, bytes: Uint8Array): void {
    if (this.#evidence.has(keyOf(bytes))) return
    this.#context.emit({ type: 'evidence', link: link.id, bytes })
  }

  evidence(bytes: Uint8Array, from: LinkId | undefined): void {
    const key = keyOf(bytes)
    if (this.#evidence.has(key)) return
    this.#evidence.set(key, bytes)
    for (const oldest of this.#evidence.keys()) {
      if (this.#evidence.size <= STATEMENTS_MAX) break
      this.#evidence.delete(oldest)
    }
    for (const link of this.#context.links.values())
      if (link.id !== from) this.#context.send(link, { type: 'evidence', bytes })
  }

  #send(link: LinkState, session: SessionId, { counter, bytes }: Statement): void {
    if ((link.statements.get(session) ?? -1) >= counter) return
    this.#note(link, session, counter)
    const lane = bytes.length <= PUSH_BYTES_MAX ? 'control' : 'sync'
    this.#context.send(link, { type: 'heads', session, counter, bytes }, lane)
  }

  #note(link: LinkState, session: SessionId, counter: number): void {
    if (link.statements.size >= STATEMENTS_MAX && !link.statements.has(session)) link.statements.clear()
    link.statements.set(session, Math.max(counter, link.statements.get(session) ?? 0))
  }

  #forget(session: SessionId): void {
    this.#bytes -= this.#newest.get(session)?.bytes.length ?? 0
    this.#newest.delete(session)
  }
}

const keyOf = (bytes: Uint8Array): string => toBase64url(sha256(bytes))
