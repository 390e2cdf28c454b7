import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import type { Result } from '../../src/base/result.ts'
import { keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import {
  createInitiator,
  createResponder,
  NOISE_MESSAGE_BYTES_MAX,
  type NoiseHandshake,
} from '../../src/crypto/noise-handshake.ts'
import { NOISE_VECTOR } from './vectors/noise-vector.ts'
import { SMALL_ORDER_COORDINATES } from './vectors/agreement-vectors.ts'
import { withBitFlipped } from './vectors/signature-vectors.ts'

const PSK = new Uint8Array(32).fill(3)
const PROLOGUE = utf8('parley link 1')
const EMPTY = new Uint8Array(0)

const pair = (): { alice: NoiseHandshake; bob: NoiseHandshake } => ({
  alice: createInitiator({ psk: PSK, prologue: PROLOGUE }),
  bob: createResponder({ psk: PSK, prologue: PROLOGUE }),
})

function valueOf<T>(result: Result<T>): T {
  assert.ok(result.ok, result.ok ? '' : result.reason)
  return result.value
}
const reasonOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.reason)

async function completed(): Promise<{ alice: NoiseHandshake; bob: NoiseHandshake }> {
  const { alice, bob } = pair()
  valueOf(await bob.readMessage(valueOf(await alice.writeMessage(EMPTY))))
  valueOf(await alice.readMessage(valueOf(await bob.writeMessage(EMPTY))))
  return { alice, bob }
}

test('[NH1] the handshake and six messages are those of the published vector', async () => {
  const options = { psk: fromHex(NOISE_VECTOR.psk), prologue: fromHex(NOISE_VECTOR.prologue) }
  const initiatorKey = keyPairFromBytes(fromHex(NOISE_VECTOR.initiatorEphemeral))
  const responderKey = keyPairFromBytes(fromHex(NOISE_VECTOR.responderEphemeral))
  const alice = createInitiator({ ...options, ephemeral: initiatorKey })
  const bob = createResponder({ ...options, ephemeral: responderKey })
  const [first, second, ...rest] = NOISE_VECTOR.messages
  assert.ok(first && second)
  for (const [writer, reader, { payload, ciphertext }] of [
    [alice, bob, first],
    [bob, alice, second],
  ] as const) {
    assert.equal(toHex(valueOf(await writer.writeMessage(fromHex(payload)))), ciphertext)
    assert.equal(toHex(valueOf(await reader.readMessage(fromHex(ciphertext)))), payload)
  }
  assert.equal(toHex(alice.handshakeHash), NOISE_VECTOR.handshakeHash)
  assert.equal(toHex(bob.handshakeHash), NOISE_VECTOR.handshakeHash)
  for (const [index, { payload, ciphertext }] of rest.entries()) {
    const [writer, reader] = index % 2 === 0 ? [alice, bob] : [bob, alice]
    assert.equal(toHex(writer.transport.sending.seal(fromHex(payload))), ciphertext)
    assert.equal(toHex(reader.transport.receiving.open(fromHex(ciphertext)) ?? EMPTY), payload)
  }
})

test('both sides end with one hash, and each handshake with another', async () => {
  const [one, two] = [await completed(), await completed()]
  assert.deepEqual(one.alice.handshakeHash, one.bob.handshakeHash)
  assert.notDeepEqual(one.alice.handshakeHash, two.alice.handshakeHash)
})

test('[NH2] a first message without payload shows a stranger 48 bytes', async () => {
  assert.equal(valueOf(await pair().alice.writeMessage(EMPTY)).length, 48)
})

test('every payload arrives, the third under the transport cipher', async () => {
  const { alice, bob } = pair()
  assert.deepEqual(valueOf(await bob.readMessage(valueOf(await alice.writeMessage(utf8('one'))))), utf8('one'))
  assert.deepEqual(valueOf(await alice.readMessage(valueOf(await bob.writeMessage(utf8('two'))))), utf8('two'))
  assert.deepEqual(bob.transport.receiving.open(alice.transport.sending.seal(utf8('three'))), utf8('three'))
  assert.deepEqual(alice.transport.receiving.open(bob.transport.sending.seal(utf8('four'))), utf8('four'))
})

test('a changed bit in any byte of the first message is noticed', async () => {
  const message = valueOf(await pair().alice.writeMessage(utf8('caps')))
  for (let index = 0; index < message.length; index++) {
    const { bob } = pair()
    assert.equal(reasonOf(await bob.readMessage(withBitFlipped(message, 8 * index + (index % 8)))), 'not-opened')
    assert.equal(reasonOf(await bob.readMessage(message)), 'unexpected', 'and the handshake is over')
  }
})

