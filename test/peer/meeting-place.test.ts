import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeInviteLink, encodeInviteLink } from '../../src/peer/invite-link.ts'
import { addressesOf, meetingPlaceOf } from '../../src/peer/meeting-place.ts'
import { publicDoor, wsDoor } from '../../src/peer/doors.ts'
import { Meeting, must } from './meeting.ts'

test('[DO2] a place says to which door its address belongs, and unknown kinds belong to none', () => {
  const places = [
    meetingPlaceOf('tracker', 'wss://t.example'),
    meetingPlaceOf('nostr', 'wss://r.example'),
    meetingPlaceOf('peer', 'ws://p.example/link'),
    'carrier-pigeon+wss://loft.example',
    'pigeon+wss://loft.example',
    'https://r.example',
    '',
  ]
  assert.deepEqual(addressesOf('tracker', places), ['wss://t.example'])
  assert.deepEqual(addressesOf('nostr', places), ['wss://r.example'])
  assert.deepEqual(addressesOf('peer', places), ['ws://p.example/link'])
  assert.deepEqual(addressesOf('mqtt', places), [])
})

test('[DO1] without a relay or an address that somebody named, a door stays closed and says why', async () => {
  const request = { password: 'x', trackers: [], arePublicNetworksOn: () => false }
  for (const make of [publicDoor({ network: 'nostr' }), wsDoor()]) {
    const session = make(request).start('topic', () => assert.fail('no link'))
    await new Promise<void>((resolve) => {
      session.onHealth = () => {
        resolve()
      }
    })
    assert.equal(session.health().state, 'stopped')
    assert.match(session.health().detail, /no relay is named|no address is known/)
    await session.stop()
  }
})

test('[DO4] an invite link is read with an offer behind it too', async (t) => {
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const ada = await meeting.peer({ doors: [] })
  const room = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
  const { link = '' } = must(await room.createInvite({ role: 'writer' }))
  const plain = decodeInviteLink(link)
  assert.deepEqual(decodeInviteLink(`${link}&offer=AQCJ8_r`), plain)
  assert.ok(plain.ok)
  assert.equal(encodeInviteLink('parley:', plain.value), link)
})
