/** Who holds the root keys of a room. */

import type { PersonId } from '../base/ids.ts'
import type { AccessState, Member } from '../access/access-state.ts'
import type { IdentityKey } from '../access/operation-signatures.ts'
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
