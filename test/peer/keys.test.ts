import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { ID_BYTES, idFromBytes } from '../../src/base/ids.ts'
import type { DeviceId, EpochId, OperationHash } from '../../src/base/ids.ts'
import { createKeyPair } from '../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { openBox, sealBoxes, unwrapPrevious, wrapPrevious } from '../../src/peer/epoch-boxes.ts'
import { KeyLedger, type Wrap } from '../../src/peer/key-ledger.ts'
import { KeyPaths, missingBoxes } from '../../src/peer/key-handouts.ts'
import { epochIdOf, KeyRing, sealText } from '../../src/peer/key-ring.ts'
import { MeetingKeys } from '../../src/peer/meeting-keys.ts'
import { openGreeting, sealGreeting } from '../../src/peer/people.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { device } from './meeting.ts'
import { newKey, newRoom, ringOf } from './ring-of.ts'

const newDevice = (): DeviceId => idFromBytes(randomBytes(ID_BYTES))

describe('a key ring', () => {
  test('[K2] seals with the key that suits now, and opens with any that it has', async () => {
    const [first, second] = [newKey(), newKey()]
    const { ring, write } = await ringOf([first, second])
    const before = ring.seal('profile', 'Ada')
    write(second)
    const after = ring.seal('profile', 'Ada')
    assert(before && after)
    assert.equal(ring.open('profile', before), 'Ada')
    assert.equal(ring.open('profile', after), 'Ada')
    const { ring: removed } = await ringOf([first])
    assert.equal(removed.open('profile', before), 'Ada')
    assert.equal(removed.open('profile', after), undefined)
    assert.equal(removed.canOpen(after), false)
  })

  test('[K2] seals nothing while no key suits', async () => {
    const { ring, write } = await ringOf([newKey()])
    write(undefined)
    assert.equal(ring.writing, undefined)
    assert.equal(ring.seal('profile', 'Ada'), undefined)
    assert.equal(ring.presence(), undefined)
    write(newKey())
    assert.equal(ring.writing, undefined, 'nor with a key that is not here')
  })

  test('[K3] what is sealed for one purpose does not pass for another, nor under another epoch', async () => {
    const [key, other] = [newKey(), newKey()]
    const { ring } = await ringOf([key, other])
    const sealed = sealText(key, 'room-name', 'Book club')
    assert.equal(ring.open('room-name', sealed), 'Book club')
    assert.equal(ring.open('profile', sealed), undefined)
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice()
      changed[i] = (changed[i] ?? 0) ^ 1
      assert.equal(ring.open('room-name', changed), undefined)
      assert.equal(ring.open('room-name', sealed.subarray(0, i)), undefined)
    }
    const moved = sealText(other, 'room-name', 'Book club')
    moved.set(sealed.subarray(ID_BYTES), ID_BYTES)
    assert.equal(ring.open('room-name', moved), undefined)
  })

  test('[K2] has its keys again after a restart, and takes no damaged one for a key', async () => {
    const store = new MemoryStore()
    const room = newRoom()
    const keys = [newKey(), newKey()]
    await ringOf(keys, { store, room })
    const lost = keys[1]
    assert(lost)
    const name = `key/${room}/${epochIdOf(lost)}`
    await store.write([{ kind: 'put', key: name, value: newKey() }])
    const { ring } = await ringOf([], { store, room })
    assert.deepEqual(
      keys.map((key) => ring.has(epochIdOf(key))),
      [true, false],
    )
    const { ring: another } = await ringOf([], { store })
    assert.equal(another.epochs.length, 0, 'another room has other keys')
  })

  test('[K1] the meeting secret opens greetings, and nothing that is written', async () => {
    const keys = new MeetingKeys(randomBytes(32))
    assert.equal(openGreeting(keys, sealGreeting(keys, 'Ben')), 'Ben')
    assert.equal(openGreeting(new MeetingKeys(randomBytes(32)), sealGreeting(keys, 'Ben')), '')
    const { ring } = await ringOf([newKey()])
    const sealed = ring.seal('profile', 'Ada')
    assert(sealed)
    const { ring: stranger } = await ringOf([keys.secret])
    assert.equal(stranger.open('profile', sealed), undefined)
    const purposes = [keys.link(), keys.greeting()].map((key) => key.join())
    assert.equal(new Set(purposes).size, 2)
  })
})

describe('boxes and wraps', () => {
  test('[K4] only the device opens its box, and only as the epoch that it is for', async () => {
    const key = newKey()
    const epoch = epochIdOf(key)
    const [adas, bens] = [await createKeyPair(), await createKeyPair()]
    const recipients = [adas, bens].map(({ publicKey }) => ({ device: newDevice(), sealKey: publicKey }))
    const [toAda, toBen] = await sealBoxes(key, recipients, device())
    assert(toAda && toBen)
    assert.deepEqual(await openBox(adas, epoch, toAda), key)
    assert.equal(await openBox(bens, epoch, toAda), undefined)
    assert.equal(await openBox(adas, epochIdOf(newKey()), toAda), undefined)
    assert.equal(await openBox(adas, epoch, { ...toAda, device: toBen.device }), undefined)
  })

  test('[K5] what is wrapped opens only as the key that it says it is', () => {
    const [old, key] = [newKey(), newKey()]
    const wrapped = wrapPrevious(key, old)
    assert.deepEqual(unwrapPrevious(key, epochIdOf(old), wrapped), old)
    assert.equal(unwrapPrevious(key, epochIdOf(newKey()), wrapped), undefined)
    assert.equal(unwrapPrevious(newKey(), epochIdOf(old), wrapped), undefined)
    assert.equal(unwrapPrevious(key, epochIdOf(old), new Uint8Array(0)), undefined)
  })
})

