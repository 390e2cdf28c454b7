/**
 * The arithmetic half of the signature predicate, in JavaScript: which public keys are acceptable, which signatures
 * are well formed, and whether the equation holds. It runs where the browser has no Ed25519, and it is what every
 * other implementation is compared with.
 */
import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromHex } from '../base/bytes.ts'
import { BoundedCache } from './bounded-cache.ts'
import { randomBytes } from './random.ts'

export const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64

/** L of RFC 8032: the order of the base point. */
const GROUP_ORDER = Point.CURVE().n

/**
 * Keys whose verdict is remembered, because one costs about half a millisecond. Of the members of the largest room aimed
 * at two each, the person's and a device's, and some; about 600 bytes each.
 */
const REMEMBERED_KEYS_MAX = 24_000

/** The key's point, or false for a key that is not acceptable. */
const rememberedKeys = new BoundedCache<Point | false>(REMEMBERED_KEYS_MAX)

/** Bytes as a map key: one character a byte, five times faster than an encoding meant to be read. */
export const cacheKeyOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

function integerOf(littleEndian: Uint8Array): bigint {
  let digits = ''
  for (const byte of littleEndian) digits = byte.toString(16).padStart(2, '0') + digits
  return BigInt(`0x${digits}`)
}

/** The point of a canonical encoding (RFC 8032 section 5.1.3), or undefined. */
function pointOf(bytes: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(bytes)
  } catch {
    return undefined
  }
}

/** The point of an acceptable public key: canonical, on the curve, in the subgroup of prime order, not its identity. */
export function acceptablePoint(publicKey: Uint8Array): Point | undefined {
  if (publicKey.length !== PUBLIC_KEY_BYTES) return undefined
  const cacheKey = cacheKeyOf(publicKey)
  const remembered = rememberedKeys.get(cacheKey)
  if (remembered !== undefined) return remembered === false ? undefined : remembered
  const point = pointOf(publicKey)
  // Of the points of small order only the identity is in the prime-order subgroup, so two questions suffice.
  const acceptable = point !== undefined && !point.is0() && point.isTorsionFree()
  rememberedKeys.set(cacheKey, acceptable ? point : false)
  return acceptable ? point : undefined
}

/** From this many new keys on, testing them together is cheaper than one by one. */
const TOGETHER_MIN = 128
/** More would block a page for longer than a tenth of a second. */
const TOGETHER_MAX = 1024
/**
 * A key that is not acceptable passes among others by a chance of 2^-40. The choices are ours and made anew each time, so
 * the only way to try again is to have us do all the work again: that takes centuries of our time.
 */
const TRIALS = 40
/** Points whose sums are made in advance, 16 for four. With 40 trials that takes the fewest additions. */
const GROUP_POINTS = 4

/**
 * Finds out about many keys at once and remembers it: `acceptablePoint` answers the same afterwards, but eight times
 * sooner. The costly question is whether a point lies in the subgroup of prime order. It is asked of the sums of random
 * subsets: if any point has a component outside, then of two subsets that differ in just that point at most one has a
 * sum in the subgroup, so each trial finds it with a chance of a half or more. If one does, each key is tested alone.
 */
export function rememberKeys(publicKeys: readonly Uint8Array[]): void {
  const fresh = new Map<string, Uint8Array>()
  for (const publicKey of publicKeys) {
    const cacheKey = cacheKeyOf(publicKey)
    if (publicKey.length === PUBLIC_KEY_BYTES && rememberedKeys.get(cacheKey) === undefined)
      fresh.set(cacheKey, publicKey)
    if (fresh.size < TOGETHER_MAX) continue
    rememberTogether(fresh)
    fresh.clear()
  }
  rememberTogether(fresh)
}

function rememberTogether(publicKeys: ReadonlyMap<string, Uint8Array>): void {
  if (publicKeys.size < TOGETHER_MIN) return // each is tested when it is needed
  const points = new Map<string, Point>()
  for (const [cacheKey, publicKey] of publicKeys) {
    const point = pointOf(publicKey)
    if (point === undefined || point.is0()) rememberedKeys.set(cacheKey, false)
    else points.set(cacheKey, point)
  }
  if (!areTorsionFree([...points.values()])) return
  for (const [cacheKey, point] of points) rememberedKeys.set(cacheKey, point)
}

