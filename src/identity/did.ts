/** How a person is written: in full as a `did:key`, and in four characters beside a name. */
import { base58 } from '@scure/base'
import { concatBytes, utf8 } from '../base/bytes.ts'
import { ID_BYTES, idFromBytes, idToBytes, type DeviceId, type PersonId } from '../base/ids.ts'
import { sha256Of } from '../crypto/hash.ts'

/** The letter `z` says that base58btc follows (multibase). */
const DID_PREFIX = 'did:key:z'
/** The multicodec number of an Ed25519 public key, 0xed, as an unsigned varint. */
const ED25519_CODEC = Uint8Array.of(0xed, 0x01)
/** 34 bytes make at most 47 digits; decoding base58 takes time that grows with the square of its length. */
const DID_LENGTH_MAX = DID_PREFIX.length + 47

/** The person as a `did:key` (W3C did:key method, Ed25519). */
export const didOf = (person: PersonId): string =>
  DID_PREFIX + base58.encode(concatBytes(ED25519_CODEC, idToBytes(person)))

/**
 * The person of a `did:key`, or undefined. That the key can sign is found out when its first signature is checked.
 */
export function personIdOfDid(text: string): PersonId | undefined {
  if (!text.startsWith(DID_PREFIX) || text.length > DID_LENGTH_MAX) return undefined
  let decoded: Uint8Array
  try {
    decoded = base58.decode(text.slice(DID_PREFIX.length))
  } catch {
    return undefined // a character outside the alphabet
  }
  if (decoded.length !== ED25519_CODEC.length + ID_BYTES) return undefined
  if (decoded[0] !== ED25519_CODEC[0] || decoded[1] !== ED25519_CODEC[1]) return undefined
  return idFromBytes<PersonId>(decoded.subarray(ED25519_CODEC.length))
}

/** 32 lowercase letters and digits of which none looks like another: no i, l, o, u (Crockford's alphabet). */
const TAG_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const TAG_LENGTH = 4
const TAG_DOMAIN = utf8('parley key tag\0')

/**
 * Four characters that tell two people of one name apart at a glance. They are 20 bits of a hash: whoever wants to
 * can search for a key with the same tag in seconds, so a tag is no proof of who somebody is.
 */
export function keyTag(key: PersonId | DeviceId): string {
  const hash = sha256Of(TAG_DOMAIN, idToBytes(key))
  let tag = ''
  for (let index = 0; index < TAG_LENGTH; index++) tag += TAG_ALPHABET[(hash[index] ?? 0) % TAG_ALPHABET.length] ?? ''
  return tag
}
