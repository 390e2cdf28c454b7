import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { equalBytes, utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DeviceId, type DocumentId, type RoomId, type SessionId } from '../../src/base/ids.ts'
import { signerFromSeed } from '../../src/crypto/device-key.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import type { JsonValue } from '../../src/document/json-value.ts'
import { parseJson } from '../../src/document/json-value.ts'
import {
  openPresence,
  PRESENCE_HINT_BYTES,
  sealPresence,
  verifyPresence,
  type VerifiedPresence,
} from '../../src/document/presence.ts'
import { PRESENCE_COUNTER_STEP_MAX, PresenceTable } from '../../src/document/presence-table.ts'

const bytesOf = (name: string): Uint8Array => sha256(utf8(name))
const room = idFromBytes<RoomId>(bytesOf('room'))
const document = idFromBytes<DocumentId>(bytesOf('document'))
const alice = idFromBytes<SessionId>(bytesOf('Alice'))
const signer = signerFromSeed(bytesOf('Alice device'))
const device = idFromBytes<DeviceId>(signer.publicKey)
const key = bytesOf('key')
const hint = bytesOf('hint').subarray(0, PRESENCE_HINT_BYTES)
const seal = { signer, key, hint }
const keyOf = (asked: Uint8Array): Uint8Array | undefined => (equalBytes(asked, hint) ? key : undefined)

async function sealed(state: JsonValue | undefined, counter = 1): Promise<Uint8Array> {
  const result = await sealPresence({ room, document, session: alice, counter, state }, seal)
  assert(result.ok)
  return result.value
}

/** A claim as if its signature had been checked: the table does not look at it. */
const claim = (session: SessionId, counter: number, state: JsonValue | undefined = { at: counter }): VerifiedPresence =>
  ({
    room,
    document,
    session,
    counter,
    state,
    signature: utf8(''),
    signedBytes: utf8(''),
  }) as unknown as VerifiedPresence

describe('a presence envelope', () => {
  it('[PS1] brings a state to whoever has the key, in few bytes', async () => {
    const state = { cursor: { anchor: [1, 2], head: [3, 4] }, name: 'Alice 👋' }
    const envelope = await sealed(state)
    assert(envelope.length <= 300, `${envelope.length}`)
    const opened = openPresence(envelope, room, keyOf)
    assert(opened.ok)
    assert.deepEqual(opened.value.state, state)
    assert.equal((await verifyPresence(opened.value, device)).ok, true)
  })

  it('[PS1] says that a session leaves', async () => {
    const opened = openPresence(await sealed(undefined), room, keyOf)
    assert(opened.ok)
    assert.equal(opened.value.state, undefined)
    assert.equal((await verifyPresence(opened.value, device)).ok, true)
  })

  it('[PS1] does not open with another key, in another room, or after any change', async () => {
    const envelope = await sealed({ a: 1 })
    assert.equal(openPresence(envelope, room, () => bytesOf('other')).ok, false)
    assert.equal(openPresence(envelope, idFromBytes<RoomId>(bytesOf('other')), keyOf).ok, false)
    for (let i = 0; i < envelope.length; i++) {
      const changed = envelope.slice()
      changed[i] = (changed[i] ?? 0) ^ 1
      assert.equal(openPresence(changed, room, keyOf).ok, false)
      assert.equal(openPresence(envelope.subarray(0, i), room, keyOf).ok, false)
    }
  })

  it('[PS2] row 28: nobody can speak for another session', async () => {
    const mallory = signerFromSeed(bytesOf('Mallory device'))
    const forged = await sealPresence(
      { room, document, session: alice, counter: 9, state: { at: 'forged' } },
      { ...seal, signer: mallory },
    )
    assert(forged.ok)
    const opened = openPresence(forged.value, room, keyOf)
    assert(opened.ok)
    assert.deepEqual(await verifyPresence(opened.value, device), { ok: false, reason: 'signature' })
  })

  it('[PS3] is refused when it is too large or too deep', async () => {
    const keys = seal
    const of = (state: JsonValue) => sealPresence({ room, document, session: alice, counter: 1, state }, keys)
    assert.deepEqual(await of('x'.repeat(2047)), { ok: false, reason: 'too-large' })
    assert.deepEqual(await of([[[[[]]]]]), { ok: false, reason: 'too-deep' })
    assert.equal((await of([[[['[[[[[[']]]])).ok, true)
  })

  it('[PS3] hostile JSON is no state', () => {
    for (const text of ['{"__proto__":1}', '{"a":{"constructor":1}}', '[[[[[1]]]]]', '{', '"', '[]]', 'NaN', '']) {
      assert.equal(parseJson(text, 4), undefined, text)
    }
    assert.equal(parseJson('['.repeat(100_000), 4), undefined)
    assert.deepEqual(parseJson('{"a":[null,"\\"]]]"]}', 4), { a: [null, '"]]]'] })
  })
})

