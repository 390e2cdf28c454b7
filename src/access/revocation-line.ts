import type { DocumentId, SessionId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { SessionLog } from './logged-operation.ts'
import { REVOKE_MODES, type RevokeMode } from './operation.ts'
import { ALL, meet, type Tips } from './pin-tips.ts'
import { RangeTree } from './range-tree.ts'
import { compareRevocations, type Revocation } from './revocation.ts'
import type { Work } from './work.ts'

/** A tree over the revocations of a line, with what it takes of each. */
interface Summary<Value> {
  readonly tree: RangeTree<Value>
  leafOf(revocation: Revocation): Value
}

/**
 * The effective revocations of one target, departures and then the most senior first. A grant is bound by those before
 * its own place, except what it overrules. What these come to is kept in trees, so that a flood of revocations costs
 * each grant a logarithm and not a walk.
 */
export class RevocationLine {
  readonly revocations: Revocation[] = []
  readonly #work: Work
  readonly #tips = new Map<SessionId, Summary<Tips>>()
  /** By document, or for all: the kinds of revocation, as bits. */
  readonly #modes = new Map<DocumentId | '*', Summary<number>>()

  constructor(work: Work) {
    this.#work = work
  }

  add(revocation: Revocation): void {
    const index = this.#placeOf(revocation)
    const isLast = index === this.revocations.length
    this.revocations.splice(index, 0, revocation)
    if (!isLast) {
      this.#forget()
      return
    }
    for (const { tree, leafOf } of this.#tips.values()) tree.append(leafOf(revocation))
    for (const { tree, leafOf } of this.#modes.values()) tree.append(leafOf(revocation))
    this.#work.steps += this.#tips.size + this.#modes.size
  }

  remove(revocation: Revocation): void {
    const index = this.indexOf(revocation)
    if (index < 0) return
    this.revocations.splice(index, 1)
    this.#forget()
  }

  /** What the revocation keeps has changed. */
  update(revocation: Revocation): void {
    const index = this.indexOf(revocation)
    if (index >= 0) for (const { tree, leafOf } of this.#tips.values()) tree.set(index, leafOf(revocation))
  }

  indexOf(revocation: Revocation): number {
    const index = this.#placeOf(revocation)
    return this.revocations[index] === revocation ? index : -1
  }

  /** How many of them bind what is done under the node, as far as seniority goes. */
  countBefore(node: AuthorityNode): number {
    let low = 0
    let high = this.revocations.length
    while (low < high) {
      const middle = (low + high) >> 1
      const author = this.revocations[middle]?.author
      this.#work.steps++
      if (author === undefined || (author !== node && compareSeniority(author, node) < 0)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** What those in [0, end) keep of the log, without those at the `skipped` places (ascending). */
  tips(log: SessionLog, end: number, skipped: readonly number[]): Tips {
    let summary = this.#tips.get(log.session)
    if (!summary) {
      summary = this.#summarize((revocation) => revocation.tips(log), ALL, meet)
      this.#tips.set(log.session, summary)
    }
    return this.#over(summary.tree, end, skipped, ALL, meet)
  }

  /** Their kinds; in a document only of those that reach it. */
  modes(document: DocumentId | '*', end: number, skipped: readonly number[]): RevokeMode[] {
    let summary = this.#modes.get(document)
    if (!summary) {
      const bitOf = ({ body }: Revocation): number => 1 << REVOKE_MODES.indexOf(body.mode)
      const leafOf = (revocation: Revocation): number => (revocation.reaches(document) ? bitOf(revocation) : 0)
      summary = this.#summarize(leafOf, 0, (a, b) => a | b)
      this.#modes.set(document, summary)
    }
    const bits = this.#over(summary.tree, end, skipped, 0, (a, b) => a | b)
    return REVOKE_MODES.filter((_, i) => (bits & (1 << i)) !== 0)
  }

  #forget(): void {
    this.#tips.clear()
    this.#modes.clear()
  }

  #summarize<Value>(
    leafOf: (revocation: Revocation) => Value,
    empty: Value,
    combine: (a: Value, b: Value) => Value,
  ): Summary<Value> {
    this.#work.steps += this.revocations.length
    return { tree: new RangeTree(this.revocations.map(leafOf), empty, combine), leafOf }
  }

  #over<Value>(
    tree: RangeTree<Value>,
    end: number,
    skipped: readonly number[],
    empty: Value,
    combine: (a: Value, b: Value) => Value,
  ): Value {
    let from = 0
    let found = empty
    for (const skip of [...skipped, end]) {
      this.#work.steps++
      if (from < skip) found = combine(found, tree.over(from, skip))
      from = skip + 1
    }
    return found
  }

  #placeOf(revocation: Revocation): number {
    const last = this.revocations.at(-1)
    let low = 0
    let high = this.revocations.length
    if (last && compareRevocations(last, revocation) < 0) return high
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.revocations[middle]
      this.#work.steps++
      if (other && compareRevocations(other, revocation) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
