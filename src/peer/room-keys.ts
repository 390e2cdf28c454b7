import { toHex, utf8 } from '../base/bytes.ts'
import { idFromBytes, idToBytes, type EpochId, type FeedId, type RoomId } from '../base/ids.ts'
import { hkdfSha256, sha256Of } from '../crypto/hash.ts'

const EPOCH = utf8('parley epoch 1')
const BODY = utf8('parley body 1 ')

/**
 * The id of a room key is its hash, so one id has one key only: whoever hands out another key under the same id is
 * found out by hashing it. That is the key commitment which the cipher itself does not give.
 */
export const epochIdOf = (roomKey: Uint8Array): EpochId => idFromBytes(sha256Of(EPOCH, roomKey))

/** Everything that is derived from one room key. Each purpose has its own key, so that none says anything of another. */
export class RoomKeys {
  readonly epoch: EpochId
  readonly #roomKey: Uint8Array
  readonly #bodyKeys = new Map<FeedId, Uint8Array>()

  constructor(roomKey: Uint8Array) {
    this.#roomKey = roomKey
    this.epoch = epochIdOf(roomKey)
  }
  get roomKey(): Uint8Array {
    return this.#roomKey
  }
  /** For one feed alone, so that a position in the feed may serve as nonce. */
  body(feed: FeedId): Uint8Array {
    let key = this.#bodyKeys.get(feed)
    if (!key) {
      key = hkdfSha256(this.#roomKey, new Uint8Array([...BODY, ...idToBytes(feed)]), 32)
      this.#bodyKeys.set(feed, key)
    }
    return key
  }
  /** Seals names and the room's name in the access log, which relays can read otherwise. */
  profile(): Uint8Array {
    return hkdfSha256(this.#roomKey, 'parley profile 1', 32)
  }
  presence(): Uint8Array {
    return hkdfSha256(this.#roomKey, 'parley presence 1', 32)
  }
  /** Known to whoever may link with members: without it a handshake gets no answer. */
  link(): Uint8Array {
    return hkdfSha256(this.#roomKey, 'parley link 1', 32)
  }
  /** Seals what passes through a door. */
  doorPassword(): string {
    return toHex(hkdfSha256(this.#roomKey, 'parley door 1', 32))
  }
  /** Where members meet at a door. Says nothing of the room to who runs the door. */
  topic(room: RoomId): string {
    return `parley-${toHex(hkdfSha256(this.#roomKey, 'parley topic 1', 16, idToBytes(room)))}`
  }
}
