import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { randomBytes } from '../../src/crypto/random.ts'
import type { DoorMaker } from '../../src/peer/doors.ts'
import { pairProfile } from '../../src/peer/new-device.ts'
import { PairingChannel } from '../../src/peer/pairing-channel.ts'
import { pairingCodeOf, pairingLinkOf, pairingMeeting, readPairingCode } from '../../src/peer/pairing-code.ts'
import { PAIRING_TIMEOUT_MS } from '../../src/peer/pairing-offer.ts'
import { arePublicNetworksOn, keepPublicNetworks } from '../../src/peer/public-networks.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import type { Link } from '../../src/transport/link.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { device, must } from './meeting.ts'
import {
  alice,
  channelTo,
  clearTable,
  guestDoor,
  isAnybodyAt,
  layTable,
  linkTo,
  offerOf,
  patientDevice,
  reached,
  request,
  roomNamed,
  sayHello,
} from './pairing-table.ts'

beforeEach(layTable)
afterEach(clearTable)

describe('pairing codes', () => {
  test('[DV1] a code leads back to its secret, however it is typed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (secret) => {
        const code = pairingCodeOf(secret)
        assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/u)
        const typed = [code, code.toLowerCase(), code.replaceAll('-', ' '), ` ${code.replaceAll('-', '')}\n`]
        const sloppy = code.replaceAll('0', 'o').replaceAll('1', 'l')
        for (const text of [...typed, sloppy, pairingLinkOf('https://parley.example/', secret)])
          assert.deepEqual(readPairingCode(text), secret)
      }),
    )
  })

  test('[DV1] a mistyped code is found out almost always, and what is no code always', () => {
    const secret = randomBytes(16)
    const code = pairingCodeOf(secret)
    let missed = 0
    for (let at = 0; at < code.length; at++) {
      if (code[at] === '-') continue
      for (const other of '0123456789ABCDEFGHJKMNPQRSTVWXYZ') {
        if (other === code[at]) continue
        const read = readPairingCode(code.slice(0, at) + other + code.slice(at + 1))
        if (read) missed++
      }
    }
    assert.ok(missed < 28 * 31 * 0.03, `${missed} of 868 mistakes went unnoticed`)
    for (const text of ['', 'hello', code.slice(1), `${code}0`, '#/pair/', 'Ü'.repeat(28), '0'.repeat(100_000)])
      assert.equal(readPairingCode(text), undefined)
  })
})

