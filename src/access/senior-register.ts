import { comparePositions, compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { LoggedOperation } from './logged-operation.ts'
import type { OperationHash } from '../base/ids.ts'

/** An effective operation, with the grant under which it stands. */
export interface PlacedOperation<Body> {
  readonly operation: LoggedOperation
  readonly node: AuthorityNode
  readonly body: Body
}

/** The order of seniority, then of the session's operations. */
export const comparePlaces = (a: PlacedOperation<unknown>, b: PlacedOperation<unknown>): number =>
  (a.node === b.node ? 0 : compareSeniority(a.node, b.node)) || comparePositions(a.operation, b.operation)

/** Where the value stands, or would stand, in a sorted list. */
function placeIn(sorted: readonly PlacedOperation<unknown>[], value: PlacedOperation<unknown>): number {
  let low = 0
  let high = sorted.length
  const last = sorted.at(-1)
  if (last === undefined || comparePlaces(last, value) < 0) return high
  while (low < high) {
    const middle = (low + high) >> 1
    const other = sorted[middle]
    if (other && comparePlaces(other, value) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The value of the list with this operation, under a node at the same place. */
export function findPlaced<Value extends PlacedOperation<unknown>>(
  sorted: readonly Value[],
  value: PlacedOperation<unknown>,
): Value | undefined {
  const found = sorted[placeIn(sorted, value)]
  return found?.operation === value.operation ? found : undefined
}

/** Puts a value into its place of a sorted list; a value at its place already goes. */
export function insertPlaced<Value extends PlacedOperation<unknown>>(sorted: Value[], value: Value): number {
  const place = placeIn(sorted, value)
  if (place === sorted.length) sorted.push(value)
  else if (sorted[place]?.operation === value.operation) sorted[place] = value
  else sorted.splice(place, 0, value)
  return place
}

/** Takes a value out of a sorted list; where it was, or -1. */
export function dropPlaced(sorted: PlacedOperation<unknown>[], value: PlacedOperation<unknown>): number {
  const place = placeIn(sorted, value)
  if (sorted[place]?.operation !== value.operation) return -1
  sorted.splice(place, 1)
  return place
}

export function removePlaced(sorted: PlacedOperation<unknown>[], hash: OperationHash): number {
  const index = sorted.findIndex(({ operation }) => operation.hash === hash)
  if (index >= 0) sorted.splice(index, 1)
  return index
}

/** Of those that are left, the most senior author's latest. */
export function latestOfFirst<Value extends PlacedOperation<unknown>>(sorted: readonly Value[]): Value | undefined {
  const [first] = sorted
  return sorted.findLast(({ node, operation }) => node === first?.node && operation.log === first.operation.log)
}

/**
 * A setting that binds those junior to whoever made it: what is in force for a node is decided among the settings by
 * its seniors. A later one replaces those that it lists if its author is as senior.
 */
export class SeniorRegister<Body extends { readonly over: readonly OperationHash[] }> {
  readonly #settings = new Map<string, PlacedOperation<Body>[]>()
  /** By key, then by how many settings are senior: which one is in force. */
  readonly #found = new Map<string, Map<number, PlacedOperation<Body> | undefined>>()

  add(key: string, setting: PlacedOperation<Body>): void {
    const settings = this.#settings.get(key)
    if (settings) insertPlaced(settings, setting)
    else this.#settings.set(key, [setting])
    this.#found.delete(key)
  }

  remove(key: string, hash: OperationHash): void {
    removePlaced(this.#settings.get(key) ?? [], hash)
    this.#found.delete(key)
  }

  /** What binds those who act under the node; of everybody's settings without one. */
  inForce(key: string, node?: AuthorityNode): PlacedOperation<Body> | undefined {
    const settings = this.#settings.get(key)
    if (settings === undefined || settings.length === 0) return undefined
    const count = node === undefined ? settings.length : countSenior(settings, node)
    let found = this.#found.get(key)
    if (!found) this.#found.set(key, (found = new Map()))
    if (!found.has(count)) found.set(count, choose(settings.slice(0, count)))
    return found.get(count)
  }

  has(key: string): boolean {
    return this.#settings.has(key)
  }

  all(key: string): readonly PlacedOperation<Body>[] {
    return this.#settings.get(key) ?? []
  }
}

function countSenior(settings: readonly PlacedOperation<unknown>[], node: AuthorityNode): number {
  let low = 0
  let high = settings.length
  while (low < high) {
    const middle = (low + high) >> 1
    const author = settings[middle]?.node
    if (author && author !== node && compareSeniority(author, node) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function choose<Body extends { readonly over: readonly OperationHash[] }>(
  settings: readonly PlacedOperation<Body>[],
): PlacedOperation<Body> | undefined {
  /** By what is replaced: the first, and so most senior, that replaces it. */
  const replacedBy = new Map<OperationHash, AuthorityNode>()
  for (const { body, node } of settings)
    for (const hash of body.over) if (!replacedBy.has(hash)) replacedBy.set(hash, node)
  const left = settings.filter(({ operation, node }) => {
    const replacer = replacedBy.get(operation.hash)
    return replacer === undefined || (replacer !== node && compareSeniority(replacer, node) > 0)
  })
  return latestOfFirst(left)
}
