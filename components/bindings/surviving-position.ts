import * as Y from 'yjs'

/**
 * Finds in a document that was made anew the place of a position in the former one. What stood there may be missing now:
 * then it is after the nearest character or block before it that is still there, else before the nearest one after it,
 * else where what it stood in was.
 */
export function survivingPosition(
  position: Y.RelativePosition,
  former: Y.Doc,
  current: Y.Doc,
): Y.RelativePosition | undefined {
  const { item: unit, type } = position
  const place = unit ?? type
  if (place === null || hasUnit(current, place)) return position
  for (let item = itemAt(former, place); item !== undefined;) {
    // The end of a container that is missing is the place of the container.
    const near = nearestUnit(item, current)
    const parent: Y.Item | null = parentOf(item)._item
    if (near !== undefined) return new Y.RelativePosition(parent?.id ?? null, rootName(item), near.id, near.assoc)
    if (parent === null) return undefined
    if (hasUnit(current, parent.id)) return new Y.RelativePosition(parent.id, null, null)
    item = parent
  }
  return undefined
}

/** A deleted one is still a place. */
const hasUnit = (doc: Y.Doc, { client, clock }: Y.ID): boolean => Y.getState(doc.store, client) > clock

function itemAt(doc: Y.Doc, id: Y.ID): Y.Item | undefined {
  if (!hasUnit(doc, id)) return undefined
  const item: unknown = Y.getItem(doc.store, id)
  return item instanceof Y.Item ? item : undefined
}

const parentOf = (item: Y.Item): Y.AbstractType<unknown> => item.parent as Y.AbstractType<unknown>

function rootName(item: Y.Item): string | null {
  const parent = parentOf(item)
  return parent._item === null ? Y.findRootTypeKey(parent) : null
}

/** Looks at what is shown in the former document, first to the left. */
function nearestUnit(item: Y.Item, current: Y.Doc): { readonly id: Y.ID; readonly assoc: 0 | -1 } | undefined {
  for (let left: Y.Item | null = item; left !== null; left = left.left) {
    const last = Math.min(left.id.clock + left.length, Y.getState(current.store, left.id.client)) - 1
    // The item itself may hold the position further on than what is left of it.
    if (left.countable && !left.deleted && last >= left.id.clock) {
      return { id: Y.createID(left.id.client, last), assoc: -1 }
    }
  }
  for (let { right } = item; right !== null; right = right.right) {
    if (right.countable && !right.deleted && hasUnit(current, right.id)) return { id: right.id, assoc: 0 }
  }
  return undefined
}
