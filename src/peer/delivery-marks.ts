import type { DeviceId, FeedId, RoomId } from '../base/ids.ts'
import type { Store } from '../storage/store.ts'
import type { RoomLinks } from './room-links.ts'

/**
 * How far the own feeds of a room are on at least one other device, by that device's own word. Kept, so that a message which was delivered once
 * does not look undelivered after a reload without a network.
 */
export class DeliveryMarks {
  readonly #store: Store
  readonly #key: string
  readonly #isHeldNow: (feed: FeedId, length: number) => boolean
  readonly #held = new Map<FeedId, number>()
  #isSaving = false

  constructor(store: Store, room: RoomId, isHeldNow: (feed: FeedId, length: number) => boolean) {
    this.#store = store
    this.#key = `held/${room}`
    this.#isHeldNow = isHeldNow
  }

  async load(): Promise<void> {
    const stored = await this.#store.get(this.#key)
    if (typeof stored !== 'string') return
    for (const [feed, length] of JSON.parse(stored) as [FeedId, number][]) this.#held.set(feed, length)
  }

  /** How much of the feed another device was ever known to have. */
  lengthOf(feed: FeedId): number {
    return this.#held.get(feed) ?? 0
  }

  /** Another device has said that it has so much of the feed. True if that is news. */
  note(feed: FeedId, length: number): boolean {
    if (this.lengthOf(feed) >= length) return false
    this.#held.set(feed, length)
    void this.#save()
    return true
  }

  isHeld(feed: FeedId, length: number): boolean {
    if ((this.#held.get(feed) ?? 0) >= length) return true
    if (!this.#isHeldNow(feed, length)) return false
    this.note(feed, length)
    return true
  }

  /** One write for all marks that are set while another is under way. */
  async #save(): Promise<void> {
    if (this.#isSaving) return
    this.#isSaving = true
    await Promise.resolve()
    this.#isSaving = false
    const value = JSON.stringify([...this.#held])
    await this.#store.write([{ kind: 'put', key: this.#key, value }], { durable: false })
  }
}

/** Whether a device other than `own` that is linked to us says that it has the first `length` entries of the feed stored. */
export const isAcknowledged = (links: RoomLinks, own: DeviceId, feed: FeedId, length: number): boolean =>
  links.links.some(({ id, remote }) => remote.device !== own && (links.claims?.claimOf(id, feed) ?? 0) >= length)
