/**
 * Authenticated encryption of entry bodies and messages. JavaScript on purpose: WebCrypto has no ChaCha20, and for
 * bodies of a few hundred bytes its AES-GCM spends more on the asynchronous hop than this does on the cipher.
 * What is sealed can be opened by everybody who holds the key; who wrote it is said by a signature, never by this.
 */
import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { assert } from '../base/assert.ts'
import { concatBytes } from '../base/bytes.ts'
import { randomBytes } from './random.ts'

export const CIPHER_KEY_BYTES = 32
/** The nonce of RFC 8439: too short to be drawn at random, so the caller counts. */
export const NONCE_BYTES = 12
/** The nonce of XChaCha20: long enough to be drawn at random for as many messages as anybody can send. */
export const RANDOM_NONCE_BYTES = 24
/** What sealing adds at the end. */
export const SEAL_TAG_BYTES = 16

const EMPTY = new Uint8Array(0)

/**
 * ChaCha20-Poly1305 (RFC 8439): ciphertext and tag. A nonce must never seal two messages under one key.
 */
export function seal(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array = EMPTY,
): Uint8Array {
  assert(key.length === CIPHER_KEY_BYTES && nonce.length === NONCE_BYTES, 'a key has 32 bytes and a nonce 12')
  return chacha20poly1305(key, nonce, associatedData).encrypt(plaintext)
}

/** The plaintext, or undefined if key, nonce, associated data or a single bit of `sealed` is not what was sealed. */
export function open(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array = EMPTY,
): Uint8Array | undefined {
  assert(key.length === CIPHER_KEY_BYTES && nonce.length === NONCE_BYTES, 'a key has 32 bytes and a nonce 12')
  if (sealed.length < SEAL_TAG_BYTES) return undefined
  try {
    return chacha20poly1305(key, nonce, associatedData).decrypt(sealed)
  } catch {
    return undefined // lengths are checked above: only the tag can be wrong
  }
}

/** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) under a fresh random nonce: nonce, ciphertext and tag in one. */
export function sealWithRandomNonce(
  key: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array = EMPTY,
): Uint8Array {
  assert(key.length === CIPHER_KEY_BYTES, 'a key has 32 bytes')
  const nonce = randomBytes(RANDOM_NONCE_BYTES)
  return concatBytes(nonce, xchacha20poly1305(key, nonce, associatedData).encrypt(plaintext))
}

/** Opens what `sealWithRandomNonce` made, or undefined. */
export function openWithNonce(
  key: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array = EMPTY,
): Uint8Array | undefined {
  assert(key.length === CIPHER_KEY_BYTES, 'a key has 32 bytes')
  if (sealed.length < RANDOM_NONCE_BYTES + SEAL_TAG_BYTES) return undefined
  const nonce = sealed.subarray(0, RANDOM_NONCE_BYTES)
  try {
    return xchacha20poly1305(key, nonce, associatedData).decrypt(sealed.subarray(RANDOM_NONCE_BYTES))
  } catch {
    return undefined
  }
}
