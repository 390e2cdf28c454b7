import * as Y from 'yjs'
import { partsPair, structAt } from './struct-at.ts'

const REPLACEMENT = 0xfffd

/**
 * Tells where a text may be cut. Yjs overwrites both halves of a character that is cut with replacement characters, so
 * the device that made such a cut finds its own update in order and everybody else refuses it. To see the damage, this
 * remembers which replacement characters were really written: any other pair of them was one character.
 */
export class Characters {
  readonly #doc: Y.Doc
  /** Of each client, the units that were written as replacement characters: from, to, from, to, ascending. */
  readonly #written = new Map<number, number[]>()

  constructor(doc: Y.Doc) {
    this.#doc = doc
  }

  /** Takes note of replacement characters in a committed update. */
  noteWritten(client: number, units: readonly number[]): void {
    if (units.length === 0) return
    const written = this.#written.get(client)
    if (written === undefined) this.#written.set(client, [...units])
    else for (const unit of units) written.push(unit)
  }

  /** Whether the border before `clock` lies within a character. `before` covers the unit left of it. */
  isCutAt(before: Y.Item, clock: number): boolean {
    if (before.content.constructor !== Y.ContentString) return false
    const text = (before.content as Y.ContentString).str
    const offset = clock - before.id.clock
    if (offset < before.length) {
      return partsPair(text, offset) || (this.#isDamage(before, offset - 1) && this.#isDamage(before, offset))
    }
    if (text.charCodeAt(offset - 1) !== REPLACEMENT || !this.#isDamage(before, offset - 1)) return false
    const after = structAt(this.#doc, before.id.client, clock)
    return after !== undefined && after.content.constructor === Y.ContentString && this.#isDamage(after, 0)
  }

  #isDamage({ id, content }: Y.Item, offset: number): boolean {
    if ((content as Y.ContentString).str.charCodeAt(offset) !== REPLACEMENT) return false
    const written = this.#written.get(id.client) ?? []
    const unit = id.clock + offset
    // The number of bounds at or before the unit is odd within a range.
    let low = 0
    let high = written.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((written[middle] as number) <= unit) low = middle + 1
      else high = middle
    }
    return low % 2 === 0
  }
}
