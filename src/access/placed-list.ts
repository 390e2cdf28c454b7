import { dropPlaced, findPlaced, insertPlaced, type PlacedOperation } from './senior-register.ts'

/**
 * Placed operations in their order, at least one: a list, or where there is only one, that one. For tables with an entry
 * for everybody or for every feed, of which nearly all have one: lists of one would be most of their size.
 */
export type PlacedList<Value extends PlacedOperation<unknown>> = Value | Value[]

const isMany = <Value extends PlacedOperation<unknown>>(list: PlacedList<Value>): list is Value[] => Array.isArray(list)

export const firstPlaced = <Value extends PlacedOperation<unknown>>(
  list: PlacedList<Value> | undefined,
): Value | undefined => (list !== undefined && isMany(list) ? list[0] : list)

export function allPlaced<Value extends PlacedOperation<unknown>>(
  list: PlacedList<Value> | undefined,
): readonly Value[] {
  if (list === undefined) return []
  return isMany(list) ? list : [list]
}

/** The value with this operation, under a node at the same place. */
export function placedIn<Value extends PlacedOperation<unknown>>(
  list: PlacedList<Value>,
  value: PlacedOperation<unknown>,
): Value | undefined {
  return findPlaced(isMany(list) ? list : [list], value)
}

/** The list with the value in its place. The one that was given is used up. */
export function withPlaced<Value extends PlacedOperation<unknown>>(
  list: PlacedList<Value> | undefined,
  value: Value,
): PlacedList<Value> {
  if (list === undefined) return value
  const many = isMany(list) ? list : [list]
  insertPlaced(many, value)
  return many
}

/** The list without the value, which is at its place or not there; undefined: nothing is left. */
export function withoutPlaced<Value extends PlacedOperation<unknown>>(
  list: PlacedList<Value> | undefined,
  value: PlacedOperation<unknown>,
): PlacedList<Value> | undefined {
  if (list === undefined) return undefined
  const many = isMany(list) ? list : [list]
  dropPlaced(many, value)
  return many.length === 0 ? undefined : many
}
