/**
 * Noise_NNpsk0_25519_ChaChaPoly_SHA256 (The Noise Protocol Framework, revision 34): two sides that hold the same
 * secret agree on keys that nobody learns from that secret later.
 *
 *   -> psk, e        32 bytes of ephemeral key, then a sealed payload: fails to open without the secret
 *   <- e, ee         the same from the other side; after it both know `handshakeHash` and the transport ciphers
 *
 * It authenticates the secret, not a person. Whoever needs to know the device signs `handshakeHash` inside the first
 * transport messages: a value that only these two sides of this very handshake share.
 */
import { assert } from '../base/assert.ts'
import { concatBytes, utf8 } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { CIPHER_KEY_BYTES, NONCE_BYTES, SEAL_TAG_BYTES, open, seal } from './body-cipher.ts'
import { HASH_BYTES, hkdfSha256, sha256, sha256Of } from './hash.ts'
import { AGREEMENT_KEY_BYTES, agree, createKeyPair, type AgreementKeyPair } from './key-agreement.ts'

const PROTOCOL_NAME = utf8('Noise_NNpsk0_25519_ChaChaPoly_SHA256')
/** The limit of the Noise specification for one message, in bytes. */
export const NOISE_MESSAGE_BYTES_MAX = 65_535
export const PSK_BYTES = 32

const EMPTY = new Uint8Array(0)

/**
 * `length`: too short or too long to be a message. `not-opened`: another secret or prologue, or bytes changed under
 * way. `key`: the other side's ephemeral key is of small order. `unexpected`: not this side's turn to read.
 */
export type HandshakeRejection = 'length' | 'not-opened' | 'key' | 'unexpected'

export interface NoiseOptions {
  /** The shared secret, 32 bytes. */
  readonly psk: Uint8Array
  /** What both sides must agree on without sending it, such as the protocol's version and the link's binding. */
  readonly prologue: Uint8Array
  /** The ephemeral key; a fresh one unless a test vector prescribes it. */
  readonly ephemeral?: AgreementKeyPair
}

export interface NoiseTransport {
  readonly sending: TransportCipher
  readonly receiving: TransportCipher
}

/** One direction after the handshake. Messages must arrive in order and none may be missing. */
export class TransportCipher {
  readonly #key: Uint8Array
  #count = 0

