import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId, OperationHash } from '../base/ids.ts'
import { assert } from '../base/assert.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { AccessLog } from '../access/access-log.ts'
import type { AccessState } from '../access/access-state.ts'
import type { ReceivedGenesis } from '../access/genesis.ts'
import { OperationWriter, type WrittenOperation } from '../access/operation-writer.ts'
import type { IdentityKey } from '../access/operation-signatures.ts'
import { ROOT, type OperationBody } from '../access/operation.ts'
import type { Action } from '../access/permission.ts'
import { verifyLogRange, verifyLogRanges, type LogReason, type VerifiedLogRange } from '../access/verify-log.ts'
import { emptyChain, signHead, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { feedIdOf, logIdOf } from '../feed/feed-id.ts'
import type { IngestOutcome } from './document-host.ts'
import type { Environment } from './environment.ts'
import type { FeedStore } from './feed-store.ts'
import { HashLog } from './hash-log.ts'
import { KeyLedger } from './key-ledger.ts'
import { judgeOwnWriting } from './own-writing.ts'
import type { FeedOpening } from './shadow-feeds.ts'
import type { Session } from './session.ts'

interface LogHostEvents {
  /** What the operations come to may have changed. */
  readonly changed: undefined
  /** Own operations, stored and ready for others. */
  readonly published: { readonly feed: FeedId; readonly head: ChainHead; readonly entries: readonly SignedEntry[] }
  /** Our own log is known to others further than to us, or damaged here: only a new session may go on. */
  readonly doubt: undefined
}

export type WritableBody = Exclude<OperationBody, { kind: 'unknown' }>

/** One of several operations that are appended together. It may name those before it. */
export interface Step {
  readonly node: OperationHash
  readonly body: WritableBody | ((former: readonly OperationHash[]) => WritableBody)
}

/** Of the room's logs, read and checked together. */
const LOADED_AT_ONCE = 256

interface TakenRange {
  readonly head: ChainHead
  readonly entries: readonly SignedEntry[]
}

export type AppendReason = 'not-allowed' | 'not-stored'

/** The access log of a room on this device: everybody's operations, and the pen for our own. */
export class LogHost {
  readonly events = new Emitter<LogHostEvents>()
  readonly access: AccessLog
  readonly ownLog: FeedId
  /** What the operations held say of keys. */
  readonly keys = new KeyLedger()
  /** All feeds that were ever announced. */
  readonly openings = new Map<FeedId, FeedOpening>()
  /** How many people, grants or devices this session has removed. */
  removals = 0
  readonly #genesis: ReceivedGenesis
  readonly #store: FeedStore
  readonly #session: Session
  readonly #environment: Environment
  readonly #chains = new Map<FeedId, HashLog>()
  #isHalted = false
  #writer: OperationWriter
  #writing: Promise<unknown> = Promise.resolve()

  constructor(options: {
    readonly genesis: ReceivedGenesis
    readonly session: Session
    readonly store: FeedStore
    readonly environment: Environment
  }) {
    this.#genesis = options.genesis
    this.#store = options.store
    this.#session = options.session
    this.#environment = options.environment
    this.access = new AccessLog({ genesis: options.genesis })
    this.ownLog = logIdOf(options.genesis.room, options.session.id)
    this.#writer = this.#createWriter(undefined)
  }

  get state(): AccessState {
    return this.access.evaluate()
  }
  get heads(): ReadonlyMap<FeedId, ChainHead> {
    return new Map([...this.#chains].map(([log, chain]) => [log, chain.head]))
  }
  has(log: FeedId): boolean {
    return this.#chains.has(log)
  }
  hashAt(log: FeedId, length: number): Uint8Array | undefined {
    return this.#chains.get(log)?.at(length)
  }

  /** Takes in what is stored. Damaged logs end where the damage begins and are fetched again. */
  async load(): Promise<void> {
    const logs = await this.#store.feeds()
    for (let i = 0; i < logs.length; i += LOADED_AT_ONCE) {
      const stored = await Promise.all(
        logs.slice(i, i + LOADED_AT_ONCE).map(async (log) => ({ log, ...(await this.#store.load(log)) })),
      )
      const offers = stored.map(({ log, entries }) => {
        const signed = entries.slice(0, entries.findLastIndex((entry) => entry.signature !== undefined) + 1)
        return { log, binding: undefined, start: emptyChain(log), entries: signed }
      })
      const verified = await verifyLogRanges(this.#genesis, offers)
      for (const [at, { log, entries, isWhole }] of stored.entries()) {
        const range = verified[at]
        if (range) this.#add(log, range)
        const isKept = isWhole && this.#chains.get(log)?.head.length === entries.length
        if (log === this.ownLog && !isKept) this.events.emit('doubt', undefined)
      }
    }
    const head = this.#chains.get(this.ownLog)?.head
    if (head) this.#writer = this.#createWriter(head)
  }

  /** `source` names the peer that gave it: each has a share of what is held for people whom nobody has let in. */
  async ingest(log: FeedId, from: number, entries: readonly SignedEntry[], source: string): Promise<IngestOutcome> {
    if (log === this.ownLog) return this.#hearOfOwn(from, entries)
    const start = this.#chains.get(log)?.head ?? emptyChain(log)
    if (from !== start.length) return { type: 'retry' }
    const taken = await this.#take(log, start, entries, source)
    if (!taken.ok) return taken.reason === 'forged' ? { type: 'forged' } : { type: 'refused', reason: taken.reason }
    const { head, entries: verified } = taken.value
    const block = { from, entries: verified, receivedAtMs: this.#environment.now() }
    const stored = await this.#store.append(log, block, { durable: false })
    if (!stored.ok) return { type: 'retry' }
    this.events.emit('changed', undefined)
    return { type: 'appended', head, entries: verified }
  }

  async #hearOfOwn(from: number, entries: readonly SignedEntry[]): Promise<IngestOutcome> {
    const feed = this.ownLog
    const { device } = this.#session
    const judged = await judgeOwnWriting({ feed, device, from, entries, hashAt: (length) => this.hashAt(feed, length) })
    if (judged === 'forged') return { type: 'forged' }
    if (judged === 'news') this.events.emit('doubt', undefined)
    return { type: 'retry' }
  }

  /**
   * Appends an operation under the grant that allows it, after the session's introduction if it is the first. One at a
   * time: what `body` sees is everything before it.
   */
  append(
    action: Action,
    body: () => WritableBody | undefined,
    document?: DocumentId,
  ): Promise<Result<WrittenOperation, AppendReason>> {
    return this.#inTurn(async () => {
      const node = this.state.nodeFor(this.#session.person, action, document)
      const written = node && body()
      return written ? this.#append(node.hash, written) : rejected('not-allowed')
    })
  }

  /** Appends what `decide` says, seeing everything that was appended before; nothing if it says nothing. */
  appendDecided(
    decide: () => { readonly node: OperationHash; readonly body: WritableBody } | undefined,
  ): Promise<Result<WrittenOperation, AppendReason>> {
    return this.#inTurn(async () => {
      const decided = decide()
      return decided ? this.#append(decided.node, decided.body) : rejected('not-allowed')
    })
  }

  /**
   * Appends several operations in one turn, under one signature: all of them or none. `identity` signs those that act
   * for the root keys, or end a device in the person's own name.
   */
  appendAll(
    decide: () => readonly Step[] | undefined,
    identity?: IdentityKey,
  ): Promise<Result<readonly WrittenOperation[], AppendReason>> {
    return this.#inTurn(async () => {
      const steps = decide()
      if (!steps) return rejected('not-allowed')
      if (steps.length === 0) return accepted([])
      if (this.#isHalted) return rejected('not-stored', 'the session is over')
      const introduction = this.#introduction()
      const written = await this.#writeAll(steps, identity)
      const published = await this.#publish([...introduction, ...written])
      return published.ok ? accepted(written) : published
    })
  }

  /** Appends under one grant that is known. */
  appendUnder(node: OperationHash, body: WritableBody): Promise<Result<WrittenOperation, AppendReason>> {
    return this.#inTurn(() => this.#append(node, body))
  }

  /** Begins the own log if it has not begun, so that others can check whose session this is. */
  introduce(): Promise<Result<void, AppendReason>> {
    return this.#inTurn(() => this.#publish(this.#isHalted ? [] : this.#introduction()))
  }

  /** Takes over the log that founding a room began. */
  async adopt(writer: OperationWriter, operations: readonly WrittenOperation[]): Promise<Result<void, AppendReason>> {
    this.#writer = writer
    return this.#publish(operations)
  }

  /** The session is in doubt: from here on it writes nothing, as others may have what it would write differently. */
  halt(): void {
    this.#isHalted = true
  }

  async settled(): Promise<void> {
    await this.#writing
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(run)
    this.#writing = turn.catch(() => undefined)
    return turn
  }

  async #append(node: OperationHash, body: WritableBody): Promise<Result<WrittenOperation, AppendReason>> {
    if (this.#isHalted) return rejected('not-stored', 'the session is over')
    const introduction = this.#introduction()
    const operation = this.#writer.append(node, body)
    const published = await this.#publish([...introduction, operation])
    return published.ok ? accepted(operation) : published
  }

  /** What every log begins with, if ours has not begun. */
  #introduction(): readonly WrittenOperation[] {
    if (this.#writer.head.length > 0) return []
    const { certificate, nonce } = this.#session
    return [this.#writer.append(ROOT, { kind: 'session', certificate, nonce })]
  }

  #createWriter(head: ChainHead | undefined): OperationWriter {
    return new OperationWriter(this.#genesis.room, this.#session.id, () => this.#environment.now(), head)
  }

  async #writeAll(steps: readonly Step[], identity?: IdentityKey): Promise<readonly WrittenOperation[]> {
    const written: WrittenOperation[] = []
    try {
      for (const { node, body } of steps) {
        const content = typeof body === 'function' ? body(written.map(({ hash }) => hash)) : body
        written.push(await this.#write(node, content, identity))
      }
      return written
    } catch (error) {
      // Of those before it nothing was published: the log goes on where it was.
      this.#writer = this.#createWriter(this.#chains.get(this.ownLog)?.head)
      throw error
    }
  }

  async #write(node: OperationHash, body: WritableBody, identity?: IdentityKey): Promise<WrittenOperation> {
    if (identity && body.kind === 'device.revoke') return this.#writer.appendByIdentity(body, identity)
    const isByRoot =
      node === ROOT && body.kind !== 'device.revoke' && !(body.kind === 'revoke' && body.mode === 'leave')
    if (!isByRoot) return this.#writer.append(node, body)
    assert(identity, 'what acts for the root keys is signed by one')
    return this.#writer.appendAsRoot(body, [identity])
  }

  /** One signature over all of them, then the disk, and only then anybody else. */
  async #publish(operations: readonly WrittenOperation[]): Promise<Result<void, AppendReason>> {
    const last = operations.at(-1)
    if (!last) return accepted(undefined)
    const log = this.ownLog
    const signature = await signHead(this.#session.signer, log, last.head)
    if (this.#isHalted) return rejected('not-stored', 'the session is over')
    const entries = operations.map(({ bytes }) => ({ bytes, signature: bytes === last.bytes ? signature : undefined }))
    const start = this.#chains.get(log)?.head ?? emptyChain(log)
    const block = { from: start.length, entries, receivedAtMs: this.#environment.now() }
    const stored = await this.#store.append(log, block, { durable: true })
    if (!stored.ok) return rejected('not-stored', stored.reason)
    await this.#take(log, start, entries)
    this.events.emit('published', { feed: log, head: last.head, entries })
    this.events.emit('changed', undefined)
    return accepted(undefined)
  }

  async #take(
    log: FeedId,
    start: ChainHead,
    entries: readonly SignedEntry[],
    source?: string,
  ): Promise<Result<TakenRange, 'forged' | 'refused'>> {
    const binding = this.access.binding(log)
    return this.#add(log, await verifyLogRange({ genesis: this.#genesis, log, binding, start, entries }), source)
  }

  /** What comes from our own storage has no source, and so no bound: it was bounded when it came. */
  #add(
    log: FeedId,
    verified: Result<VerifiedLogRange, LogReason>,
    source?: string,
  ): Result<TakenRange, 'forged' | 'refused'> {
    if (!verified.ok) {
      const isForged = verified.reason === 'signature' || verified.reason === 'unsigned' || verified.reason === 'empty'
      return rejected(isForged ? 'forged' : 'refused', verified.reason)
    }
    const added = this.access.add(verified.value, source)
    if (!added.ok) return rejected('refused', added.reason)
    const { session, device, person } = verified.value.binding
    for (const { hash, operation, isGenuine } of verified.value.operations) {
      const body = isGenuine ? operation?.body : undefined
      if (body?.kind === 'epoch' || body?.kind === 'epoch.seal' || body?.kind === 'epoch.request')
        this.keys.add({ hash, device, body })
      if (body?.kind === 'feed.open' && operation) {
        const { document } = body
        const { node } = operation
        const feed = feedIdOf(session, document, node)
        this.openings.set(feed, { feed, operation: hash, session, device, person, document, node })
      }
      const isRemoval = body?.kind === 'revoke' || body?.kind === 'device.revoke'
      if (isRemoval && log === this.ownLog) this.removals++
    }
    let chain = this.#chains.get(log)
    if (!chain) this.#chains.set(log, (chain = new HashLog(emptyChain(log).hash)))
    for (const hash of verified.value.range.hashes) chain.push(hash)
    return accepted(verified.value.range)
  }
}
