/** Who holds the root keys of a room, and how the keys change hands. */

import type { PersonId } from '../base/ids.ts'
import type { AccessLog } from '../access/access-log.ts'
import type { AccessState, Member } from '../access/access-state.ts'
import { departureBody } from '../access/departure.ts'
import { ROOT_KEEP_MAX, ROOT_KEYS_MAX } from '../access/operation-limits.ts'
import type { IdentityKey } from '../access/operation-signatures.ts'
import { ROOT, type RootSignature } from '../access/operation.ts'
import { isAtLeast } from '../access/role.ts'
import type { Step } from './log-host.ts'
import type { RoomCore } from './room-core.ts'

/** A root key of the room that this device can sign with: the person's own, or one that was made for this room. */
export function rootKeyOf({ session }: RoomCore, state: AccessState): IdentityKey | undefined {
  for (const key of state.rootKeys) {
    const sign = session.rootSigner(key)
    if (sign) return { key, sign }
  }
  return undefined
}

/** Whether this device can sign alone for the root keys. From outside the room nobody acts for it. */
export const mayActAsRoot = (core: RoomCore, state: AccessState): boolean =>
  state.rootThreshold === 1 && state.member(core.me) !== undefined && rootKeyOf(core, state) !== undefined

/**
 * Whose root key it is. A person's own key, or one that was made for the room on a device that had none: of such a key it
 * is the person in whose log it signed first.
 */
export function holderOf({ log }: Pick<RoomCore, 'log'>, state: AccessState, key: PersonId): PersonId {
  if (!log || state.wasMember(key)) return key
  const signed = state.rootOperations
    .map((hash) => log.access.operation(hash))
    .find((operation) => operation?.operation?.rootSignatures.some((signature) => signature.key === key))
  return signed?.log.person ?? key
}

export const isOwner = (core: RoomCore, state: AccessState, person: PersonId): boolean =>
  state.rootKeys.some((key) => key === person || holderOf(core, state, key) === person)

/** The owners who are members. */
export function owningMembers(core: RoomCore, state: AccessState): readonly PersonId[] {
  const holders = new Set(state.rootKeys.map((key) => holderOf(core, state, key)))
  return [...holders].filter((person) => state.member(person) !== undefined)
}

/** The members, the owners first; of either the most senior first. */
export function inOrderOfAuthority(core: RoomCore, state: AccessState): readonly Member[] {
  const owners = new Set(owningMembers(core, state))
  const members = state.members()
  const isOwning = ({ person }: Member): boolean => owners.has(person)
  return [...members.filter(isOwning), ...members.filter((member) => !isOwning(member))]
}

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
