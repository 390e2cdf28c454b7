/**
 * The keys that sign. A device's key lives in WebCrypto and cannot be read back, not even by us, where the platform
 * has Ed25519; elsewhere it is a seed. Keys derived from a phrase or carried in a link are seeds by nature.
 */
import { getPublicKey, hashes, sign } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import { assert } from '../base/assert.ts'
import { randomBytes } from './random.ts'
import { asBufferSource, subtle } from './web-crypto.ts'

hashes.sha512 = sha512 // without it noble signs only asynchronously

export const SEED_BYTES = 32

/** Can be cloned into IndexedDB as it is. Only the kind `seed` can be written as bytes. */
export type DeviceKey = ProtectedDeviceKey | SeedDeviceKey

export interface ProtectedDeviceKey {
  readonly kind: 'protected'
  readonly publicKey: Uint8Array
  readonly keys: CryptoKeyPair
}

export interface SeedDeviceKey {
  readonly kind: 'seed'
  readonly publicKey: Uint8Array
  readonly seed: Uint8Array
}

export interface Signer {
  readonly publicKey: Uint8Array
  sign(message: Uint8Array): Promise<Uint8Array>
}

export interface SynchronousSigner extends Signer {
  signSync(message: Uint8Array): Uint8Array
}

/** Makes a key that cannot be extracted where the platform has Ed25519, otherwise a seed. */
export async function createDeviceKey(): Promise<DeviceKey> {
  if (subtle === undefined) return createSeedDeviceKey()
  try {
    const keys = await subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const publicKey = new Uint8Array(await subtle.exportKey('raw', keys.publicKey))
    return { kind: 'protected', publicKey, keys }
  } catch {
    return createSeedDeviceKey() // a platform without Ed25519
  }
}

/** Makes a key for a store that keeps bytes only, such as a file. */
export function createSeedDeviceKey(seed: Uint8Array = randomBytes(SEED_BYTES)): SeedDeviceKey {
  assert(seed.length === SEED_BYTES, 'a seed has 32 bytes')
  return { kind: 'seed', publicKey: getPublicKey(seed), seed }
}

/** Whether nobody, this program included, can read the private key. */
export const isNonExtractable = (deviceKey: DeviceKey): boolean =>
  deviceKey.kind === 'protected' && !deviceKey.keys.privateKey.extractable

export function signerOf(deviceKey: DeviceKey): Signer {
  if (deviceKey.kind === 'seed') return signerFromSeed(deviceKey.seed)
  const { publicKey, keys } = deviceKey
  return {
    publicKey,
    async sign(message) {
      assert(subtle !== undefined, 'the key was made by WebCrypto, which is gone')
      return new Uint8Array(await subtle.sign('Ed25519', keys.privateKey, asBufferSource(message)))
    },
  }
}

/** A signer in JavaScript: deterministic (RFC 8032) and able to sign without waiting. */
export function signerFromSeed(seed: Uint8Array): SynchronousSigner {
  assert(seed.length === SEED_BYTES, 'a seed has 32 bytes')
  return {
    publicKey: getPublicKey(seed),
    sign: (message) => Promise.resolve(sign(message, seed)),
    signSync: (message) => sign(message, seed),
  }
}
