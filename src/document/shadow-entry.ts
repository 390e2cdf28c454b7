import * as Y from 'yjs'

/**
 * An entry beyond its feed's limit that an accepted entry builds on. Its structs are taken in, because anchors point at
 * them, but nothing of it shows: what it inserted is deleted at once, what it deleted stays, and a value that it set
 * gives way to the one before. The document is a cache and is never synchronised as Yjs state, so its contents are ours
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

/** Takes in the structs of a checked update that spans the clocks [from, to) of `client`, and hides them. */
export function applyShadow(
  doc: Y.Doc,
  update: Uint8Array,
  range: { readonly client: number; readonly from: number; readonly to: number },
  values: ShadowValues,
): void {
  Y.applyUpdate(doc, withoutDeletions(update))
  const { client, from, to } = range
  if (to === from) return
  Y.transact(doc, (transaction) => {
    const hidden = Y.createDeleteSet()
    hidden.clients.set(client, [{ clock: from, len: to - from }])
    Y.iterateDeletedStructs(transaction, hidden, (item) => {
      if (!(item instanceof Y.Item) || item.deleted) return
      if (item.parentSub === null) item.delete(transaction)
      else values.add(item)
    })
  })
}

/**
 * Hidden items that won the key of a map. They are not deleted, since a deletion would also hide the value before them;
 * they show that value. What it is may change as long as concurrent values arrive, so it is looked up after each batch.
 * An accepted value or deletion that follows a hidden one takes its place as it would have taken any other's.
 */
export class ShadowValues {
  readonly #items = new Set<Y.Item>()

  add(item: Y.Item): void {
    this.#items.add(item)
  }

  /** `limitOf` is the clock of a client from which on its items are hidden. */
  refresh(limitOf: (client: number) => number): void {
    for (const item of this.#items) {
      if (item.deleted) this.#items.delete(item)
      else item.content = new Y.ContentAny([formerValue(item, limitOf)])
    }
  }
}

/** The nearest value before an item that is not hidden. Undefined, which editors take for no value, if there is none. */
function formerValue(item: Y.Item, limitOf: (client: number) => number): unknown {
  for (let former = item.left; former !== null; former = former.left) {
    // Yjs joins values that were overwritten, so that one item may hold several, the later ones hidden.
    const shownLength = Math.min(former.length, limitOf(former.id.client) - former.id.clock)
    if (shownLength < 1) continue
    return former.content instanceof Y.ContentAny ? (former.content.arr[shownLength - 1] as unknown) : undefined
  }
  return undefined
}
