import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomId } from '../../src/base/ids.ts'
import { signRootConsent } from '../../src/access/operation-signatures.ts'
import { ROOT } from '../../src/access/operation.ts'
import { createPerson } from '../../src/identity/person.ts'
import { Peer } from '../../src/peer/peer.ts'
import { Profile } from '../../src/peer/profile.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'
import { device, must, texts, until } from './meeting.ts'
import {
  addDevice,
  asking,
  bobIn,
  deviceOf,
  founded,
  hears,
  linkTo,
  meeting,
  meetForEachTest,
  roomOf,
  revoke,
  say,
} from './device-scene.ts'

meetForEachTest()

describe('a second device', () => {
  test('[DV7] reads what was written before, writes, and both are one person', async () => {
    const { phone, room } = await founded()
    const { his } = await bobIn(room)
    await say(room, 'from the phone')
    await hears(his, 'from the phone')
    const laptop = await addDevice(phone, 'Laptop')
    assert.equal(laptop.me.id, phone.me.id)
    assert.equal(laptop.me.name, 'Alice')
    const onLaptop = roomOf(laptop, room.id)
    assert.equal(onLaptop.name, 'Garden')
    await hears(onLaptop, 'from the phone')
    await say(onLaptop, 'from the laptop')
    await hears(his, 'from the laptop')
    const authors = his.chat.messages.map(({ author }) => author.id)
    assert.deepEqual(new Set(authors), new Set([phone.me.id]))
    assert.equal(his.members.length, 2)
    assert.equal(his.members.find(({ person }) => !person.isMe)?.person.name, 'Alice')
  })

  test('[K7] that nobody has handed the key yet says that something is locked, until it comes', async () => {
    const { phone, room } = await founded()
    await say(room, 'before')
    const epoch = room.core.ring.writing
    assert(epoch)
    const key = room.core.ring.key(epoch)
    assert(key)
    // The phone goes on passing entries on, and hands out no keys.
    room.core.keeper.close()
    const laptop = await addDevice(phone, 'Laptop')
    const onLaptop = roomOf(laptop, room.id)
    await until(onLaptop, () => onLaptop.isAwaitingKey, 'the laptop to say so')
    assert.equal(onLaptop.status, 'member')
    assert.deepEqual(texts(onLaptop), [])
    assert.equal(room.isAwaitingKey, false)
    await onLaptop.core.ring.add([key])
    await hears(onLaptop, 'before')
    assert.equal(onLaptop.isAwaitingKey, false)
  })

  test('is in the lists of both devices, by its name', async () => {
    const { phone, room } = await founded()
    const laptop = await addDevice(phone, 'Laptop')
    await say(roomOf(laptop, room.id), 'here')
    await hears(room, 'here')
    const shown = (peer: Peer): unknown =>
      peer.devices.list.map(({ name, isThis, isRevoked }) => ({ name, isThis, isRevoked }))
    assert.deepEqual(shown(phone), [
      { name: 'Phone', isThis: true, isRevoked: false },
      { name: 'Laptop', isThis: false, isRevoked: false },
    ])
    assert.deepEqual(shown(laptop), [
      { name: 'Phone', isThis: false, isRevoked: false },
      { name: 'Laptop', isThis: true, isRevoked: false },
    ])
    assert.equal(deviceOf(phone, 'Laptop').mayRevoke, true)
    assert.equal(deviceOf(laptop, 'Phone').mayRevoke, false)
    assert.equal(deviceOf(phone, 'Phone').mayRevoke, false)
    assert.ok((deviceOf(phone, 'Laptop').lastWrittenAtMs ?? 0) > 0)
  })

  test('tells the others no name that nobody gave it', async () => {
    const phone = await meeting.peer()
    const room = must(await phone.createRoom({ name: 'Garden', myName: 'Alice' }))
    const laptop = await addDevice(phone, 'Laptop')
    await until(roomOf(laptop, room.id), () => laptop.devices.list.length > 1, 'the phone at the laptop')
    assert.equal(phone.devices.list.find(({ isThis }) => isThis)?.name, 'This device')
    assert.match(laptop.devices.list.find(({ isThis }) => !isThis)?.name ?? '', /^Device \S{4}$/u)
  })

  test('ends in one line of the log, with the new key as its detail', async () => {
    const { phone, room } = await founded()
    await say(room, 'from the phone')
    const laptop = await addDevice(phone, 'Laptop')
    const onLaptop = roomOf(laptop, room.id)
    await hears(onLaptop, 'from the phone')
    await say(onLaptop, 'from the laptop')
    await hears(room, 'from the laptop')
    await revoke(phone, 'Laptop', 'all', [room])
    await say(room, 'under a new key')
    const ended = room.access.log.find(({ kind }) => kind === 'device')
    assert.deepEqual(
      ended?.details?.map(({ kind }) => kind),
      ['key'],
    )
  })

  test('[DC6] does not hold the phrase, and the first one may forget it', async () => {
    const { phone } = await founded()
    const words = await phone.recoveryPhrase()
    const laptop = await addDevice(phone, 'Laptop')
    assert.equal(laptop.devices.holdsPhrase, false)
    assert.equal(await laptop.recoveryPhrase(), undefined)
    assert.equal(words?.split(' ').length, 24)
    must(await phone.devices.forgetPhrase())
    assert.equal(phone.devices.holdsPhrase, false)
    assert.equal(await phone.recoveryPhrase(), undefined)
    assert.equal(phone.room(phone.rooms[0]?.id as RoomId)?.core.session.signAsPerson, undefined)
  })

  test('is there again after a reload, with the rooms and without the phrase', async () => {
    const { phone, room } = await founded()
    await say(room, 'hello')
    const store = new MemoryStore()
    const laptop = await addDevice(phone, 'Laptop', await meeting.peer({ store }))
    await hears(roomOf(laptop, room.id), 'hello')
    const profile = await Profile.open(store, Date.now())
    assert.equal(profile.person, phone.me.id)
    assert.equal(profile.holdsPhrase, false)
    assert.equal(profile.certificate.device, deviceOf(phone, 'Laptop').id)
  })

  test('[DV8] adds a third device when the first has forgotten the phrase', async () => {
    const { phone, room } = await founded()
    await phone.devices.forgetPhrase()
    const laptop = await addDevice(phone, 'Laptop')
    const tablet = await addDevice(laptop, 'Tablet')
    await say(roomOf(tablet, room.id), 'from the tablet')
    await hears(room, 'from the tablet')
    assert.equal(deviceOf(laptop, 'Tablet').addedBy, 'me')
    assert.equal(deviceOf(tablet, 'Tablet').addedBy, 'Laptop')
    assert.equal(deviceOf(tablet, 'Laptop').addedBy, 'Phone')
    assert.equal(deviceOf(tablet, 'Phone').addedBy, 'identity')
  })

  test('[DV6] is refused where there are rooms already, and so is a mistyped code', async () => {
    const { phone } = await founded()
    const offer = await phone.devices.startPairing()
    const bob = await meeting.peer()
    must(await bob.createRoom({ name: 'Mine', myName: 'Bob' }))
    assert.deepEqual(await bob.joinAsDevice({ code: offer.code, deviceName: 'x' }), { ok: false, reason: 'in-use' })
    const carol = await meeting.peer()
    const wrong = `${offer.code.slice(0, -1)}${offer.code.endsWith('0') ? '8' : '0'}`
    assert.deepEqual(await carol.joinAsDevice({ code: wrong, deviceName: 'x' }), { ok: false, reason: 'not-a-code' })
    const half = offer.code.slice(0, 14).toLowerCase()
    assert.deepEqual(await carol.joinAsDevice({ code: half, deviceName: 'x' }), {
      ok: false,
      reason: 'code-incomplete',
    })
    assert.deepEqual(await carol.joinAsDevice({ code: 'my code!', deviceName: 'x' }), {
      ok: false,
      reason: 'not-a-code',
    })
    const nameless = await carol.joinAsDevice({ code: offer.code, deviceName: ' ' })
    assert.deepEqual(nameless, { ok: false, reason: 'name-empty' })
    assert.equal(offer.state, 'waiting')
  })

  test('[DV5] a new offer ends the one before it', async () => {
    const { phone } = await founded()
    const first = await phone.devices.startPairing()
    const second = await phone.devices.startPairing()
    assert.equal(first.state, 'failed')
    assert.equal(first.problem, 'cancelled')
    assert.equal(second.state, 'waiting')
    assert.notEqual(first.code, second.code)
  })
})

