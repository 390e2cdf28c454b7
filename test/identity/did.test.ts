import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base58 } from '@scure/base'
import fc from 'fast-check'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type PersonId } from '../../src/base/ids.ts'
import { didOf, keyTag, personIdOfDid } from '../../src/identity/did.ts'

const anyPerson = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => idFromBytes<PersonId>(bytes))
const didOfBytes = (...bytes: number[]): string => `did:key:z${base58.encode(Uint8Array.from(bytes))}`

test('the did:key is that of the method specification', () => {
  const did = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
  const person = personIdOfDid(did)
  assert.ok(person)
  assert.equal(toHex(idToBytes(person)), '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29')
  assert.equal(didOf(person), did)
})

test('any person comes back from their did:key', () => {
  fc.assert(fc.property(anyPerson, (person) => personIdOfDid(didOf(person)) === person))
})

test('[PE3] what is no did:key of an Ed25519 key is nobody', () => {
  const key = Array.from({ length: 32 }, (_, index) => index)
  assert.ok(personIdOfDid(didOfBytes(0xed, 0x01, ...key)))
  for (const text of [
    '',
    'did:key:',
    'did:key:z',
    'did:web:example.org',
    didOfBytes(0xec, 0x01, ...key), // an X25519 key
    didOfBytes(0xed, 0x02, ...key),
    didOfBytes(0xed, 0x01, ...key, 0),
    didOfBytes(0xed, 0x01, ...key.slice(1)),
    didOfBytes(0, 0xed, 0x01, ...key),
    didOfBytes(0xed, 0x01, ...key).replace('z', 'm'),
    didOfBytes(0xed, 0x01, ...key).slice(0, -1),
    ` ${didOfBytes(0xed, 0x01, ...key)}`,
    `${didOfBytes(0xed, 0x01, ...key)}#fragment`,
    `did:key:z${'0'.repeat(47)}`,
    `did:key:z${'6'.repeat(100_000)}`,
  ])
    assert.equal(personIdOfDid(text), undefined, text.slice(0, 80))
})

test('a person is named by one text only', () => {
  fc.assert(
    fc.property(
      anyPerson,
      fc.nat(),
      fc.constantFrom('1', '2', '9', 'A', 'a', 'z', '0'),
      (person, position, character) => {
        const did = didOf(person)
        const at = position % did.length
        const changed = did.slice(0, at) + character + did.slice(at + 1)
        const parsed = personIdOfDid(changed)
        assert.equal(parsed === person, changed === did)
      },
    ),
  )
})

test('[PE4] a key tag has four lowercase characters without look-alikes, and stays', () => {
  fc.assert(fc.property(anyPerson, (person) => /^[0-9a-hjkmnp-tv-z]{4}$/u.test(keyTag(person))))
  const person = idFromBytes<PersonId>(fromHex('3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29'))
  assert.equal(keyTag(person), 'hvy6')
})

test('a thousand people have nearly a thousand tags', () => {
  const tags = Array.from({ length: 1000 }, (_, index) => {
    const bytes = new Uint8Array(32)
    new DataView(bytes.buffer).setUint32(0, index)
    return keyTag(idFromBytes<PersonId>(bytes))
  })
  assert.ok(new Set(tags).size > 990)
})
