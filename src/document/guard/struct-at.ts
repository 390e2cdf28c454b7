import * as Y from 'yjs'

type Structs = readonly (Y.Item | Y.GC)[]

/** The position among a client's structs of the one that covers `clock`, or -1. The newest is looked at first. */
export function indexAt(structs: Structs, clock: number): number {
  let high = structs.length - 1
  const last = structs[high]
  if (last === undefined) return -1
  if (clock >= last.id.clock) return clock < last.id.clock + last.length ? high : -1
  let low = 0
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((structs[middle] as Y.Item).id.clock <= clock) low = middle
    else high = middle - 1
  }
  return clock < 0 ? -1 : low
}

/** The item that covers `clock` of `client`, or undefined if the document has none. */
export function structAt(doc: Y.Doc, client: number, clock: number): Y.Item | undefined {
  const structs = doc.store.clients.get(client)
  return structs === undefined ? undefined : itemOf(structs[indexAt(structs, clock)])
}

/** An item, where it is one: nothing is collected in a guarded document, so it always is. */
export const itemOf = (struct: Y.Item | Y.GC | undefined): Y.Item | undefined =>
  struct?.constructor === Y.Item ? struct : undefined

/** Whether a cut at `offset` parts the two halves of a character. */
export function partsPair(text: string, offset: number): boolean {
  const before = text.charCodeAt(offset - 1)
  const after = text.charCodeAt(offset)
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff
}
