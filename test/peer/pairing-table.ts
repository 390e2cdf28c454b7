/** Two devices at a table, for the tests of pairing: a network, the offer of one and the request of the other. */
import assert from 'node:assert/strict'
import { decodeGenesis, encodeGenesis } from '../../src/access/genesis.ts'
import { signerOf } from '../../src/crypto/device-key.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { certifyDevice } from '../../src/identity/device-certificate.ts'
import { createPerson } from '../../src/identity/person.ts'
import type { DoorMaker } from '../../src/peer/doors.ts'
import type { Environment } from '../../src/peer/environment.ts'
import { PairingChannel } from '../../src/peer/pairing-channel.ts'
import { pairingMeeting, readPairingCode } from '../../src/peer/pairing-code.ts'
import { encodeHello, type PairedRoom } from '../../src/peer/pairing-message.ts'
import { PairingOffer } from '../../src/peer/pairing-offer.ts'
import { requestPairing } from '../../src/peer/pairing-request.ts'
import { createDeviceKeys, deviceIdOf, type DeviceKeys } from '../../src/peer/profile.ts'
import type { Link } from '../../src/transport/link.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { device, must } from './meeting.ts'

let network = new MemoryNetwork()
let pump: ReturnType<typeof setInterval>

/** A new network, which delivers by itself until the table is cleared. */
export function layTable(): void {
  network = new MemoryNetwork()
  pump = setInterval(() => network.flush(), 1)
}

export function clearTable(): void {
  clearInterval(pump)
}

/** A device whose clock stands still until it is told otherwise. */
export function patientDevice(): Environment & { pass(elapsedMs: number): void } {
  let nowMs = 0
  let timers: { atMs: number; run: () => void }[] = []
  return {
    ...device(),
    now: () => nowMs,
    after: (delayMs, run) => {
      const timer = { atMs: nowMs + delayMs, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    pass: (elapsedMs) => {
      nowMs += elapsedMs
      const due = timers.filter(({ atMs }) => atMs <= nowMs)
      timers = timers.filter(({ atMs }) => atMs > nowMs)
      for (const { run } of due) run()
    },
  }
}

export const alice = createPerson()

export function offerOf(
  environment: Environment = device(),
  rooms: readonly PairedRoom[] = [],
  doors: readonly DoorMaker[] = [() => network.door('host')],
): PairingOffer {
  return new PairingOffer({
    base: 'parley:',
    doors,
    trackers: [],
    environment,
    admit: async ({ device: asker, sealKey }) => ({
      welcome: {
        certificate: await certifyDevice(alice, { device: asker, sealKey, serial: 1 }),
        myName: 'Alice',
        deviceNames: [],
        roomCount: rooms.length,
      },
      rooms,
    }),
  })
}

export function roomNamed(name: string): PairedRoom {
  const genesis = must(
    decodeGenesis(
      encodeGenesis({ rootKeys: [alice.id], threshold: 1, salt: randomBytes(32), policy: new Uint8Array(0) }),
    ),
  )
  const trackers = ['wss://tracker.example']
  return { room: genesis.room, meetingSecret: randomBytes(32), genesis: genesis.bytes, name, myName: 'Alice', trackers }
}

/** The door of the device that is to be added; `told` hears of each link after the device did. */
export const guestDoor =
  (told: (link: Link) => void = () => undefined): DoorMaker =>
  () => {
    const door = network.door('guest')
    const start: typeof door.start = (topic, onLink) =>
      door.start(topic, (link) => {
        onLink(link)
        told(link)
      })
    return { name: door.name, start }
  }

export async function request(
  code: string,
  options: { keys?: DeviceKeys; signal?: AbortSignal; name?: string; door?: DoorMaker } = {},
) {
  const secret = readPairingCode(code)
  assert.ok(secret)
  const numbers: string[] = []
  const result = await requestPairing({
    secret,
    deviceName: options.name ?? 'Phone',
    keys: options.keys ?? (await createDeviceKeys()),
    doors: [options.door ?? guestDoor()],
    trackers: [],
    environment: device(),
    onAsking: (number) => numbers.push(number),
    signal: options.signal,
  })
  return { result, numbers }
}

export function reached(offer: PairingOffer, state: PairingOffer['state']): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`waited in vain for ${state}, stayed at ${offer.state}`))
    }, 10_000)
    const look = (): void => {
      if (offer.state !== state) return
      clearTimeout(timer)
      resolve()
    }
    offer.on('change', look)
    look()
  })
}

/** A link to the offer, for whoever does not keep to the dialogue. */
export const linkTo = (code: string): Promise<Link> =>
  new Promise((resolve) => {
    const { topic } = pairingMeeting(readPairingCode(code) ?? new Uint8Array(0))
    network.door('stranger').start(topic, resolve)
  })

/** Whether somebody waits where this code leads. */
export function isAnybodyAt(code: string): boolean {
  let links = 0
  const { topic } = pairingMeeting(readPairingCode(code) ?? new Uint8Array(0))
  const session = network.door('passer-by').start(topic, () => links++)
  void session.stop()
  return links > 0
}

export async function channelTo(code: string): Promise<PairingChannel> {
  const { psk } = pairingMeeting(readPairingCode(code) ?? new Uint8Array(0))
  return must(await PairingChannel.open(await linkTo(code), { psk, side: 'guest', environment: device() }))
}

/** Asks as a device does, and no more. */
export async function sayHello(channel: PairingChannel, name = 'Phone'): Promise<void> {
  const keys = await createDeviceKeys()
  const hello = { device: deviceIdOf(keys), sealKey: keys.sealKeyPair.publicKey, name }
  await channel.send(await encodeHello(hello, signerOf(keys.deviceKey), channel.handshakeHash))
}
