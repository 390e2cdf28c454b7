/**
 * A set, for tables with an entry for everybody, of which nearly all hold one value: then it is that value, and undefined
 * where it is empty. A value is no `Set` itself.
 */
export type Few<Value extends object> = Value | Set<Value> | undefined

/** The set with the value. The one that was given is used up. */
export function withOne<Value extends object>(few: Few<Value>, value: Value): Few<Value> {
  if (few === undefined || few === value) return value
  if (few instanceof Set) return few.add(value)
  return new Set([few, value])
}

/** The set without the value. The one that was given is used up. */
export function withoutOne<Value extends object>(few: Few<Value>, value: Value): Few<Value> {
  if (!(few instanceof Set)) return few === value ? undefined : few
  few.delete(value)
  return few.size === 0 ? undefined : few
}

/** In the order in which they came. */
export function eachOf<Value extends object>(few: Few<Value>): Iterable<Value> {
  if (few === undefined) return []
  return few instanceof Set ? few : [few]
}
