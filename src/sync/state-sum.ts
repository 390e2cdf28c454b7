import { HASH_BYTES } from '../crypto/hash.ts'

const WORDS = HASH_BYTES / 4

/**
 * A number for a set of hashes that changes with each of them and is changed in a few steps: their sum modulo 2^256.
 * After "Incremental Multiset Hash Functions" (Clarke et al., 2003), where addition is what keeps sets apart that
 * exclusive-or would not.
 */
export class StateSum {
  readonly #words = new Uint32Array(WORDS)

  add(hash: Uint8Array): void {
    let carry = 0
    for (let i = 0; i < WORDS; i++) {
      const sum = (this.#words[i] ?? 0) + wordAt(hash, i) + carry
      this.#words[i] = sum
      carry = sum > 0xffffffff ? 1 : 0
    }
  }

  remove(hash: Uint8Array): void {
    let borrow = 0
    for (let i = 0; i < WORDS; i++) {
      const difference = (this.#words[i] ?? 0) - wordAt(hash, i) - borrow
      this.#words[i] = difference
      borrow = difference < 0 ? 1 : 0
    }
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(HASH_BYTES)
    const view = new DataView(bytes.buffer)
    for (const [i, word] of this.#words.entries()) view.setUint32(i * 4, word, true)
    return bytes
  }
}

function wordAt(hash: Uint8Array, index: number): number {
  const at = index * 4
  const [a = 0, b = 0, c = 0, d = 0] = [hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
}
