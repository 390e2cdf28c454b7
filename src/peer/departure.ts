import type { FeedId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { LoggedOperation } from '../access/logged-operation.ts'
import type { Connection } from './connection.ts'
import { departureSteps } from './owner-steps.ts'
import { rootKeyOf } from './owners.ts'
import { isDepartureUnheard } from './membership.ts'
import type { RoomCore } from './room-core.ts'

/** After a device has heard that we left, it may fetch our last words for this long, in milliseconds. */
const LAST_WORDS_MS = 30_000

/**
 * Ends our membership, and sees to it that somebody hears: whoever leaves with nobody there goes on looking for the
 * others, now and at later starts, until another device has the departure. What is said in the room is not taken in.
 */
export class Departure {
  readonly #core: RoomCore
  readonly #connection: Connection
  #cancelEnd: (() => void) | undefined
  #isEnding = false
  #isClosed = false

  constructor(core: RoomCore, connection: Connection) {
    this.#core = core
    this.#connection = connection
    for (const name of ['delivered', 'change'] as const) {
      core.links.events.on(name, () => {
        this.#look()
      })
    }
  }

  /** Leaves. Resolves when the others who are there have been told. */
  async write(): Promise<Result<void, 'not-stored'>> {
    // At once: whoever has only a link would ask with it to be let in again.
    await this.#core.saveRecord({ hasLeft: true, isDepartureUnheard: this.#hasListeners })
    const written = await this.#append()
    if (!written.ok) {
      await this.#core.saveRecord({ hasLeft: false, isDepartureUnheard: false })
      return written
    }
    await this.#core.links.drain()
    this.#look()
    if (this.#isEnding || !isDepartureUnheard(this.#core)) await this.#end()
    return accepted(undefined)
  }

  /** For a room that is opened: the page may have ended before the departure was written. */
  async resume(): Promise<void> {
    if (isDepartureUnheard(this.#core) && this.#core.isMember) await this.#append()
  }

  close(): void {
    this.#isClosed = true
    this.#cancelEnd?.()
  }

  async #append(): Promise<Result<void, 'not-stored'>> {
    const { log } = this.#core
    const written = await log?.appendAll(() => departureSteps(this.#core), rootKeyOf(this.#core, log.state))
    return written && !written.ok ? rejected('not-stored') : accepted(undefined)
  }

  /** Whether anybody counts us among the members and is not this device. */
  get #hasListeners(): boolean {
    const { state, me, isMember } = this.#core
    if (!state || !isMember) return false
    return state.members().some(({ person }) => person !== me) || state.devicesOf(me).length > 1
  }

  /** The last departure that we wrote, in whichever session. */
  get #operation(): LoggedOperation | undefined {
    const { log, me } = this.#core
    return log?.state.revocations
      .filter(({ author, body }) => author === me && body.mode === 'leave')
      .flatMap(({ hash }) => log.access.operation(hash) ?? [])
      .toSorted((a, b) => (b.operation?.atMs ?? 0) - (a.operation?.atMs ?? 0))[0]
  }

  #look(): void {
    const { links, session, environment } = this.#core
    if (!isDepartureUnheard(this.#core) || this.#isEnding || this.#isClosed) return
    // Other tabs of this device are on the same storage and tell nobody after the page is closed.
    if (links.links.every(({ remote }) => remote.device === session.device)) return
    const departure = this.#operation
    if (!departure || !links.isHeldByOthers(departure.log.log, departure.seq + 1)) return
    const words = this.#core.feedHeadsOf(departure.log.session)
    // Whoever knows that we left may close the link before it says what it has.
    const isHeld = ({ feed, length }: { readonly feed: FeedId; readonly length: number }): boolean =>
      links.isHeldByOthers(feed, length) || this.#core.isHeldByOthers(feed, length)
    if (words.every(isHeld)) void this.#end()
    // Whoever knows that we left no longer tells us what they have.
    else this.#cancelEnd ??= environment.after(LAST_WORDS_MS, () => void this.#end())
  }

  async #end(): Promise<void> {
    this.#isEnding = true
    this.#cancelEnd?.()
    this.#cancelEnd = undefined
    await this.#core.links.drain()
    // Another record may have taken the place of this one by now.
    if (this.#isClosed) return
    if (isDepartureUnheard(this.#core)) await this.#core.saveRecord({ isDepartureUnheard: false })
    this.#core.events.emit('changed', undefined)
    await this.#connection.stop()
    this.#isEnding = false
  }
}
