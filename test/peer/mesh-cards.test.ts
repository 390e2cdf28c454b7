import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { cardBody, cardParts, decodeCard, signedCard } from '../../src/discovery/card.ts'
import { branchOf, MeshCards, type RoomOfMesh } from '../../src/peer/mesh-cards.ts'
import { MESH_MESSAGE } from '../../src/peer/room-links.ts'
import type { Room } from '../../src/peer/room.ts'
import { device, Meeting, must, until } from './meeting.ts'
import { intrude, newSession } from './stranger.ts'

const PLAIN = { isEdge: false, isSuper: false, isHidden: false }
const nobodyLinked = (): boolean => false

describe('the cards of a room', () => {
  let meeting: Meeting
  let ada: Room
  let ben: Room
  beforeEach(async () => {
    meeting = new Meeting()
    ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link } = must(await ada.createInvite({ role: 'writer' }))
    ben = must(await (await meeting.peer()).joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(ben, () => ben.status === 'member', 'Ben')
    await until(ada, () => ada.core.bindingOf(ben.core.session.id) !== undefined, 'who Ben is')
  })
  afterEach(() => meeting.close())

  const cardsOf = (room: Room): MeshCards => new MeshCards(room.core, room.core.session, device())

  test('[M5] one that a member signed says who that is, and who let them in', async () => {
    const bytes = await cardsOf(ben).sign(PLAIN)
    const card = await cardsOf(ada).verify(bytes, nobodyLinked)
    assert.equal(card?.session, ben.core.session.id)
    assert.equal(card?.person, ben.core.me)
    assert.equal(card?.branch, ada.core.me)
    assert.equal(branchOf(ada.core, ada.core.me), ada.core.me, 'who founded the room is a branch')
  })

  test('[M5] one that another signed, or signed for another room, or that was changed, is none', async () => {
    const cards = cardsOf(ada)
    const bytes = await cardsOf(ben).sign(PLAIN)
    const claim = decodeCard(bytes)
    assert(claim.ok)
    const { body, signature } = cardParts(claim.value)
    const hidden = signedCard(cardBody({ ...claim.value, isHidden: true }), signature)
    assert.equal(await cards.verify(hidden, nobodyLinked), undefined)
    const byAda = signedCard(body, await ada.core.session.signer.sign(body))
    assert.equal(await cards.verify(byAda, nobodyLinked), undefined)
    const other = must(await (await meeting.peer()).createRoom({ name: 'Band', myName: 'Eve' }))
    const elsewhere: RoomOfMesh = { id: other.id, state: undefined, bindingOf: () => undefined }
    const abroad = await new MeshCards(elsewhere, ben.core.session, device()).sign(PLAIN)
    assert.equal(await cards.verify(abroad, nobodyLinked), undefined)
    assert.equal(await cards.verify(bytes.subarray(1), nobodyLinked), undefined)
  })

  test('[M5] whoever is no member, or no longer one, has none', async () => {
    const stranger = await newSession()
    const strange = await new MeshCards(ada.core, stranger, device()).sign(PLAIN)
    assert.equal(await cardsOf(ada).verify(strange, nobodyLinked), undefined)
    const bytes = await cardsOf(ben).sign(PLAIN)
    must(await ada.access.apply({ type: 'remove', person: ben.core.me, keep: 'all' }))
    assert.equal(await cardsOf(ada).verify(bytes, nobodyLinked), undefined)
    assert.equal(branchOf(ada.core, ben.core.me), undefined)
  })

  test('[M5] a neighbour’s waits for the log that says who the neighbour is', async () => {
    let isKnown = false
    const early: RoomOfMesh = {
      id: ada.id,
      get state() {
        return ada.core.state
      },
      bindingOf: (session) => (isKnown ? ada.core.bindingOf(session) : undefined),
    }
    const cards = new MeshCards(early, ada.core.session, device())
    const bytes = await cardsOf(ben).sign(PLAIN)
    assert.equal(await cards.verify(bytes, nobodyLinked), undefined)
    const verified = cards.verify(bytes, (session) => session === ben.core.session.id)
    isKnown = true
    cards.refresh()
    assert.equal((await verified)?.session, ben.core.session.id)
  })

  test('[M6] each has a greater sequence than the one before, and than those of an earlier page', async () => {
    let nowMs = 5_000_000
    const environment = { ...device(), now: () => nowMs }
    const page = new MeshCards(ada.core, ada.core.session, environment)
    const sequences: number[] = []
    for (let i = 0; i < 3; i++) {
      const claim = decodeCard(await page.sign(PLAIN))
      assert(claim.ok)
      sequences.push(claim.value.sequence)
    }
    assert.deepEqual(sequences, [5_000, 5_001, 5_002])
    nowMs += 10_000
    const next = new MeshCards(ada.core, ada.core.session, environment)
    await next.sign(PLAIN)
    assert.ok(next.sequence > page.sequence)
  })

  test('[OV21] nonsense in the name of an overlay ends the link', async () => {
    ben.connection.setOffline(true)
    const intrusion = await intrude(meeting.network, ada, await newSession())
    intrusion.link.send('control', Uint8Array.of(MESH_MESSAGE, 99, 1, 2, 3))
    await intrusion.closed
    assert.ok(ada.core.links.links.every(({ remote }) => remote.session !== intrusion.session.id))
  })
})
