// How an overlay finds others again: walks for fresh cards, pleas, bridges between pieces, other roles.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  BRIDGES,
  GENEROUS_DEGREE,
  NEWCOMER_TENURE_MS,
  PLEA_INTERVAL_MS,
  PLEA_LINKS_MAX,
  SHUFFLE_INTERVAL_MS,
  SHUFFLE_INTERVAL_NEW_MS,
  SHUFFLE_NEW_FOR_MS,
  TORN_FOR_MS,
  TORN_LOSSES_MIN,
  TORN_WITHIN_MS,
  WALK_HOPS_MAX,
} from '../../src/discovery/limits.ts'
import { Losses } from '../../src/discovery/losses.ts'
import type { LinkId } from '../../src/discovery/overlay-event.ts'
import { decodeCard } from '../../src/discovery/card.ts'
import { aged, closesIn, messagesIn, OverlayBench, signalsIn } from './overlay-bench.ts'
import { makeCard, sessionNamed } from './overlay-simulation.ts'

const status = (degree: number) => ({ type: 'status', degree, cards: [] }) as const

describe('shuffles', () => {
  const shufflesOf = (bench: OverlayBench) =>
    bench.takeSaid().flatMap(({ message }) => (message.type === 'walk' && message.kind === 'shuffle' ? [message] : []))

  /** A member that lives for that long; its neighbours stay alive, and nobody answers its walks. */
  function shufflesWithin(bench: OverlayBench, durationMs: number): number {
    let shuffles = 0
    for (let i = 0; i < durationMs / 5_000; i++) {
      bench.runFor(5_000)
      shuffles += shufflesOf(bench).length
    }
    return shuffles
  }

  test('[OV10] come every fifteen seconds at first, later every minute, and carry our card alone', () => {
    const bench = new OverlayBench()
    bench.up('Bob')
    bench.up('Carol')
    bench.runFor(1_000)
    const [first] = shufflesOf(bench)
    assert.ok(first)
    assert.equal(first.hopsLeft, WALK_HOPS_MAX)
    assert.deepEqual(
      first.cards.map(({ card }) => card.session),
      [bench.me],
    )
    const early = shufflesWithin(bench, SHUFFLE_NEW_FOR_MS)
    const wanted = SHUFFLE_NEW_FOR_MS / SHUFFLE_INTERVAL_NEW_MS
    assert.ok(early >= wanted / 2 && early <= wanted * 2, `${early} in the first minutes`)
    shufflesWithin(bench, SHUFFLE_INTERVAL_MS)
    const minutes = 30
    const late = shufflesWithin(bench, minutes * SHUFFLE_INTERVAL_MS)
    assert.ok(late >= minutes * 0.6 && late <= minutes * 1.5, `${late} in half an hour`)
  })

  test('[OV10] whoever stands at the end of the walk gives his card, two neighbours’ and four others’', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    const names = ['Carol', 'Dave', 'Erin', 'Frank']
    for (const name of names) {
      const link = bench.up(name)
      bench.hear(link, { type: 'status', degree: 5, cards: [aged(name)] })
    }
    for (let i = 0; i < 4; i++)
      bench.hear(bob, { type: 'leave', reason: 'full', cards: [0, 1, 2].map((j) => aged(`other ${3 * i + j}`, 1)) })
    bench.takeSaid()
    const said = messagesIn(
      bench.hear(bob, { type: 'walk', kind: 'shuffle', nonce: 5, hopsLeft: 0, cards: [aged('Zoe', 6)] }),
    )
    const [end] = said.flatMap(({ message }) => (message.type === 'walk-end' ? [message] : []))
    assert.ok(end)
    const [own, ...rest] = end.cards.map(({ card }) => card.session)
    assert.equal(own, bench.me)
    assert.equal(rest.length, 6)
    assert.equal(rest.filter((session) => names.some((name) => sessionNamed(name) === session)).length, 2)
    assert.ok(
      bench.overlay.passive.some(({ peer }) => peer === sessionNamed('Zoe')),
      'the walker’s card is learnt',
    )
  })
})

