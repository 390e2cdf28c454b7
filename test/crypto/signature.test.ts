import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { verify as nobleVerify } from '@noble/ed25519'
import { equalBytes, fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { signerFromSeed } from '../../src/crypto/device-key.ts'
import { isWellFormedSignature } from '../../src/crypto/ed25519.ts'
import { PROBE_SIGNATURES } from '../../src/crypto/signature-probe.ts'
import {
  isAcceptablePublicKey,
  probeWebCrypto,
  verifiesWithWebCrypto,
  verify,
  verifySync,
  verifyWithNoble,
} from '../../src/crypto/signature.ts'
import {
  craft,
  FIELD_PRIME,
  holdsWithCofactor,
  holdsWithoutCofactor,
  littleEndian,
  torsion,
} from './vectors/crafted-signature.ts'
import { probeSignatures } from './vectors/probe-signatures.ts'
import {
  RFC_8032_VECTORS,
  signatureVectors,
  SMALL_ORDER_ENCODINGS,
  withBitFlipped,
} from './vectors/signature-vectors.ts'

const vectors = signatureVectors()

test('[SG1] [SG2] [SG3] [SG4] [SG5] every vector gets its verdict from JavaScript', () => {
  for (const { name, signature, message, publicKey, isGood } of vectors)
    assert.equal(verifyWithNoble(signature, message, publicKey), isGood, name)
})

test('[SG6] every vector gets the same verdict by way of WebCrypto', async () => {
  assert.equal(await verifiesWithWebCrypto(), true)
  for (const { name, signature, message, publicKey, isGood } of vectors)
    assert.equal(await verify(signature, message, publicKey), isGood, name)
})

test('WebCrypto itself, asked what we ask it, gives the verdict', async () => {
  let asked = 0
  for (const { name, signature, message, publicKey, isGood } of vectors) {
    if (!isWellFormedSignature(signature) || !isAcceptablePublicKey(publicKey)) continue
    asked++
    const key = await crypto.subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify'])
    assert.equal(await crypto.subtle.verify('Ed25519', key, signature.slice(), message.slice()), isGood, name)
  }
  assert.ok(asked > 20)
})

test('[SG1] keys are acceptable or not as the vectors say', () => {
  for (const { name, publicKey, isAcceptableKey } of vectors)
    assert.equal(isAcceptablePublicKey(publicKey), isAcceptableKey, name)
})

test('the verdict on a key does not change when it is remembered', () => {
  for (const { name, publicKey, isAcceptableKey } of vectors)
    assert.equal(isAcceptablePublicKey(publicKey), isAcceptableKey, name)
})

test('[SG1] [SG3] all eight points of small order, in all fourteen encodings, are no keys and no R', () => {
  assert.equal(new Set(SMALL_ORDER_ENCODINGS.map(toHex)).size, 14)
  for (const encoding of SMALL_ORDER_ENCODINGS) {
    assert.equal(isAcceptablePublicKey(encoding), false, toHex(encoding))
    assert.equal(isWellFormedSignature(Uint8Array.of(...encoding, ...new Uint8Array(32))), false, toHex(encoding))
  }
})

test('[SG1] [SG3] no coordinate from the field prime up is a key or an R, with either sign', () => {
  for (let excess = 0n; excess < 19n; excess++)
    for (const sign of [0n, 1n << 255n]) {
      const encoding = littleEndian((FIELD_PRIME + excess) | sign)
      assert.equal(isAcceptablePublicKey(encoding), false, toHex(encoding))
      assert.equal(isWellFormedSignature(Uint8Array.of(...encoding, ...new Uint8Array(32))), false, toHex(encoding))
    }
})

test('[SG5] the rejected vectors tell the camps apart: others would accept them', () => {
  const named = (pattern: RegExp) => {
    const found = vectors.filter(({ name }) => pattern.test(name))
    assert.ok(found.length > 0, String(pattern))
    return found.map((vector) => ({ ...vector, hash: 0n }))
  }
  for (const vector of named(/^R of mixed order/)) {
    assert.equal(holdsWithCofactor(vector), true, vector.name)
    assert.equal(holdsWithoutCofactor(vector), false, vector.name)
    assert.equal(nobleVerify(vector.signature, vector.message, vector.publicKey), true, vector.name)
  }
  for (const vector of named(/^key of small order|^key of mixed order.*the equation holds$|^S \+/))
    assert.equal(holdsWithoutCofactor(vector), true, vector.name)
  for (const vector of named(/^key of mixed order.*by the cofactor only$/))
    assert.equal(holdsWithoutCofactor(vector), false, vector.name)
  for (const vector of named(/^R of small order/)) assert.equal(holdsWithCofactor(vector), true, vector.name)
  assert.equal(named(/^R of small order/).filter(holdsWithoutCofactor).length, 4, 'the encodings of the identity')
})

test('[SG4] the published cases 6 and 7 are rejected for S alone', () => {
  for (const vector of vectors.filter(({ name }) => /^Chalkias et al. [67]/.test(name))) {
    assert.equal(isAcceptablePublicKey(vector.publicKey), true)
    assert.equal(holdsWithoutCofactor({ ...vector, hash: 0n }), true)
  }
})

test('our signatures are those of RFC 8032', () => {
  for (const { name, seed, publicKey, message, signature } of RFC_8032_VECTORS) {
    const signer = signerFromSeed(fromHex(seed))
    assert.equal(toHex(signer.publicKey), publicKey, name)
    assert.equal(toHex(signer.signSync(fromHex(message))), signature, name)
  }
})

test('the probe has the signatures that its construction makes', () => {
  const made = probeSignatures()
  assert.equal(PROBE_SIGNATURES.length, made.length)
  for (const [index, probed] of PROBE_SIGNATURES.entries()) {
    const expected = made[index]
    assert.ok(expected)
    assert.deepEqual(probed, {
      publicKey: expected.publicKey,
      message: expected.message,
      signature: expected.signature,
      isGood: expected.isGood,
    })
    assert.equal(verifySync(probed.signature, probed.message, probed.publicKey), probed.isGood)
    assert.equal(isWellFormedSignature(probed.signature) && isAcceptablePublicKey(probed.publicKey), true)
  }
})

/** A WebCrypto whose verification is `verdict`, on the raw key bytes. */
function webCryptoThat(
  verdict: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean,
): Pick<SubtleCrypto, 'importKey' | 'verify'> {
  let publicKey = new Uint8Array(0)
  const { subtle } = crypto
  return {
    importKey: (_format: unknown, bytes: unknown) => {
      publicKey = bytes as Uint8Array<ArrayBuffer>
      return subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    },
    verify: (_algorithm, _key, signature, message) =>
      Promise.resolve(verdict(signature as Uint8Array, message as Uint8Array, publicKey)),
  }
}

test('[SG6] the probe trusts an implementation of our predicate and no other', async () => {
  const same = webCryptoThat(verifyWithNoble)
  assert.equal(await probeWebCrypto(same), same)
  assert.equal(await probeWebCrypto(crypto.subtle), crypto.subtle)
  assert.equal(await probeWebCrypto(undefined), undefined)
  assert.equal(await probeWebCrypto(webCryptoThat((s, m, k) => nobleVerify(s, m, k))), undefined, 'cofactored')
  assert.equal(await probeWebCrypto(webCryptoThat(() => true)), undefined, 'accepts everything')
  assert.equal(await probeWebCrypto(webCryptoThat(() => false)), undefined, 'rejects everything')
  const without = webCryptoThat(() => {
    throw new Error('NotSupportedError')
  })
  assert.equal(await probeWebCrypto(without), undefined, 'has no Ed25519')
})

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 })
const messages = fc.uint8Array({ maxLength: 200 })

