import { equalBytes, toBase64url, utf8 } from '../base/bytes.ts'
import type { SessionId } from '../base/ids.ts'
import { sha256 } from '../crypto/hash.ts'
import {
  EVIDENCE_MAX,
  GIVEN_AGAIN_MS,
  GIVEN_BYTES_PER_STEP,
  GIVEN_INTERVAL_MS,
  PUSH_BYTES_MAX,
  STATED_AFTER_MS,
  STATED_INTERVAL_MS,
  STATED_ITEMS_MAX,
  STATED_REPEAT_MS,
  STATED_REPEAT_STEP_MS,
  STATED_REPEAT_STEPS,
  STATEMENT_PATIENCE_LAST_MS,
  STATEMENT_PATIENCE_MS,
  STATEMENTS_BYTES_MAX,
  STATEMENTS_MAX,
} from './limits.ts'
import { shortSessionOf, type LinkState } from './link-state.ts'
import { StateSum } from './state-sum.ts'
import type { SyncContext } from './sync-context.ts'
import type { LinkId } from './sync-event.ts'
import { DIGEST_BYTES, type StatedItem, type SyncMessage } from './sync-message.ts'

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
  readonly atMs: number
}

/**
 * Signed statements that all should have: the newest head vector of each session, and evidence of forks. Evidence is rare
 * and goes to everybody at once. Of a head vector, which is some hundred bytes for every pause that anybody makes in
 * writing, its author tells his neighbours; beyond them only its number goes to everybody, and who lacks it asks one.
 *
 * What is compared with others must not depend on the order in which statements came, or two peers with more of them
 * than they keep would bring each other the same ones for ever. So those of the first names are compared; the ones that
 * came last are kept beside them, since whoever writes now is whom others want to know of.
 */
export class Statements {
  readonly #context: SyncContext
  /** By the short name of the session. */
  readonly #newest = new Map<string, Statement>()
  /** The first of these names: what digests cover and lists name. */
  readonly #listed = new Set<string>()
  #bytes = 0
  readonly #sum = new StateSum()
  readonly #news = new Map<string, StatementNews>()
  #tellAtMs = Number.POSITIVE_INFINITY
  readonly #asked = new Map<string, Asked>()
  readonly #evidence = new Map<string, Uint8Array>()

  constructor(context: SyncContext) {
    this.#context = context
  }

