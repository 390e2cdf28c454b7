import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PINS_MAX } from '../../src/access/operation-limits.ts'
import { OperationWriter } from '../../src/access/operation-writer.ts'
import { ROOT } from '../../src/access/operation.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { sealPresence } from '../../src/document/presence.ts'
import { signHead } from '../../src/feed/chain.ts'
import { SESSION_NONCE_BYTES, sessionIdOf } from '../../src/feed/feed-id.ts'
import type { Room } from '../../src/peer/room.ts'
import type { Door } from '../../src/transport/door.ts'
import { device, must, next, texts, until } from './meeting.ts'
import {
  addDevice,
  bobIn,
  deviceOf,
  ends,
  founded,
  hears,
  linkTo,
  meeting,
  meetForEachTest,
  revoke,
  roomOf,
  say,
  withLaptop,
  writtenBy,
} from './device-scene.ts'

meetForEachTest()

describe('a device that was ended', () => {
  test('[DV9] keeps what it wrote, and what it writes later is nowhere shown', async () => {
    const { phone, room, stolen } = await withLaptop()
    const { his } = await bobIn(room)
    await say(stolen, 'before')
    await hears(room, 'before')
    await hears(his, 'before')
    await revoke(phone, 'Laptop', 'all', [his])
    assert.equal(deviceOf(phone, 'Laptop').isRevoked, true)
    await stolen.chat.send('after')
    await say(room, 'later')
    await hears(his, 'later')
    for (const each of [room, his]) assert.deepEqual(texts(each), ['before', 'later'])
    assert.equal(phone.devices.isThisRevoked, false)
  })

  test('[DV9] keeps nothing of what it wrote, and those whom it let in stay', async () => {
    const { phone, room, stolen } = await withLaptop()
    const { his } = await bobIn(stolen)
    await say(stolen, 'from the thief')
    await say(room, 'from Alice')
    await hears(his, 'from the thief')
    await hears(his, 'from Alice')
    await hears(room, 'from the thief')
    await revoke(phone, 'Laptop', 'nothing', [his])
    for (const each of [room, his]) {
      await until(each, () => !texts(each).includes('from the thief'), 'the writings to go')
      assert.deepEqual(texts(each), ['from Alice'])
    }
    assert.equal(his.status, 'member')
  })

  test('cannot open what is written after it', async () => {
    const { phone, room, stolen } = await withLaptop()
    const { his } = await bobIn(room)
    await say(room, 'before')
    await hears(stolen, 'before')
    await revoke(phone, 'Laptop', 'all')
    await say(room, 'secret')
    await hears(his, 'secret')
    const epoch = room.core.state?.currentEpoch()?.epoch
    assert.ok(epoch)
    assert.equal(stolen.core.ring.has(epoch), false)
    assert.ok(!texts(stolen).includes('secret'))
  })

  test('[P22] shows nobody any more where it is and what it types, with the keys that it still has', async () => {
    const { phone, room, stolen } = await withLaptop()
    const { his } = await bobIn(room)
    await say(room, 'before')
    await hears(stolen, 'before')
    const note = must(await room.createNote({ title: 'Plan' }))
    await until(his, () => his.notes.length === 1, 'the note')
    const bobs = await his.openNote(note.id)
    const { ring, session } = stolen.core
    await until(his, () => his.core.bindingOf(session.id) !== undefined, 'the laptop at Bob')
    const seal = ring.presence()
    assert.ok(seal && bobs)
    const claim = { room: room.id, document: note.id, session: session.id, counter: 2 ** 30, state: { x: 'thief' } }
    await revoke(phone, 'Laptop', 'all', [his])
    const forged = must(await sealPresence(claim, { signer: session.signer, ...seal }))
    stolen.core.links.sendEphemeral(forged)
    note.presence.set({ x: 'owner' })
    const isShown = (): boolean =>
      [...bobs.presence.states.values()].some(({ state }) => JSON.stringify(state) === '{"x":"owner"}')
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (isShown()) resolve()
      }
      bobs.presence.on('change', look)
      look()
    })
    assert.deepEqual(
      [...bobs.presence.states.values()].map(({ state }) => state),
      [{ x: 'owner' }],
    )
  })

  test('can’t keep itself by writing as hundreds of sessions, nor its owner from leaving', async () => {
    const { room } = await founded()
    const { bob, his } = await bobIn(room)
    const laptop = await addDevice(bob, 'Laptop')
    const stolen = roomOf(laptop, room.id)
    await say(stolen, 'here')
    await hears(his, 'here')
    const { certificate, device: thief, signer } = stolen.core.session
    const { log } = his.core
    assert.ok(log)
    for (let i = 0; i < PINS_MAX + 100; i++) {
      const nonce = randomBytes(SESSION_NONCE_BYTES)
      const writer = new OperationWriter(room.id, sessionIdOf(thief, nonce), () => 0)
      const { bytes, head } = writer.append(ROOT, { kind: 'session', certificate, nonce })
      const entries = [{ bytes, signature: await signHead(signer, writer.log, head) }]
      assert.equal((await log.ingest(writer.log, 0, entries, 'thief')).type, 'appended')
    }
    must(await bob.devices.revoke(thief, { keep: 'all' }))
    await ends(his, thief)
    await ends(room, thief)
    assert.ok(texts(room).includes('here'), 'what was written stays')
    must(await his.leave())
    await until(room, () => room.members.length === 1, 'Bob has left')
    assert.ok(texts(room).includes('here'), 'what was written stays')
  })

  test('does not end invites any more, over and over, that others keep open', async () => {
    const dayMs = 24 * 60 * 60_000
    const guest = await meeting.peer({ environment: { ...device(), now: () => Date.now() + dayMs } })
    const { phone, room, stolen } = await withLaptop(guest)
    const { his } = await bobIn(room)
    await say(room, 'before')
    await hears(stolen, 'before')
    await revoke(phone, 'Laptop', 'all', [stolen])
    const before = await writtenBy(stolen)
    // The laptop's clock is ahead.
    must(await room.createInvite({ role: 'writer', expiresAtMs: Date.now() + dayMs / 2 }))
    await until(stolen, () => stolen.invites.length === 2, 'the invite')
    for (const text of ['after', 'long after']) {
      await say(room, text)
      await hears(his, text)
    }
    assert.equal(await writtenBy(stolen), before)
  })

  test('lets nobody in any more', async () => {
    const door = (): Door => meeting.corridor.door()
    const guest = await meeting.peer({ doors: [() => meeting.network.door(), door] })
    const { phone, room, stolen } = await withLaptop(guest)
    await say(room, 'before')
    await hears(stolen, 'before')
    const links = [await linkTo(room), must(await room.createInvite({ role: 'writer', approval: 'manual' })).link]
    await until(stolen, () => stolen.invites.length === 2, 'the invites')
    await revoke(phone, 'Laptop', 'all', [stolen])
    const before = await writtenBy(stolen)
    for (const link of links) {
      assert.ok(link !== undefined)
      const carol = await meeting.peer({ doors: [door] })
      const hers = must(await carol.joinRoom({ link, myName: 'Carol' }))
      await until(hers, () => hers.core.log !== undefined && hers.core.links.links.length > 0, 'the laptop')
      await until(hers, () => hers.invites.length === 2, 'the room’s log')
      await stolen.core.links.drain()
      assert.notEqual(hers.status, 'member')
    }
    assert.equal(await writtenBy(stolen), before)
  })

  test('makes no keys any more that nobody would use', async () => {
    const { phone, room, stolen } = await withLaptop()
    const { his } = await bobIn(room)
    await say(room, 'before')
    await hears(stolen, 'before')
    await revoke(phone, 'Laptop', 'all', [stolen])
    const before = await writtenBy(stolen)
    await stolen.core.refresh()
    assert.equal(await stolen.core.keeper.ensure(), false)
    assert.equal(await writtenBy(stolen), before)
    await say(room, 'after')
    await hears(his, 'after')
  })

  test('[DV9] loses no word of what it went on to write: it is kept aside for its owner', async () => {
    const { phone, room, laptop, stolen } = await withLaptop()
    await say(stolen, 'before')
    await hears(room, 'before')
    await stolen.connection.stop()
    must(await stolen.chat.send('in a tunnel'))
    const id = await revoke(phone, 'Laptop', 'all')
    stolen.connection.start()
    await ends(stolen, id)
    assert.equal(laptop.devices.isThisRevoked, true)
    await until(stolen, () => stolen.rejectedEdits.length > 0 && texts(stolen).length === 1, 'the rejected edit')
    assert.ok(stolen.rejectedEdits.some(({ text }) => text.includes('in a tunnel')))
    assert.deepEqual(texts(stolen), ['before'])
    assert.deepEqual(texts(room), ['before'])
    assert.equal((await stolen.chat.send('after')).ok, false)
    must(await laptop.forgetRoom(room.id))
    assert.deepEqual(laptop.rooms, [])
  })

  test('says so, and offers nothing any more but to read', async () => {
    const { phone, room, stolen } = await withLaptop()
    const { his } = await bobIn(room)
    const { id: note } = must(await room.createNote({ title: 'Plan' }))
    for (const each of [his, stolen]) await until(each, () => each.notes[0]?.title === 'Plan', 'the note')
    const open = await stolen.openNote(note)
    assert.ok(open)
    assert.equal(open.mayWrite, true)
    const actions = ['act', 'chat', 'create-note', 'invite', 'write'] as const
    const offered = (each: Room): readonly string[] => actions.filter((action) => each.can(action, note))
    assert.deepEqual(offered(stolen), actions)
    const hasLost = next(stolen.core.events, 'changed', () => !open.mayWrite, 'the end of writing')
    await revoke(phone, 'Laptop', 'all', [his, stolen])
    await hasLost
    assert.deepEqual(offered(stolen), [])
    assert.equal(stolen.can('read', note), true)
    open.title.insert(0, 'Stolen ')
    await stolen.core.refresh()
    assert.equal(his.notes[0]?.title, 'Plan')
    for (const each of [room, his]) assert.equal(each.can('act'), true)
    assert.deepEqual(offered(room), actions)
  })

  test('[DV9] takes the devices with it that it has added', async () => {
    const { phone, room, laptop } = await withLaptop()
    const thief = await addDevice(laptop, 'Thief')
    await say(roomOf(thief, room.id), 'before')
    await hears(room, 'before')
    await revoke(phone, 'Laptop', 'nothing')
    const added = deviceOf(thief, 'Thief').id
    assert.equal(phone.devices.list.find((each) => each.id === added)?.isRevoked, true)
    await ends(roomOf(thief, room.id), added)
    await until(room, () => texts(room).length === 0, 'the thief’s writings to go')
    assert.equal(thief.devices.isThisRevoked, true)
    assert.equal((await thief.devices.revoke(deviceOf(thief, 'Phone').id, { keep: 'nothing' })).ok, false)
    // The chat follows the log.
    await roomOf(thief, room.id).core.refresh()
    assert.equal((await roomOf(thief, room.id).chat.send('after')).ok, false)
  })

  test('cannot end the device that is older', async () => {
    const { room, laptop } = await withLaptop()
    await say(roomOf(laptop, room.id), 'here')
    await hears(room, 'here')
    const { id } = deviceOf(laptop, 'Phone')
    assert.deepEqual(await laptop.devices.revoke(id, { keep: 'nothing' }), { ok: false, reason: 'not-allowed' })
  })

  test('if it is older, the phrase ends it, and what it added goes on where it is spared', async () => {
    const { phone, room } = await founded()
    const words = await phone.recoveryPhrase()
    assert.ok(words !== undefined)
    await phone.devices.forgetPhrase()
    const laptop = await addDevice(phone, 'Laptop')
    await say(roomOf(laptop, room.id), 'from the laptop')
    await hears(room, 'from the laptop')
    // The phone is stolen. Its owner types the words in on a new device, and comes back by any link.
    const link = await linkTo(roomOf(laptop, room.id))
    const tablet = await meeting.peer()
    must(await tablet.recover(words))
    await tablet.devices.rename('Tablet')
    const onTablet = must(await tablet.joinRoom({ link, myName: 'Alice' }))
    await until(onTablet, () => onTablet.status === 'member', 'the way back in')
    await until(onTablet, () => tablet.devices.list.length === 3, 'all devices')
    const stolen = deviceOf(phone, 'Phone').id
    must(await tablet.devices.revoke(stolen, { keep: 'all' }))
    await ends(roomOf(laptop, room.id), stolen)
    assert.equal(tablet.devices.list.find(({ id }) => id === stolen)?.isRevoked, true)
    await ends(room, stolen)
    assert.equal(phone.devices.isThisRevoked, true)
  })

  test('[DV9] is ended in rooms that come later, too', async () => {
    const { phone, room, laptop } = await withLaptop()
    await until(room, () => phone.devices.list.length === 2, 'the laptop')
    const id = await revoke(phone, 'Laptop', 'all')
    const later = must(await phone.createRoom({ name: 'Later', myName: 'Alice' }))
    const isSaid = (): boolean =>
      [...(later.core.log?.access.operations() ?? [])].some(
        ({ operation }) => operation?.body.kind === 'device.revoke' && operation.body.device === id,
      )
    await until(later, isSaid, 'the statement in the new room')
    await say(later, 'before')
    const stolen = must(await laptop.joinRoom({ link: await linkTo(later), myName: 'Alice' }))
    await until(stolen, () => !stolen.can('act'), 'the end of the laptop')
    await until(later, () => later.core.state?.isDeviceStanding(id, later.core.me) === false, 'the laptop')
    assert.equal((await stolen.chat.send('after')).ok, false)
    assert.deepEqual(texts(stolen), [])
    assert.deepEqual(texts(later), ['before'])
    assert.equal(later.can('act'), true)
  })
})
