import * as Y from 'yjs'
import { assert } from '../../base/assert.ts'
import { accepted, rejected, type Result } from '../../base/result.ts'
import { FEED_BYTES_MAX, FEED_STRUCTS_MAX, WALK_STEPS_MAX } from './limits.ts'
import { Places } from './places.ts'
import { Refusal, type GuardReason } from './reasons.ts'
import type { DocumentSchema } from './schema.ts'
import type { Author, StateView } from './check-context.ts'
import { UpdateCheck } from './update-check.ts'
import { skimUpdate } from './update-spans.ts'

/** Whose Yjs client it is. A feed has one client, one lane and one right for as long as it exists. */
export interface Registration {
  /** The feed's id as it stands in the lane's name. */
  readonly feed: string
  /** `comment` appends to the own lane only; `write` also edits and deletes in the shared roots. */
  readonly rights: 'write' | 'comment'
}

/** What `check` found out, for `commit`. */
export interface CheckedUpdate {
  readonly client: number
  /** Clocks that the update fills: from, inclusive, to, exclusive. */
  readonly from: number
  readonly to: number
  readonly structs: number
  readonly sizeBytes: number
  /** Units written as replacement characters: from, to, from, to. */
  readonly replacements: readonly number[]
}

/**
 * Stands in front of one Yjs document and decides whether an update is what its author may write there. The verdict
 * depends on the feed's earlier updates, the declared view and the bytes only, so every replica decides the same;
 * the rules are in SPEC.md.
 *
 * The document must be made with `gc: false`, hold committed updates and the local author's unpublished changes, and
 * nothing else. Knows nothing of signatures, chains or cuts: whoever calls has checked those.
 */
export class Guard {
  readonly #doc: Y.Doc
  readonly #schema: DocumentSchema
  readonly #places: Places
  readonly #check: UpdateCheck
  readonly #authors = new Map<number, Author>()

  constructor({ doc, schema }: { doc: Y.Doc; schema: DocumentSchema }) {
    assert(!doc.gc, 'a guarded document keeps everything')
    this.#doc = doc
    this.#schema = schema
    this.#places = new Places(doc, schema)
    this.#check = new UpdateCheck(doc, this.#places)
  }

  /** The name of the root in which only this feed appends. */
  laneOf(feed: string): string {
    return this.#schema.lanePrefix + feed
  }

  /** Lets a feed write as a Yjs client. Returns false, and changes nothing, if another feed has the client already. */
  register(client: number, { feed, rights }: Registration): boolean {
    const lane = this.laneOf(feed)
    const known = this.#authors.get(client)
    if (known !== undefined) return known.lane === lane
    this.#places.addLane(lane)
    this.#authors.set(client, { client, lane, mayWrite: rights === 'write', nextClock: 0, structs: 0, sizeBytes: 0 })
    return true
  }

  /** The clock at which a client's next update begins: all before it is committed. */
  nextClock(client: number): number {
    return this.#authors.get(client)?.nextClock ?? 0
  }

  /**
   * Judges an update. Changes nothing. `view` holds the clocks of the declared causal cut and must name committed
   * updates only; the author's own earlier updates are taken as seen. `postponed` and `view` ask to come back, with a
   * larger `stepsMax` or with more updates; every other reason is final.
   */
  check(
    client: number,
    view: StateView,
    update: Uint8Array,
    stepsMax: number = WALK_STEPS_MAX,
  ): Result<CheckedUpdate, GuardReason> {
    const author = this.#authors.get(client)
    if (author === undefined) return rejected('client', 'not registered')
    if (update.length > this.#schema.updateBytesMax) return rejected('size', 'update')
    try {
      const { structs, to, replacements } = this.#check.run(author, view, update, stepsMax)
      if (author.structs + structs > FEED_STRUCTS_MAX || author.sizeBytes + update.length > FEED_BYTES_MAX) {
        return rejected('quota')
      }
      return accepted({ client, from: author.nextClock, to, structs, sizeBytes: update.length, replacements })
    } catch (error) {
      if (error instanceof Refusal) return rejected(error.reason, error.detail)
      throw error
    }
  }

  /** Takes note of an update after exactly its bytes were applied to the document (or written there by this author). */
  commit({ client, from, to, structs, sizeBytes, replacements }: CheckedUpdate): void {
    const author = this.#authors.get(client)
    assert(author !== undefined && author.nextClock === from, 'updates are committed in order')
    assert(Y.getState(this.#doc.store, client) >= to, 'an update is applied before it is committed')
    author.nextClock = to
    author.structs += structs
    author.sizeBytes += sizeBytes
    this.#check.characters.noteWritten(client, replacements)
  }

  /**
   * Reads what `commit` needs from an update that was checked before and comes back from this device's own storage.
   * Does not judge it.
   */
  recall(client: number, update: Uint8Array): Result<CheckedUpdate, GuardReason> {
    const author = this.#authors.get(client)
    if (author === undefined) return rejected('client', 'not registered')
    const skimmed = skimUpdate(update)
    if (!skimmed.ok) return skimmed
    const { structs, replacements } = skimmed.value
    const first = structs[0]
    const last = structs.at(-1)
    const from = author.nextClock
    if (first !== undefined && (first.clock !== from || skimmed.value.client !== client)) return rejected('clock')
    const to = last === undefined ? from : last.clock + last.length
    return accepted({ client, from, to, structs: structs.length, sizeBytes: update.length, replacements })
  }
}