test('a changed bit in any byte of the second message is noticed', async () => {
  const ephemeral = keyPairFromBytes(new Uint8Array(32).fill(5))
  const first = valueOf(await createInitiator({ psk: PSK, prologue: PROLOGUE, ephemeral }).writeMessage(EMPTY))
  const bob = createResponder({ psk: PSK, prologue: PROLOGUE })
  valueOf(await bob.readMessage(first))
  const second = valueOf(await bob.writeMessage(utf8('caps')))
  for (let index = 0; index < second.length; index++) {
    const alice = createInitiator({ psk: PSK, prologue: PROLOGUE, ephemeral })
    assert.deepEqual(valueOf(await alice.writeMessage(EMPTY)), first)
    assert.equal(reasonOf(await alice.readMessage(withBitFlipped(second, 8 * index + (index % 8)))), 'not-opened')
    assert.equal(alice.isComplete, false)
  }
})

test('a message cut short at any byte, grown or too long is rejected', async () => {
  const message = valueOf(await pair().alice.writeMessage(EMPTY))
  for (let length = 0; length < message.length; length++)
    assert.equal(reasonOf(await pair().bob.readMessage(message.subarray(0, length))), 'length')
  assert.equal(reasonOf(await pair().bob.readMessage(Uint8Array.of(...message, 0))), 'not-opened')
  assert.equal(reasonOf(await pair().bob.readMessage(new Uint8Array(NOISE_MESSAGE_BYTES_MAX + 1))), 'length')
})

test('[NH3] another secret or another prologue ends it at the first message', async () => {
  const message = valueOf(await pair().alice.writeMessage(EMPTY))
  const otherSecret = createResponder({ psk: withBitFlipped(PSK, 0), prologue: PROLOGUE })
  assert.equal(reasonOf(await otherSecret.readMessage(message)), 'not-opened')
  const otherPrologue = createResponder({ psk: PSK, prologue: withBitFlipped(PROLOGUE, 0) })
  assert.equal(reasonOf(await otherPrologue.readMessage(message)), 'not-opened')
})

test('a message sent back to its writer, or recorded and played again, completes nothing', async () => {
  const { alice, bob } = pair()
  const first = valueOf(await alice.writeMessage(EMPTY))
  assert.equal(reasonOf(await alice.readMessage(first)), 'not-opened')
  valueOf(await bob.readMessage(first))
  const second = valueOf(await bob.writeMessage(EMPTY))
  const later = createInitiator({ psk: PSK, prologue: PROLOGUE })
  valueOf(await later.writeMessage(EMPTY))
  assert.equal(reasonOf(await later.readMessage(second)), 'not-opened')
})

test('[NH4] an ephemeral key of small order is rejected by both sides, whoever knows the secret', async () => {
  for (const coordinate of SMALL_ORDER_COORDINATES) {
    const ephemeral = { publicKey: fromHex(coordinate), privateKey: new Uint8Array(32) }
    const mallory = createInitiator({ psk: PSK, prologue: PROLOGUE, ephemeral })
    const { bob } = pair()
    valueOf(await bob.readMessage(valueOf(await mallory.writeMessage(EMPTY))))
    assert.equal(reasonOf(await bob.writeMessage(EMPTY)), 'key')
  }
})

test('[NH5] a message out of turn ends an unfinished handshake and leaves a finished one alone', async () => {
  const { alice, bob } = pair()
  const first = valueOf(await alice.writeMessage(EMPTY))
  const reading = bob.readMessage(first)
  assert.equal(reasonOf(await bob.readMessage(first)), 'unexpected')
  assert.equal(bob.isComplete, false)
  await reading
  await assert.rejects(bob.writeMessage(EMPTY), /cannot write/u)

  const done = await completed()
  assert.equal(reasonOf(await done.bob.readMessage(first)), 'unexpected')
  assert.deepEqual(done.bob.transport.receiving.open(done.alice.transport.sending.seal(utf8('on'))), utf8('on'))
})

test('[NH6] transport messages do not open twice, out of order, in the other direction or changed', async () => {
  const { alice, bob } = await completed()
  const [one, two] = [alice.transport.sending.seal(utf8('one')), alice.transport.sending.seal(utf8('two'))]
  assert.equal(bob.transport.receiving.open(two), undefined)
  assert.equal(alice.transport.receiving.open(one), undefined)
  for (let index = 0; index < one.length; index++)
    assert.equal(bob.transport.receiving.open(withBitFlipped(one, 8 * index)), undefined)
  assert.equal(bob.transport.receiving.open(one, utf8('header')), undefined)
  assert.deepEqual(bob.transport.receiving.open(one), utf8('one'))
  assert.equal(bob.transport.receiving.open(one), undefined)
  assert.deepEqual(bob.transport.receiving.open(two), utf8('two'))
})

test('what the handshake has not made yet is our own mistake to ask for', async () => {
  const { alice, bob } = pair()
  assert.throws(() => alice.handshakeHash, /not complete/u)
  assert.throws(() => alice.transport, /not complete/u)
  await assert.rejects(bob.writeMessage(EMPTY), /cannot write/u)
  assert.throws(() => createInitiator({ psk: new Uint8Array(31), prologue: EMPTY }), /32 bytes/u)
})