describe('pleas', () => {
  /** Eight neighbours, half of them by their own choice, who say that they have that many links. */
  function full(degree: number): {
    readonly bench: OverlayBench
    readonly inbound: readonly LinkId[]
    readonly via: LinkId
  } {
    const bench = new OverlayBench()
    const inbound = [0, 1, 2, 3].map((i) => bench.up(`guest ${i}`, { isOutbound: false }))
    const chosen = [0, 1, 2, 3].map((i) => bench.up(`chosen ${i}`))
    for (const link of [...inbound, ...chosen]) bench.hear(link, status(degree))
    bench.takeSaid()
    return { bench, inbound, via: chosen[0] ?? assert.fail() }
  }
  const plead = ({ bench, via }: ReturnType<typeof full>, name: string): boolean => {
    const cards = [aged(name, 1)]
    return signalsIn(bench.hearSignal(via, { kind: 'plea', from: sessionNamed(name), cards }), 'welcome').length > 0
  }
  const comes = ({ bench, via }: ReturnType<typeof full>, name: string): void => {
    bench.hearSignal(via, { kind: 'offer', from: sessionNamed(name) })
    bench.up(name, { isOutbound: false })
  }

  test('[OV24] whoever has enough makes way for a plea, at the cost of an inbound neighbour that has enough', () => {
    const it = full(GENEROUS_DEGREE)
    const knock = { kind: 'knock', from: sessionNamed('Zoe'), cards: [aged('Zoe', 1)] } as const
    assert.equal(signalsIn(it.bench.hearSignal(it.via, knock), 'welcome').length, 0, 'a knock is no plea')
    assert.ok(plead(it, 'Bob'))
    comes(it, 'Bob')
    assert.deepEqual(closesIn(it.bench.effects), [[it.inbound[3], 'made-way']])
    assert.ok(it.bench.peers.includes(sessionNamed('Bob')))
    assert.equal(it.bench.overlay.active.length, 8)
  })

  test('[OV24] nobody makes way at the cost of neighbours that could not spare us', () => {
    assert.equal(plead(full(GENEROUS_DEGREE - 1), 'Bob'), false)
  })

  test('[OV24] whoever pleads without need gets two links at most, and one in fifteen seconds', () => {
    const it = full(GENEROUS_DEGREE)
    let got = 0
    for (let i = 0; i < 20; i++) {
      if (plead(it, `liar ${i}`)) {
        comes(it, `liar ${i}`)
        got++
      }
      assert.equal(plead(it, `at once ${i}`), false)
      it.bench.nowMs += PLEA_INTERVAL_MS
    }
    assert.equal(got, PLEA_LINKS_MAX)
  })

  test('[OV24] whoever has fewer than six links pleads, whoever has six knocks', () => {
    for (const [links, kind] of [
      [5, 'plea'],
      [6, 'knock'],
    ] as const) {
      const bench = new OverlayBench()
      // Inbound ones, so that one of our own choice is missed in either case.
      const [first = 0] = Array.from({ length: links }, (_, i) => bench.up(`m ${i}`, { isOutbound: i >= 3 }))
      bench.takeSaid()
      bench.hear(first, { type: 'leave', reason: 'full', cards: [aged('Carol', 1), aged('Dave', 1)] })
      bench.runFor(30_000)
      const kinds = bench
        .takeSaid()
        .flatMap(({ message }) =>
          message.type === 'signal' && (message.kind === 'plea' || message.kind === 'knock') ? [message.kind] : [],
        )
      assert.ok(kinds.length > 0, `${links} links`)
      assert.ok(
        kinds.every((each) => each === kind),
        `${links} links: ${kinds.join()}`,
      )
    }
  })
})

test('[OV25] a link that was looked for at a door takes a newcomer’s place, once a minute', () => {
  const bench = new OverlayBench()
  const inbound = [0, 1, 2, 3].map((i) => bench.up(`guest ${i}`, { isOutbound: false }))
  for (let i = 0; i < 4; i++) bench.up(`chosen ${i}`)
  for (const link of inbound) bench.hear(link, status(6))
  bench.nowMs += NEWCOMER_TENURE_MS
  bench.takeSaid()
  bench.up('from a door', {})
  assert.ok(bench.peers.includes(sessionNamed('from a door')))
  assert.deepEqual(closesIn(bench.effects), [[inbound[2], 'made-way']])
  bench.nowMs += NEWCOMER_TENURE_MS
  bench.up('another', {})
  assert.ok(!bench.peers.includes(sessionNamed('another')))
  bench.nowMs += 1_000 / BRIDGES.perSecond
  bench.up('a minute later', {})
  assert.ok(bench.peers.includes(sessionNamed('a minute later')))
  assert.equal(bench.overlay.active.length, 8)
})

