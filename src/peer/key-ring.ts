import { concatBytes, equalBytes, textOf, utf8 } from '../base/bytes.ts'
import { ID_BYTES, idFromBytes, idToBytes, type EpochId, type FeedId, type RoomId } from '../base/ids.ts'
import { Emitter } from '../base/emitter.ts'
import { openWithNonce, sealWithRandomNonce } from '../crypto/body-cipher.ts'
import { hkdfSha256, sha256Of } from '../crypto/hash.ts'
import { PRESENCE_HINT_BYTES } from '../document/presence.ts'
import type { Store } from '../storage/store.ts'

const EPOCH = utf8('parley epoch 1')
const BODY = utf8('parley body 1 ')
const SEALED_TEXT = utf8('parley text 1 ')
export const EPOCH_KEY_BYTES = 32

/** What sealed texts outside of documents are for. Part of the seal: one can't be passed off as another. */
export type TextPurpose = 'profile' | 'room-name' | 'invite-label' | 'removal-note'

/**
 * The id of an epoch is the hash of its key, so one id has one key only: whoever hands out another key under the same
 * id is found out by hashing it. That is the key commitment which the cipher itself does not give.
 */
export const epochIdOf = (key: Uint8Array): EpochId => idFromBytes(sha256Of(EPOCH, key))

const textKey = (key: Uint8Array): Uint8Array => hkdfSha256(key, 'parley text 1', 32)

const textData = (purpose: TextPurpose, epoch: Uint8Array): Uint8Array => concatBytes(SEALED_TEXT, epoch, utf8(purpose))

/** A text sealed with an epoch's key, with the epoch's id in front. */
export function sealText(key: Uint8Array, purpose: TextPurpose, text: string): Uint8Array {
  const epoch = idToBytes(epochIdOf(key))
  return concatBytes(epoch, sealWithRandomNonce(textKey(key), utf8(text), textData(purpose, epoch)))
}

interface KeyRingEvents {
  /** Keys came; what was locked under them may open. */
  readonly learned: undefined
}

/**
 * The epoch keys of a room that this device holds. Everything that is written is sealed under one of them; when somebody
 * is removed, what comes next is sealed under another.
 */
export class KeyRing {
  readonly events = new Emitter<KeyRingEvents>()
  /** Never takes a key: for a device that keeps and passes on what it is not to read. */
  readonly isBlind: boolean
  /** Grows with each key. */
  revision = 0
  readonly #keys = new Map<EpochId, Uint8Array>()
  readonly #bodyKeys = new Map<EpochId, Map<FeedId, Uint8Array>>()
  readonly #store: Store
  readonly #prefix: string
  readonly #choose: () => EpochId | undefined

  /** `choose` says which of the keys may seal what is written now, by the access log as it is at this moment. */
  constructor(options: {
    readonly store: Store
    readonly room: RoomId
    readonly choose: () => EpochId | undefined
    readonly isBlind?: boolean
  }) {
    this.isBlind = options.isBlind ?? false
    this.#store = options.store
    this.#prefix = `key/${options.room}/`
    this.#choose = options.choose
  }

  async load(): Promise<void> {
    const { length } = this.#prefix
    for (const [name, value] of await this.#store.range({ from: this.#prefix, to: `${this.#prefix}~` })) {
      const isKey = value instanceof Uint8Array && value.length === EPOCH_KEY_BYTES
      // A damaged record is no key; it is asked for again like any other.
      if (isKey && epochIdOf(value) === name.slice(length)) this.#keys.set(epochIdOf(value), value)
    }
    this.revision++
  }

  get epochs(): readonly EpochId[] {
    return [...this.#keys.keys()]
  }
  has(epoch: EpochId): boolean {
    return this.#keys.has(epoch)
  }
  key(epoch: EpochId): Uint8Array | undefined {
    return this.#keys.get(epoch)
  }

  /** Keeps keys. On the disk before they are used: what is sealed with a key that is lost is lost with it. */
  async add(keys: readonly Uint8Array[]): Promise<boolean> {
    if (this.isBlind) return false
    const fresh = keys.filter((key) => !this.#keys.has(epochIdOf(key)))
    if (fresh.length === 0) return true
    const changes = fresh.map((value) => ({ kind: 'put', key: this.#prefix + epochIdOf(value), value }) as const)
    const stored = await this.#store.write(changes, { durable: true })
    for (const key of fresh) this.#keys.set(epochIdOf(key), key)
    this.revision++
    this.events.emit('learned', undefined)
    return stored.ok
  }

  /** The epoch to seal with now; undefined while there is none that suits. */
  get writing(): EpochId | undefined {
    const epoch = this.#choose()
    return epoch !== undefined && this.#keys.has(epoch) ? epoch : undefined
  }

  /** For one feed alone, so that a position in the feed may serve as nonce. Undefined while the epoch's key is not here. */
  body(epoch: EpochId, feed: FeedId): Uint8Array | undefined {
    const epochKey = this.#keys.get(epoch)
    if (!epochKey) return undefined
    let feeds = this.#bodyKeys.get(epoch)
    if (!feeds) this.#bodyKeys.set(epoch, (feeds = new Map()))
    let key = feeds.get(feed)
    if (!key) {
      key = hkdfSha256(epochKey, concatBytes(BODY, idToBytes(feed)), 32)
      feeds.set(feed, key)
    }
    return key
  }

  /** Undefined while there is no epoch to seal with. */
  seal(purpose: TextPurpose, text: string): Uint8Array | undefined {
    const key = this.#writingKey()
    return key && sealText(key, purpose, text)
  }
  /** Whether the key is here that a sealed text names. */
  canOpen(sealed: Uint8Array): boolean {
    return sealed.length > ID_BYTES && this.#keys.has(idFromBytes(sealed.subarray(0, ID_BYTES)))
  }
  open(purpose: TextPurpose, sealed: Uint8Array): string | undefined {
    if (!this.canOpen(sealed)) return undefined
    const epoch = sealed.subarray(0, ID_BYTES)
    const key = this.#keys.get(idFromBytes(epoch))
    const bytes = key && openWithNonce(textKey(key), sealed.subarray(ID_BYTES), textData(purpose, epoch))
    return bytes && textOf(bytes)
  }

  /** What presence is sealed with now, and the hint by which others find the key. */
  presence(): { readonly key: Uint8Array; readonly hint: Uint8Array } | undefined {
    const key = this.#writingKey()
    return key && { key: presenceKey(key), hint: hintOf(epochIdOf(key)) }
  }
  presenceKey(hint: Uint8Array): Uint8Array | undefined {
    for (const [epoch, key] of this.#keys) if (equalBytes(hintOf(epoch), hint)) return presenceKey(key)
    return undefined
  }

  #writingKey(): Uint8Array | undefined {
    const { writing } = this
    return writing === undefined ? undefined : this.#keys.get(writing)
  }
}

const presenceKey = (key: Uint8Array): Uint8Array => hkdfSha256(key, 'parley presence 1', 32)
const hintOf = (epoch: EpochId): Uint8Array => idToBytes(epoch).subarray(0, PRESENCE_HINT_BYTES)
