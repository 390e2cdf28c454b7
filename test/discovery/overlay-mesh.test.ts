import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeOverlayMessage, encodeOverlayMessage } from '../../src/discovery/overlay-message.ts'
import { greetersWanted } from '../../src/discovery/greeter.ts'
import { decodeCard } from '../../src/discovery/card.ts'
import { degreeOf, makeCard, OverlayNetwork, type MemberOptions, type SimulatedMember } from './overlay-simulation.ts'

/** Members that come in by the door over `spanMs`, and a minute more. */
function crowd(
  network: OverlayNetwork,
  count: number,
  spanMs = 20_000,
  optionsOf: (i: number) => MemberOptions = () => ({}),
): void {
  for (let i = 0; i < count; i++) {
    const member = network.add(`member ${i}`, optionsOf(i))
    network.after((i * spanMs) / count, () => {
      network.knockAtDoor(member)
    })
  }
  for (const member of network.members) member.step({ type: 'size', members: count })
  network.runFor(spanMs + 60_000)
}

const atLeast = (network: OverlayNetwork, degree: number): number =>
  network.living.filter((member) => degreeOf(member) >= degree).length

test('[OV2] in a room of nine everybody is linked to everybody, though a door gave only the first links', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const network = new OverlayNetwork(seed)
    crowd(network, 9, 3_000, () => ({ branch: network.members[0]?.person }) as MemberOptions)
    assert.deepEqual(
      network.members.map((member) => degreeOf(member)),
      Array.from({ length: 9 }, () => 8),
      `seed ${seed}`,
    )
  }
})

test('[OV1] [OV3] a crowd becomes one mesh of few links, and a third that crashes is replaced', () => {
  for (let seed = 1; seed <= 2; seed++) {
    const network = new OverlayNetwork(seed)
    crowd(network, 120)
    assert.equal(network.largestComponent(), 120, `seed ${seed}`)
    assert.ok(atLeast(network, 6) >= 114, `seed ${seed}: ${atLeast(network, 6)} with six links`)
    for (const member of network.members) if (network.random() < 0.3) network.crash(member)
    const left = network.living.length
    network.runFor(30_000)
    assert.equal(network.largestComponent(), left, `seed ${seed}`)
    assert.ok(atLeast(network, 6) >= left * 0.95, `seed ${seed}: ${atLeast(network, 6)} of ${left} with six links`)
    for (const member of network.members) assert.ok(member.degreeMax <= 8, `seed ${seed}: ${member.degreeMax} links`)
    for (const { overlay } of network.living) {
      const links = overlay.active.filter(({ isOutbound, link }) => !isOutbound && link !== overlay.onTrial).length
      assert.ok(links <= 4, `seed ${seed}: ${links} inbound`)
    }
  }
})

test('[OV5] a room that all came into through one person is one mesh too', () => {
  const network = new OverlayNetwork(3)
  const { person } = new OverlayNetwork(3).add('founder')
  crowd(network, 80, 20_000, () => ({ branch: person }))
  assert.equal(network.largestComponent(), 80)
  assert.ok(atLeast(network, 6) >= 76, `${atLeast(network, 6)} with six links`)
})

test('[OV11] [OV15] pairs that can not connect do not keep others apart', () => {
  const network = new OverlayNetwork(4)
  // A quarter of them is behind networks that let nobody of their own kind in.
  const isClosed = (member: SimulatedMember): boolean => network.members.indexOf(member) % 4 === 0
  network.canConnect = (a, b) => !isClosed(a) || !isClosed(b)
  crowd(network, 100)
  assert.equal(network.largestComponent(), 100)
  assert.ok(network.failures > 0)
  assert.ok(atLeast(network, 6) >= 90, `${atLeast(network, 6)} with six links`)
})

test('[OV1] the same seed gives the same mesh', () => {
  const digests = [5, 5, 6].map((seed) => {
    const network = new OverlayNetwork(seed)
    crowd(network, 40)
    return network.digest
  })
  assert.equal(digests[0], digests[1])
  assert.notEqual(digests[0], digests[2])
})

/** Answers every walk itself with a handful of its own kind, pushes their cards, and knocks at all doors. */
function turnHostile(sybil: SimulatedMember, kind: readonly SimulatedMember[], network: OverlayNetwork): void {
  const cards = (): { card: ReturnType<typeof claimOf>; ageS: number; hops: number }[] =>
    Array.from({ length: 7 }, () => kind[Math.floor(network.random() * kind.length)] ?? sybil).map((member) => ({
      card: claimOf(member, Math.floor(network.nowMs)),
      ageS: 0,
      hops: 0,
    }))
  sybil.onEvent = (event) => {
    if (event.type !== 'message') return true
    const decoded = decodeOverlayMessage(event.bytes)
    if (!decoded.ok || decoded.value.type !== 'walk') return true
    const { nonce } = decoded.value
    network.send(sybil, event.link, encodeOverlayMessage({ type: 'walk-end', nonce, hasPlace: true, cards: cards() }))
    return false
  }
  const push = (): void => {
    for (const link of sybil.links.keys())
      network.send(sybil, link, encodeOverlayMessage({ type: 'leave', reason: 'full', cards: cards() }))
    // At the doors stand the greeters, and whoever searches.
    const honest = network.living.filter(
      (member, i) => !kind.includes(member) && (i < greetersWanted(network.living.length) || member.doors.mayDial),
    )
    const target = honest[Math.floor(network.random() * honest.length)]
    if (target && target.doors.freeSlots > 0) network.connect(sybil, target)
    network.after(2_000, push)
  }
  network.after(network.random() * 2_000, push)
}

function claimOf(member: SimulatedMember, sequence: number) {
  const decoded = decodeCard(makeCard(member.session, sequence))
  assert.ok(decoded.ok)
  return decoded.value
}

test('[OV5] [OV9] a fifth of sybils under three invitations eclipses nobody, though half of the others crash', () => {
  const network = new OverlayNetwork(8)
  const isSybil = (i: number): boolean => i % 5 === 4
  const inviter = [0, 1, 2].map((i) => new OverlayNetwork(1).add(`bribed ${i}`).person)
  crowd(network, 100, 20_000, (i) => {
    const branch = inviter[Math.floor(i / 5) % 3]
    return isSybil(i) && branch !== undefined ? { branch } : {}
  })
  const sybils = network.members.filter((_, i) => isSybil(i))
  for (const sybil of sybils) turnHostile(sybil, sybils, network)
  network.runFor(60_000)
  for (const member of network.members) if (!sybils.includes(member) && network.random() < 0.5) network.crash(member)
  network.runFor(120_000)
  const honest = network.living.filter((member) => !sybils.includes(member))
  const held = honest.map(({ links }) => [...links.values()].filter(({ other }) => sybils.includes(other)).length)
  // Two for each of the three branches.
  assert.ok(Math.max(...held) <= 6, held.join())
  assert.equal(
    network.largestComponent((member) => !sybils.includes(member)),
    honest.length,
  )
})

test('[OV19] a member whose links all died is back by the door', () => {
  const network = new OverlayNetwork(8)
  crowd(network, 40)
  const [member] = network.members
  assert.ok(member)
  for (const link of member.links.keys()) {
    network.disconnect(member, link, true)
    member.step({ type: 'link-down', link, wasDead: true })
  }
  member.step({ type: 'woken' })
  assert.equal(member.doors.isMeshed, false)
  network.knockAtDoor(member)
  network.runFor(15_000)
  assert.ok(degreeOf(member) >= 6, `${degreeOf(member)} links`)
})
