import type { LinkId, SyncLane } from '../sync/sync-event.ts'
import { QUEUE_BYTES_MAX, type Link } from '../transport/link.ts'
import type { Environment } from './environment.ts'

/** From half of what a lane takes on, entries are announced instead of pushed, and nothing more is read for it. */
const isLaneFull = (link: Link, lane: SyncLane): boolean => link.queuedBytes(lane) > QUEUE_BYTES_MAX[lane] / 2
const isLaneDrained = (link: Link, lane: SyncLane): boolean => link.queuedBytes(lane) <= QUEUE_BYTES_MAX[lane] / 4
/** How often a full lane is looked at: a link reports drained queues of its own, but not the network's. */
const LANE_CHECK_MS = 50
/** How long last words are waited for: large ones are told of first and sent when asked for. */
const SENT_MS_MAX = 2_000
const SENT_STEP_MS = 50

/** Tells when a lane has become full, and when it has drained. */
export class LaneWatch {
  readonly #environment: Environment
  readonly #tell: (link: LinkId, lane: SyncLane, isFull: boolean) => void
  readonly #full = new Set<string>()

  constructor(environment: Environment, tell: (link: LinkId, lane: SyncLane, isFull: boolean) => void) {
    this.#environment = environment
    this.#tell = tell
  }

  /** Something was sent on the lane. */
  sent(id: LinkId, link: Link, lane: SyncLane): void {
    if (!isLaneFull(link, lane)) return
    this.#tell(id, lane, true)
    const name = `${id} ${lane}`
    if (this.#full.has(name)) return
    this.#full.add(name)
    const look = (): void => {
      const isOpen = link.closeReason === undefined
      if (isOpen && !isLaneDrained(link, lane)) {
        this.#environment.after(LANE_CHECK_MS, look)
        return
      }
      this.#full.delete(name)
      if (isOpen) this.#tell(id, lane, false)
    }
    this.#environment.after(LANE_CHECK_MS, look)
  }
}

/**
 * Resolves when what was sent on the links has left this page's queues and `isHeld` says that it came where it was to
 * come, or two seconds later.
 */
export async function untilSent(
  links: readonly Link[],
  environment: Environment,
  isHeld: () => boolean = () => true,
): Promise<void> {
  const isQueued = (link: Link): boolean => link.queuedBytes('control') + link.queuedBytes('sync') > 0
  for (let waitedMs = 0; waitedMs < SENT_MS_MAX; waitedMs += SENT_STEP_MS) {
    // What the network took just now is still on its way.
    await new Promise<void>((resolve) => environment.after(SENT_STEP_MS, resolve))
    const open = links.filter(({ closeReason }) => closeReason === undefined)
    if (open.length === 0 || (isHeld() && !open.some(isQueued))) return
  }
}
