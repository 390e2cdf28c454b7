/** How the root keys of a room change hands. */

import type { PersonId } from '../base/ids.ts'
import type { AccessLog } from '../access/access-log.ts'
import type { AccessState } from '../access/access-state.ts'
import { departureBody } from '../access/departure.ts'
import { ROOT_KEEP_MAX, ROOT_KEYS_MAX } from '../access/operation-limits.ts'
import { ROOT, type RootSignature } from '../access/operation.ts'
import { isAtLeast } from '../access/role.ts'
import type { Step } from './log-host.ts'
import { holderOf, isOwner, mayActAsRoot, owningMembers } from './owners.ts'
import type { RoomCore } from './room-core.ts'

/** The root keys without those of some people. */
export const keysWithout = (core: RoomCore, state: AccessState, people: ReadonlySet<PersonId>): readonly PersonId[] =>
  state.rootKeys.filter((key) => !people.has(key) && !people.has(holderOf(core, state, key)))

/**
 * Owners who are outside the room, because they left or because the root keys removed them: of several who removed each
 * other while they were apart, a removal may count whose rotation does not. Whoever was removed by anybody else stays an
 * owner, for the other owners to bring back.
 */
export function strayOwners(core: RoomCore, state: AccessState): ReadonlySet<PersonId> {
  const stray = state.rootKeys.filter((key) => {
    const holder = holderOf(core, state, key)
    if (!state.wasMember(holder) || state.member(holder)) return false
    const removal = state.removalOf(holder)
    return removal?.body.mode === 'leave' || removal?.authorNode?.hash === ROOT
  })
  return new Set(stray.map((key) => holderOf(core, state, key)))
}

/**
 * New root keys, in the same publication as `former`, of which what the root keys sign stays in force. Undefined for
 * more than a rotation holds: it would count for nobody, and be tried again at each change.
 */
export function rotationStep(
  access: AccessLog,
  state: AccessState,
  former: readonly Step[],
  change: { readonly rootKeys: readonly PersonId[]; readonly consents?: readonly RootSignature[] },
): Step | undefined {
  const { rootKeys, consents = [] } = change
  const isRootSigned = former.map(({ node }) => node === ROOT)
  const signed = state.rootOperations.filter(
    (hash) => (access.operation(hash)?.operation?.rootSignatures.length ?? 0) > 0,
  )
  const keepCount = signed.length + isRootSigned.filter(Boolean).length
  if (rootKeys.length === 0 || rootKeys.length > ROOT_KEYS_MAX || keepCount > ROOT_KEEP_MAX) return undefined
  return {
    node: ROOT,
    body: (hashes) => ({
      kind: 'root.rotate',
      rootKeys: rootKeys.toSorted(),
      threshold: 1,
      keep: [...signed, ...hashes.filter((_, index) => isRootSigned[index])],
      consents,
    }),
  }
}

/** An owner looks after the room as well, above every admin who is none: by a grant of the root keys' own. */
export function adminGrant(state: AccessState, person: PersonId): readonly Step[] {
  const root = state.nodes.get(ROOT)
  const isAdmin = state.member(person)?.nodes.some((node) => {
    const { parent, documents, role, maxGrant } = node
    return parent?.hash === ROOT && documents === '*' && isAtLeast(role, 'admin') && maxGrant === 'admin'
  })
  if (!root || isAdmin === true) return []
  const over = state.revocationsToOverrule(person, root)
  const body = {
    kind: 'grant',
    to: person,
    role: 'admin',
    scope: '*',
    maxGrant: 'admin',
    over,
    via: undefined,
  } as const
  return [{ node: ROOT, body }]
}

/**
 * What we write when we leave. An owner gives the root keys up in the same publication if another owner stays, so that no
 * key is left with somebody outside.
 */
export function departureSteps(core: RoomCore): readonly Step[] {
  const { log, me } = core
  if (!log) return []
  const { state } = log
  const node = state.nodesOf(me)[0]?.hash ?? ROOT
  const body = departureBody(log.access, me, (session) => core.feedHeadsOf(session))
  const hasOther = owningMembers(core, state).some((person) => person !== me)
  const givesUp = hasOther && isOwner(core, state, me) && mayActAsRoot(core, state)
  const rotation = givesUp
    ? rotationStep(log.access, state, [], { rootKeys: keysWithout(core, state, new Set([me])) })
    : undefined
  return [...(rotation ? [rotation] : []), { node, body }]
}
