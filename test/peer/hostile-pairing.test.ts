import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { idFromBytes, type DeviceId } from '../../src/base/ids.ts'
import { signerOf } from '../../src/crypto/device-key.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { certifyDevice } from '../../src/identity/device-certificate.ts'
import { PairingChannel } from '../../src/peer/pairing-channel.ts'
import { pairingCodeOf, pairingMeeting } from '../../src/peer/pairing-code.ts'
import {
  encodeDeclined,
  encodeHello,
  encodePairedRoom,
  encodeWelcome,
  isDone,
  readHello,
  readPairedRoom,
  readWelcome,
} from '../../src/peer/pairing-message.ts'
import { createDeviceKeys, deviceIdOf } from '../../src/peer/profile.ts'
import type { Lane } from '../../src/transport/link.ts'
import { seeded } from '../transport/seeded-random.ts'
import { device, must } from './meeting.ts'
import {
  alice,
  channelTo,
  clearTable,
  layTable,
  linkTo,
  offerOf,
  reached,
  request,
  roomNamed,
  sayHello,
} from './pairing-table.ts'

beforeEach(layTable)
afterEach(clearTable)

describe('hostile pairing', () => {
  test('[DV3] a hello must be signed by the key that it names, for this dialogue', async () => {
    const [keys, others] = [await createDeviceKeys(), await createDeviceKeys()]
    const hash = randomBytes(32)
    const hello = { device: deviceIdOf(keys), sealKey: keys.sealKeyPair.publicKey, name: 'Phone' }
    const good = await encodeHello(hello, signerOf(keys.deviceKey), hash)
    assert.deepEqual(await readHello(good, hash), { ok: true, value: hello })
    const reasonOf = async (bytes: Uint8Array, dialogue = hash): Promise<string> => {
      const read = await readHello(bytes, dialogue)
      return read.ok ? '' : read.reason
    }
    assert.equal(await reasonOf(good, randomBytes(32)), 'signature')
    assert.equal(await reasonOf(await encodeHello(hello, signerOf(others.deviceKey), hash)), 'signature')
    const useless = { ...hello, sealKey: new Uint8Array(32) }
    assert.equal(await reasonOf(await encodeHello(useless, signerOf(keys.deviceKey), hash)), 'malformed')
    const keyless = { ...hello, device: idFromBytes<DeviceId>(new Uint8Array(32)) }
    assert.equal(await reasonOf(await encodeHello(keyless, signerOf(keys.deviceKey), hash)), 'signature')
  })

  test('[DV6] a certificate for another device or another seal key is not believed', async () => {
    const keys = await createDeviceKeys()
    const others = await createDeviceKeys()
    for (const certified of [
      { device: deviceIdOf(others), sealKey: keys.sealKeyPair.publicKey },
      { device: deviceIdOf(keys), sealKey: others.sealKeyPair.publicKey },
    ]) {
      const secret = randomBytes(16)
      const asked = request(pairingCodeOf(secret), { keys })
      const { psk } = pairingMeeting(secret)
      const link = await linkTo(pairingCodeOf(secret))
      const host = must(await PairingChannel.open(link, { psk, side: 'host', environment: device() }))
      await host.next(5_000)
      const certificate = await certifyDevice(alice, { ...certified, serial: 0 })
      await host.send(encodeWelcome({ certificate, myName: '', deviceNames: [], roomCount: 0 }))
      assert.deepEqual((await asked).result, { ok: false, reason: 'not-understood' })
    }
  })

  for (const step of ['instead of a welcome', 'instead of a room', 'over another lane', 'under no seal'] as const)
    test(`garbage from the other device ${step} adds nothing and says so`, async () => {
      const keys = await createDeviceKeys()
      const secret = randomBytes(16)
      const gone = new AbortController()
      const asked = request(pairingCodeOf(secret), { keys, signal: gone.signal })
      const { psk } = pairingMeeting(secret)
      const link = await linkTo(pairingCodeOf(secret))
      const host = must(await PairingChannel.open(link, { psk, side: 'host', environment: device() }))
      must(await host.next(5_000))
      if (step === 'over another lane') link.send('bulk', randomBytes(100))
      else if (step === 'under no seal') link.send('control', randomBytes(100))
      else {
        const certified = { device: deviceIdOf(keys), sealKey: keys.sealKeyPair.publicKey, serial: 0 }
        const certificate = await certifyDevice(alice, certified)
        if (step === 'instead of a room')
          await host.send(encodeWelcome({ certificate, myName: '', deviceNames: [], roomCount: 2 }))
        await host.send(randomBytes(100))
      }
      await host.closed
      gone.abort()
      const reason = step.startsWith('instead') ? 'not-understood' : 'cancelled' // else it goes on waiting for the other
      assert.deepEqual((await asked).result, { ok: false, reason })
    })

  test('a flood ends the link and nothing else', async () => {
    const offer = offerOf()
    const channel = await channelTo(offer.code)
    await sayHello(channel)
    await reached(offer, 'asking')
    for (let message = 0; message < 5_000 && !channel.isClosed; message++) await channel.send(new Uint8Array(10))
    await channel.closed
    await reached(offer, 'waiting')
    offer.cancel()
  })

  test('[DV6] a room whose beginning is another room’s is not understood', () => {
    const [room, other] = [roomNamed('Garden'), roomNamed('Shed')]
    assert.deepEqual(readPairedRoom(encodePairedRoom(room)), { ok: true, value: room })
    const mixed = encodePairedRoom({ ...room, genesis: other.genesis })
    assert.deepEqual(readPairedRoom(mixed), { ok: false, reason: 'another-room' })
  })

  test('random bytes are messages of no kind, and never throw', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 6 }), async (noise, kind) => {
        const bytes = Uint8Array.of(kind, ...noise)
        assert.equal((await readHello(bytes, new Uint8Array(32))).ok, false)
        const welcome = readWelcome(bytes)
        if (welcome.ok) assert.ok(welcome.value.certificate.length <= noise.length)
        assert.equal(readPairedRoom(bytes).ok, false)
        assert.equal(isDone(bytes), kind === 5 && noise.length === 0)
      }),
      { numRuns: 500 },
    )
    assert.deepEqual(readWelcome(encodeDeclined()), { ok: false, reason: 'declined' })
  })

  for (const step of ['before the handshake', 'within the handshake', 'instead of a hello', 'after the hello'] as const)
    test(`garbage ${step} neither throws nor ends the offer`, async () => {
      const seed = Date.now()
      const random = seeded(seed)
      const noise = (): Uint8Array =>
        Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256))
      const offer = offerOf()
      for (let round = 0; round < 4; round++) {
        if (step === 'before the handshake' || step === 'within the handshake') {
          const link = await linkTo(offer.code)
          const lanes: readonly Lane[] = ['control', 'sync', 'bulk', 'ephemeral']
          if (step === 'before the handshake') link.send(lanes[round] ?? 'control', noise())
          else link.send('control', Uint8Array.of(...randomBytes(48)))
          link.send('control', noise())
          link.close('done with it')
        } else {
          const channel = await channelTo(offer.code)
          if (step === 'after the hello') await sayHello(channel)
          await channel.send(noise())
          if (step === 'after the hello') await reached(offer, 'asking')
          channel.close('done with it')
          await reached(offer, 'waiting')
        }
        assert.ok(offer.state === 'waiting', `seed ${seed}`)
      }
      const asked = request(offer.code)
      await reached(offer, 'asking')
      void offer.accept()
      await must((await asked).result).confirm()
      await reached(offer, 'done')
    })
})
