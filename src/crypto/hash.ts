/**
 * SHA-256 and what is built on it. Synchronous on purpose: for inputs of a few hundred bytes the hop into
 * WebCrypto costs more than the hash.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { utf8 } from '../base/bytes.ts'

export const HASH_BYTES = 32

/** SHA-256 (FIPS 180-4) of `bytes`. */
export const sha256 = (bytes: Uint8Array): Uint8Array => nobleSha256(bytes)

/** SHA-256 of the parts one after the other, without joining them first. The parts' lengths are not hashed. */
export function sha256Of(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** HMAC-SHA-256 (RFC 2104). */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(nobleSha256, key, message)

/**
 * HKDF-SHA-256 (RFC 5869), extract and expand: `length` bytes, at most 8,160, from `key`. Different `info` gives
 * independent keys.
 */
export const hkdfSha256 = (
  key: Uint8Array,
  info: string | Uint8Array,
  length: number = HASH_BYTES,
  salt?: Uint8Array,
): Uint8Array => hkdf(nobleSha256, key, salt, typeof info === 'string' ? utf8(info) : info, length)
