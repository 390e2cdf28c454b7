import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { idFromBytes, type RoomId } from '../../src/base/ids.ts'
import type { Notes } from '../../src/peer/environment.ts'
import { KnownAddresses } from '../../src/peer/known-addresses.ts'

const room = idFromBytes<RoomId>(new Uint8Array(32))
const address = (name: string) => `wss://${name}.example/link`

function notes(): Notes & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    get: (key) => kept.get(key),
    set: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
  }
}

test('[WS9] addresses that worked come first, in the order in which they last did', () => {
  const kept = notes()
  const addresses = new KnownAddresses(kept, room)
  for (const name of ['a', 'b', 'a']) addresses.reached(address(name))
  const again = new KnownAddresses(kept, room)
  assert.deepEqual(
    again.all({ room: [address('c'), address('b')], host: [address('d'), 'nonsense'] }),
    ['a', 'b', 'c', 'd'].map(address),
  )
  again.forget()
  assert.deepEqual(again.all({ room: [], host: [] }), [])
  assert.equal(kept.kept.size, 0)
})

test('[WS9] a few are remembered, and each room’s are its own', () => {
  const kept = notes()
  const addresses = new KnownAddresses(kept, room)
  for (let i = 0; i < 20; i++) addresses.reached(address(`n${i}`))
  assert.equal(addresses.remembered.length, 8)
  assert.equal(addresses.remembered[0], address('n19'))
  const other = new KnownAddresses(kept, idFromBytes<RoomId>(new Uint8Array(32).fill(1)))
  assert.deepEqual(other.remembered, [])
})

test('[WS9] whatever was written into the note, addresses come out', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ws:/.aé \n@#'.split('')), maxLength: 300 }), (text) => {
      const kept = notes()
      const addresses = new KnownAddresses(kept, room)
      addresses.reached(address('a'))
      for (const key of kept.kept.keys()) kept.kept.set(key, text)
      for (const known of addresses.remembered) assert.match(known, /^wss?:\/\//)
    }),
  )
})
