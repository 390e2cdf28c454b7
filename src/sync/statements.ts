import { equalBytes, toBase64url, utf8 } from '../base/bytes.ts'
import type { SessionId } from '../base/ids.ts'
import { sha256 } from '../crypto/hash.ts'
import {
  PUSH_BYTES_MAX,
  STATED_AFTER_MS,
  STATED_INTERVAL_MS,
  STATED_ITEMS_MAX,
  STATEMENT_PATIENCE_MS,
  STATEMENTS_BYTES_MAX,
  STATEMENTS_MAX,
} from './limits.ts'
import { shortSessionOf, type LinkState } from './link-state.ts'
import { StateSum } from './state-sum.ts'
import type { SyncContext } from './sync-context.ts'
import type { LinkId } from './sync-event.ts'
import { DIGEST_BYTES, type StatedItem } from './sync-message.ts'

interface Statement {
  readonly session: SessionId
  readonly counter: number
  readonly bytes: Uint8Array
}

/** A statement that others are to hear of, and who heard of it from whoever brought it. */
interface StatementNews {
  readonly from: LinkId | undefined
  readonly covered: ReadonlySet<string> | undefined
}

interface Asked {
  readonly link: LinkId
  readonly counter: number
  readonly untilMs: number
}

/**
 * Signed statements that all should have: the newest head vector of each session, and evidence of forks. Evidence is rare
 * and goes to everybody at once. Of a head vector, which is some hundred bytes for every pause that anybody makes in
 * writing, its author tells his neighbours; beyond them only its number goes to everybody, and who lacks it asks one.
 */
export class Statements {
  readonly #context: SyncContext
  /** By the short name of the session. */
  readonly #newest = new Map<string, Statement>()
  #bytes = 0
  readonly #sum = new StateSum()
  readonly #news = new Map<string, StatementNews>()
  #tellAtMs = Number.POSITIVE_INFINITY
  readonly #asked = new Map<string, Asked>()
  readonly #evidence = new Map<string, Uint8Array>()

  constructor(context: SyncContext) {
    this.#context = context
  }

