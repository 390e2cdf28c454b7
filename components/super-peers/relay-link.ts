import type { Invite, InviteReason, Result, Room } from '../../src/index.ts'

/** A link for one super peer, which is let in without being asked about. The label is for those who may read here. */
export const makeRelayLink = (room: Room, label?: string): Promise<Result<Invite, InviteReason>> =>
  room.createInvite({ role: 'relay', usesMax: 1, approval: 'auto', ...(label && { label }) })

/** As one word of a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** What one types on the computer that is to be the super peer. */
export const relayCommand = (link: string): string => `npx parley superpeer --invite ${quoted(link)}`
