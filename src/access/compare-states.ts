import type { FeedId, OperationHash, PersonId } from '../base/ids.ts'
import type { StateSnapshot } from './access-state.ts'
import { explainOutcome, type Outcome } from './outcome.ts'
import type { Role } from './role.ts'

/** What is different after something was added. */
export interface StateDifference {
  readonly members: readonly {
    readonly person: PersonId
    readonly from: Role | undefined
    readonly to: Role | undefined
  }[]
  /** Operations that counted and do not any more. */
  readonly lapsed: readonly OperationHash[]
  /** Operations that did not count and do now. */
  readonly restored: readonly OperationHash[]
  /** How many entries of a feed are accepted; undefined for all, 0 for a feed that is not there or may not write. */
  readonly feeds: readonly {
    readonly feed: FeedId
    readonly from: number | undefined
    readonly to: number | undefined
  }[]
}

type Comparable = StateSnapshot | { snapshot(): StateSnapshot }

/** Compares two states of a room. A state is a view: of an earlier one a snapshot must have been taken. */
export function compareStates(before: Comparable, after: Comparable): StateDifference {
  const from = 'snapshot' in before ? before.snapshot() : before
  const to = 'snapshot' in after ? after.snapshot() : after
  const lapsed: OperationHash[] = []
  const restored: OperationHash[] = []
  for (const [hash, outcome] of from.outcomes) {
    const now = to.outcomes.get(hash)
    if (outcome === now) continue
    if (outcome === 'effective') lapsed.push(hash)
    else if (now === 'effective' && isRefused(outcome)) restored.push(hash)
  }
  const members = changes(from.roles, to.roles, undefined).map(({ key, ...change }) => ({ person: key, ...change }))
  const feeds = changes<FeedId, number | undefined>(from.limits, to.limits, 0)
  return { members, lapsed, restored, feeds: feeds.map(({ key, ...change }) => ({ feed: key, ...change })) }
}

const isRefused = (outcome: Outcome): boolean => explainOutcome(outcome).status === 'not-effective'

function changes<Key, Value>(
  before: ReadonlyMap<Key, Value>,
  after: ReadonlyMap<Key, Value>,
  absent: Value | undefined,
): { readonly key: Key; readonly from: Value | undefined; readonly to: Value | undefined }[] {
  const found: { readonly key: Key; readonly from: Value | undefined; readonly to: Value | undefined }[] = []
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const from = before.has(key) ? before.get(key) : absent
    const to = after.has(key) ? after.get(key) : absent
    if (from !== to) found.push({ key, from, to })
  }
  return found
}
