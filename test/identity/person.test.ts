import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { idToBytes } from '../../src/base/ids.ts'
import { hkdfSha256 } from '../../src/crypto/hash.ts'
import { signerFromSeed } from '../../src/crypto/device-key.ts'
import { verify } from '../../src/crypto/signature.ts'
import { createPerson, personFromPhrase, phraseOf, restorePerson, serialisePerson } from '../../src/identity/person.ts'

/** The 24 words of 32 zero bytes, from the vectors of BIP 39. */
const ZERO_PHRASE = `${'abandon '.repeat(23)}art`

test('a person signs with the key that is their id', async () => {
  const alice = createPerson()
  const signature = await alice.sign(utf8('hello'))
  assert.equal(await verify(signature, utf8('hello'), idToBytes(alice.id)), true)
  assert.notEqual(createPerson().id, alice.id)
})

test('a phrase of 24 words restores the person', async () => {
  const alice = createPerson()
  const phrase = await phraseOf(alice)
  assert.equal(phrase.split(' ').length, 24)
  const restored = await personFromPhrase(phrase)
  assert.ok(restored.ok)
  assert.equal(restored.value.id, alice.id)
  assert.equal(restored.value.did, alice.did)
  assert.deepEqual(await restored.value.sign(utf8('hello')), await alice.sign(utf8('hello')))
})

test('[PE1] the key is derived from the phrase in one fixed way', async () => {
  const person = await personFromPhrase(ZERO_PHRASE)
  assert.ok(person.ok)
  const seed = hkdfSha256(new Uint8Array(32), 'parley person', 32)
  assert.equal(toHex(idToBytes(person.value.id)), toHex(signerFromSeed(seed).publicKey))
  assert.equal(await phraseOf(person.value), ZERO_PHRASE)
})

test('case and spaces of a typed phrase do not matter', async () => {
  const person = await personFromPhrase(`\n ${ZERO_PHRASE.replaceAll(' ', ' \t ').toUpperCase()}  `)
  assert.ok(person.ok)
  assert.equal(await phraseOf(person.value), ZERO_PHRASE)
})

test('[PE2] a wrong phrase is rejected with what is wrong', async () => {
  for (const [phrase, reason, detail] of [
    ['', 'word-count', '0'],
    ['abandon', 'word-count', '1'],
    [`${'abandon '.repeat(11)}about`, 'word-count', '12'],
    [`${ZERO_PHRASE} art`, 'word-count', '25'],
    ['a'.repeat(1_000_000), 'word-count', undefined],
    [`abandon parley ${'abandon '.repeat(21)}art`, 'unknown-word', '2'],
    [`${'abandon '.repeat(23)}abandon`, 'checksum', undefined],
    [`art ${'abandon '.repeat(22)}abandon`, 'checksum', undefined],
  ] as const) {
    const result = await personFromPhrase(phrase)
    assert.equal(result.ok, false)
    if (!result.ok) assert.deepEqual([result.reason, result.detail], [reason, detail])
  }
})

test('a person comes back from the store', async () => {
  const alice = createPerson()
  const restored = restorePerson(serialisePerson(alice))
  assert.ok(restored.ok)
  assert.equal(restored.value.id, alice.id)
  assert.equal(await phraseOf(restored.value), await phraseOf(alice))
})

test('damaged storage is rejected', () => {
  const bytes = serialisePerson(createPerson())
  for (let length = 0; length < bytes.length; length++)
    assert.equal(restorePerson(bytes.subarray(0, length)).ok, false, String(length))
  assert.equal(restorePerson(Uint8Array.of(...bytes, 0)).ok, false)
  assert.equal(restorePerson(Uint8Array.of(2, ...bytes.subarray(1))).ok, false, 'another version')
})

test('nothing that is shown or logged by accident holds the secret', () => {
  const alice = createPerson()
  assert.deepEqual(Object.keys(alice).toSorted(), ['did', 'id'])
  assert.deepEqual(JSON.parse(JSON.stringify(alice)), { id: alice.id, did: alice.did })
})
