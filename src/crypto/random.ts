import { assert } from '../base/assert.ts'

/** What the Web Crypto API gives in one call, in bytes. */
const RANDOM_BYTES_MAX = 65_536

/** `length` bytes from the platform's cryptographically secure generator. */
export function randomBytes(length: number): Uint8Array {
  assert(length >= 0 && length <= RANDOM_BYTES_MAX, `cannot ask for ${length} random bytes at once`)
  return crypto.getRandomValues(new Uint8Array(length))
}
