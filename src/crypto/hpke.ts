/**
 * Hybrid public key encryption, RFC 9180: seals a message to the holder of an X25519 key, whoever seals it. Base mode,
 * one message a context, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305.
 *
 * It says nothing of who sealed, and the cipher does not commit to its key: both must come from what surrounds the box.
 */
import { assert } from '../base/assert.ts'
import { concatBytes, utf8 } from '../base/bytes.ts'
import { CIPHER_KEY_BYTES, NONCE_BYTES, SEAL_TAG_BYTES, open, seal } from './body-cipher.ts'
import { HASH_BYTES, hmacSha256 } from './hash.ts'
import { AGREEMENT_KEY_BYTES, agree, createKeyPair, type AgreementKeyPair } from './key-agreement.ts'

/** What the sealer's half of the agreement takes beside the sealed bytes. */
export const ENCAPSULATED_BYTES = AGREEMENT_KEY_BYTES
/** What sealing adds to the plaintext. */
export const BOX_TAG_BYTES = SEAL_TAG_BYTES

export interface SealedBox {
  /** The sealer's ephemeral public key. */
  readonly encapsulated: Uint8Array
  readonly sealed: Uint8Array
}

const VERSION = utf8('HPKE-v1')
/** "KEM" and the number of DHKEM(X25519, HKDF-SHA256). */
const KEM_SUITE = concatBytes(utf8('KEM'), Uint8Array.of(0x00, 0x20))
/** "HPKE" and the numbers of the key encapsulation, HKDF-SHA256 and ChaCha20-Poly1305. */
const SUITE = concatBytes(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x03))
const MODE_BASE = Uint8Array.of(0)
const EMPTY = new Uint8Array(0)

/**
 * Seals `plaintext` to the holder of `recipientKey`, which must be acceptable (`isAcceptableAgreementKey`). `info`
 * names the purpose and `associatedData` the place; whoever opens must give the same. `ephemeral` is a fresh key unless
 * a test vector prescribes it.
 */
export async function sealTo(
  recipientKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  ephemeral?: AgreementKeyPair,
): Promise<SealedBox> {
  const pair = ephemeral ?? (await createKeyPair())
  const agreed = await agree(pair.privateKey, recipientKey)
  assert(agreed !== undefined, 'not a key that could agree')
  const { key, nonce } = contextOf(agreed, pair.publicKey, recipientKey, info)
  return { encapsulated: pair.publicKey, sealed: seal(key, nonce, plaintext, associatedData) }
}

/** The plaintext, or undefined if the box was sealed to another key, for another purpose or place, or is damaged. */
export async function openSealed(
  recipient: AgreementKeyPair,
  box: SealedBox,
  info: Uint8Array,
  associatedData: Uint8Array,
): Promise<Uint8Array | undefined> {
  const agreed = await agree(recipient.privateKey, box.encapsulated)
  if (agreed === undefined) return undefined
  const { key, nonce } = contextOf(agreed, box.encapsulated, recipient.publicKey, info)
  return open(key, nonce, box.sealed, associatedData)
}

/** Sections 4.1 and 5.1 of the RFC, with neither a pre-shared key nor an authenticated sender. */
function contextOf(
  agreed: Uint8Array,
  encapsulated: Uint8Array,
  recipientKey: Uint8Array,
  info: Uint8Array,
): { key: Uint8Array; nonce: Uint8Array } {
  const agreement = labeledExtract(KEM_SUITE, EMPTY, 'eae_prk', agreed)
  const parties = concatBytes(encapsulated, recipientKey)
  const shared = labeledExpand(KEM_SUITE, agreement, 'shared_secret', parties, HASH_BYTES)
  const pskIdHash = labeledExtract(SUITE, EMPTY, 'psk_id_hash', EMPTY)
  const infoHash = labeledExtract(SUITE, EMPTY, 'info_hash', info)
  const context = concatBytes(MODE_BASE, pskIdHash, infoHash)
  const secret = labeledExtract(SUITE, shared, 'secret', EMPTY)
  return {
    key: labeledExpand(SUITE, secret, 'key', context, CIPHER_KEY_BYTES),
    nonce: labeledExpand(SUITE, secret, 'base_nonce', context, NONCE_BYTES),
  }
}

const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, material: Uint8Array): Uint8Array =>
  hmacSha256(salt, concatBytes(VERSION, suite, utf8(label), material))

/** HKDF's expansion for at most one block, which is all that is needed here. */
function labeledExpand(
  suite: Uint8Array,
  key: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  assert(length <= HASH_BYTES, 'one block of output')
  const labeled = concatBytes(Uint8Array.of(0, length), VERSION, suite, utf8(label), info)
  return hmacSha256(key, concatBytes(labeled, Uint8Array.of(1))).subarray(0, length)
}
