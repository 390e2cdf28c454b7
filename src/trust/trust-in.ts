/**
 * How far a person is trusted, and why. It counts over two hops, me, my people, that person, and no further: every
 * reason can be said in a sentence that names people whom the user knows. Only the user's own setting leads above
 * Introduced, and it wins over everything that others say.
 */
import type { PersonId, RoomId } from '../base/ids.ts'
import type { Heirs, Inheritance } from './heirs.ts'
import { isTrustAtLeast, type OwnLevel, type TrustLevel } from './level.ts'
import { personSettingOf, type TrustSettings } from './settings.ts'
import type { StatementBook } from './statement-book.ts'
import { blockSlot, isInForce, vouchSlot, type BlockReason } from './statement.ts'
import { voicesAbout } from './voices.ts'

/** One Trusted person, or two Known ones. */
export const SUPPORT_NEEDED = 2
export const CONCERN_COLLAPSES_FROM = 2

export interface SharedRoom {
  readonly room: RoomId
  /** `open`: anybody with a link, or anybody at all. */
  readonly admission: 'invite-only' | 'open'
  /** Who let the user in; the user, if they made the room. */
  readonly inviter: PersonId | undefined
}

export interface TrustContext {
  readonly me: PersonId
  readonly settings: TrustSettings
  readonly statements: StatementBook
  readonly heirs?: Heirs
  /** Rooms whose floor counts: the one in which something stands; for what stands in none, all that are shared. */
  readonly rooms: readonly SharedRoom[]
  readonly nowMs: number
}

export type TrustReason =
  | { readonly kind: 'me' }
  | { readonly kind: 'own-setting'; readonly level: OwnLevel }
  | { readonly kind: 'handed-over'; readonly from: PersonId; readonly level: OwnLevel }
  | { readonly kind: 'handover-disputed'; readonly from: PersonId }
  | { readonly kind: 'followed-block'; readonly by: PersonId; readonly reason: BlockReason }
  | { readonly kind: 'vouched'; readonly by: readonly PersonId[]; readonly support: number }
  | { readonly kind: 'vouches-short'; readonly by: readonly PersonId[]; readonly support: number }
  | { readonly kind: 'room-floor'; readonly room: RoomId; readonly inviter: PersonId }
  | { readonly kind: 'preset-floor' }
  | { readonly kind: 'concern'; readonly by: readonly PersonId[]; readonly reasons: readonly BlockReason[] }
  | { readonly kind: 'nobody' }

export interface Trust {
  readonly level: TrustLevel
  /** What the user set for this very key. */
  readonly ownLevel: OwnLevel | undefined
  /** The one that decides first. */
  readonly reasons: readonly TrustReason[]
  /** The user's people who vouch and who block: two counts to show, never one score. */
  readonly vouchers: readonly PersonId[]
  readonly blockers: readonly PersonId[]
  /** Twice the Trusted and once the Known among them. */
  readonly support: number
  readonly concern: number
  readonly isVerified: boolean
  /** Their items are folded, with the blockers' names. */
  readonly isCollapsed: boolean
}

export function trustIn(person: PersonId, context: TrustContext): Trust {
  const { me, settings } = context
  const { level: ownLevel, isVerified } = personSettingOf(settings, person)
  const opinions = opinionsAbout(person, context)
  const { vouchers, blockers, support, concern } = opinions
  const inheritance = ownLevel === undefined ? context.heirs?.inheritanceOf(person, settings) : undefined
  const [level, deciding] = person === me ? ME : levelOf(ownLevel, inheritance, opinions, context)
  const isFolding = level === 'unknown' || level === 'introduced'
  const isCollapsed = isFolding && concern >= CONCERN_COLLAPSES_FROM
  const reasons = [...deciding, ...furtherReasons(deciding, inheritance, opinions)]
  return { level, ownLevel, reasons, vouchers, blockers, support, concern, isVerified, isCollapsed }
}

type Verdict = readonly [level: TrustLevel, deciding: readonly TrustReason[]]

const ME: Verdict = ['trusted', [{ kind: 'me' }]]