test('any signature of ours is good and any flipped bit makes it bad, both ways', async () => {
  await fc.assert(
    fc.asyncProperty(seeds, messages, fc.nat(511), async (seed, message, bit) => {
      const signer = signerFromSeed(seed)
      const signature = await signer.sign(message)
      assert.equal(verifyWithNoble(signature, message, signer.publicKey), true)
      assert.equal(await verify(signature, message, signer.publicKey), true)
      const flipped = withBitFlipped(signature, bit)
      assert.equal(verifyWithNoble(flipped, message, signer.publicKey), false)
      assert.equal(await verify(flipped, message, signer.publicKey), false)
    }),
    { numRuns: 40 },
  )
})

test('a component of small order in key or R makes any signature bad, both ways', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), messages, fc.nat(7), fc.nat(7), async (key, message, keyTorsion, nonceTorsion) => {
      const signed = craft({ key, message, keyTorsion, nonceTorsion })
      const isGood = keyTorsion === 0 && nonceTorsion === 0
      assert.equal(verifyWithNoble(signed.signature, message, signed.publicKey), isGood)
      assert.equal(await verify(signed.signature, message, signed.publicKey), isGood)
      assert.equal(isAcceptablePublicKey(signed.publicKey), keyTorsion === 0)
    }),
    { numRuns: 40 },
  )
})

test('[SG7] bytes of any length are answered and not thrown at', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 80 }),
      messages,
      fc.uint8Array({ maxLength: 40 }),
      async (signature, message, publicKey) => {
        assert.equal(verifyWithNoble(signature, message, publicKey), false)
        assert.equal(await verify(signature, message, publicKey), false)
      },
    ),
    { numRuns: 100 },
  )
})

test('a signature is found good wherever its bytes lie in a larger message', async () => {
  const signer = signerFromSeed(new Uint8Array(32).fill(9))
  const message = utf8('an entry')
  const frame = Uint8Array.of(1, ...(await signer.sign(message)), ...signer.publicKey, ...message, 2)
  const [signature, key] = [frame.subarray(1, 65), frame.subarray(65, 97)]
  assert.ok(equalBytes(frame.subarray(97, 97 + message.length), message))
  assert.equal(await verify(signature, frame.subarray(97, 97 + message.length), key), true)
  assert.equal(verifyWithNoble(signature, frame.subarray(97, 97 + message.length), key), true)
})

test('the points used to craft signatures have the orders that they should', () => {
  assert.equal(torsion(4).double().is0() && !torsion(4).is0(), true)
  assert.equal(torsion(1).multiplyUnsafe(4n).equals(torsion(4)), true)
  assert.equal(torsion(1).multiplyUnsafe(8n).is0(), true)
})
