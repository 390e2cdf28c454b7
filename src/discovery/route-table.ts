/**
 * Through which neighbours a session was heard of last: where a signal for it goes. Two for each, because one of them may
 * lie or be gone. Only a hint: nothing but the delivery of a sealed signal hangs on it.
 */
import type { SessionId } from '../base/ids.ts'
import { ROUTE_HOP_AGE_MS, ROUTE_KEPT_MS, ROUTES_MAX } from './limits.ts'
import type { LinkId } from './overlay-event.ts'

const WAYS_MAX = 2

interface Way {
  readonly link: LinkId
  readonly hops: number
  readonly atMs: number
}

/** How long a way is, with its age: the shortest is first. */
const lengthOf = ({ hops, atMs }: Way, nowMs: number): number => hops + (nowMs - atMs) / ROUTE_HOP_AGE_MS

export class RouteTable {
  readonly #routes = new Map<SessionId, readonly Way[]>()

  get size(): number {
    return this.#routes.size
  }

  /** The link brought something of that session, which is `hops` links away. */
  record(session: SessionId, link: LinkId, hops: number, nowMs: number): void {
    const way = { link, hops, atMs: nowMs }
    const known = this.#routes.get(session)
    this.#routes.delete(session)
    const ways = [way, ...(known?.filter((other) => other.link !== link) ?? [])]
    if (ways.length > 1) ways.sort((a, b) => lengthOf(a, nowMs) - lengthOf(b, nowMs))
    this.#routes.set(session, ways.slice(0, WAYS_MAX))
    const [oldest] = this.#routes.keys()
    if (this.#routes.size > ROUTES_MAX && oldest !== undefined) this.#routes.delete(oldest)
  }

  /** How many links away the session is. */
  hopsTo(session: SessionId): number | undefined {
    return this.#routes.get(session)?.[0]?.hops
  }

  /** The shortest way that is open; `attempt` 1 prefers the other one. */
  next(session: SessionId, nowMs: number, isOpen: (link: LinkId) => boolean, attempt = 0): LinkId | undefined {
    const ways = this.#routes.get(session)?.filter(({ link, atMs }) => nowMs - atMs < ROUTE_KEPT_MS && isOpen(link))
    return (ways?.[attempt] ?? ways?.[0])?.link
  }

  /** A link is down: no way leads over it. */
  forgetLink(link: LinkId): void {
    for (const [session, ways] of this.#routes) {
      if (!ways.some((way) => way.link === link)) continue
      const left = ways.filter((way) => way.link !== link)
      if (left.length > 0) this.#routes.set(session, left)
      else this.#routes.delete(session)
    }
  }
}
