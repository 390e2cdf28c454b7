// What depends on the browser's own cryptography: the vectors that the Node tests use, run against it.
import { expect } from 'chai'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import {
  createDeviceKey,
  isNonExtractable,
  signerFromSeed,
  signerOf,
  type DeviceKey,
} from '../../src/crypto/device-key.ts'
import { isWellFormedSignature } from '../../src/crypto/ed25519.ts'
import {
  agree,
  agreeInJavaScript,
  createKeyPair,
  importPrivateKey,
  keyPairFromBytes,
} from '../../src/crypto/key-agreement.ts'
import { createInitiator, createResponder } from '../../src/crypto/noise-handshake.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { isAcceptablePublicKey, verifiesWithWebCrypto, verify, verifyWithNoble } from '../../src/crypto/signature.ts'
import { createPerson, personFromPhrase, phraseOf } from '../../src/identity/person.ts'
import { craft } from '../crypto/vectors/crafted-signature.ts'
import { RFC_7748_FUNCTION_VECTORS, SMALL_ORDER_COORDINATES } from '../crypto/vectors/agreement-vectors.ts'
import { signatureVectors, withBitFlipped } from '../crypto/vectors/signature-vectors.ts'

const vectors = signatureVectors()

describe('signatures in this browser', () => {
  it('are checked by WebCrypto, which passes the probe', async () => {
    expect(await verifiesWithWebCrypto()).to.equal(true)
  })

  it('get the verdict of every vector, by WebCrypto and by JavaScript', async () => {
    for (const { name, signature, message, publicKey, isGood } of vectors) {
      expect(await verify(signature, message, publicKey), name).to.equal(isGood)
      expect(verifyWithNoble(signature, message, publicKey), name).to.equal(isGood)
    }
  })

  it('get the same verdict from WebCrypto itself where it is asked', async () => {
    for (const { name, signature, message, publicKey, isGood } of vectors) {
      if (!isWellFormedSignature(signature) || !isAcceptablePublicKey(publicKey)) continue
      const key = await crypto.subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify'])
      expect(await crypto.subtle.verify('Ed25519', key, signature.slice(), message.slice()), name).to.equal(isGood)
    }
  })

  it('get one verdict both ways when honest, bit-flipped or of mixed order', async () => {
    for (let round = 0; round < 30; round++) {
      const message = utf8(`round ${round}`)
      const signer = signerFromSeed(new Uint8Array(32).fill(round))
      const signature = await signer.sign(message)
      const flipped = withBitFlipped(signature, (round * 37) % 512)
      const mixed = craft({ key: 'Mallory', message, keyTorsion: round % 2, nonceTorsion: 1 + (round % 7) })
      for (const [bytes, key, isGood] of [
        [signature, signer.publicKey, true],
        [flipped, signer.publicKey, false],
        [mixed.signature, mixed.publicKey, false],
      ] as const) {
        expect(await verify(bytes, message, key), `round ${round}`).to.equal(isGood)
        expect(verifyWithNoble(bytes, message, key), `round ${round}`).to.equal(isGood)
      }
    }
  })
})

describe('a device key in this browser', () => {
  it('cannot be extracted and survives IndexedDB', async () => {
    const deviceKey = await createDeviceKey()
    expect(isNonExtractable(deviceKey)).to.equal(true)
    const restored = await throughIndexedDb(deviceKey)
    expect(isNonExtractable(restored)).to.equal(true)
    const signature = await signerOf(restored).sign(utf8('an entry'))
    expect(await verify(signature, utf8('an entry'), deviceKey.publicKey)).to.equal(true)
    expect(verifyWithNoble(signature, utf8('an entry'), deviceKey.publicKey)).to.equal(true)
  })
})

describe('key agreement in this browser', () => {
  it('is that of RFC 7748, by WebCrypto and by JavaScript', async () => {
    for (const { scalar, coordinate, result } of RFC_7748_FUNCTION_VECTORS) {
      const key = await importPrivateKey(fromHex(scalar), crypto.subtle)
      expect(toHex((await agree(key, fromHex(coordinate))) ?? new Uint8Array(0))).to.equal(result)
      expect(toHex(agreeInJavaScript(fromHex(scalar), fromHex(coordinate)) ?? new Uint8Array(0))).to.equal(result)
    }
  })

  it('agrees between the two, and on nothing with a key of small order', async () => {
    const [alice, bob] = [await createKeyPair(), keyPairFromBytes(randomBytes(32))]
    expect(alice.privateKey).to.be.instanceOf(CryptoKey)
    const secret = await agree(alice.privateKey, bob.publicKey)
    expect(secret?.length).to.equal(32)
    expect(await agree(bob.privateKey, alice.publicKey)).to.deep.equal(secret)
    for (const coordinate of SMALL_ORDER_COORDINATES)
      expect(await agree(alice.privateKey, fromHex(coordinate)), coordinate).to.equal(undefined)
  })

  it('carries a Noise handshake', async () => {
    const options = { psk: new Uint8Array(32).fill(1), prologue: utf8('parley link 1') }
    const [alice, bob] = [createInitiator(options), createResponder(options)]
    const first = await alice.writeMessage(utf8('one'))
    expect(first.ok && (await bob.readMessage(first.value)).ok).to.equal(true)
    const second = await bob.writeMessage(utf8('two'))
    expect(second.ok && (await alice.readMessage(second.value)).ok).to.equal(true)
    expect(alice.handshakeHash).to.deep.equal(bob.handshakeHash)
  })
})

describe('a recovery phrase in this browser', () => {
  it('restores the person', async () => {
    const alice = createPerson()
    const restored = await personFromPhrase(await phraseOf(alice))
    expect(restored.ok && restored.value.id).to.equal(alice.id)
  })
})

/** Writes the key to a database of its own and reads it back. */
async function throughIndexedDb(deviceKey: DeviceKey): Promise<DeviceKey> {
  const name = crypto.randomUUID()
  const database = await settled(indexedDB.open(name), (request) => {
    request.result.createObjectStore('keys')
  })
  await settled(database.transaction('keys', 'readwrite').objectStore('keys').put(deviceKey, 'device'))
  const restored = await settled<DeviceKey>(database.transaction('keys').objectStore('keys').get('device'))
  database.close()
  indexedDB.deleteDatabase(name)
  return restored
}

function settled<T>(request: IDBRequest<T>, upgrade?: (request: IDBRequest<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    if (upgrade) request.addEventListener('upgradeneeded', () => upgrade(request))
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')))
  })
}
