import { assert } from '../base/assert.ts'
import { fromBase64url, toBase64url } from '../base/bytes.ts'
import type { DeviceId, PersonId, SessionId } from '../base/ids.ts'
import type { Signer } from '../crypto/device-key.ts'
import type { AgreementKeyPair } from '../crypto/key-agreement.ts'
import { randomBytes } from '../crypto/random.ts'
import { SESSION_NONCE_BYTES, sessionIdOf } from '../feed/feed-id.ts'
import type { Store } from '../storage/store.ts'
import type { Environment, Lock } from './environment.ts'

/** Signs with a key that stands for a whole person: never with a device's. */
export type PersonSigner = (message: Uint8Array) => Promise<Uint8Array>

/** The one writer of its feeds: this tab, on this storage. */
export interface Session {
  readonly id: SessionId
  readonly nonce: Uint8Array
  /** Another one each time that the session is taken up: tells a page from the one that crashed before it. */
  readonly life: Uint8Array
  readonly device: DeviceId
  readonly person: PersonId
  readonly certificate: Uint8Array
  readonly signer: Signer
  /** What others seal to this device, it opens with this. Its public half is in the certificate. */
  readonly sealKeyPair: AgreementKeyPair
  /** The person's identity key. Undefined where it is not: on devices that another device has added, most of all. */
  readonly signAsPerson: PersonSigner | undefined
  /** Signs as one of a room's root keys, if this device holds that key. */
  readonly rootSigner: (key: PersonId) => PersonSigner | undefined
}

/** What a person and a device bring into every session of theirs. */
export type Author = Omit<Session, 'id' | 'nonce' | 'life'>

/** Enough that two lives of one session never get the same by chance. */
export const SESSION_LIFE_BYTES = 8

/** Tabs that may write at once. Each is a session, and sessions are for ever in the room's log. */
const SLOTS_MAX = 64

const lockName = (scope: string, slot: number): string => `parley/${scope}/session/${slot}`
/** Below it, by slot, what the sessions of this device are made of. */
export const SESSIONS_PREFIX = 'me/session/'
const nonceKey = (slot: number): string => `${SESSIONS_PREFIX}${slot}`
/** Set where it survives even if the database takes no writes, and read before the session is used again. */
const doubtKey = (scope: string, slot: number): string => `parley/${scope}/doubt/${slot}`

/**
 * A slot is held by a Web Lock, so that two tabs never write as one session. A session whose storage is in doubt is
 * never continued: going on from a shorter history than others have seen would fork its feeds.
 */
export class SessionSlot {
  readonly slot: number
  readonly #scope: string
  readonly #store: Store
  readonly #environment: Environment
  readonly #lock: Lock

  private constructor(scope: string, slot: number, lock: Lock, store: Store, environment: Environment) {
    this.#scope = scope
    this.slot = slot
    this.#lock = lock
    this.#store = store
    this.#environment = environment
  }

  /** `scope` names the storage: the locks of two databases have nothing to do with each other. */
  static async take(scope: string, store: Store, environment: Environment): Promise<SessionSlot | undefined> {
    for (let slot = 0; slot < SLOTS_MAX; slot++) {
      const lock = await environment.tryLock(lockName(scope, slot))
      if (lock) return new SessionSlot(scope, slot, lock, store, environment)
    }
    return undefined
  }

  /** The slot's session: the one of last time, or a new one where there is none or where it is in doubt. */
  async open(author: Author, isDoubtful: () => boolean): Promise<Session> {
    const inDoubt = this.#environment.notes.get(doubtKey(this.#scope, this.slot)) !== undefined
    const stored = inDoubt ? undefined : await this.#store.get(nonceKey(this.slot))
    const nonce = typeof stored === 'string' ? fromBase64url(stored) : undefined
    if (nonce?.length === SESSION_NONCE_BYTES) return this.#session(author, nonce)
    return this.renew(author, isDoubtful)
  }

  /**
   * A new session in the same slot. The old one's feeds stay as they are, and nobody writes to them again. While storage
   * `isDoubtful` the write says nothing, and the note that there is doubt stays.
   */
  async renew(author: Author, isDoubtful: () => boolean): Promise<Session> {
    const nonce = randomBytes(SESSION_NONCE_BYTES)
    const change = { kind: 'put', key: nonceKey(this.slot), value: toBase64url(nonce) } as const
    const result = await this.#store.write([change], { durable: true })
    if (result.ok && !isDoubtful()) this.#environment.notes.remove(doubtKey(this.#scope, this.slot))
    return this.#session(author, nonce)
  }

  /** From now on what this session writes may not be on disk: it ends with this page. */
  doubt(): void {
    this.#environment.notes.set(doubtKey(this.#scope, this.slot), '1')
  }

  release(): void {
    this.#lock.release()
  }

  #session(author: Author, nonce: Uint8Array): Session {
    const { person, device, certificate, signer, sealKeyPair, rootSigner } = author
    return {
      person,
      device,
      certificate,
      signer,
      sealKeyPair,
      rootSigner,
      get signAsPerson() {
        return author.signAsPerson // it may be removed from this device meanwhile
      },
      nonce,
      life: randomBytes(SESSION_LIFE_BYTES),
      id: sessionIdOf(device, nonce),
    }
  }
}

/** The session of a slot that no other tab holds. */
export async function takeSession(
  author: Author,
  store: Store,
  environment: Environment,
  hasFailed: () => boolean,
): Promise<{ slot: SessionSlot; session: Session }> {
  const slot = await SessionSlot.take(author.person, store, environment)
  assert(slot, 'more tabs than this device can have writers')
  return { slot, session: await slot.open(author, hasFailed) }
}
