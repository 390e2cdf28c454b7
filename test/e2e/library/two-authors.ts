/**
 * One of the two authors of a recorded session. Each edit is made on exactly the text that its author saw then: what
 * the other had written meanwhile is kept waiting before it gets into the document, as on a slow network.
 */
import type { GuardedDocument } from '../../../src/document/guarded-document.ts'
import type { Note, Peer, Room } from '../../../src/index.ts'
import { paragraphText, there } from './waiting.ts'

type Agent = 0 | 1

interface ConcurrentTrace {
  readonly txns: readonly {
    readonly agent: number
    readonly parents: readonly number[]
    readonly patches: readonly (readonly [number, number, string])[]
  }[]
}

/** Make one in both browsers before either replays: from then on nothing of the other comes in unasked. */
export class TwoAuthors {
  readonly #txns: ConcurrentTrace['txns']
  readonly #peer: Peer
  readonly #note: Note
  readonly #gate: Gate

  private constructor(txns: ConcurrentTrace['txns'], { peer, room, note }: { peer: Peer; room: Room; note: Note }) {
    this.#txns = txns
    this.#peer = peer
    this.#note = note
    this.#gate = new Gate(there(room.core.documents.get(note.id)).guarded)
  }

  static async prepare(
    traceUrl: string,
    place: { readonly peer: Peer; readonly room: Room; readonly note: Note },
  ): Promise<TwoAuthors> {
    const trace = (await (await fetch(traceUrl)).json()) as ConcurrentTrace
    return new TwoAuthors(trace.txns, place)
  }

  /** Resolves with the text when both have written everything and it is here. */
  async replay(agent: Agent): Promise<string> {
    const { seen, entryEnds } = planOf(this.#txns)
    const other = agent === 0 ? 1 : 0
    const flushAfter = new Set(entryEnds[agent])
    let made = 0
    for (const [index, txn] of this.#txns.entries()) {
      if (txn.agent !== agent) continue
      await this.#gate.letIn(countUpTo(entryEnds[other], seen[index] ?? 0))
      this.#note.doc.transact(() => {
        const text = paragraphText(this.#note)
        for (const [position, deleted, inserted] of txn.patches) {
          if (deleted > 0) text.delete(position, deleted)
          if (inserted !== '') text.insert(position, inserted)
        }
      })
      if (flushAfter.has(++made)) this.#peer.flush()
    }
    await this.#gate.letIn(entryEnds[other].length)
    return paragraphText(this.#note).toJSON()
  }
}

interface Plan {
  /** For each edit the number of the other's edits that its author had seen. */
  readonly seen: readonly number[]
  /**
   * For each author the numbers of own edits after which an entry ends: where the other's next edit begins to see them,
   * and before the author sees more of the other, since one's own changes are handed out first.
   */
  readonly entryEnds: readonly [readonly number[], readonly number[]]
}

function planOf(txns: ConcurrentTrace['txns']): Plan {
  const counts: [number, number] = [0, 0]
  const latest: [number, number] = [0, 0]
  const own: number[] = []
  const seen: number[] = []
  const ends = [new Set<number>(), new Set<number>()] as const
  for (const txn of txns) {
    const [me, other]: [Agent, Agent] = txn.agent === 0 ? [0, 1] : [1, 0]
    const needed = Math.max(
      latest[me],
      ...txn.parents.map((parent) => (txns[parent]?.agent === me ? seen : own)[parent] ?? 0),
    )
    if (needed > latest[me]) {
      ends[other].add(needed)
      if (counts[me] > 0) ends[me].add(counts[me])
    }
    latest[me] = needed
    seen.push(needed)
    own.push(++counts[me])
  }
  const sorted = ([0, 1] as const).map((agent) => [...ends[agent], counts[agent]].toSorted((a, b) => a - b))
  const unique = sorted.map((numbers) => [...new Set(numbers)])
  return { seen, entryEnds: [unique[0] ?? [], unique[1] ?? []] }
}

/** How many of the sorted numbers are at most `limit`. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

/** Holds the other's entries back until the recorded session has come to where they were seen. */
class Gate {
  readonly #take: GuardedDocument['receive']
  readonly #waiting: Parameters<GuardedDocument['receive']>[0][number][] = []
  #taken = 0
  #arrived: () => void = () => {}

  constructor(guarded: GuardedDocument) {
    this.#take = guarded.receive.bind(guarded)
    guarded.receive = (entries) => {
      this.#waiting.push(...entries)
      this.#arrived()
      return []
    }
  }

  /** Lets in the next entries until there are `count` of them. */
  async letIn(count: number): Promise<void> {
    while (this.#taken < count) {
      const entries = this.#waiting.splice(0, count - this.#taken)
      if (entries.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve))
      else
        for (const { outcome } of this.#take(entries)) if (outcome.status !== 'applied') throw new Error(outcome.status)
      this.#taken += entries.length
    }
  }
}