  constructor(key: Uint8Array) {
    this.#key = key
  }
  seal(plaintext: Uint8Array, associatedData: Uint8Array = EMPTY): Uint8Array {
    const sealed = seal(this.#key, nonceOf(this.#count), plaintext, associatedData)
    this.#count++
    return sealed
  }
  /** The plaintext, or undefined if this is not the next message; the count then stays, so the link should close. */
  open(sealed: Uint8Array, associatedData: Uint8Array = EMPTY): Uint8Array | undefined {
    const plaintext = open(this.#key, nonceOf(this.#count), sealed, associatedData)
    if (plaintext !== undefined) this.#count++
    return plaintext
  }
}

/** 32 zero bits, then the count as 64 bits little-endian (section 12.3 of the specification). */
function nonceOf(count: number): Uint8Array {
  assert(count < Number.MAX_SAFE_INTEGER, 'a cipher state has run out of nonces')
  const nonce = new Uint8Array(NONCE_BYTES)
  const view = new DataView(nonce.buffer)
  view.setUint32(4, count % 2 ** 32, true)
  view.setUint32(8, Math.floor(count / 2 ** 32), true)
  return nonce
}

/** The running hash and keys of section 5.2 of the specification. */
class SymmetricState {
  hash: Uint8Array
  #chainingKey: Uint8Array
  #key: Uint8Array | undefined
  #count = 0

  constructor(prologue: Uint8Array) {
    this.hash = sha256(PROTOCOL_NAME) // the name is longer than a hash
    this.#chainingKey = this.hash
    this.mixHash(prologue)
  }
  mixHash(data: Uint8Array): void {
    this.hash = sha256Of(this.hash, data)
  }
  mixKey(material: Uint8Array): void {
    const [chainingKey, key] = split(hkdfSha256(material, EMPTY, 2 * HASH_BYTES, this.#chainingKey))
    this.#chainingKey = chainingKey
    this.#setKey(key)
  }
  mixKeyAndHash(material: Uint8Array): void {
    const output = hkdfSha256(material, EMPTY, 3 * HASH_BYTES, this.#chainingKey)
    this.#chainingKey = output.subarray(0, HASH_BYTES)
    this.mixHash(output.subarray(HASH_BYTES, 2 * HASH_BYTES))
    this.#setKey(output.subarray(2 * HASH_BYTES))
  }
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    assert(this.#key !== undefined, 'the pattern starts with the psk, so there is a key')
    const sealed = seal(this.#key, nonceOf(this.#count++), plaintext, this.hash)
    this.mixHash(sealed)
    return sealed
  }
  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    assert(this.#key !== undefined, 'the pattern starts with the psk, so there is a key')
    const plaintext = open(this.#key, nonceOf(this.#count++), sealed, this.hash)
    if (plaintext !== undefined) this.mixHash(sealed)
    return plaintext
  }
  /** The ciphers from the initiator and from the responder. */
  split(): [TransportCipher, TransportCipher] {
    const [first, second] = split(hkdfSha256(EMPTY, EMPTY, 2 * HASH_BYTES, this.#chainingKey))
    return [new TransportCipher(first), new TransportCipher(second)]
  }
  #setKey(key: Uint8Array): void {
    assert(key.length === CIPHER_KEY_BYTES, 'a key has 32 bytes')
    this.#key = key
    this.#count = 0
  }
}

const split = (bytes: Uint8Array): [Uint8Array, Uint8Array] => [bytes.slice(0, HASH_BYTES), bytes.slice(HASH_BYTES)]

type Step = 'write-first' | 'read-first' | 'write-second' | 'read-second' | 'busy' | 'done' | 'failed'

/** One side of one handshake. After a rejection it is over: nothing more can be read or written. */
export class NoiseHandshake {
  readonly #symmetric: SymmetricState
  readonly #psk: Uint8Array
  readonly #isInitiator: boolean
  #step: Step
  #ephemeral: AgreementKeyPair | undefined
  #remoteEphemeral: Uint8Array = EMPTY
  #transport: NoiseTransport | undefined

  constructor(options: NoiseOptions, isInitiator: boolean) {
    assert(options.psk.length === PSK_BYTES, 'a pre-shared key has 32 bytes')
    this.#symmetric = new SymmetricState(options.prologue)
    this.#psk = options.psk
    this.#isInitiator = isInitiator
    this.#ephemeral = options.ephemeral
    this.#step = isInitiator ? 'write-first' : 'read-first'
  }

  get isComplete(): boolean {
    return this.#step === 'done'
  }
  /** Known to these two sides only, and different in every handshake. */
  get handshakeHash(): Uint8Array {
    assert(this.isComplete, 'the handshake is not complete')
    return this.#symmetric.hash
  }
  get transport(): NoiseTransport {
    assert(this.#transport !== undefined, 'the handshake is not complete')
    return this.#transport
  }

  /** This side's message. A rejection is the other side's doing: a useless ephemeral key, or a message out of turn. */
  async writeMessage(payload: Uint8Array): Promise<Result<Uint8Array, HandshakeRejection>> {
    const step = this.#step
    assert(step === 'write-first' || step === 'write-second', `cannot write in step ${step}`)
    assert(payload.length <= NOISE_MESSAGE_BYTES_MAX - AGREEMENT_KEY_BYTES - SEAL_TAG_BYTES, 'payload too long')
    this.#step = 'busy'
    const ephemeral = (this.#ephemeral ??= await createKeyPair())
    if (step === 'write-first') this.#symmetric.mixKeyAndHash(this.#psk)
    this.#mixEphemeral(ephemeral.publicKey)
    if (step === 'write-second' && !(await this.#mixAgreement())) return this.#reject('key')
    if (this.#hasFailed()) return this.#reject('unexpected')
    const message = concatBytes(ephemeral.publicKey, this.#symmetric.encryptAndHash(payload))
    if (step === 'write-second') this.#complete()
    else this.#step = 'read-second'
    return accepted(message)
  }

  /** The payload of the other side's message. */
  async readMessage(message: Uint8Array): Promise<Result<Uint8Array, HandshakeRejection>> {
    const step = this.#step
    if (step !== 'read-first' && step !== 'read-second') return this.#reject('unexpected')
    if (message.length < AGREEMENT_KEY_BYTES + SEAL_TAG_BYTES || message.length > NOISE_MESSAGE_BYTES_MAX)
      return this.#reject('length')
    this.#step = 'busy'
    this.#remoteEphemeral = message.slice(0, AGREEMENT_KEY_BYTES)
    const sealed = message.slice(AGREEMENT_KEY_BYTES)
    if (step === 'read-first') this.#symmetric.mixKeyAndHash(this.#psk)
    this.#mixEphemeral(this.#remoteEphemeral)
    if (step === 'read-second' && !(await this.#mixAgreement())) return this.#reject('key')
    const payload = this.#symmetric.decryptAndHash(sealed)
    if (payload === undefined) return this.#reject('not-opened')
    if (this.#hasFailed()) return this.#reject('unexpected')
    if (step === 'read-second') this.#complete()
    else this.#step = 'write-second'
    return accepted(payload)
  }

  /** In a pattern with a pre-shared key an ephemeral key is mixed into the key too (section 9.2). */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey)
    this.#symmetric.mixKey(publicKey)
  }
  async #mixAgreement(): Promise<boolean> {
    assert(this.#ephemeral !== undefined, 'an agreement needs our own key first')
    const secret = await agree(this.#ephemeral.privateKey, this.#remoteEphemeral)
    if (secret === undefined) return false
    this.#symmetric.mixKey(secret)
    return true
  }
  #complete(): void {
    const [fromInitiator, fromResponder] = this.#symmetric.split()
    this.#transport = this.#isInitiator
      ? { sending: fromInitiator, receiving: fromResponder }
      : { sending: fromResponder, receiving: fromInitiator }
    this.#step = 'done'
  }
  /** A message that came out of turn, while this side was at work, has ended the handshake. */
  #hasFailed(): boolean {
    return this.#step === 'failed'
  }
  #reject(reason: HandshakeRejection): Result<never, HandshakeRejection> {
    if (this.#step !== 'done') this.#step = 'failed'
    return rejected(reason)
  }
}

export const createInitiator = (options: NoiseOptions): NoiseHandshake => new NoiseHandshake(options, true)
export const createResponder = (options: NoiseOptions): NoiseHandshake => new NoiseHandshake(options, false)
