/**
 * Which entries of a feed are hidden: those beyond its limit, and those that were redacted. What is hidden keeps its
 * places in the document and shows nothing.
 */

/** Entries by position: `from`, inclusive, to `to`, exclusive. */
export interface EntryRange {
  readonly from: number
  readonly to: number
}

/** What the access log says of a feed. */
export interface FeedVisibility {
  /** The number of entries that a pin keeps; undefined while the author is in standing. */
  readonly limit?: number | undefined
  /** Hidden one by one, though within the limit. */
  readonly redactions?: readonly EntryRange[] | undefined
}

/** The hidden ones among the first `length` entries, ascending and apart. */
export function hiddenRanges({ limit, redactions }: FeedVisibility, length: number): readonly EntryRange[] {
  const ranges = [...(redactions ?? [])]
  if (limit !== undefined) ranges.push({ from: limit, to: length })
  const merged: EntryRange[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const to = Math.min(range.to, length)
    const last = merged.at(-1)
    if (range.from >= to) continue
    if (last !== undefined && range.from <= last.to) {
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    } else merged.push({ from: range.from, to })
  }
  return merged
}

/** Whether both hide the same of the first `length` entries. */
export function hideTheSame(one: FeedVisibility, other: FeedVisibility, length: number): boolean {
  const ranges = hiddenRanges(one, length)
  const others = hiddenRanges(other, length)
  return (
    ranges.length === others.length &&
    ranges.every(({ from, to }, i) => from === others[i]?.from && to === others[i].to)
  )
}

/** Whether a position lies in one of these ranges, which are ascending and apart. */
export function isWithin(ranges: readonly EntryRange[], seq: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.to ?? Infinity) <= seq) low = middle + 1
    else high = middle
  }
  return (ranges[low]?.from ?? Infinity) <= seq
}