describe('losses', () => {
  test('[OV23] a third of the neighbours, or two of a few, lost within fifteen seconds tear the room', () => {
    for (const [neighbours, needed] of [
      [8, 3],
      [3, TORN_LOSSES_MIN],
    ] as const) {
      const losses = new Losses()
      for (let i = 1; i < needed; i++) losses.lost(neighbours, 1_000 * i)
      assert.equal(losses.isTorn(20_000), false, `${needed - 1} of ${neighbours}`)
      losses.lost(neighbours, TORN_WITHIN_MS)
      assert.equal(losses.isTorn(TORN_WITHIN_MS + TORN_FOR_MS - 1), true)
      assert.equal(losses.isTorn(TORN_WITHIN_MS + TORN_FOR_MS), false)
    }
  })

  test('[OV23] losses one by one do not', () => {
    const losses = new Losses()
    for (let i = 0; i < 50; i++) {
      losses.lost(8, i * TORN_WITHIN_MS)
      assert.equal(losses.isTorn(i * TORN_WITHIN_MS), false)
    }
  })

  test('[OV23] the doors are told that the room may be torn, and that we are alone', () => {
    const bench = new OverlayBench()
    const links = [0, 1, 2, 3].map((i) => bench.up(`member ${i}`))
    for (const link of links.slice(0, 3)) bench.step({ type: 'suspect', link })
    const told = bench.effects.findLast((effect) => effect.type === 'doors')
    assert.ok(told?.isTorn === true && told.isAlone === true)
    // One that says goodbye is no loss.
    const calm = new OverlayBench()
    for (let i = 0; i < 4; i++) calm.step({ type: 'link-down', link: calm.up(`member ${i}`), wasDead: false })
    assert.equal(calm.effects.findLast((effect) => effect.type === 'doors')?.isTorn, false)
  })
})

describe('what neighbours are for the mesh', () => {
  const cardAs = (name: string, sequence: number, role: 'isEdge' | 'isSuper') => {
    const plain = { isEdge: false, isSuper: false, isHidden: false }
    const decoded = decodeCard(makeCard(sessionNamed(name), sequence, { ...plain, [role]: true }))
    assert.ok(decoded.ok)
    return { card: decoded.value, ageS: 0, hops: 0 }
  }
  const roleOf = (bench: OverlayBench, name: string): string | undefined =>
    bench.overlay.active.find(({ peer }) => peer === sessionNamed(name))?.role

  test('[OV26] follows their newest card, over a link that is up', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    const dave = bench.up('Dave')
    bench.hear(bob, { type: 'status', degree: 3, cards: [cardAs('Bob', 5, 'isEdge')] })
    assert.equal(roleOf(bench, 'Bob'), 'edge')
    const toCarol = { kind: 'knock', to: sessionNamed('Carol'), from: sessionNamed('Dave') } as const
    bench.hear(bob, { type: 'leave', reason: 'full', cards: [aged('Carol', 1)] })
    const carried = messagesIn(bench.hearSignal(dave, { ...toCarol, cards: [aged('Dave')] }))
    assert.ok(!carried.some(({ link }) => link === bob), 'an edge device forwards nothing')
    bench.hear(bob, { type: 'status', degree: 3, cards: [cardAs('Bob', 6, 'isSuper')] })
    assert.equal(roleOf(bench, 'Bob'), 'super')
    bench.hear(bob, { type: 'status', degree: 3, cards: [cardAs('Bob', 4, 'isEdge')] })
    assert.equal(roleOf(bench, 'Bob'), 'super', 'an older card changes nothing')
  })

  test('[OV26] is not believed of a card that does not hold', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    bench.vouches = false
    bench.hear(bob, { type: 'status', degree: 3, cards: [cardAs('Bob', 5, 'isEdge')] })
    assert.equal(roleOf(bench, 'Bob'), 'normal')
  })

  test('[OV26] keeps the quotas: a fourth neighbour that turns super goes', () => {
    const bench = new OverlayBench()
    const links = ['Bob', 'Carol', 'Dave', 'Erin'].map((name) => bench.up(name))
    ;['Bob', 'Carol', 'Dave', 'Erin'].forEach((name, i) =>
      bench.hear(links[i] ?? 0, { type: 'status', degree: 3, cards: [cardAs(name, 5, 'isSuper')] }),
    )
    assert.deepEqual(closesIn(bench.effects), [[links[3], 'quota']])
  })

  test('[OV26] whoever becomes an edge device tells its neighbours at once, and parts with those who can spare it', () => {
    const bench = new OverlayBench()
    const inbound = [0, 1, 2].map((i) => bench.up(`guest ${i}`, { isOutbound: false }))
    const chosen = [0, 1, 2].map((i) => bench.up(`chosen ${i}`))
    bench.hear(chosen[1] ?? 0, status(8))
    bench.takeSaid()
    const effects = bench.step({ type: 'mode', mode: 'edge' })
    assert.ok(effects.some(({ type }) => type === 'renew-card'))
    assert.deepEqual(
      closesIn(effects).map(([link]) => link),
      inbound,
    )
    bench.takeSaid()
    const told = messagesIn(
      bench.step({ type: 'me', card: makeCard(bench.me, 2, { isEdge: true, isSuper: false, isHidden: false }) }),
    )
    assert.deepEqual(
      told.flatMap(({ link, message }) => (message.type === 'status' && message.cards[0]?.card.isEdge ? [link] : [])),
      chosen,
    )
  })
})
