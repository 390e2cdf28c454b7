import assert from 'node:assert/strict'
import * as Y from 'yjs'
import { concatBytes } from '../../src/base/bytes.ts'
import { Writer } from '../../src/base/codec.ts'
import type { StateView } from '../../src/document/guard/check-context.ts'
import { Guard, type CheckedUpdate } from '../../src/document/guard/guard.ts'
import { assertHealthy, disableFormattingCleanup } from '../../src/document/guard/health.ts'
import { encodeLocalChanges, normaliseLocalAnchors, type DeleteSet } from '../../src/document/guard/local-changes.ts'
import type { DocumentSchema } from '../../src/document/guard/schema.ts'
import { splitUpdate } from '../../src/document/guard/split-update.ts'
import { skimUpdate } from '../../src/document/guard/update-spans.ts'
import type { Random } from './random.ts'

/** How many entries of each author had been seen. */
export type Cut = readonly number[]

export interface Entry {
  readonly author: number
  readonly cut: Cut
  readonly update: Uint8Array
  /** Clock after it. */
  readonly to: number
}

const NAMES = ['alice', 'bob', 'carol', 'mallory']

/** Client ids in the order of the authors and against it: ties between concurrent items are broken by them. */
const clientOf = (author: number): number => 4_503_599_627_370_496 + ((author * 7919) % 13) * 1_000_003

/** All feeds of one document, and the rule of which entries each entry may follow. */
export class World {
  readonly schema: DocumentSchema
  readonly feeds: Entry[][]
  readonly clients: readonly number[]

  constructor(schema: DocumentSchema, authors: number) {
    this.schema = schema
    this.feeds = Array.from({ length: authors }, () => [])
    this.clients = this.feeds.map((_, author) => clientOf(author))
  }

  nameOf(author: number): string {
    return NAMES[author] ?? `author${author}`
  }

  viewOf(cut: Cut): StateView {
    const view = new Map<number, number>()
    cut.forEach((length, author) => {
      const last = this.feeds[author]?.[length - 1]
      if (last !== undefined) view.set(this.clients[author] ?? 0, last.to)
    })
    return view
  }

  /** The smallest closed cut that holds `cut`. */
  close(cut: Cut): Cut {
    const closed = [...cut]
    for (let author = 0; author < closed.length; author++) {
      const last = this.feeds[author]?.[(closed[author] ?? 0) - 1]
      last?.cut.forEach((length, other) => {
        if (length > (closed[other] ?? 0)) {
          closed[other] = length
          author = -1
        }
      })
    }
    return closed
  }

  /** A cut that an author may declare next: closed, and no older than the author's last one. */
  randomCut(random: Random, author: number): Cut {
    const last = this.feeds[author]?.at(-1)?.cut
    return this.close(
      this.feeds.map((feed, other) => {
        if (other === author) return feed.length
        const from = last?.[other] ?? 0
        return random.chance(0.4) ? feed.length : from + random.below(feed.length - from + 1)
      }),
    )
  }
}

/** One device: document, guard, and how far it has followed each feed. */
export class Replica {
  readonly world: World
  author: number
  readonly doc = new Y.Doc({ gc: false })
  readonly guard: Guard
  readonly heads: number[]
  readonly undo: Y.UndoManager
  #deletes: DeleteSet[] = []

  /** `author` is -1 for a reader. */
  constructor(world: World, author: number) {
    this.world = world
    this.author = author
    this.doc.clientID = world.clients[author] ?? 1
    disableFormattingCleanup(this.doc)
    this.guard = new Guard({ doc: this.doc, schema: world.schema })
    this.heads = world.feeds.map(() => 0)
    world.clients.forEach((client, other) =>
      this.guard.register(client, { feed: world.nameOf(other), rights: 'write' }),
    )
    const roots = Object.keys(world.schema.roots).map((name) => this.doc.share.get(name))
    const scope = roots.filter((root) => root !== undefined)
    this.undo = new Y.UndoManager(scope.length > 0 ? scope : this.doc.getMap('unused'), {
      trackedOrigins: new Set(['local']),
      captureTimeout: 0,
    })
    this.doc.on('afterTransaction', (transaction: Y.Transaction) => {
      if (transaction.local) this.#deletes.push(transaction.deleteSet)
    })
  }

