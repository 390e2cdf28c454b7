/**
 * The links we have, and who may become one: quotas for persons, branches and supers, the slots that newcomers take from
 * each other, the ones we chose ourselves that nobody can take.
 */
import type { PersonId, SessionId } from '../base/ids.ts'
import {
  GENEROUS_DEGREE,
  LINKS_PER_BRANCH_MIN,
  LINKS_PER_PERSON_MAX,
  NEWCOMER_TENURE_MS,
  PROBATION_MS,
  QUOTA_ROOM_MEMBERS,
  SAFE_DEGREE,
  SUPER_LINKS_MAX,
  type Profile,
} from './limits.ts'
import type { LinkId } from './overlay-event.ts'
import type { HeldCard } from './passive-view.ts'

export interface ActiveLink {
  readonly link: LinkId
  readonly peer: SessionId
  person: PersonId
  branch: PersonId | undefined
  readonly isOutbound: boolean
  /** As the other side said last, in the handshake or by its card. */
  isSuper: boolean
  isEdge: boolean
  readonly foundBy: 'door' | 'mesh'
  readonly sinceMs: number
  roundTripMs: number | undefined
  /** How many links the other side says it has. */
  degree: number | undefined
  card: HeldCard | undefined
  suspectSinceMs: number | undefined
  /** Of our card, what the other side has. */
  sequenceTold: number
  degreeTold: number
  /** It stands beside all places until then, to show that it is faster than another. Undefined for all other links. */
  trialUntilMs: number | undefined
  /** Of a link on trial: what we said, and what the other side did. */
  hasToldKeep: boolean
  isToldKeep: boolean
  /** Somebody made way for it, because it said that it is in need. */
  readonly isByPlea: boolean
  /** It came here because it was faster. */
  isNear: boolean
}

/** Who somebody is, as far as quotas care. */
export interface Standing {
  readonly person: PersonId
  readonly branch: PersonId | undefined
  readonly isSuper: boolean
}

/**
 * Links for one branch of invitations. Two, so that three bribed members who invite a crowd cannot fill a view of eight;
 * more where the room has grown in few branches, because then it could not hold together.
 */
export const branchQuota = (activeMax: number, branches: number): number =>
  Math.max(LINKS_PER_BRANCH_MIN, Math.min(activeMax, Math.ceil((activeMax * 1.5) / Math.max(1, branches))))

export class ActiveView {
  readonly #links = new Map<LinkId, ActiveLink>()
  readonly #bySession = new Map<SessionId, ActiveLink>()

  /** Links that take a place: those on trial stand beside all counts, and nobody can take over what they don't have. */
  get size(): number {
    return this.count(() => true)
  }
  /** With those on trial. */
  get all(): IterableIterator<ActiveLink> {
    return this.#links.values()
  }
  get(link: LinkId): ActiveLink | undefined {
    return this.#links.get(link)
  }
  to(session: SessionId): ActiveLink | undefined {
    return this.#bySession.get(session)
  }
  add(link: ActiveLink): void {
    this.#links.set(link.link, link)
    this.#bySession.set(link.peer, link)
  }
  remove(link: LinkId): ActiveLink | undefined {
    const removed = this.#links.get(link)
    this.#links.delete(link)
    if (removed && this.#bySession.get(removed.peer) === removed) this.#bySession.delete(removed.peer)
    return removed
  }

  count(isCounted: (link: ActiveLink) => boolean): number {
    let count = 0
    for (const link of this.#links.values()) if (link.trialUntilMs === undefined && isCounted(link)) count++
    return count
  }
  /** In the order in which they came, those on trial left out. */
  get kept(): readonly ActiveLink[] {
    return [...this.#links.values()].filter(({ trialUntilMs }) => trialUntilMs === undefined)
  }
  get onTrial(): ActiveLink | undefined {
    for (const link of this.#links.values()) if (link.trialUntilMs !== undefined) return link
    return undefined
  }
  get healthy(): number {
    return this.count((link) => link.suspectSinceMs === undefined)
  }
  get healthyOutbound(): number {
    return this.count((link) => link.isOutbound && link.suspectSinceMs === undefined)
  }
  get healthyInbound(): number {
    return this.count((link) => !link.isOutbound && link.suspectSinceMs === undefined)
  }
  get inbound(): number {
    return this.count((link) => !link.isOutbound)
  }

  /** Whether a further link to such a one is within the quotas. `except` is judged as if it were not there. */
  hasQuota(
    standing: Standing,
    room: { readonly profile: Profile; readonly members: number; readonly branches: number },
    except?: LinkId,
  ): boolean {
    if (room.members < QUOTA_ROOM_MEMBERS) return true
    let ofPerson = 0
    let ofBranch = 0
    let supers = 0
    for (const link of this.#links.values()) {
      if (link.link === except) continue
      if (link.person === standing.person) ofPerson++
      if (link.branch === standing.branch) ofBranch++
      if (link.isSuper) supers++
    }
    // Whom the log does not name is one branch, whoever and however many they are, and stands in newcomers' slots.
    const { activeMax, newcomerSlots } = room.profile
    const branchMax = standing.branch === undefined ? newcomerSlots : branchQuota(activeMax, room.branches)
    const isWithin = ofPerson < LINKS_PER_PERSON_MAX && ofBranch < branchMax
    return isWithin && (!standing.isSuper || supers < SUPER_LINKS_MAX)
  }

  /**
   * The link that a newcomer may take over when all places are taken: of those in newcomers' slots the oldest that had time
   * to find others, and says it did. Links of our choice are never given away, nor the inbound ones that are oldest.
   */
  newcomerToReplace(slots: number, nowMs: number): ActiveLink | undefined {
    const inbound = this.kept.filter((link) => !link.isOutbound)
    const members = inbound.filter(({ branch }) => branch !== undefined)
    const strangers = inbound.filter(({ branch }) => branch === undefined)
    return [...members, ...strangers].slice(-slots).find(({ sinceMs, degree = 0 }) => {
      const ageMs = nowMs - sinceMs
      return ageMs >= NEWCOMER_TENURE_MS && (degree > SAFE_DEGREE || ageMs >= PROBATION_MS)
    })
  }

  /** Of the links that others chose the newest whose other end can spare us. Links of our choice are never given away. */
  get generous(): ActiveLink | undefined {
    return this.kept.filter(({ isOutbound, degree = 0 }) => !isOutbound && degree >= GENEROUS_DEGREE).at(-1)
  }

  /** Whom to part with when we may not keep as many: who is silent, then whoever chose us, then who can spare us best. */
  get mostSpareable(): ActiveLink | undefined {
    const rank = ({ suspectSinceMs, isOutbound, degree = 0 }: ActiveLink): number =>
      (suspectSinceMs === undefined ? 0 : 2_000) + (isOutbound ? 0 : 1_000) + degree
    let found: ActiveLink | undefined
    for (const link of this.kept) if (!found || rank(link) > rank(found)) found = link
    return found
  }

  /** The longest silent, which gives its place to whoever replaces it. */
  mostSuspect(isCounted: (link: ActiveLink) => boolean): ActiveLink | undefined {
    let found: ActiveLink | undefined
    for (const link of this.kept) {
      if (link.suspectSinceMs === undefined || !isCounted(link)) continue
      if (found?.suspectSinceMs === undefined || link.suspectSinceMs < found.suspectSinceMs) found = link
    }
    return found
  }
}
