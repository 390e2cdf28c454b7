import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

export type DeleteSet = ReturnType<typeof Y.createDeleteSet>

/** A unit without its other half; the wire format cannot carry it. */
const LONE_SURROGATE = /[\ud800-\udfff]/gu

/**
 * Makes a client's items from `fromClock` on stand between the neighbours that they name. Undoing may copy an item
 * with anchors that were neighbours long ago; the guard would refuse it. Their places stay, their anchors become the
 * neighbours they had when they were made, which is what this author saw of all others' and own earlier items. Run it
 * before anything of others is applied. Returns how many were changed.
 */
export function normaliseLocalAnchors(doc: Y.Doc, client: number, fromClock: number): number {
  const structs = doc.store.clients.get(client)
  if (structs === undefined || Y.getState(doc.store, client) <= fromClock) return 0
  const nextOf = new Map<Y.Item, Y.Item | null>()
  const previousOf = new Map<Y.Item, Y.Item | null>()
  let changed = 0
  // From the newest back, each is taken out of the list before an older one looks at its neighbours.
  for (let i = structs.length - 1; i >= 0; i--) {
    const item = structs[i]
    if (item === undefined || item.id.clock + item.length <= fromClock) break
    if (!(item instanceof Y.Item)) continue
    makeWellFormed(item)
    const left = previousOf.has(item) ? (previousOf.get(item) ?? null) : item.left
    const right = nextOf.has(item) ? (nextOf.get(item) ?? null) : item.right
    if (item.id.clock < fromClock) {
      if (continueRun(doc, item, fromClock, right)) changed++
      break
    }
    const origin = left?.lastId ?? null
    const rightOrigin = right?.id ?? null
    if (!Y.compareIDs(item.origin, origin) || !Y.compareIDs(item.rightOrigin, rightOrigin)) {
      item.origin = origin
      item.rightOrigin = rightOrigin
      changed++
    }
    if (left !== null) nextOf.set(left, right)
    if (right !== null) previousOf.set(right, left)
  }
  return changed
}

/** A run that began before `fromClock`: what is published keeps its right origin, so the rest is parted from it. */
function continueRun(doc: Y.Doc, run: Y.Item, fromClock: number, right: Y.Item | null): boolean {
  const rightOrigin = right?.id ?? null
  if (Y.compareIDs(run.rightOrigin, rightOrigin)) return false
  doc.transact((transaction) => {
    Y.getItemCleanStart(transaction, Y.createID(run.id.client, fromClock)).rightOrigin = rightOrigin
  })
  return true
}

function makeWellFormed({ content }: Y.Item): void {
  if (content instanceof Y.ContentString) content.str = content.str.replace(LONE_SURROGATE, '\ufffd')
}

/**
 * A client's items from `fromClock` on, with the deletions made meanwhile, as one update in the first format; undefined
 * if there is neither. Taken from the document's store, where runs are joined already.
 */
export function encodeLocalChanges(
  doc: Y.Doc,
  client: number,
  fromClock: number,
  deletes: readonly DeleteSet[],
): Uint8Array | undefined {
  const { clients } = Y.mergeDeleteSets([...deletes])
  const structs = doc.store.clients.get(client) ?? []
  const state = Y.getState(doc.store, client)
  if (state <= fromClock && clients.size === 0) return undefined
  const encoder = new Y.UpdateEncoderV1()
  const rest = encoder.restEncoder
  if (state > fromClock) {
    const parts = structs.slice(Y.findIndexSS(structs, fromClock)).flatMap((struct) => partsOf(struct, fromClock))
    encoding.writeVarUint(rest, 1)
    encoding.writeVarUint(rest, parts.length)
    encoding.writeVarUint(rest, client)
    encoding.writeVarUint(rest, fromClock)
    for (const part of parts) part.write(encoder, Math.max(0, fromClock - part.id.clock))
  } else encoding.writeVarUint(rest, 0)
  encoding.writeVarUint(rest, clients.size)
  for (const [deleted, ranges] of [...clients].toSorted(([a], [b]) => b - a)) {
    encoding.writeVarUint(rest, deleted)
    encoding.writeVarUint(rest, ranges.length)
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(rest, clock)
      encoding.writeVarUint(rest, len)
    }
  }
  return encoder.toUint8Array()
}

/**
 * A struct as it is sent. Yjs joins values of one key that are all overwritten or deleted; sent as one, deleting half of
 * it would leave the other half alive on some replicas, so each value goes alone.
 */
function partsOf(struct: Y.Item | Y.GC, fromClock: number): readonly (Y.Item | Y.GC)[] {
  if (!(struct instanceof Y.Item) || struct.parentSub === null || struct.length === 1) return [struct]
  const { id, rightOrigin, parent, parentSub, content } = struct
  if (!(content instanceof Y.ContentAny)) return [struct]
  const values = content.arr as unknown[]
  return values.flatMap((value, i) => {
    const clock = id.clock + i
    if (clock < fromClock) return []
    const origin = i === 0 ? struct.origin : Y.createID(id.client, clock - 1)
    const alone = new Y.ContentAny([value])
    return [new Y.Item(Y.createID(id.client, clock), null, origin, null, rightOrigin, parent, parentSub, alone)]
  })
}
