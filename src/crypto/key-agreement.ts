/**
 * X25519 (RFC 7748): two key pairs agree on a secret. WebCrypto where it passes the vector of RFC 7748; else a
 * Montgomery ladder on BigInt, whose running time depends on the secret, as all BigInt arithmetic does. Where only the
 * fallback is there, a device's seal key is used through it too: whoever can time that process closely may learn it.
 */
import { fromHex } from '../base/bytes.ts'
import { randomBytes } from './random.ts'
import { asBufferSource, subtle } from './web-crypto.ts'

export const AGREEMENT_KEY_BYTES = 32

/** A key that never leaves WebCrypto, or the 32 bytes of the fallback. Both can be cloned into IndexedDB. */
export type AgreementPrivateKey = CryptoKey | Uint8Array

export interface AgreementKeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: AgreementPrivateKey
}

const FIELD_PRIME = 2n ** 255n - 19n
/** (486662 - 2) / 4, the curve's constant in the ladder. */
const A24 = 121_665n
const BASE_POINT = Uint8Array.of(9, ...new Uint8Array(31))

/** Makes a key pair, not extractable where WebCrypto makes it. */
export async function createKeyPair(): Promise<AgreementKeyPair> {
  const subtleCrypto = await trustedWebCrypto()
  if (subtleCrypto === undefined) return keyPairFromBytes(randomBytes(AGREEMENT_KEY_BYTES))
  const pair = await subtleCrypto.generateKey({ name: 'X25519' }, false, ['deriveBits'])
  const publicKey = new Uint8Array(await subtleCrypto.exportKey('raw', pair.publicKey))
  return { publicKey, privateKey: pair.privateKey }
}

/** The pair of a known private key, used through the fallback. */
export function keyPairFromBytes(privateKey: Uint8Array): AgreementKeyPair {
  return { publicKey: ladder(privateKey, BASE_POINT), privateKey }
}

/**
 * The 32 bytes shared with the holder of `publicKey`; undefined if that key is not 32 bytes or of small order, so
 * that everybody would share the same zeros.
 */
export async function agree(privateKey: AgreementPrivateKey, publicKey: Uint8Array): Promise<Uint8Array | undefined> {
  if (publicKey.length !== AGREEMENT_KEY_BYTES) return undefined
  if (privateKey instanceof Uint8Array) return agreeInJavaScript(privateKey, publicKey)
  if (subtle === undefined) return undefined
  try {
    const key = await subtle.importKey('raw', asBufferSource(publicKey), { name: 'X25519' }, false, [])
    const bits = await subtle.deriveBits({ name: 'X25519', public: key }, privateKey, 8 * AGREEMENT_KEY_BYTES)
    return nonZero(new Uint8Array(bits))
  } catch {
    return undefined // WebCrypto refuses the result zero itself
  }
}

/** The same by the ladder alone. */
export const agreeInJavaScript = (privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined =>
  nonZero(ladder(privateKey, publicKey))

/**
 * The coordinates of the points whose order divides 8, on the curve or its twist, reduced modulo the prime. The last
 * two are of order 8 (RFC 7748 section 7 tells why they agree on zeros with every key).
 */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  FIELD_PRIME - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
])

/** Whether everybody's agreement with this key is a secret: 32 bytes that are not a point of small order. */
export const isAcceptableAgreementKey = (publicKey: Uint8Array): boolean =>
  publicKey.length === AGREEMENT_KEY_BYTES && !SMALL_ORDER.has(field(integerOf(publicKey) & ((1n << 255n) - 1n)))

/** Whether something out of a store is a key pair. */
export const isAgreementKeyPair = (value: unknown): value is AgreementKeyPair =>
  typeof value === 'object' &&
  value !== null &&
  'publicKey' in value &&
  'privateKey' in value &&
  value.publicKey instanceof Uint8Array &&
  (value.privateKey instanceof Uint8Array || (subtle !== undefined && value.privateKey instanceof CryptoKey))

const nonZero = (secret: Uint8Array): Uint8Array | undefined => (secret.some((byte) => byte !== 0) ? secret : undefined)

function integerOf(littleEndian: Uint8Array): bigint {
  let value = 0n
  for (let index = littleEndian.length - 1; index >= 0; index--)
    value = (value << 8n) | BigInt(littleEndian[index] ?? 0)
  return value
}

const field = (value: bigint): bigint => {
  const remainder = value % FIELD_PRIME
  return remainder < 0n ? remainder + FIELD_PRIME : remainder
}

/** x^(p-2), the inverse by Fermat; the inverse of zero is zero, as RFC 7748 wants it. */
function inverse(value: bigint): bigint {
  let result = 1n
  let square = value
  for (let exponent = FIELD_PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = field(result * square)
    square = field(square * square)
  }
  return result
}

/** The X25519 function, written after section 5 of RFC 7748. */
function ladder(scalarBytes: Uint8Array, coordinate: Uint8Array): Uint8Array {
  const scalar = (integerOf(scalarBytes) & ((1n << 254n) - 8n)) | (1n << 254n)
  const x1 = field(integerOf(coordinate) & ((1n << 255n) - 1n))
  let [x2, z2, x3, z3] = [1n, 0n, x1, 1n]
  let swapped = 0n
  for (let position = 254n; position >= 0n; position--) {
    const bit = (scalar >> position) & 1n
    if (bit !== swapped) [x2, z2, x3, z3] = [x3, z3, x2, z2]
    swapped = bit
    const sum = x2 + z2
    const difference = x2 - z2
    const sumSquared = field(sum * sum)
    const differenceSquared = field(difference * difference)
    const e = sumSquared - differenceSquared
    const da = field((x3 - z3) * sum)
    const cb = field((x3 + z3) * difference)
    x3 = field((da + cb) ** 2n)
    z3 = field(x1 * (da - cb) ** 2n)
    x2 = field(sumSquared * differenceSquared)
    z2 = field(e * (sumSquared + A24 * e))
  }
  if (swapped) [x2, z2] = [x3, z3]
  const result = field(x2 * inverse(z2))
  return Uint8Array.from({ length: AGREEMENT_KEY_BYTES }, (_, index) => Number((result >> BigInt(8 * index)) & 0xffn))
}

let probe: Promise<SubtleCrypto | undefined> | undefined

function trustedWebCrypto(): Promise<SubtleCrypto | undefined> {
  probe ??= probeWebCrypto()
  return probe
}

/** PKCS #8 wrapping of a bare X25519 private key (RFC 8410). */
const PKCS8_PREFIX = fromHex('302e020100300506032b656e04220420')

/** Imports a known private key into WebCrypto; throws where the platform has no X25519. */
export async function importPrivateKey(privateKey: Uint8Array, subtleCrypto: SubtleCrypto): Promise<CryptoKey> {
  const wrapped = Uint8Array.of(...PKCS8_PREFIX, ...privateKey)
  return subtleCrypto.importKey('pkcs8', wrapped, { name: 'X25519' }, false, ['deriveBits'])
}

/** WebCrypto, if it agrees on the secret of RFC 7748 section 6.1. */
async function probeWebCrypto(): Promise<SubtleCrypto | undefined> {
  if (subtle === undefined) return undefined
  try {
    const bob = await importPrivateKey(
      fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'),
      subtle,
    )
    const alice = fromHex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    const secret = await agree(bob, alice)
    const expected = fromHex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
    return secret?.every((byte, index) => byte === expected[index]) === true ? subtle : undefined
  } catch {
    return undefined
  }
}