function levelOf(
  ownLevel: OwnLevel | undefined,
  inheritance: Inheritance | undefined,
  opinions: Opinions,
  context: TrustContext,
): Verdict {
  if (ownLevel !== undefined) return [ownLevel, [{ kind: 'own-setting', level: ownLevel }]]
  const [followed] = opinions.followed
  const inherited = inheritedFrom(inheritance)
  // Who hands their own key over to another of their own must not get rid of a block by it.
  if (inherited && !(followed && inherited.level === 'unknown')) return [inherited.level, [inherited]]
  if (followed) return ['blocked', [{ kind: 'followed-block', ...followed }]]
  const reasons: TrustReason[] = []
  const { vouchers, support, concern } = opinions
  if (support >= SUPPORT_NEEDED && concern === 0) reasons.push({ kind: 'vouched', by: vouchers, support })
  for (const shared of context.rooms) {
    const floor = floorOf(shared, context)
    if (floor) reasons.push(floor)
  }
  if (context.settings.preset === 'relaxed') reasons.push({ kind: 'preset-floor' })
  return [reasons.length > 0 ? 'introduced' : 'unknown', reasons]
}

/** A block is inherited in any case; anything better only while nobody else claims the old key. */
function inheritedFrom(inheritance: Inheritance | undefined): (TrustReason & { kind: 'handed-over' }) | undefined {
  if (inheritance?.level === undefined) return undefined
  const { from, level, isDisputed } = inheritance
  return level === 'blocked' || !isDisputed ? { kind: 'handed-over', from, level } : undefined
}

function floorOf({ room, admission, inviter }: SharedRoom, { me, settings }: TrustContext): TrustReason | undefined {
  if (admission !== 'invite-only' || inviter === undefined) return undefined
  const isKnown = inviter === me || isTrustAtLeast(personSettingOf(settings, inviter).level ?? 'unknown', 'known')
  return isKnown ? { kind: 'room-floor', room, inviter } : undefined
}

function furtherReasons(
  deciding: readonly TrustReason[],
  inheritance: Inheritance | undefined,
  { vouchers, blockers, support, blockReasons }: Opinions,
): readonly TrustReason[] {
  const reasons: TrustReason[] = []
  if (inheritance?.isDisputed === true && inheritance.level !== undefined)
    reasons.push({ kind: 'handover-disputed', from: inheritance.from })
  if (blockers.length > 0) reasons.push({ kind: 'concern', by: blockers, reasons: blockReasons })
  const isUndecided = deciding.length === 0
  if (isUndecided && support > 0) reasons.push({ kind: 'vouches-short', by: vouchers, support })
  if (isUndecided && reasons.length === 0) reasons.push({ kind: 'nobody' })
  return reasons
}

interface Opinions {
  readonly vouchers: readonly PersonId[]
  readonly blockers: readonly PersonId[]
  readonly support: number
  readonly concern: number
  readonly blockReasons: readonly BlockReason[]
  readonly followed: readonly { readonly by: PersonId; readonly reason: BlockReason }[]
}

function opinionsAbout(person: PersonId, context: TrustContext): Opinions {
  const { statements, nowMs } = context
  const [vouchers, blockers, followed]: [PersonId[], PersonId[], { by: PersonId; reason: BlockReason }[]] = [[], [], []]
  const blockReasons = new Set<BlockReason>()
  let [support, concern] = [0, 0]
  for (const [issuer, { weight, isFollowed }] of voicesAbout(person, context)) {
    if (issuer === person) continue
    const vouch = statements.said(issuer, vouchSlot(person, 'people'))
    if (vouch && isInForce(vouch, nowMs)) {
      support += weight
      vouchers.push(issuer)
    }
    const block = statements.said(issuer, blockSlot(person))
    if (block?.claim.kind !== 'block' || !isInForce(block, nowMs)) continue
    concern += weight
    blockers.push(issuer)
    blockReasons.add(block.claim.reason)
    if (isFollowed) followed.push({ by: issuer, reason: block.claim.reason })
  }
  return { vouchers, blockers, support, concern, blockReasons: [...blockReasons], followed }
}
