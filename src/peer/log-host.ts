import { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId, OperationHash } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { AccessLog } from '../access/access-log.ts'
import type { AccessState } from '../access/access-state.ts'
import type { ReceivedGenesis } from '../access/genesis.ts'
import { OperationWriter, type WrittenOperation } from '../access/operation-writer.ts'
import { ROOT, type OperationBody } from '../access/operation.ts'
import type { Action } from '../access/permission.ts'
import { verifyLogRange } from '../access/verify-log.ts'
import { emptyChain, signHead, type ChainHead, type SignedEntry } from '../feed/chain.ts'
import { logIdOf } from '../feed/feed-id.ts'
import type { IngestOutcome } from './document-host.ts'
import type { Environment } from './environment.ts'
import type { FeedStore } from './feed-store.ts'
import { HashLog } from './hash-log.ts'
import type { Session } from './session.ts'

interface LogHostEvents {
  /** What the operations come to may have changed. */
  readonly changed: undefined
  /** Own operations, stored and ready for others. */
  readonly published: { readonly feed: FeedId; readonly head: ChainHead; readonly entries: readonly SignedEntry[] }
  /** Our own log is known to others further than to us, or damaged here: only a new session may go on. */
  readonly doubt: undefined
}

type WritableBody = Exclude<OperationBody, { kind: 'unknown' }>

export type AppendReason = 'not-allowed' | 'not-stored'

/** The access log of a room on this device: everybody's operations, and the pen for our own. */
export class LogHost {
  readonly events = new Emitter<LogHostEvents>()
  readonly access: AccessLog
  readonly ownLog: FeedId
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
    this.#writer = new OperationWriter(options.genesis.room, options.session.id)
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
    for (const log of await this.#store.feeds()) {
      const { entries, isWhole } = await this.#store.load(log)
      const lastSigned = entries.findLastIndex((entry) => entry.signature !== undefined)
      if (lastSigned >= 0) await this.#take(log, emptyChain(log), entries.slice(0, lastSigned + 1))
      const isKept = isWhole && this.#chains.get(log)?.head.length === entries.length
      if (log === this.ownLog && !isKept) this.events.emit('doubt', undefined)
    }
    const head = this.#chains.get(this.ownLog)?.head
    if (head) this.#writer = new OperationWriter(this.#genesis.room, this.#session.id, head)
  }

  async ingest(log: FeedId, from: number, entries: readonly SignedEntry[]): Promise<IngestOutcome> {
    if (log === this.ownLog) {
      this.events.emit('doubt', undefined)
      return { type: 'retry' }
    }
    const start = this.#chains.get(log)?.head ?? emptyChain(log)
    if (from !== start.length) return { type: 'retry' }
    const taken = await this.#take(log, start, entries)
    if (!taken.ok) return taken.reason === 'forged' ? { type: 'forged' } : { type: 'refused', reason: taken.reason }
    const { head, entries: verified } = taken.value
    const block = { from, entries: verified, receivedAtMs: this.#environment.now() }
    const stored = await this.#store.append(log, block, { durable: false })
    if (!stored.ok) return { type: 'retry' }
    this.events.emit('changed', undefined)
    return { type: 'appended', head, entries: verified }
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

  /** Appends under one grant that is known. */
  appendUnder(node: OperationHash, body: WritableBody): Promise<Result<WrittenOperation, AppendReason>> {
    return this.#inTurn(() => this.#append(node, body))
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
    const operations: WrittenOperation[] = []
    const { certificate, nonce } = this.#session
    if (this.#writer.head.length === 0)
      operations.push(this.#writer.append(ROOT, { kind: 'session', certificate, nonce }))
    const operation = this.#writer.append(node, body)
    operations.push(operation)
    const published = await this.#publish(operations)
    return published.ok ? accepted(operation) : published
  }

  /** One signature over all of them, then the disk, and only then anybody else. */
  async #publish(operations: readonly WrittenOperation[]): Promise<Result<void, AppendReason>> {
    const last = operations.at(-1)
    if (!last) return accepted(undefined)
    const log = this.ownLog
    const signature = await signHead(this.#session.signer, log, last.head)
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
  ): Promise<Result<{ head: ChainHead; entries: readonly SignedEntry[] }, 'forged' | 'refused'>> {
    const binding = this.access.binding(log)
    const verified = await verifyLogRange({ genesis: this.#genesis, log, binding, start, entries })
    if (!verified.ok) {
      const isForged = verified.reason === 'signature' || verified.reason === 'unsigned' || verified.reason === 'empty'
      return rejected(isForged ? 'forged' : 'refused', verified.reason)
    }
    const added = this.access.add(verified.value)
    if (!added.ok) return rejected('refused', added.reason)
    let chain = this.#chains.get(log)
    if (!chain) this.#chains.set(log, (chain = new HashLog(emptyChain(log).hash)))
    for (const hash of verified.value.range.hashes) chain.push(hash)
    return accepted(verified.value.range)
  }
}
