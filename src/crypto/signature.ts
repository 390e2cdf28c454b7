/**
 * The one question that every replica must answer alike: is this a signature of this message by this key?
 * Libraries disagree over crafted keys and signatures, and replicas that disagree diverge, so the answer is fixed
 * here and not by whichever library is at hand. A signature is good if and only if
 *
 * 1. the key is acceptable: canonically encoded, on the curve, of prime order (no component of small order);
 * 2. R is canonically encoded and not of small order, and S is below L;
 * 3. R is, byte for byte, the encoding of [S]B - [h]A: the equation without the cofactor.
 *
 * WebCrypto does the third when a probe has shown that it does just that, since it is ten times faster; JavaScript
 * arithmetic does it everywhere else. Sources: RFC 8032 section 5.1.7; Chalkias, Garillot, Nikolaenko, "Taming the
 * many EdDSAs", 2020, whose table shows how libraries differ.
 */
import { BoundedCache } from './bounded-cache.ts'
import { acceptablePoint, cacheKeyOf, equationHolds, isWellFormedSignature } from './ed25519.ts'
import { PROBE_SIGNATURES } from './signature-probe.ts'
import { asBufferSource, subtle } from './web-crypto.ts'

export { PUBLIC_KEY_BYTES, rememberKeys, SIGNATURE_BYTES } from './ed25519.ts'

/** Imported keys kept: one import costs about as much as a verification. The writers of a very busy day. */
const IMPORTED_KEYS_MAX = 4096

const importedKeys = new BoundedCache<Promise<CryptoKey>>(IMPORTED_KEYS_MAX)

/**
 * Whether a key can sign anything here. Rejects encodings that are not canonical, bytes that are no point, and
 * points of small or mixed order. The verdict is remembered; the first costs about half a millisecond.
 */
export const isAcceptablePublicKey = (publicKey: Uint8Array): boolean => acceptablePoint(publicKey) !== undefined

/** The predicate computed in JavaScript alone, synchronously. Never throws. */
export function verifyWithNoble(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isWellFormedSignature(signature)) return false
  const key = acceptablePoint(publicKey)
  return key !== undefined && equationHolds(signature, message, publicKey, key)
}

/** The predicate where the caller cannot wait. */
export const verifySync = verifyWithNoble

/** The predicate, by the fastest means that this platform has. Never rejects, never throws. */
export async function verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Promise<boolean> {
  if (!isWellFormedSignature(signature)) return false
  const key = acceptablePoint(publicKey)
  if (key === undefined) return false
  const subtleCrypto = await trustedWebCrypto()
  if (subtleCrypto === undefined) return equationHolds(signature, message, publicKey, key)
  try {
    return await verifyWithWebCrypto(subtleCrypto, signature, message, publicKey)
  } catch {
    // An engine that gives up under pressure must not turn a good signature into a bad one, now or later.
    importedKeys.delete(cacheKeyOf(publicKey))
    return equationHolds(signature, message, publicKey, key)
  }
}

/** Whether `verify` runs on WebCrypto here: it exists and passed the probe. */
export const verifiesWithWebCrypto = async (): Promise<boolean> => (await trustedWebCrypto()) !== undefined

async function verifyWithWebCrypto(
  subtleCrypto: SubtleCrypto,
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): Promise<boolean> {
  const cacheKey = cacheKeyOf(publicKey)
  let imported = importedKeys.get(cacheKey)
  if (!imported) {
    imported = subtleCrypto.importKey('raw', asBufferSource(publicKey), 'Ed25519', false, ['verify'])
    importedKeys.set(cacheKey, imported)
  }
  return subtleCrypto.verify('Ed25519', await imported, asBufferSource(signature), asBufferSource(message))
}

let probe: Promise<SubtleCrypto | undefined> | undefined

/** WebCrypto, if its Ed25519 gives the right answer to every signature of the probe. Asked once. */
function trustedWebCrypto(): Promise<SubtleCrypto | undefined> {
  probe ??= probeWebCrypto(subtle)
  return probe
}

/** `candidate`, if its Ed25519 computes our predicate on well-formed signatures by acceptable keys, or undefined. */
export async function probeWebCrypto<Verifier extends Pick<SubtleCrypto, 'importKey' | 'verify'>>(
  candidate: Verifier | undefined,
): Promise<Verifier | undefined> {
  if (candidate === undefined) return undefined
  try {
    for (const { publicKey, message, signature, isGood } of PROBE_SIGNATURES) {
      const key = await candidate.importKey('raw', asBufferSource(publicKey), 'Ed25519', false, ['verify'])
      const answer = await candidate.verify('Ed25519', key, asBufferSource(signature), asBufferSource(message))
      if (answer !== isGood) return undefined
    }
    return candidate
  } catch {
    return undefined // no Ed25519 at all
  }
}
