import { Emitter } from '../base/emitter.ts'
import type { DocumentId, SessionId } from '../base/ids.ts'
import type { JsonValue } from '../document/json-value.ts'
import { PRESENCE_EXPIRY_MS, PresenceTable } from '../document/presence-table.ts'
import { verifyPresence, type PresenceClaim, sealPresence } from '../document/presence.ts'
import type { People, PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'

/** Statements closer together are joined: ten a second is what others accept, and more than an eye can follow. */
const STATEMENT_INTERVAL_MS = 120
/** Said again for those who came later, well before it expires. */
const REPEAT_MS = 10_000
const EXPIRY_CHECK_MS = 5_000

export interface PresenceState {
  readonly person: PersonSummary
  /** The Yjs client id that the session writes as in this document, or 0. */
  readonly clientId: number
  readonly state: JsonValue
}

export interface PresenceChange {
  readonly added: readonly SessionId[]
  readonly updated: readonly SessionId[]
  readonly removed: readonly SessionId[]
}

/** What people show of themselves in one document just now: cursors, typing. Signed by each, stored by nobody. */
export class PresenceHost {
  readonly events = new Emitter<{ readonly change: PresenceChange }>()
  readonly #core: RoomCore
  readonly #document: DocumentId
  readonly #people: People
  readonly #table = new PresenceTable()
  #own: JsonValue | undefined
  #ownText: string | undefined
  #counter = 0
  #cancelSend: (() => void) | undefined
  #cancelRepeat: (() => void) | undefined
  #cancelExpiry: (() => void) | undefined
  #lastSentAtMs = 0

  constructor(core: RoomCore, document: DocumentId, people: People) {
    this.#core = core
    this.#document = document
    this.#people = people
    // Statements of an earlier page of this session must not look newer than ours.
    this.#counter = Math.floor(core.environment.now() / 1000) % 2 ** 30
  }

  /** Everybody's but our own. */
  get states(): ReadonlyMap<SessionId, PresenceState> {
    const states = new Map<SessionId, PresenceState>()
    for (const [session, { state }] of this.#table.states) {
      const shown = this.#show(session, state)
      if (shown) states.set(session, shown)
    }
    return states
  }

  get clientId(): number {
    return this.#core.documents.get(this.#document)?.guarded.doc.clientID ?? 0
  }

  /** Shows `state` to the others until it is replaced; `undefined` takes it back. */
  set(state: JsonValue | undefined): void {
    const text = JSON.stringify(state)
    if (text === this.#ownText) return
    this.#own = state
    this.#ownText = text
    this.#sendSoon()
  }

  #sendSoon(): void {
    if (this.#cancelSend) return
    const waitMs = Math.max(0, this.#lastSentAtMs + STATEMENT_INTERVAL_MS - this.#core.environment.now())
    this.#cancelSend = this.#core.environment.after(waitMs, () => {
      this.#cancelSend = undefined
      void this.#send()
    })
  }

  /** Somebody came who has not heard us yet. */
  repeat(): void {
    if (this.#own !== undefined) this.#sendSoon()
  }

  /** Takes in a claim that opened with a key of the room. True if it was news, and so worth passing on. */
  async receive(claim: PresenceClaim): Promise<boolean> {
    const session = this.#core.bindingOf(claim.session)
    // Who was removed, or whose device was, still has keys that open here.
    if (!session || !this.#core.may('read', session)) return false
    if (this.#table.refusalOf(claim, this.#core.environment.now()) !== undefined) return false
    const verified = await verifyPresence(claim, session.device)
    if (!verified.ok) return false
    const accepted = this.#table.accept(verified.value, this.#core.environment.now())
    if (!accepted.ok) return false
    if (accepted.value !== 'none') this.#changed({ [accepted.value]: [claim.session] })
    this.#watchExpiry()
    return true
  }

  close(): void {
    this.#cancelSend?.()
    this.#cancelRepeat?.()
    this.#cancelExpiry?.()
    if (this.#own !== undefined) {
      this.#own = undefined
      void this.#send()
    }
    this.events.clear()
  }

  async #send(): Promise<void> {
    const { id: room, session, ring, environment } = this.#core
    this.#lastSentAtMs = environment.now()
    const claim = { room, document: this.#document, session: session.id, counter: ++this.#counter, state: this.#own }
    const seal = ring.presence()
    const sealed = seal && (await sealPresence(claim, { signer: session.signer, ...seal }))
    if (sealed?.ok === true) this.#core.links.sendEphemeral(sealed.value)
    this.#cancelRepeat?.()
    this.#cancelRepeat = this.#own === undefined ? undefined : environment.after(REPEAT_MS, () => void this.#send())
  }

  #watchExpiry(): void {
    this.#cancelExpiry ??= this.#core.environment.after(EXPIRY_CHECK_MS, () => {
      this.#cancelExpiry = undefined
      const removed = this.#table.expireBefore(this.#core.environment.now() - PRESENCE_EXPIRY_MS)
      if (removed.length > 0) this.#changed({ removed })
      if (this.#table.states.size > 0) this.#watchExpiry()
    })
  }

  #changed(change: Partial<PresenceChange>): void {
    this.events.emit('change', { added: [], updated: [], removed: [], ...change })
  }

  #show(session: SessionId, state: JsonValue): PresenceState | undefined {
    const known = this.#core.bindingOf(session)
    if (!known || !this.#core.may('read', known)) return undefined
    const person = this.#people.summaryOf(known.person, this.#core.state, this.#core.record.myName)
    let clientId = 0
    for (const feed of this.#core.state?.feeds.values() ?? []) {
      if (feed.session === session && feed.document === this.#document && feed.status === 'effective')
        clientId = feed.client
    }
    return { person, clientId, state }
  }
}
