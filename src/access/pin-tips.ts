/**
 * What stays of one session's log, as the last operations that stay: everything, or the union of the paths that lead up
 * to some operations. A log is a list, or a tree where its author forked it; what two limits both keep is then again a
 * union of paths, so that any number of limits comes to one value.
 */
import type { LoggedOperation } from './logged-operation.ts'

export type Tips = 'all' | readonly LoggedOperation[]

export const ALL: Tips = 'all'
export const NOTHING: readonly LoggedOperation[] = []

/** The paths of forked logs that were walked: from an operation back to the start. Each is walked once. */
const paths = new WeakMap<LoggedOperation, ReadonlySet<LoggedOperation>>()

function pathTo(tip: LoggedOperation): ReadonlySet<LoggedOperation> {
  const known = paths.get(tip)
  if (known) return known
  const path = new Set<LoggedOperation>()
  for (let at: LoggedOperation | undefined = tip; at; at = at.previous) path.add(at)
  paths.set(tip, path)
  return path
}

const leadsTo = (operation: LoggedOperation, tip: LoggedOperation): boolean =>
  operation.seq <= tip.seq && (!tip.log.isForked || pathTo(tip).has(operation))

/** Whether the operation is one of those that stay. All are of one log. */
export const keeps = (tips: Tips, operation: LoggedOperation): boolean =>
  tips === 'all' || tips.some((tip) => leadsTo(operation, tip))

/** What both keep. */
export function meet(a: Tips, b: Tips): Tips {
  if (a === 'all') return b
  if (b === 'all' || a === b) return a
  const [first] = a
  const [second] = b
  if (first === undefined || second === undefined) return NOTHING
  if (!first.log.isForked) return first.seq <= second.seq ? a : b
  return withoutInner(a.flatMap((one) => b.flatMap((other) => lastCommon(one, other) ?? [])))
}

/** What one of them keeps. */
export function union(a: Tips, b: Tips): Tips {
  if (a === 'all' || b === 'all') return ALL
  return withoutInner([...a, ...b])
}

/** The operations that lead to no other one, each once. */
function withoutInner(tips: readonly LoggedOperation[]): readonly LoggedOperation[] {
  if (tips.length < 2) return tips
  const distinct = [...new Set(tips)]
  return distinct.filter((tip) => !distinct.some((other) => other !== tip && leadsTo(tip, other)))
}

function lastCommon(one: LoggedOperation, other: LoggedOperation): LoggedOperation | undefined {
  const [short, long] = one.seq <= other.seq ? [one, other] : [other, one]
  const path = pathTo(long)
  for (let at: LoggedOperation | undefined = short; at; at = at.previous) if (path.has(at)) return at
  return undefined
}