  get size(): number {
    return this.#newest.size
  }
  /** When something is to be told or asked for next. */
  get dueMs(): number {
    let dueMs = this.#tellAtMs
    for (const { untilMs } of this.#asked.values()) dueMs = Math.min(dueMs, untilMs)
    for (const { statedAtMs } of this.#context.links.values()) dueMs = Math.min(dueMs, statedAtMs)
    return dueMs
  }

  linkUp(link: LinkState): void {
    link.statedAtMs = this.#context.awakeMs + STATED_AFTER_MS
    for (const bytes of this.#evidence.values()) this.#context.send(link, { type: 'evidence', bytes })
  }

  /** Asks others for what this link was asked for, or brought in a form that was not taken. */
  linkGone({ id, offeredStatements }: LinkState): void {
    for (const [session, asked] of this.#asked) if (asked.link === id) this.#askAnother(session)
    for (const session of offeredStatements.keys()) if (!this.#asked.has(session)) this.#askAnother(session)
  }

  /** Offers a statement of another peer for verification, if it is news. */
  heedHeads(link: LinkState, session: SessionId, counter: number, bytes: Uint8Array): void {
    const name = shortSessionOf(session)
    this.#note(link, name, counter)
    if ((this.#asked.get(name)?.counter ?? Number.POSITIVE_INFINITY) <= counter) this.#asked.delete(name)
    if (counter <= this.#counterOf(name)) return
    link.offeredStatements.set(name, counter)
    this.#context.emit({ type: 'heads', link: link.id, session, counter, bytes })
  }

  /** A verified statement: kept and passed on, once over each link. */
  heads(session: SessionId, counter: number, bytes: Uint8Array, from: LinkId | undefined): void {
    const name = shortSessionOf(session)
    if (counter <= this.#counterOf(name)) return
    this.#forget(name)
    const statement = { session, counter, bytes }
    this.#newest.set(name, statement)
    this.#bytes += bytes.length
    this.#sum.add(hashOf(statement))
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= STATEMENTS_MAX && this.#bytes <= STATEMENTS_BYTES_MAX) break
      this.#forget(oldest)
    }
    if (from === undefined) for (const link of this.#context.links.values()) this.#send(link, name, statement)
    else {
      this.#news.set(name, { from, covered: this.#context.links.get(from)?.neighbours })
      this.#tellAtMs = Math.min(this.#tellAtMs, this.#context.awakeMs + STATED_INTERVAL_MS)
    }
  }

  /** All that the other side has, in short. When that is not what we have, it is told what we do have. */
  heedDigest(link: LinkState, digest: Uint8Array): void {
    if (equalBytes(digest, this.#digest())) {
      for (const [name, { counter }] of this.#newest) this.#note(link, name, counter)
      return
    }
    const items = [...this.#newest].map(([session, { counter }]) => ({ session, counter }))
    if (items.length > 0) this.#context.send(link, { type: 'stated', items })
  }

  /** The other side has these. What we lack is asked for. */
  heedStated(link: LinkState, items: readonly StatedItem[]): void {
    for (const { session, counter } of items) this.#note(link, session, counter)
    this.#ask(
      link,
      items.filter(({ session, counter }) => this.#isWanted(link, session, counter)),
    )
  }

  heedAsked(link: LinkState, sessions: readonly string[]): void {
    for (const name of sessions) {
      const statement = this.#newest.get(name)
      if (statement) this.#send(link, name, statement)
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

  /** Does what is due. */
  flush(): void {
    const { awakeMs } = this.#context
    for (const link of this.#context.links.values()) {
      if (link.statedAtMs > awakeMs) continue
      link.statedAtMs = Number.POSITIVE_INFINITY
      this.#context.send(link, { type: 'stated-digest', digest: this.#digest() })
    }
    if (this.#tellAtMs <= awakeMs) this.#tellNews()
    for (const [session, { untilMs }] of this.#asked) if (untilMs <= awakeMs) this.#askAnother(session)
  }

  #tellNews(): void {
    this.#tellAtMs = Number.POSITIVE_INFINITY
    for (const link of this.#context.links.values()) {
      const items: StatedItem[] = []
      for (const [session, { from, covered }] of this.#news) {
        const counter = this.#counterOf(session)
        // The source speaks to that link itself.
        if (link.id === from || covered?.has(link.shortSession) === true) continue
        if (counter >= 0 && (link.statements.get(session) ?? -1) < counter) items.push({ session, counter })
      }
      for (let at = 0; at < items.length; at += STATED_ITEMS_MAX)
        this.#context.send(link, { type: 'stated', items: items.slice(at, at + STATED_ITEMS_MAX) })
    }
    this.#news.clear()
  }

  #isWanted(link: LinkState, session: string, counter: number): boolean {
    if (counter <= this.#counterOf(session)) return false
    // It has been brought by this link and was of no use: its session may not be known yet.
    if ((link.offeredStatements.get(session) ?? -1) === counter) return false
    return (this.#asked.get(session)?.counter ?? -1) < counter
  }

  #ask(link: LinkState, items: readonly StatedItem[]): void {
    if (items.length === 0) return
    const untilMs = this.#context.awakeMs + STATEMENT_PATIENCE_MS
    for (const { session, counter } of items) this.#asked.set(session, { link: link.id, counter, untilMs })
    this.#context.send(link, { type: 'ask-stated', sessions: items.map(({ session }) => session) })
  }

  /** The link that was asked did not answer: whoever else has it, is. */
  #askAnother(session: string): void {
    const asked = this.#asked.get(session)
    this.#asked.delete(session)
    for (const link of this.#context.links.values()) {
      const counter = link.statements.get(session) ?? -1
      if (link.id === asked?.link || !this.#isWanted(link, session, counter)) continue
      return this.#ask(link, [{ session, counter }])
    }
  }

  #send(link: LinkState, name: string, { session, counter, bytes }: Statement): void {
    if ((link.statements.get(name) ?? -1) >= counter) return
    this.#note(link, name, counter)
    const lane = bytes.length <= PUSH_BYTES_MAX ? 'control' : 'sync'
    this.#context.send(link, { type: 'heads', session, counter, bytes }, lane)
  }

  #note(link: LinkState, session: string, counter: number): void {
    if (link.statements.size >= STATEMENTS_MAX && !link.statements.has(session)) {
      link.statements.clear()
      link.offeredStatements.clear()
    }
    link.statements.set(session, Math.max(counter, link.statements.get(session) ?? 0))
  }

  #forget(session: string): void {
    const statement = this.#newest.get(session)
    if (!statement) return
    this.#bytes -= statement.bytes.length
    this.#sum.remove(hashOf(statement))
    this.#newest.delete(session)
  }

  #counterOf(session: string): number {
    return this.#newest.get(session)?.counter ?? -1
  }

  #digest(): Uint8Array {
    return this.#sum.bytes().subarray(0, DIGEST_BYTES)
  }
}

const hashOf = ({ session, counter }: Statement): Uint8Array => sha256(utf8(`${session} ${counter}`))

const keyOf = (bytes: Uint8Array): string => toBase64url(sha256(bytes))
