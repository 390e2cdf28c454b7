import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { createDeviceKey, createSeedDeviceKey, isNonExtractable, signerOf } from '../../src/crypto/device-key.ts'
import { verify, verifyWithNoble } from '../../src/crypto/signature.ts'

const MESSAGE = utf8('an entry')

test('a device key cannot be extracted, and signs', async () => {
  const deviceKey = await createDeviceKey()
  assert.equal(isNonExtractable(deviceKey), true)
  assert.equal(deviceKey.kind, 'protected')
  if (deviceKey.kind === 'protected') {
    await assert.rejects(crypto.subtle.exportKey('pkcs8', deviceKey.keys.privateKey))
    await assert.rejects(crypto.subtle.exportKey('jwk', deviceKey.keys.privateKey))
  }
  const signer = signerOf(deviceKey)
  const signature = await signer.sign(MESSAGE)
  assert.equal(await verify(signature, MESSAGE, signer.publicKey), true)
  assert.equal(verifyWithNoble(signature, MESSAGE, signer.publicKey), true)
})

test('a cloned device key, as a database returns it, is the same key', async () => {
  for (const deviceKey of [await createDeviceKey(), createSeedDeviceKey()]) {
    const restored = structuredClone(deviceKey)
    assert.equal(isNonExtractable(restored), isNonExtractable(deviceKey))
    const signature = await signerOf(restored).sign(MESSAGE)
    assert.equal(await verify(signature, MESSAGE, deviceKey.publicKey), true)
  }
})

test('a seed key is not called non-extractable and comes back from its seed', async () => {
  const deviceKey = createSeedDeviceKey()
  assert.equal(isNonExtractable(deviceKey), false)
  const again = createSeedDeviceKey(deviceKey.seed)
  assert.deepEqual(again.publicKey, deviceKey.publicKey)
  assert.deepEqual(await signerOf(again).sign(MESSAGE), await signerOf(deviceKey).sign(MESSAGE))
})

test('two devices have two keys', async () => {
  const [alice, bob] = [await createDeviceKey(), await createDeviceKey()]
  assert.notDeepEqual(alice.publicKey, bob.publicKey)
  assert.notDeepEqual(createSeedDeviceKey().publicKey, createSeedDeviceKey().publicKey)
})
