import type { FeedId } from '../base/ids.ts'
import { Allowance } from '../sync/allowance.ts'
import {
  AUDIT_CHALLENGE,
  decodeChallenge,
  encodeAnswer,
  entriesOf,
  proofOf,
  type Challenge,
  type HeldLength,
} from './audit-message.ts'
import { isFull } from './quota.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'

/** Each answer may read 64 KiB; those who check ask a few times an hour, and more often when something was wrong. */
const ANSWERS_PER_SECOND = 0.5
const ANSWERS_BURST = 8

/** Answers members who check whether this device has what it says to have. */
export class AuditAnswers {
  readonly #core: RoomCore
  readonly #allowances = new WeakMap<RoomLink, Allowance>()

  constructor(core: RoomCore) {
    this.#core = core
  }

  listen(): void {
    this.#core.links.events.on('application', ({ link, bytes }) => {
      if (bytes[0] === AUDIT_CHALLENGE) void this.#receive(link, bytes.subarray(1))
    })
  }

  async #receive(link: RoomLink, bytes: Uint8Array): Promise<void> {
    const challenge = decodeChallenge(bytes)
    if (!challenge.ok) return link.link.close('audit-malformed')
    if (!this.#core.may('hold', link.remote) || !this.#mayAsk(link)) return
    const { nonce, feeds } = challenge.value
    const proof = await this.#prove(challenge.value, link).catch(() => undefined)
    const answer = encodeAnswer({ nonce, held: feeds.map((feed) => this.#heldOf(feed)), proof })
    this.#core.links.tell({ type: 'application', link: link.id, bytes: answer })
  }

  async #prove({ nonce, range }: Challenge, { remote }: RoomLink): Promise<Uint8Array | undefined> {
    if (!range || range.to > this.#heldOf(range.feed).length) return undefined
    const core = this.#core
    const entries = await entriesOf(range, (feed, from, bytesMax) => core.read(feed, from, bytesMax))
    const terms = { room: core.id, answerer: core.session.id, asker: remote.session, nonce, range }
    return entries && proofOf(terms, entries)
  }

  #heldOf(feed: FeedId): HeldLength {
    const { log, documents } = this.#core
    const record = this.#core.recordOf(feed)
    const head = record ? documents.get(record.document)?.heads.get(feed) : log?.heads.get(feed)
    return { length: head?.length ?? 0, isFull: isFull(this.#core, feed) }
  }

  #mayAsk(link: RoomLink): boolean {
    const nowMs = this.#core.environment.now()
    let allowance = this.#allowances.get(link)
    if (!allowance) {
      allowance = new Allowance({ burst: ANSWERS_BURST, perSecond: ANSWERS_PER_SECOND }, nowMs)
      this.#allowances.set(link, allowance)
    }
    return allowance.take(1, nowMs)
  }
}
