import * as Y from 'yjs'

/**
 * A hidden entry: beyond its feed's limit while an accepted entry builds on it, or redacted. Its structs are taken in,
 * because anchors point at them, but nothing of it shows: what it inserted is deleted, what it deleted stays, and a
 * value that it set gives way to the one before. The document is a cache and is never synchronised as Yjs state, so its contents are ours
 * to choose; ids and anchors are not.
 */

const varUintBytes = (value: number): number => {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++
  return bytes
}

/** Length in bytes of the deletions at the end of an update that the guard accepted, hence in shortest form. */
function deleteSetBytes(update: Uint8Array): number {
  const { ds } = Y.decodeUpdate(update)
  let bytes = varUintBytes(ds.clients.size)
  for (const [client, ranges] of ds.clients) {
    bytes += varUintBytes(client) + varUintBytes(ranges.length)
    for (const { clock, len } of ranges) bytes += varUintBytes(clock) + varUintBytes(len)
  }
  return bytes
}

/** The update with its deletions left out. */
function withoutDeletions(update: Uint8Array): Uint8Array {
  const end = update.length - deleteSetBytes(update)
  const structs = new Uint8Array(end + 1)
  structs.set(update.subarray(0, end))
  return structs
}

/** What an update fills: the clocks [from, to) of one client. */
interface ClockRange {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** Takes in the structs of a checked update that spans `range`, and hides them. */
export function applyShadow(
  doc: Y.Doc,
  update: Uint8Array,
  range: ClockRange,
  { values, containers }: { readonly values: ShadowValues; readonly containers: ShadowContainers },
): void {
  Y.applyUpdate(doc, withoutDeletions(update))
  if (range.to === range.from) return
  Y.transact(doc, (transaction) => {
    const hidden = Y.createDeleteSet()
    hidden.clients.set(range.client, [{ clock: range.from, len: range.to - range.from }])
    Y.iterateDeletedStructs(transaction, hidden, (item) => {
      if (!(item instanceof Y.Item) || item.deleted) return
      if (item.parentSub !== null) values.add(item)
      else if (item.content instanceof Y.ContentType) containers.add(item)
      else item.delete(transaction)
    })
  })
}

/**
 * Hidden items that won the key of a map. They are not deleted, since a deletion would also hide the value before them;
 * they show that value. What it is may change as long as concurrent values arrive, so it is looked up after each batch.
 * An accepted value or deletion that follows a hidden one takes its place as it would have taken any other's.
 */
export class ShadowValues {
  /** What each shows; `undefined` until it was looked up. */
  readonly #items = new Map<Y.Item, { readonly shown: unknown } | undefined>()

  add(item: Y.Item): void {
    this.#items.set(item, undefined)
  }

  /**
   * `lastShown` is the last clock of [from, to) of a client that is not hidden. True if something that was shown before
   * has another value now: whoever follows the document by its updates does not hear of that.
   */
  refresh(lastShown: (range: ClockRange) => number | undefined): boolean {
    let hasChanged = false
    for (const [item, known] of this.#items) {
      if (item.deleted) {
        this.#items.delete(item)
        continue
      }
      const shown = formerValue(item, lastShown)
      if (known !== undefined && Object.is(known.shown, shown)) continue
      hasChanged ||= known !== undefined
      this.#items.set(item, { shown })
      item.content = new Y.ContentAny([shown])
    }
    return hasChanged
  }
}

/** The nearest value before an item that is not hidden. Undefined, which editors take for no value, if there is none. */
function formerValue(item: Y.Item, lastShown: (range: ClockRange) => number | undefined): unknown {
  for (let former = item.left; former !== null; former = former.left) {
    const { client, clock } = former.id
    // Yjs joins values that were overwritten, so that one item may hold several, some of them hidden.
    const last = lastShown({ client, from: clock, to: clock + former.length })
    if (last === undefined) continue
    return former.content instanceof Y.ContentAny ? (former.content.arr[last - clock] as unknown) : undefined
  }
  return undefined
}

/**
 * Hidden paragraphs, lists, texts: all that holds something. Whoever wrote inside one must not lose it with the walls
 * around it, so those in which something shown was ever put stay, emptied of what is hidden; the others are deleted.
 * Which these are is known when all that came together was taken in.
 */
export class ShadowContainers {
  /** Not decided yet. */
  readonly #open = new Set<Y.Item>()
  readonly #deleted = new Set<Y.Item>()

  add(item: Y.Item): void {
    this.#open.add(item)
  }

  /**
   * Keeps the containers around what a shown update put there. False if one of them is deleted already, and the words
   * with it: they show when the document is made anew.
   */
  keepAround(doc: Y.Doc, { client, from, to }: ClockRange): boolean {
    if (from === to || (this.#open.size === 0 && this.#deleted.size === 0)) return true
    const structs = doc.store.clients.get(client)
    if (structs === undefined) return true
    for (let i = Y.findIndexSS(structs, from); i < structs.length; i++) {
      const item = structs[i]
      if (item === undefined || item.id.clock >= to) return true
      // A format mark or an attribute alone shows nothing.
      if (!(item instanceof Y.Item) || item.parentSub !== null || !item.countable) continue
      if (!this.#keepAncestors(item)) return false
    }
    return true
  }

  /** Deletes those that nothing is in. */
  deleteRest(doc: Y.Doc): void {
    if (this.#open.size === 0) return
    Y.transact(doc, (transaction) => {
      for (const item of this.#open) {
        // What was deleted by somebody in standing is gone anyway, and is no reason to look again.
        if (item.deleted) continue
        item.delete(transaction)
        this.#deleted.add(item)
      }
    })
    this.#open.clear()
  }

  #keepAncestors(item: Y.Item): boolean {
    for (let parent = item.parent; parent instanceof Y.AbstractType;) {
      const container: Y.Item | null = parent._item
      if (container === null) return true
      if (this.#deleted.has(container)) return false
      this.#open.delete(container)
      parent = container.parent
    }
    return true
  }
}