  get client(): number {
    return this.doc.clientID
  }

  edit(change: () => void): void {
    this.doc.transact(change, 'local')
  }

  /** Publishes what was changed here. Every part must pass the guard: a device does not stop its own feed. */
  flush(sizeBytesMax?: number): void {
    const from = this.guard.nextClock(this.client)
    normaliseLocalAnchors(this.doc, this.client, from)
    const update = encodeLocalChanges(this.doc, this.client, from, this.#deletes)
    this.#deletes = []
    if (update === undefined) return
    const parts = splitUpdate(update, sizeBytesMax)
    assert(parts.ok, 'own update cannot be split')
    for (const part of parts.value) {
      const cut = [...this.heads]
      const checked = this.guard.check(this.client, this.world.viewOf(cut), part, Infinity)
      if (!checked.ok) assert.fail(`own update refused: ${checked.reason} ${checked.detail}`)
      this.guard.commit(checked.value)
      this.#publish(checked.value, cut, part)
    }
  }

  #publish({ to }: CheckedUpdate, cut: Cut, update: Uint8Array): void {
    this.world.feeds[this.author]?.push({ author: this.author, cut, update, to })
    this.heads[this.author] = (this.heads[this.author] ?? 0) + 1
  }

  /** Takes in an entry that every replica must accept. */
  receive(entry: Entry): void {
    const client = this.world.clients[entry.author] ?? 0
    const checked = this.guard.check(client, this.world.viewOf(entry.cut), entry.update, Infinity)
    if (!checked.ok) assert.fail(`accepted elsewhere, refused here: ${checked.reason} ${checked.detail}`)
    this.apply(entry, checked.value)
    assertHealthy(this.doc, this.client)
    this.guard.commit(checked.value)
    this.heads[entry.author] = (this.heads[entry.author] ?? 0) + 1
    assert.equal(checked.value.to, Y.getState(this.doc.store, client), 'applied all of it')
  }

  protected apply({ update }: Entry, _checked: CheckedUpdate): void {
    Y.applyUpdate(this.doc, update, 'remote')
  }

  covers(cut: Cut): boolean {
    return cut.every((length, author) => length <= (this.heads[author] ?? 0))
  }

  /** The feeds whose next entry has all that it follows. */
  ready(): Entry[] {
    return this.world.feeds.flatMap((feed, author) => {
      const next = feed[this.heads[author] ?? 0]
      return next !== undefined && this.covers(next.cut) ? [next] : []
    })
  }

  /** Takes in up to `most` entries in a random causal order. */
  catchUp(random: Random, most: number): void {
    for (let i = 0; i < most; i++) {
      const ready = this.ready()
      if (ready.length === 0) return
      this.receive(random.pick(ready))
    }
  }
}

/**
 * A device on which some authors have been removed: of what they wrote only the places are left, deleted, and what they
 * deleted stays.
 */
export class ShadowingReplica extends Replica {
  readonly #hidden: ReadonlySet<number>

  constructor(world: World, hidden: ReadonlySet<number>) {
    super(world, -1)
    this.#hidden = hidden
  }

  protected override apply(entry: Entry, checked: CheckedUpdate): void {
    if (!this.#hidden.has(entry.author)) return super.apply(entry, checked)
    const { client, from, to } = checked
    const spans = skimUpdate(entry.update)
    assert(spans.ok)
    const end = spans.value.structs.at(-1)?.end
    if (end === undefined) return undefined
    const deletes = new Writer()
      .varuint(1)
      .varuint(client)
      .varuint(1)
      .varuint(from)
      .varuint(to - from)
      .finish()
    return super.apply({ ...entry, update: concatBytes(entry.update.subarray(0, end), deletes) }, checked)
  }

  /** Goes on as one of the authors, all of whose entries are here. */
  become(author: number): void {
    this.author = author
    this.doc.clientID = this.world.clients[author] ?? 0
  }
}