describe('pairing', () => {
  test('[DV12] both devices look over public networks where that is switched on', async () => {
    const listening = (told: (boolean | undefined)[], then = (): void => {}): readonly DoorMaker[] => [
      (given) => {
        told.push(given.arePublicNetworksOn?.())
        queueMicrotask(then)
        return new MemoryNetwork().door()
      },
    ]
    for (const isOn of [true, false]) {
      const host = device()
      keepPublicNetworks(host.notes, isOn)
      const toldToHost: (boolean | undefined)[] = []
      offerOf(host, [], listening(toldToHost)).cancel()
      assert.deepEqual(toldToHost, [isOn])

      const guest = device()
      const toldToGuest: (boolean | undefined)[] = []
      const search = new AbortController()
      const code = pairingCodeOf(randomBytes(16))
      const answer = { code, deviceName: 'Phone', arePublicNetworksOn: isOn, signal: search.signal }
      const doors = listening(toldToGuest, () => search.abort())
      const paired = await pairProfile(new MemoryStore(), answer, { doors, trackers: [], environment: guest })
      assert.equal(paired.ok ? '' : paired.reason, 'cancelled')
      assert.deepEqual(toldToGuest, [isOn])
    }
  })

  test('[DV12] what was said of public networks is kept by a device that was added, and by no other', async () => {
    for (const before of [true, false]) {
      const environment = device()
      keepPublicNetworks(environment.notes, before)
      const pair = (code: string, signal?: AbortSignal) => {
        const answer = { code, deviceName: 'Phone', arePublicNetworksOn: !before, ...(signal && { signal }) }
        return pairProfile(new MemoryStore(), answer, { doors: [guestDoor()], trackers: [], environment })
      }
      const offer = offerOf()
      const cancel = new AbortController()
      const cancelled = pair(offer.code, cancel.signal)
      await reached(offer, 'asking')
      cancel.abort()
      assert.equal((await cancelled).ok, false)
      assert.equal(arePublicNetworksOn(environment.notes), before)

      await reached(offer, 'waiting')
      const declined = pair(offer.code)
      await reached(offer, 'asking')
      offer.cancel()
      assert.equal((await declined).ok, false)
      assert.equal(arePublicNetworksOn(environment.notes), before)

      const next = offerOf()
      const paired = pair(next.code)
      await reached(next, 'asking')
      void next.accept()
      await must(await paired).confirm()
      assert.equal(arePublicNetworksOn(environment.notes), !before)
    }
  })

  test('[DV4] a device that gives up while it is being met asks for nothing', async () => {
    const offer = offerOf()
    const gone = new AbortController()
    const links: Link[] = []
    const met = guestDoor((link) => {
      links.push(link)
      gone.abort()
    })
    // As a door of a real network: its links outlive it.
    const door: DoorMaker = (given) => {
      const { name, start } = met(given)
      const stop = (): Promise<void> => Promise.resolve()
      return { name, start: (topic, onLink) => Object.assign(start(topic, onLink), { stop }) }
    }
    const { result, numbers } = await request(offer.code, { signal: gone.signal, door })
    assert.deepEqual(result, { ok: false, reason: 'cancelled' })
    const [link] = links
    assert.ok(link)
    while (link.closeReason === undefined && offer.state === 'waiting')
      await new Promise((resolve) => setTimeout(resolve, 1))
    assert.deepEqual([link.closeReason, offer.state, numbers], ['pairing-busy', 'waiting', []])
    offer.cancel()
  })

  test('[DV3] the device that shows the code accepts the one that has typed it, and both show one number', async () => {
    const offer = offerOf()
    const asked = request(offer.code)
    await reached(offer, 'asking')
    assert.equal(offer.newDeviceName, 'Phone')
    const number = offer.checkNumber
    const accepting = offer.accept()
    const { result, numbers } = await asked
    const pairing = must(result)
    assert.equal(pairing.certificate.person, alice.id)
    assert.equal(pairing.welcome.myName, 'Alice')
    assert.equal(offer.state, 'asking') // until the new device says that everything is stored
    await pairing.confirm()
    must(await accepting)
    assert.equal(offer.state, 'done')
    assert.deepEqual(numbers, [number])
    assert.match(number ?? '', /^\d{6}$/u)
  })

  test('[DV7] more rooms are handed over than a link holds at once, each as it was', async () => {
    const rooms = Array.from({ length: 1_500 }, (_, index) => roomNamed(`Room ${index}`))
    const offer = offerOf(device(), rooms)
    const asked = request(offer.code)
    await reached(offer, 'asking')
    const accepting = offer.accept()
    const pairing = must((await asked).result)
    assert.deepEqual(pairing.rooms, rooms)
    await pairing.confirm()
    must(await accepting)
  })

  test('[DV4] nothing is handed over before the user accepts', async () => {
    const offer = offerOf()
    const channel = await channelTo(offer.code)
    const received = channel.next(1_000)
    await sayHello(channel)
    await reached(offer, 'asking')
    assert.deepEqual(await received, { ok: false, reason: 'timeout' })
    offer.cancel()
  })

  test('a device that was declined is told so', async () => {
    const offer = offerOf()
    const asked = request(offer.code)
    await reached(offer, 'asking')
    offer.cancel()
    const { result } = await asked
    assert.deepEqual(result, { ok: false, reason: 'declined' })
    assert.equal(offer.state, 'failed')
    assert.equal(offer.problem, 'cancelled')
    assert.deepEqual(await offer.accept(), { ok: false, reason: 'nobody-asks' })
  })

  test('[DV5] a code works once', async () => {
    const offer = offerOf()
    const first = request(offer.code)
    await reached(offer, 'asking')
    void offer.accept()
    await must((await first).result).confirm()
    await reached(offer, 'done')
    assert.equal(isAnybodyAt(offer.code), false)
    assert.deepEqual(await offer.accept(), { ok: false, reason: 'nobody-asks' })
  })

  test('[DV5] a code is over after ten minutes', () => {
    const environment = patientDevice()
    const offer = offerOf(environment)
    environment.pass(PAIRING_TIMEOUT_MS - 1)
    assert.equal(offer.state, 'waiting')
    environment.pass(1)
    assert.equal(offer.state, 'failed')
    assert.equal(offer.problem, 'timeout')
  })

  test('a device that goes away before it was accepted may come again', async () => {
    const offer = offerOf()
    const gone = new AbortController()
    const first = request(offer.code, { signal: gone.signal, name: 'Laptop' })
    await reached(offer, 'asking')
    gone.abort()
    await reached(offer, 'waiting')
    assert.equal(offer.newDeviceName, undefined)
    assert.deepEqual((await first).result, { ok: false, reason: 'cancelled' })
    const second = request(offer.code, { name: 'Tablet' })
    await reached(offer, 'asking')
    assert.equal(offer.newDeviceName, 'Tablet')
    void offer.accept()
    await must((await second).result).confirm()
    await reached(offer, 'done')
  })

  test('a device that goes away when it was accepted ends the offer with a sentence', async () => {
    const offer = offerOf()
    const channel = await channelTo(offer.code)
    await sayHello(channel)
    await reached(offer, 'asking')
    const accepting = offer.accept()
    channel.close('gone')
    assert.deepEqual(await accepting, { ok: false, reason: 'lost' })
    assert.equal(offer.problem, 'lost')
  })

  test('[DV4] who asks with the code again and again ends the offer', async () => {
    const offer = offerOf()
    for (let ask = 0; offer.state !== 'failed'; ask++) {
      assert.ok(ask <= 5)
      const channel = await channelTo(offer.code)
      await sayHello(channel, `Mallory ${ask}`)
      await reached(offer, ask < 5 ? 'asking' : 'failed')
      channel.close('again')
      await reached(offer, ask < 5 ? 'waiting' : 'failed')
    }
    assert.equal(offer.problem, 'too-many-asked')
  })

  test('[DV2] two devices that both want to be added do not take each other for the other device', async () => {
    const secret = randomBytes(16)
    const gone = new AbortController()
    const [first, second] = [
      request(pairingCodeOf(secret), { signal: gone.signal }),
      request(pairingCodeOf(secret), { signal: gone.signal }),
    ]
    const stranger = channelTo(pairingCodeOf(secret))
    await assert.rejects(stranger, /wrong-side/u)
    gone.abort()
    for (const { result, numbers } of [await first, await second]) {
      assert.deepEqual(result, { ok: false, reason: 'cancelled' })
      assert.deepEqual(numbers, [])
    }
  })

  test('[DV2] who does not hold the secret finds nobody, and gets no answer where it is led', async () => {
    const offer = offerOf()
    const other = pairingCodeOf(randomBytes(16))
    assert.equal(isAnybodyAt(other), false)
    assert.equal(isAnybodyAt(offer.code), true)
    const { psk } = pairingMeeting(readPairingCode(other) ?? new Uint8Array(0))
    const link = await linkTo(offer.code)
    const received: Uint8Array[] = []
    const opened = await PairingChannel.open(link, { psk, side: 'guest', environment: device() })
    assert.equal(opened.ok, false)
    link.onMessage = (_, message) => received.push(message)
    assert.deepEqual(received, [])
    assert.equal(offer.state, 'waiting')
    offer.cancel()
  })
})
