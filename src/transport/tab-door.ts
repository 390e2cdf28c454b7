/**
 * The door between the tabs of one browser. One tab leads (it holds a Web Lock and owns the network); the others
 * attach to it. A tab that dies is noticed by its own lock, which the browser releases: there are no timers here.
 * Only pages of our origin can speak on these channels, yet the messages are checked: an older build may be one of them.
 */
import { concatBytes, fromHex, toHex } from '../base/bytes.ts'
import { DOOR_CAPACITY_DEFAULT, type Door, type DoorHealth, type DoorSession, type DoorState } from './door.ts'
import { FramedLink } from './framed-link.ts'
import { LANES, type Lane, type Link } from './link.ts'

const NONCE_BYTES = 16

type TabMessage =
  /** A tab looks for the leader. */
  | { readonly kind: 'seek'; readonly from: string }
  /** A tab leads. */
  | { readonly kind: 'lead'; readonly from: string }
  /** A tab opens a link to the leader, named by a fresh nonce. */
  | { readonly kind: 'attach'; readonly from: string; readonly link: string }
  | { readonly kind: 'frame'; readonly link: string; readonly lane: Lane; readonly frame: Uint8Array }
  /** The receiver has taken in that many bytes: the backpressure that a BroadcastChannel lacks. */
  | { readonly kind: 'taken'; readonly link: string; readonly lane: Lane; readonly bytes: number }
  | { readonly kind: 'bye'; readonly link: string }

export interface TabDoorSession extends DoorSession {
  /** Whether this tab leads, and so should open the other doors. `onHealth` reports the change. */
  readonly isLeader: boolean
}

export interface TabDoor extends Door {
  start(topic: string, onLink: (link: Link) => void): TabDoorSession
}

export const createTabDoor = (): TabDoor => ({
  name: 'tabs',
  start: (topic, onLink) => new TabSession(topic, onLink),
})

interface OpenLink {
  readonly link: FramedLink
  readonly peer: string
  readonly buffered: Record<Lane, number>
}

const leaderLock = (topic: string) => `parley-leader:${topic}`
const tabLock = (nonce: string) => `parley-tab:${nonce}`

class TabSession implements TabDoorSession {
  onHealth: ((health: DoorHealth) => void) | undefined
  readonly #onLink: (link: Link) => void
  readonly #topic: string
  readonly #nonce = freshNonce()
  readonly #links = new Map<string, OpenLink>()
  /** Directed messages go to the inbox of one tab, so that the others need not read them. */
  readonly #outboxes = new Map<string, BroadcastChannel>()
  readonly #ending = new AbortController()
  #hall: BroadcastChannel | undefined
  #inbox: BroadcastChannel | undefined
  #isLeader = false
  #freeSlots = DOOR_CAPACITY_DEFAULT
  #state: DoorState = { state: 'connecting', detail: 'looking for the leading tab', sinceMs: Date.now() }

