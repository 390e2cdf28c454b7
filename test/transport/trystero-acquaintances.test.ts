import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Acquaintances } from '../../src/transport/trystero-acquaintances.ts'
import { AnnounceClock } from '../../src/transport/trystero-gate.ts'
import { isRelayAddress, rankRelays, RelayList } from '../../src/transport/trystero-relay.ts'

const people = (count: number): string[] => Array.from({ length: count }, (_, i) => `peer ${i}`)
const heard = { isToUs: false, freeSlots: 8, nowMs: 0 }
const addressed = { ...heard, isToUs: true }

test('[TD5] four of those who announce themselves are met at a time, eight with those who turn to us', () => {
  const known = new Acquaintances()
  const admitted = people(100).filter((peer) => known.admits(peer, heard))
  assert.deepEqual(admitted, people(4))
  const turned = people(200).slice(100)
  assert.deepEqual(
    turned.filter((peer) => known.admits(peer, addressed)),
    turned.slice(0, 8),
  )
  // Those who were let in go on, as far as there is room.
  assert.ok(known.admits('peer 0', heard))
  assert.equal(known.admits('peer 0', addressed), false)
  assert.ok(known.admits('peer 100', addressed))
})

test('[TD5] whoever does not answer makes way for the next', () => {
  const known = new Acquaintances()
  for (const peer of people(4)) assert.ok(known.admits(peer, heard))
  assert.equal(known.admits('Bob', { ...heard, nowMs: 7_999 }), false)
  assert.ok(known.admits('peer 0', { ...addressed, nowMs: 7_999 }))
  assert.ok(known.admits('Bob', { ...heard, nowMs: 8_000 }))
  // Who turned to us has longer.
  assert.equal(people(4).filter((peer) => known.admits(peer, { ...heard, nowMs: 47_998 })).length, 4)
})

test('[TD6] no more are met than there are free slots', () => {
  const known = new Acquaintances()
  for (const approach of [heard, addressed])
    assert.equal(people(10).filter((peer) => known.admits(peer, { ...approach, freeSlots: 2 })).length, 2)
})

test('[TD5] nobody is met again while there is a link', () => {
  const known = new Acquaintances()
  const link: { closeReason: string | undefined } = { closeReason: undefined }
  known.linked('Bob', link)
  assert.equal(known.admits('Bob', addressed), false)
  known.failed('Bob', 0)
  link.closeReason = 'closed'
  assert.ok(known.admits('Bob', addressed))
})

test('[TD5] with whom it did not work is met again soon, and ever later the more often it did not', () => {
  const known = new Acquaintances()
  let nowMs = 0
  const pausesMs: number[] = []
  for (let failures = 1; failures <= 5; failures++) {
    known.failed('Carol', nowMs)
    const fromMs = nowMs
    while (!known.admits('Carol', { ...addressed, nowMs })) nowMs += 1_000
    pausesMs.push(nowMs - fromMs)
  }
  assert.deepEqual(pausesMs, [2_000, 8_000, 32_000, 60_000, 60_000])
  // What works in the end begins anew, and so does what was long ago.
  known.linked('Carol', { closeReason: 'closed' })
  known.failed('Bob', nowMs)
  nowMs += 120_000
  for (const peer of ['Carol', 'Bob']) {
    assert.ok(known.admits(peer, { ...addressed, nowMs }))
    known.failed(peer, nowMs)
    assert.equal(known.admits(peer, { ...addressed, nowMs: nowMs + 1_999 }), false)
    assert.ok(known.admits(peer, { ...addressed, nowMs: nowMs + 2_000 }))
  }
})

test('[TD5] however many fail, somebody new is met', () => {
  const known = new Acquaintances()
  for (const peer of people(10_000)) known.failed(peer, 0)
  assert.ok(known.admits('Bob', heard))
})

test('[TD9] announcements become rare', () => {
  const clock = new AnnounceClock()
  const saidMs: number[] = []
  // Trystero asks far more often.
  for (let nowMs = 0; nowMs < 3_600_000; nowMs += 233) if (clock.take(nowMs) === 0) saidMs.push(nowMs)
  assert.equal(saidMs[0], 0)
  assert.ok(saidMs.filter((atMs) => atMs < 60_000).length <= 7)
  assert.ok(saidMs.length <= 40, `${saidMs.length} in an hour`)
})

test('[TD4] everybody tries the same relays first, and each topic others', async () => {
  const relays = Array.from({ length: 28 }, (_, i) => `wss://relay-${i}.example`)
  const ranked = await rankRelays(relays, 'a topic')
  assert.deepEqual(await rankRelays(relays.toReversed(), 'a topic'), ranked)
  assert.deepEqual(ranked.toSorted(), relays.toSorted())
  const firsts = await Promise.all(people(40).map(async (topic) => (await rankRelays(relays, topic))[0]))
  assert.ok(new Set(firsts).size > 10)
  // Who has another password for it goes to the same broker.
  const [first] = await rankRelays(['wss://a:b@broker.example', 'wss://other.example'], 'topic')
  const [second] = await rankRelays(['wss://c:d@broker.example', 'wss://other.example'], 'topic')
  assert.equal(new URL(first ?? '').host, new URL(second ?? '').host)
})

test('[TD4] a relay that fails goes to the end of the list', () => {
  const list = new RelayList(['a', 'b', 'c'])
  assert.deepEqual(
    [list.next(), list.next(), list.next('a'), list.next('b'), list.next('c')],
    ['a', 'b', 'c', 'a', 'b'],
  )
  assert.equal(new RelayList(['a']).next(), 'a')
})

test('[TD7] only WebSockets that are secure or of this machine are relays', () => {
  for (const address of ['wss://relay.example', 'ws://localhost:1', 'ws://127.0.0.1', 'wss://a:b@broker.example/mqtt'])
    assert.ok(isRelayAddress(address), address)
  for (const address of ['', 'relay.example', 'https://relay.example', 'javascript:alert(1)', 'ws:'])
    assert.equal(isRelayAddress(address), false, address)
})