describe('who lacks which key', () => {
  const ledger = (): KeyLedger => new KeyLedger()
  const keys = [newKey(), newKey(), newKey(), newKey()] as const
  const [a, b, c, d] = keys.map(epochIdOf) as [EpochId, EpochId, EpochId, EpochId]
  const [first, second, third, fourth] = keys
  const ben = { device: newDevice(), sealKey: randomBytes(32) }
  const ada = newDevice()
  const nothing = { encapsulated: new Uint8Array(32), sealed: new Uint8Array(48) }
  let held: KeyLedger
  let ring: KeyRing

  const hash = (): OperationHash => idFromBytes(randomBytes(ID_BYTES))

  /** Announces an epoch, with a box for each device. */
  const announce = (
    key: Uint8Array,
    previous: Uint8Array | undefined,
    devices: readonly DeviceId[],
    wrapped?: Uint8Array,
  ): OperationHash => {
    const operation = hash()
    held.add({
      hash: operation,
      device: ada,
      body: {
        kind: 'epoch',
        epoch: epochIdOf(key),
        previous: previous && epochIdOf(previous),
        wrapped: wrapped ?? (previous ? wrapPrevious(key, previous) : new Uint8Array(0)),
        boxes: devices.map((to) => ({ device: to, ...nothing })),
      },
    })
    return operation
  }
  const lacking = (epochs: readonly EpochId[]): readonly EpochId[] => {
    const missing = missingBoxes({ ledger: held, ring, paths: new KeyPaths(held, ring), epochs, devices: [ben] })
    return [...missing.keys()]
  }

  beforeEach(async () => {
    held = ledger()
    ;({ ring } = await ringOf([...keys]))
  })

  test('[K6] one box leads to all that is wrapped behind it', () => {
    announce(first, undefined, [])
    announce(second, first, [])
    announce(third, second, [])
    assert.deepEqual(lacking([a, b, c]), [c])
    held.add({
      hash: hash(),
      device: ada,
      body: { kind: 'epoch.seal', epoch: c, boxes: [{ device: ben.device, ...nothing }] },
    })
    assert.deepEqual(lacking([a, b, c]), [])
  })

  test('[K6] of two epochs that were made at once, both are handed on', () => {
    announce(first, undefined, [])
    announce(second, first, [])
    announce(third, first, [])
    announce(fourth, second, [])
    assert.deepEqual(lacking([a, b, c, d]).toSorted(), [c, d].toSorted())
  })

  test('[K5] a wrap that holds something else leads nowhere', () => {
    announce(first, undefined, [])
    announce(second, first, [ben.device], wrapPrevious(second, third))
    assert.deepEqual(lacking([a, b]), [a])
  })

  test('[K5] of ever so many wraps that hold something else each is tried once', () => {
    let tries = 0
    class CountedWraps extends KeyLedger {
      override wrapsOf(epoch: EpochId): readonly Wrap[] {
        return super.wrapsOf(epoch).map(({ previous, wrapped }) => ({
          previous,
          get wrapped() {
            tries++
            return wrapped
          },
        }))
      }
    }
    held = new CountedWraps()
    const paths = new KeyPaths(held, ring)
    announce(first, undefined, [])
    announce(second, first, [])
    for (let i = 0; i < 50; i++) {
      announce(second, newKey(), [], randomBytes(72))
      assert.deepEqual([...paths.from(b)].toSorted(), [a, b].toSorted())
    }
    assert.equal(tries, 51)
  })

  test('[K7] a box that the device complained of is no box', () => {
    const bad = announce(first, undefined, [ben.device])
    assert.deepEqual(lacking([a]), [])
    held.add({ hash: hash(), device: ada, body: { kind: 'epoch.request', epoch: a, bad: [bad] } })
    assert.deepEqual(lacking([a]), [], 'only the device itself can complain')
    held.add({ hash: hash(), device: ben.device, body: { kind: 'epoch.request', epoch: a, bad: [bad] } })
    assert.deepEqual(lacking([a]), [a])
  })

  test('[K7] what a device asks for it gets, whether the epoch still counts or not', () => {
    announce(first, undefined, [ben.device])
    announce(second, undefined, [])
    assert.deepEqual(lacking([a]), [])
    held.add({ hash: hash(), device: ben.device, body: { kind: 'epoch.request', epoch: b, bad: [] } })
    assert.deepEqual(lacking([a]), [b])
  })

  test('[K6] nobody hands on what they do not have', async () => {
    announce(first, undefined, [])
    ;({ ring } = await ringOf([second]))
    assert.deepEqual(lacking([a]), [])
  })
})