  constructor(topic: string, onLink: (link: Link) => void) {
    this.#topic = topic
    this.#onLink = onLink
    if (typeof BroadcastChannel === 'undefined' || globalThis.navigator?.locks === undefined) {
      // Without them a tab cannot know of the others: each leads for itself.
      this.#isLeader = true
      this.#state = { state: 'failed', detail: 'this browser has no Web Locks', sinceMs: Date.now() }
      return
    }
    this.#hall = this.#listen(`parley-tabs:${topic}`)
    this.#inbox = this.#listen(`parley-tab:${this.#nonce}`)
    // Only a tab that can be seen to die may speak, so the own lock comes first.
    this.#hold(tabLock(this.#nonce), () => {
      this.#hall?.postMessage({ kind: 'seek', from: this.#nonce } satisfies TabMessage)
      this.#hold(leaderLock(topic), () => {
        this.#lead()
      })
    })
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  health(): DoorHealth {
    return { ...this.#state, places: [], lastFailure: undefined }
  }

  /** Tabs are no network: whoever is there is dialled in any case. */
  setCapacity(freeSlots: number): void {
    const wasFull = this.#freeSlots <= 0
    this.#freeSlots = freeSlots
    if (wasFull && freeSlots > 0 && this.#isLeader) this.#announceLead()
  }

  stop(): Promise<void> {
    if (this.#state.state === 'stopped') return Promise.resolve()
    for (const { link } of this.#links.values()) link.end('door-stopped')
    this.#ending.abort()
    for (const channel of [this.#hall, this.#inbox, ...this.#outboxes.values()]) channel?.close()
    this.#outboxes.clear()
    this.#isLeader = false
    this.#enter('stopped', 'stopped')
    return Promise.resolve()
  }

  #lead(): void {
    // Links to the tab that led before are ending by themselves: its lock was released with the leadership.
    this.#isLeader = true
    this.#enter('open', 'this tab leads')
    this.#announceLead()
  }

  #announceLead(): void {
    this.#hall?.postMessage({ kind: 'lead', from: this.#nonce } satisfies TabMessage)
  }

  #enter(state: DoorState['state'], detail: string): void {
    this.#state = { state, detail, sinceMs: Date.now() }
    this.onHealth?.(this.health())
  }

  /** Holds a lock until the session stops; calls `granted` once it has it. */
  #hold(name: string, granted: () => void): void {
    const { signal } = this.#ending
    const held = () =>
      new Promise<void>((release) => {
        if (signal.aborted) {
          release()
          return
        }
        signal.addEventListener('abort', () => {
          release()
        })
        granted()
      })
    // Rejects only when it is aborted while it waits.
    navigator.locks.request(name, { signal }, held).catch(() => undefined)
  }

  #listen(name: string): BroadcastChannel {
    const channel = new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const message = readMessage(data)
      if (message && !this.#ending.signal.aborted) this.#receive(message)
    })
    return channel
  }

  #post(to: string, message: TabMessage): void {
    let outbox = this.#outboxes.get(to)
    if (!outbox) this.#outboxes.set(to, (outbox = new BroadcastChannel(`parley-tab:${to}`)))
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has no target
    outbox.postMessage(message)
  }

  #receive(message: TabMessage): void {
    switch (message.kind) {
      case 'seek':
        if (this.#isLeader && this.#freeSlots > 0) this.#post(message.from, { kind: 'lead', from: this.#nonce })
        return
      case 'lead':
        this.#attachTo(message.from)
        return
      case 'attach':
        if (this.#isLeader && this.#freeSlots > 0 && !this.#links.has(message.link))
          this.#open(message.link, message.from, false)
        else this.#post(message.from, { kind: 'bye', link: message.link })
        return
      case 'frame': {
        const open = this.#links.get(message.link)
        if (!open) return
        this.#post(open.peer, { kind: 'taken', link: message.link, lane: message.lane, bytes: message.frame.length })
        open.link.receive(message.lane, message.frame)
        return
      }
      case 'taken': {
        const open = this.#links.get(message.link)
        if (!open) return
        open.buffered[message.lane] = Math.max(0, open.buffered[message.lane] - message.bytes)
        open.link.drained()
        return
      }
      case 'bye':
        this.#links.get(message.link)?.link.end('closed-by-peer')
    }
  }

  #attachTo(leader: string): void {
    if (this.#isLeader || [...this.#links.values()].some(({ peer }) => peer === leader)) return
    const link = freshNonce()
    this.#post(leader, { kind: 'attach', from: this.#nonce, link })
    this.#open(link, leader, true)
    this.#enter('open', 'follows the leading tab')
  }

  #open(name: string, peer: string, initiator: boolean): void {
    const buffered: Record<Lane, number> = { control: 0, ephemeral: 0, sync: 0, bulk: 0 }
    const watching = new AbortController()
    const link = new FramedLink({
      kind: 'tab',
      initiator,
      binding: concatBytes(fromHex(name), fromHex(initiator ? peer : this.#nonce)),
      nowMs: () => performance.now(),
      wire: {
        send: (lane, frame) => {
          this.#post(peer, { kind: 'frame', link: name, lane, frame })
          buffered[lane] += frame.length
        },
        bufferedBytes: (lane) => buffered[lane],
        isCounted: true,
        close: () => {
          this.#forget(name, peer, watching)
        },
      },
    })
    this.#links.set(name, { link, peer, buffered })
    this.#freeSlots--
    // Granted when the other tab has gone, however it went.
    navigator.locks
      .request(tabLock(peer), { mode: 'shared', signal: watching.signal }, () => {
        link.end('tab-closed')
      })
      .catch(() => undefined)
    this.#onLink(link)
  }

  #forget(name: string, peer: string, watching: AbortController): void {
    this.#post(peer, { kind: 'bye', link: name })
    this.#links.delete(name)
    this.#freeSlots++
    watching.abort()
    // A tab may have been turned away while there was no slot.
    if (this.#isLeader && this.#freeSlots === 1 && !this.#ending.signal.aborted) this.#announceLead()
    if (![...this.#links.values()].some((open) => open.peer === peer)) {
      this.#outboxes.get(peer)?.close()
      this.#outboxes.delete(peer)
    }
    if (!this.#isLeader && !this.#ending.signal.aborted)
      this.#enter('connecting', `looking for the leading tab of ${this.#topic}`)
  }
}

const freshNonce = (): string => toHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
const isNonce = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
const isLane = (value: unknown): value is Lane => LANES.some((lane) => lane === value)

function readMessage(data: unknown): TabMessage | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const { kind, from, link, lane, frame, bytes } = data as Record<string, unknown>
  switch (kind) {
    case 'seek':
    case 'lead':
      return isNonce(from) ? { kind, from } : undefined
    case 'attach':
      return isNonce(from) && isNonce(link) ? { kind, from, link } : undefined
    case 'frame':
      return isNonce(link) && isLane(lane) && frame instanceof Uint8Array ? { kind, link, lane, frame } : undefined
    case 'taken':
      return isNonce(link) && isLane(lane) && typeof bytes === 'number' ? { kind, link, lane, bytes } : undefined
    case 'bye':
      return isNonce(link) ? { kind, link } : undefined
    default:
      return undefined
  }
}
