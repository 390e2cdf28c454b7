/** Several devices of one person, and somebody else, in rooms. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach } from 'node:test'
import type { DeviceId, RoomId } from '../../src/base/ids.ts'
import type { DeviceKeep } from '../../src/peer/device-revocations.ts'
import type { DeviceSummary } from '../../src/peer/devices.ts'
import type { PairingOffer } from '../../src/peer/pairing-offer.ts'
import { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Meeting, must, texts, until } from './meeting.ts'

/** The meeting of the test that is running. */
export let meeting: Meeting

/** Gives every test of a file a meeting of its own. */
export function meetForEachTest(): void {
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())
}

export const asking = (offer: PairingOffer): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (offer.state === 'asking') resolve()
    }
    offer.on('change', look)
    look()
  })

/** Adds a device as two people would: one shows the code, the other types it, the first accepts. */
export async function addDevice(host: Peer, deviceName: string, added?: Peer): Promise<Peer> {
  const guest = added ?? (await meeting.peer())
  const offer = await host.devices.startPairing()
  const joined = guest.joinAsDevice({ code: offer.link, deviceName })
  await asking(offer)
  must(await offer.accept())
  must(await joined)
  return guest
}

export function roomOf(peer: Peer, id: RoomId): Room {
  const room = peer.room(id)
  assert.ok(room, 'the room is not there')
  return room
}

export function deviceOf(peer: Peer, name: string): DeviceSummary {
  const found = peer.devices.list.find((each) => each.name === name)
  assert.ok(found, `no device ${name} in ${peer.devices.list.map((each) => each.name).join(', ')}`)
  return found
}

/** A device that was added has heard nothing of its rooms yet. */
export async function arrived(room: Room): Promise<void> {
  await until(room, () => room.status === 'member' && room.can('chat'), 'the room’s log')
  await room.core.refresh()
}

export async function say(room: Room, text: string): Promise<void> {
  await arrived(room)
  must(await room.chat.send(text))
}

export const hears = (room: Room, text: string): Promise<void> =>
  until(room, () => texts(room).includes(text), `“${text}”`)

export const ends = (room: Room, id: DeviceId): Promise<void> =>
  until(room, () => room.core.state?.isDeviceStanding(id) === false, 'the end of the device')

export async function founded(name = 'Garden'): Promise<{ phone: Peer; room: Room }> {
  const phone = await meeting.peer()
  await phone.devices.rename('Phone')
  return { phone, room: must(await phone.createRoom({ name, myName: 'Alice' })) }
}

/** Alice’s phone, and her laptop, which the phone added and which may be in the wrong hands. */
export async function withLaptop(added?: Peer): Promise<{ phone: Peer; room: Room; laptop: Peer; stolen: Room }> {
  const { phone, room } = await founded()
  const laptop = await addDevice(phone, 'Laptop', added)
  return { phone, room, laptop, stolen: roomOf(laptop, room.id) }
}

/** Ends a device of the same person; afterwards all of the rooms given have heard of it. */
export async function revoke(by: Peer, name: string, keep: DeviceKeep, rooms: readonly Room[] = []): Promise<DeviceId> {
  const { id } = deviceOf(by, name)
  must(await by.devices.revoke(id, { keep }))
  for (const room of rooms) await ends(room, id)
  return id
}

/** How many operations this device has written in the room, with those that it is writing. */
export async function writtenBy({ core: { keeper, log } }: Room): Promise<number> {
  await keeper.settled()
  await log?.settled()
  return log?.heads.get(log.ownLog)?.length ?? 0
}

export async function linkTo(room: Room): Promise<string> {
  await arrived(room)
  const { link } = must(await room.createInvite({ role: 'writer' }))
  assert.ok(link !== undefined)
  return link
}

export async function bobIn(room: Room): Promise<{ bob: Peer; his: Room }> {
  const bob = await meeting.peer()
  const link = await linkTo(room)
  const his = must(await bob.joinRoom({ link, myName: 'Bob' }))
  await until(his, () => his.status === 'member', 'Bob to be let in')
  return { bob, his }
}