/** Whether all points lie in the subgroup of prime order; wrongly yes by a chance of 2^-40. */
function areTorsionFree(points: readonly Point[]): boolean {
  const sums = Array.from({ length: TRIALS }, () => Point.ZERO)
  for (let at = 0; at < points.length; at += GROUP_POINTS) {
    const subsets = subsetSums(points.slice(at, at + GROUP_POINTS))
    const choices = randomBytes(TRIALS)
    for (const [trial, choice] of choices.entries()) {
      const subset = subsets[choice % subsets.length] // a power of two, so every subset is as likely
      const sum = sums[trial]
      if (subset && sum) sums[trial] = sum.add(subset)
    }
  }
  return sums.every((sum) => sum.isTorsionFree())
}

/** The sums of all subsets: that of subset `n` has the points whose bits are set in `n`. */
function subsetSums(points: readonly Point[]): readonly Point[] {
  let sums = [Point.ZERO]
  for (const point of points) sums = [...sums, ...sums.map((sum) => sum.add(point))]
  return sums
}

/** L, most significant byte first. */
const GROUP_ORDER_BYTES = Uint8Array.from({ length: 32 }, (_, index) =>
  Number((GROUP_ORDER >> BigInt(8 * (31 - index))) & 0xffn),
)

/** Whether 32 little-endian bytes are a number below L. */
function isCanonicalScalar(scalar: Uint8Array): boolean {
  for (let index = 0; index < 32; index++) {
    const difference = (scalar[31 - index] ?? 0) - (GROUP_ORDER_BYTES[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/** Whether the lower 255 bits are below the field prime 2^255 - 19. */
function isCanonicalCoordinate(encodedPoint: Uint8Array): boolean {
  if (((encodedPoint[31] ?? 0) & 0x7f) !== 0x7f || (encodedPoint[0] ?? 0) < 0xed) return true
  for (let index = 1; index < 31; index++) if (encodedPoint[index] !== 0xff) return true
  return false
}

/** The y coordinates of the eight points whose order divides 8: encodings without the sign bit of x. */
const SMALL_ORDER_COORDINATES: readonly Uint8Array[] = [
  '0100000000000000000000000000000000000000000000000000000000000000', // order 1
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // order 2
  '0000000000000000000000000000000000000000000000000000000000000000', // order 4
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
].map(fromHex)

function isOfSmallOrder(encodedPoint: Uint8Array): boolean {
  const y = encodedPoint.slice()
  y[31] = (y[31] ?? 0) & 0x7f
  return SMALL_ORDER_COORDINATES.some((coordinate) => equalBytes(y, coordinate))
}

/**
 * What can be said of a signature without key and message: 64 bytes, R canonical and not of small order, S below L.
 * Implementations differ over the signatures excluded here (some decode R and reject or reduce it, some compare
 * bytes), and no honest signer makes one.
 */
export function isWellFormedSignature(signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  const encodedR = signature.subarray(0, 32)
  return isCanonicalScalar(signature.subarray(32)) && isCanonicalCoordinate(encodedR) && !isOfSmallOrder(encodedR)
}

/**
 * Whether R is the encoding of [S]B - [h]A with h = SHA-512(R, A, message) mod L: the cofactorless equation of
 * RFC 8032 section 5.1.7. Signature and key must have been found well formed and acceptable.
 */
export function equationHolds(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, key: Point): boolean {
  const encodedR = signature.subarray(0, 32)
  const hash = integerOf(sha512(concatBytes(encodedR, publicKey, message))) % GROUP_ORDER
  const computed = Point.BASE.multiplyUnsafe(integerOf(signature.subarray(32))).subtract(key.multiplyUnsafe(hash))
  return equalBytes(computed.toBytes(), encodedR)
}
