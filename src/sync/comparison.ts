import { concatBytes, equalBytes, toHex } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import { sha256 } from '../crypto/hash.ts'
import type { LocalFeed, FeedIndex } from './feed-index.ts'
import { childrenOf, fingerprintOf, stateOf, type ComparePart, type FeedRange, type LackingPart } from './feed-range.ts'
import { STATES_PER_RANGE_MAX } from './limits.ts'
import type { LinkState } from './link-state.ts'
import { StateSum } from './state-sum.ts'
import type { Scope } from './sync-message.ts'

/** What comparing brought to light: feeds of ours that the other side has otherwise or not at all, and what to answer. */
export interface Findings {
  readonly different: LocalFeed[]
  readonly lacking: LackingPart[]
  readonly parts: ComparePart[]
}

/**
 * Finds the feeds in which two peers differ, with bytes that grow with the differences and only slowly with the feeds.
 * After "Range-Based Set Reconciliation" (Meyer, 2022), with ranges that are fixed by the first bits of the ids, so that
 * they need no bounds. One side sends fingerprints of ranges; the other answers for those that differ with finer ones or
 * with the state of each feed; then the differing feeds are known.
 */
export class Comparison {
  readonly #feeds: FeedIndex
  readonly #scope: Scope
  readonly #salt: number
  readonly #link: LinkState

  /** Of what either side skips nothing is said. */
  constructor(feeds: FeedIndex, link: LinkState, scope: Scope, salt: number) {
    this.#feeds = feeds
    this.#link = link
    this.#scope = scope
    this.#salt = salt
  }

  /** What starts a comparison. */
  first(): ComparePart[] {
    return [this.#describe({ depth: 0, prefix: 0 })]
  }

  /** The other side's parts beside what is here. */
  judge(parts: readonly ComparePart[]): Findings {
    const findings: Findings = { different: [], lacking: [], parts: [] }
    for (const part of parts) {
      if (part.kind === 'ranges') this.#judgeRanges(part, findings)
      else this.#judgeStates(part, findings)
    }
    return findings
  }

  /** The feeds of ours that the other side lacks, by the states that we sent. */
  lackedBy(parts: readonly LackingPart[]): LocalFeed[] {
    const lacked: LocalFeed[] = []
    for (const part of parts) {
      const hashes = new Set(part.hashes.map(toHex))
      for (const feed of this.#shownIn(part)) if (hashes.has(toHex(this.#stateOf(feed)))) lacked.push(feed)
    }
    return lacked
  }

  #judgeRanges(part: ComparePart, findings: Findings): void {
    const own = this.#fingerprints(part)
    for (const [i, theirs] of part.hashes.entries()) {
      const ours = own[i]
      if (ours && equalBytes(ours, theirs)) continue
      findings.parts.push(this.#describe({ depth: part.depth + 1, prefix: part.prefix * own.length + i }))
    }
  }

  #judgeStates(part: ComparePart, findings: Findings): void {
    const theirs = new Map(part.hashes.map((hash) => [toHex(hash), hash]))
    for (const feed of this.#shownIn(part))
      if (!theirs.delete(toHex(this.#stateOf(feed)))) findings.different.push(feed)
    const { depth, prefix } = part
    if (theirs.size > 0) findings.lacking.push({ depth, prefix, hashes: [...theirs.values()] })
  }

  #describe(range: FeedRange): ComparePart {
    const feeds = this.#shownIn(range)
    if (feeds.length <= STATES_PER_RANGE_MAX || childrenOf(range.depth) === 0)
      return { ...range, kind: 'states', hashes: feeds.map((feed) => this.#stateOf(feed)) }
    return { ...range, kind: 'ranges', hashes: this.#fingerprints(range) }
  }

  #fingerprints({ depth, prefix }: FeedRange): Uint8Array[] {
    const count = childrenOf(depth)
    return Array.from({ length: count }, (_, i) => {
      const sum = new StateSum()
      const feeds = this.#shownIn({ depth: depth + 1, prefix: prefix * count + i })
      for (const feed of feeds) sum.add(feed.shown.hash)
      const counted = new Writer().u8(this.#salt).varuint(feeds.length).finish()
      return fingerprintOf(sha256(concatBytes(sum.bytes(), counted)))
    })
  }

  #shownIn(range: FeedRange): LocalFeed[] {
    const feeds = this.#feeds.shownIn(range, this.#scope)
    return this.#link.skipped.size === 0 ? feeds : feeds.filter((feed) => !this.#link.skips(feed))
  }

  #stateOf(feed: LocalFeed): Uint8Array {
    return stateOf(feed.shown.hash, this.#salt)
  }
}
