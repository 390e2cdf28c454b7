import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DeviceId, type Id } from '../../src/base/ids.ts'
import { signerFromSeed, type Signer } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'

export const idNamed = (name: string): Id<never> => idFromBytes<Id<never>>(sha256(utf8(name)))

export const signerNamed = (name: string): Signer => signerFromSeed(sha256(utf8(name)))

export const deviceOf = ({ publicKey }: Signer): DeviceId => idFromBytes(publicKey)

/** Every proper prefix, and every variant with one bit flipped. */
export function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length)
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    yield copy
  }
}
