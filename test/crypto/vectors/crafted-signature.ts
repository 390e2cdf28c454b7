/**
 * Makes the signatures that no honest signer makes. All is derived from words, so every run makes the same bytes.
 *
 * With B the base point and T a point of order 8, a key is A = aB + jT and a nonce point R = rB + kT. For
 * S = r + ha mod L, [S]B - [h]A = rB - hjT: equal to R only if k = -hj mod 8, but always equal after multiplying by 8.
 * So j and k choose freely whether the equation holds with the cofactor, without it, or (by an S that is off) not at
 * all.
 */
import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, fromHex, utf8 } from '../../../src/base/bytes.ts'

export const GROUP_ORDER = Point.CURVE().n
export const FIELD_PRIME = Point.CURVE().p

/** T: generates the eight points of small order. */
export const TORSION = Point.fromBytes(fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'))

export const torsion = (multiple: number): Point => TORSION.multiplyUnsafe(BigInt(((multiple % 8) + 8) % 8))

export const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))

export const integerOf = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)

export const scalarOf = (word: string): bigint => integerOf(sha512(utf8(word))) % GROUP_ORDER

export interface Craft {
  /** Decides the secret scalar a. */
  readonly key: string
  readonly message: Uint8Array
  /** j: the component of small order in the key. */
  readonly keyTorsion?: number
  /** k: the component of small order in R. */
  readonly nonceTorsion?: number
  /** The scalar r; zero makes R a point of small order. */
  readonly nonce?: bigint
  /** The bytes that stand for R, where they are not the encoding of rB + kT. */
  readonly encodedNonce?: Uint8Array
  /** The bytes that stand for A, where they are not the encoding of aB + jT. */
  readonly encodedKey?: Uint8Array
  /** Overrides a, for keys that have no component of prime order. */
  readonly secret?: bigint
  /** Added to S. */
  readonly scalarOffset?: bigint
}

export interface SignedMessage {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** h, for choosing messages by. */
  readonly hash: bigint
}

export function craft(options: Craft): SignedMessage {
  const { message } = options
  const secret = options.secret ?? scalarOf(`secret of ${options.key}`)
  const nonce = options.nonce ?? scalarOf(`nonce of ${options.key} ${message.length} ${message.join()}`)
  const key = Point.BASE.multiplyUnsafe(secret).add(torsion(options.keyTorsion ?? 0))
  const noncePoint = Point.BASE.multiplyUnsafe(nonce).add(torsion(options.nonceTorsion ?? 0))
  const publicKey = options.encodedKey ?? key.toBytes()
  const encodedNonce = options.encodedNonce ?? noncePoint.toBytes()
  const hash = integerOf(sha512(concatBytes(encodedNonce, publicKey, message))) % GROUP_ORDER
  const scalar = ((nonce + hash * secret) % GROUP_ORDER) + (options.scalarOffset ?? 0n)
  return { publicKey, message, signature: concatBytes(encodedNonce, littleEndian(scalar)), hash }
}

/** The first message, of a counted series, for which the crafted signature satisfies `isWanted`. */
export function craftUntil(
  options: Omit<Craft, 'message'>,
  isWanted: (signed: SignedMessage) => boolean,
): SignedMessage {
  for (let count = 0; count < 10_000; count++) {
    const signed = craft({ ...options, message: utf8(`message ${count}`) })
    if (isWanted(signed)) return signed
  }
  throw new Error('no such message')
}

/** Libraries of one camp compare after multiplying by 8, and bytes that are no canonical point are fine with some. */
export function holdsWithCofactor({ signature, publicKey, message }: SignedMessage): boolean {
  const nonce = Point.fromBytes(signature.subarray(0, 32), true)
  const difference = computedNonce(signature, publicKey, message).subtract(nonce)
  return difference.multiplyUnsafe(8n).is0()
}

/** Libraries of the other camp compare points or bytes as they are. */
export function holdsWithoutCofactor({ signature, publicKey, message }: SignedMessage): boolean {
  const nonce = Point.fromBytes(signature.subarray(0, 32), true)
  return computedNonce(signature, publicKey, message).equals(nonce)
}

function computedNonce(signature: Uint8Array, publicKey: Uint8Array, message: Uint8Array): Point {
  const hash = integerOf(sha512(concatBytes(signature.subarray(0, 32), publicKey, message))) % GROUP_ORDER
  const scalar = integerOf(signature.subarray(32)) % GROUP_ORDER
  return Point.BASE.multiplyUnsafe(scalar).subtract(Point.fromBytes(publicKey, true).multiplyUnsafe(hash))
}