describe('a presence table', () => {
  it('[PS4] keeps the latest state of each session', () => {
    const table = new PresenceTable()
    assert.deepEqual(table.accept(claim(alice, 5), 0), { ok: true, value: 'added' })
    assert.deepEqual(table.accept(claim(alice, 7), 0), { ok: true, value: 'updated' })
    assert.deepEqual(table.accept(claim(alice, 6), 0), { ok: false, reason: 'old' })
    assert.deepEqual(table.accept(claim(alice, 7), 0), { ok: false, reason: 'old' })
    assert.deepEqual(table.states.get(alice)?.state, { at: 7 })
  })

  it('[PS4] refuses a jump that would use up the counter', () => {
    const table = new PresenceTable()
    table.accept(claim(alice, 1), 0)
    assert.deepEqual(table.accept(claim(alice, 2 + PRESENCE_COUNTER_STEP_MAX), 0), { ok: false, reason: 'counter' })
    assert.equal(table.accept(claim(alice, 1 + PRESENCE_COUNTER_STEP_MAX), 0).ok, true)
  })

  it('[PS5] lets a session speak ten times a second', () => {
    const table = new PresenceTable()
    for (let counter = 1; counter <= 10; counter++) assert.equal(table.accept(claim(alice, counter), 0).ok, true)
    assert.deepEqual(table.accept(claim(alice, 11), 0), { ok: false, reason: 'rate' })
    assert.deepEqual(table.accept(claim(alice, 11), 99), { ok: false, reason: 'rate' })
    assert.equal(table.accept(claim(alice, 11), 100).ok, true)
    assert.deepEqual(table.accept(claim(alice, 12), -1_000_000), { ok: false, reason: 'rate' })
  })

  it('[PS6] shows a bounded number of sessions', () => {
    const table = new PresenceTable()
    const sessions = Array.from({ length: 300 }, (_, i) => idFromBytes<SessionId>(bytesOf(`session ${i}`)))
    const results = sessions.map((session) => table.accept(claim(session, 1), 0))
    assert.equal(results.filter(({ ok }) => ok).length, 256)
    assert.equal(table.states.size, 256)
  })

  it('[PS7] forgets who is silent, but not that they have spoken', () => {
    const table = new PresenceTable()
    const bob = idFromBytes<SessionId>(bytesOf('Bob'))
    table.accept(claim(alice, 1), 1000)
    table.accept(claim(bob, 1), 2000)
    assert.deepEqual(table.expireBefore(2000), [alice])
    assert.deepEqual([...table.states.keys()], [bob])
    assert.deepEqual(table.accept(claim(alice, 1), 3000), { ok: false, reason: 'old' })
    const leaving = { ...claim(bob, 2), state: undefined } as VerifiedPresence
    assert.deepEqual(table.accept(leaving, 3000), { ok: true, value: 'removed' })
    assert.equal(table.states.size, 0)
  })
})