describe('a room that was founded without the person’s own key', () => {
  test('[DV10] gets that key for its root as soon as a device that has it is there', async () => {
    const { phone } = await founded()
    const laptop = await addDevice(phone, 'Laptop')
    const room = must(await laptop.createRoom({ name: 'Shed', myName: 'Alice' }))
    assert.equal(room.me?.role, 'admin')
    assert.ok(!room.core.state?.rootKeys.includes(laptop.me.id))
    const link = await linkTo(room)
    const onPhone = must(await phone.joinRoom({ link, myName: 'Alice' }))
    await until(room, () => room.core.state?.rootKeys.join() === laptop.me.id, 'the handover')
    await until(onPhone, () => onPhone.core.state?.rootKeys.join() === phone.me.id, 'the handover')
    assert.equal(onPhone.me?.role, 'admin')
  })

  test('[DV10] leaves it alone where one key does not suffice, and writes no end of attempts', async () => {
    const { phone } = await founded()
    const laptop = await addDevice(phone, 'Laptop')
    const room = must(await laptop.createRoom({ name: 'Shed', myName: 'Alice' }))
    const { log, session, record } = room.core
    const [key] = room.core.state?.rootKeys ?? []
    const sign = key === undefined ? undefined : session.rootSigner(key)
    assert.ok(log && key && sign && record.genesis)
    const other = createPerson()
    const consent = await signRootConsent(room.id, { key: other.id, sign: (message) => other.sign(message) })
    const body = {
      kind: 'root.rotate',
      rootKeys: [key, other.id].toSorted(),
      threshold: 2,
      keep: log.state.rootOperations,
      consents: [{ key: other.id, signature: consent.signature }],
    } as const
    must(await log.appendAll(() => [{ node: ROOT, body }], { key, sign }))
    assert.equal(room.core.state?.rootThreshold, 2)
    const onPhone = must(await phone.joinRoom({ link: await linkTo(room), myName: 'Alice' }))
    await until(room, () => (room.core.state?.rootConsents.length ?? 0) > 0, 'the phone agrees')
    await say(onPhone, 'all is well')
    await hears(room, 'all is well')
    await say(room, 'so it is')
    await hears(onPhone, 'so it is')
    const rotations = [...log.access.operations()].filter(({ operation }) => operation?.body.kind === 'root.rotate')
    assert.equal(rotations.length, 1)
  })
})

test('a peer can be opened as a further device at once', async () => {
  const { phone, room } = await founded()
  const offer = await phone.devices.startPairing()
  const pairing = Peer.pair({
    store: new MemoryStore(),
    environment: device(),
    doors: [() => meeting.network.door()],
    code: offer.code,
    deviceName: 'Laptop',
  })
  await asking(offer)
  must(await offer.accept())
  const laptop = must(await pairing)
  assert.equal(laptop.me.id, phone.me.id)
  assert.ok(laptop.room(room.id))
  await laptop.close()
})