  /** When something is to be told or asked for next. */
  get dueMs(): number {
    let dueMs = this.#tellAtMs
    for (const asked of this.#asked.values()) dueMs = Math.min(dueMs, this.#untilMs(asked))
    for (const { statedAtMs, toGive, giveAtMs, isControlFull } of this.#context.links.values()) {
      dueMs = Math.min(dueMs, statedAtMs)
      if (toGive.size > 0 && !isControlFull) dueMs = Math.min(dueMs, giveAtMs)
    }
    return dueMs
  }

  linkUp(link: LinkState): void {
    link.statedAtMs = this.#context.awakeMs + STATED_AFTER_MS
    for (const bytes of this.#evidence.values()) this.#context.send(link, { type: 'evidence', bytes })
  }

  /** Asks others for what this link was asked for, or brought in a form that was not taken. */
  linkGone({ id, offeredStatements }: LinkState): void {
    const sessions = [...this.#asked].filter(([, { link }]) => link === id).map(([session]) => session)
    for (const session of offeredStatements.keys()) if (!this.#asked.has(session)) sessions.push(session)
    this.#askOthers(sessions)
  }

  heed(link: LinkState, message: Extract<SyncMessage, { type: 'stated-digest' | 'stated' | 'ask-stated' }>): void {
    const list =
      message.type === 'stated' ? message.items : message.type === 'ask-stated' ? message.sessions : undefined
    // A digest may be answered by the list of all that we have.
    if (!link.notices.take(1 + (list?.length ?? this.#listed.size), this.#context.awakeMs))
      return this.#context.close(link, 'too-many-notices')
    if (message.type === 'stated-digest') this.#heedDigest(link, message.digest)
    else if (message.type === 'stated') this.#heedStated(link, message.items)
    else this.#heedAsked(link, message.sessions)
  }

  /** Offers a statement of another peer for verification, if it is news. */
  heedHeads(link: LinkState, session: SessionId, counter: number, bytes: Uint8Array): void {
    const name = shortSessionOf(session)
    this.#note(link, name, counter)
    const asked = this.#asked.get(name)
    if (asked?.link === link.id) link.broughtAtMs = this.#context.awakeMs
    if (asked && asked.counter <= counter) this.#asked.delete(name)
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
    this.#list(name)
    this.#makeRoom()
    if (from === undefined) for (const link of this.#context.links.values()) this.#send(link, name, statement)
    else {
      this.#news.set(name, { from, covered: this.#context.links.get(from)?.neighbours })
      this.#tellAtMs = Math.min(this.#tellAtMs, this.#context.awakeMs + STATED_INTERVAL_MS)
    }
  }

  /** All that the other side has, in short. When that is not what we have, it is told what we do have. */
  #heedDigest(link: LinkState, digest: Uint8Array): void {
    if (equalBytes(digest, this.#digest())) {
      for (const name of this.#listed) this.#note(link, name, this.#counterOf(name))
      return
    }
    // What it was given came to nothing there, perhaps: when it asks, it is given that again.
    if (this.#context.awakeMs >= link.giveAgainAtMs) {
      link.giveAgainAtMs = this.#context.awakeMs + GIVEN_AGAIN_MS
      link.statements.clear()
    }
    const items = [...this.#listed].map((session) => ({ session, counter: this.#counterOf(session) }))
    if (items.length > 0) this.#context.send(link, { type: 'stated', items })
  }

  /** The other side has these. What we lack is asked for. */
  #heedStated(link: LinkState, items: readonly StatedItem[]): void {
    for (const { session, counter } of items) this.#note(link, session, counter)
    const wanted = items.filter(({ session, counter }) => this.#isWanted(link, session, counter))
    if (wanted.length === 0) return
    let asked = 0
    for (const { link: other } of this.#asked.values()) if (other === link.id) asked++
    this.#ask(link, wanted.slice(0, Math.max(0, STATEMENTS_MAX - asked)))
  }

  #heedAsked(link: LinkState, sessions: readonly string[]): void {
    for (const name of sessions) if (this.#newest.has(name) && link.toGive.size < STATEMENTS_MAX) link.toGive.add(name)
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
      if (this.#evidence.size <= EVIDENCE_MAX) break
      this.#evidence.delete(oldest)
    }
    for (const link of this.#context.links.values())
      if (link.id !== from) this.#context.send(link, { type: 'evidence', bytes })
  }

  /** Does what is due. */
  flush(): void {
    const { awakeMs } = this.#context
    for (const link of this.#context.links.values()) {
      if (link.statedAtMs <= awakeMs) this.#stateAll(link)
      if (link.toGive.size > 0 && link.giveAtMs <= awakeMs && !link.isControlFull) this.#give(link)
    }
    if (this.#tellAtMs <= awakeMs) this.#tellNews()
    const overdue = [...this.#asked].filter(([, asked]) => this.#untilMs(asked) <= awakeMs)
    this.#askOthers(overdue.map(([session]) => session))
  }

  #stateAll(link: LinkState): void {
    const step = (link.id * 7 + link.timesStated++ * 11) % STATED_REPEAT_STEPS
    link.statedAtMs = this.#context.awakeMs + STATED_REPEAT_MS + step * STATED_REPEAT_STEP_MS
    // Sessions that nobody knew then may be known by now.
    link.offeredStatements.clear()
    this.#context.send(link, { type: 'stated-digest', digest: this.#digest() })
  }

  /** A part of what the link asked for: what others write must not wait behind all of it. */
  #give(link: LinkState): void {
    link.giveAtMs = this.#context.awakeMs + GIVEN_INTERVAL_MS
    let bytes = 0
    for (const name of link.toGive) {
      if (bytes >= GIVEN_BYTES_PER_STEP) return
      const statement = this.#newest.get(name)
      const size = statement?.bytes.length ?? 0
      if (bytes > 0 && bytes + size > GIVEN_BYTES_PER_STEP) return
      if (size > PUSH_BYTES_MAX && link.isSyncFull) continue
      link.toGive.delete(name)
      if (statement && this.#send(link, name, statement)) bytes += size
    }
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
    const atMs = this.#context.awakeMs
    for (const { session, counter } of items) this.#asked.set(session, { link: link.id, counter, atMs })
    const sessions = items.map(({ session }) => session)
    for (let at = 0; at < sessions.length; at += STATED_ITEMS_MAX)
      this.#context.send(link, { type: 'ask-stated', sessions: sessions.slice(at, at + STATED_ITEMS_MAX) })
  }

  /** A slow line that brings one after the other is waited for, though not for ever. */
  #untilMs({ link, atMs }: Asked): number {
    const broughtAtMs = this.#context.links.get(link)?.broughtAtMs ?? atMs
    return Math.min(Math.max(atMs, broughtAtMs) + STATEMENT_PATIENCE_MS, atMs + STATEMENT_PATIENCE_LAST_MS)
  }

  /** The links that were asked did not answer: whoever else has these, is, in one message each. */
  #askOthers(sessions: readonly string[]): void {
    const items = new Map<LinkState, StatedItem[]>()
    for (const session of sessions) {
      const asked = this.#asked.get(session)
      this.#asked.delete(session)
      // Its word counts again when it gives it again.
      if (asked) this.#context.links.get(asked.link)?.statements.delete(session)
      const next = this.#nextToAsk(session, asked?.link ?? 0)
      if (!next) continue
      const item = { session, counter: next.statements.get(session) ?? 0 }
      const sameLink = items.get(next)
      if (sameLink) sameLink.push(item)
      else items.set(next, [item])
    }
    for (const [link, list] of items) this.#ask(link, list)
  }

  /** In turn: those who name what they never bring, over and over, must not keep the honest one from being asked. */
  #nextToAsk(session: string, after: LinkId): LinkState | undefined {
    let first: LinkState | undefined
    for (const link of this.#context.links.values()) {
      if (!this.#isWanted(link, session, link.statements.get(session) ?? -1)) continue
      if (link.id > after) return link
      first ??= link
    }
    return first
  }

  /** False if the other side has it. */
  #send(link: LinkState, name: string, { session, counter, bytes }: Statement): boolean {
    if ((link.statements.get(name) ?? -1) >= counter) return false
    this.#note(link, name, counter)
    const lane = bytes.length <= PUSH_BYTES_MAX ? 'control' : 'sync'
    this.#context.send(link, { type: 'heads', session, counter, bytes }, lane)
    return true
  }

  #note(link: LinkState, session: string, counter: number): void {
    if (link.statements.size >= STATEMENTS_MAX && !link.statements.has(session)) {
      link.statements.clear()
      link.offeredStatements.clear()
    }
    link.statements.set(session, Math.max(counter, link.statements.get(session) ?? 0))
  }

  /** Takes the name among those that are compared if it is one of the first. */
  #list(name: string): void {
    this.#listed.add(name)
    const statement = this.#newest.get(name)
    if (statement) this.#sum.add(hashOf(statement))
    if (this.#listed.size > STATED_ITEMS_MAX) this.#unlist(this.#lastListed())
  }

  #unlist(name: string): void {
    const statement = this.#newest.get(name)
    if (this.#listed.delete(name) && statement) this.#sum.remove(hashOf(statement))
  }

  #lastListed(): string {
    let last = ''
    for (const name of this.#listed) if (name > last) last = name
    return last
  }

  /** What came first goes first, of what is compared what would be listed last. */
  #makeRoom(): void {
    const isTooMuch = (): boolean => this.#newest.size > STATEMENTS_MAX || this.#bytes > STATEMENTS_BYTES_MAX
    for (const oldest of this.#newest.keys()) {
      if (!isTooMuch()) return
      if (!this.#listed.has(oldest)) this.#forget(oldest)
    }
    while (isTooMuch()) this.#forget(this.#lastListed())
  }

  #forget(session: string): void {
    const statement = this.#newest.get(session)
    if (!statement) return
    this.#bytes -= statement.bytes.length
    this.#unlist(session)
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
