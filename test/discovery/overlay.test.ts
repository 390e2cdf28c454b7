import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  CARD_RENEWAL_MS,
  CARDS_PER_LINK,
  DIALS_URGENT_MAX,
  MESSAGES_PER_LINK,
  NEWCOMER_TENURE_MS,
  PROBATION_MS,
  SUSPECT_HIDDEN_MS,
  SUSPECT_MS,
  WAKE_ANSWER_MS,
} from '../../src/discovery/limits.ts'
import { aged, closesIn, messagesIn, OverlayBench, signalsIn } from './overlay-bench.ts'
import { sessionNamed } from './overlay-simulation.ts'

const status = (degree: number) => ({ type: 'status', degree, cards: [] }) as const

describe('links', () => {
  test('[OV1] a ninth link is closed', () => {
    const bench = new OverlayBench('Alice', 9)
    for (let i = 0; i < 9; i++) bench.up(`member ${i}`, { isOutbound: false })
    assert.equal(bench.overlay.active.length, 8)
    assert.deepEqual(closesIn(bench.effects), [[9, 'full']])
  })

  test('[OV1] an edge device has three links', () => {
    const bench = new OverlayBench('Alice', 6)
    bench.step({ type: 'mode', mode: 'edge' })
    for (let i = 0; i < 5; i++) bench.up(`member ${i}`)
    assert.equal(bench.overlay.active.length, 3)
  })

  test('[OV3] others choose four of our links at most in a large room', () => {
    const bench = new OverlayBench()
    for (let i = 0; i < 6; i++) bench.up(`member ${i}`, { isOutbound: false })
    assert.equal(bench.overlay.active.length, 4)
    for (let i = 6; i < 10; i++) bench.up(`member ${i}`)
    assert.equal(bench.overlay.active.length, 8)
  })

  test('[OV4] a newcomer takes the place of one that had time, not of our choice and not of the oldest', () => {
    const bench = new OverlayBench()
    const inbound = Array.from({ length: 4 }, (_, i) => bench.up(`guest ${i}`, { isOutbound: false }))
    for (let i = 0; i < 4; i++) bench.up(`chosen ${i}`)
    for (const link of inbound) bench.hear(link, status(6))
    bench.up('Bob', { isOutbound: false })
    assert.ok(!bench.peers.includes(sessionNamed('Bob')))
    bench.nowMs += NEWCOMER_TENURE_MS
    bench.takeSaid()
    bench.up('Carol', { isOutbound: false })
    assert.ok(bench.peers.includes(sessionNamed('Carol')))
    assert.ok(!bench.peers.includes(sessionNamed('guest 2')))
    assert.equal(bench.overlay.active.length, 8)
    assert.deepEqual(closesIn(bench.effects), [[inbound[2], 'made-way']])
  })

  test('[OV4] one that found nobody else stays a minute', () => {
    const bench = new OverlayBench()
    const inbound = Array.from({ length: 4 }, (_, i) => bench.up(`guest ${i}`, { isOutbound: false }))
    for (const link of inbound) bench.hear(link, status(1))
    bench.nowMs += PROBATION_MS - 1
    bench.up('Bob', { isOutbound: false })
    assert.ok(!bench.peers.includes(sessionNamed('Bob')))
    bench.nowMs += 1
    bench.up('Bob', { isOutbound: false })
    assert.ok(bench.peers.includes(sessionNamed('Bob')))
  })

  test('[OV5] one link per person, two per branch, three to supers', () => {
    const bench = new OverlayBench()
    for (let i = 0; i < 6; i++) bench.up(`member ${i}`, { branch: `branch ${Math.floor(i / 2)}` })
    // Three branches known: a branch may have four.
    bench.up('second device', { person: 'member 0', branch: 'other' })
    assert.ok(!bench.peers.includes(sessionNamed('second device')))
    const wide = new OverlayBench()
    for (let i = 0; i < 6; i++) wide.up(`member ${i}`, { branch: `branch ${i}` })
    wide.up('seventh', { branch: 'branch 0' })
    wide.up('eighth', { branch: 'branch 0' })
    assert.ok(wide.peers.includes(sessionNamed('seventh')))
    assert.ok(!wide.peers.includes(sessionNamed('eighth')))
    const served = new OverlayBench()
    for (let i = 0; i < 4; i++) served.up(`server ${i}`, { isSuper: true })
    assert.equal(served.overlay.active.length, 3)
  })

  test('[OV5] a room that all came into through one person holds together', () => {
    const bench = new OverlayBench()
    for (let i = 0; i < 8; i++) bench.up(`member ${i}`, { branch: 'founder' })
    assert.equal(bench.overlay.active.length, 8)
  })

  test('[OV5] strangers have two places, and one who turns out to be one too many goes', () => {
    const bench = new OverlayBench()
    for (let i = 0; i < 3; i++) bench.up(`stranger ${i}`, { branch: undefined, isOutbound: false })
    assert.equal(bench.overlay.active.length, 2)
    const link = bench.up('Bob', { person: 'Bob' })
    bench.up('second device', { person: 'somebody' })
    bench.step({ type: 'standing', link, person: bench.overlay.active[3]?.person ?? assert.fail(), branch: undefined })
    assert.ok(!bench.peers.includes(sessionNamed('Bob')))
  })

  test('[OV6] who is turned away is told whom to try', () => {
    const bench = new OverlayBench('Alice', 9)
    for (let i = 0; i < 8; i++) {
      const link = bench.up(`member ${i}`)
      bench.hear(link, { type: 'status', degree: 3, cards: [aged(`member ${i}`)] })
    }
    bench.takeSaid()
    const ninth = bench.up('Bob', { isOutbound: false })
    const [leave] = bench.takeSaid().filter(({ link }) => link === ninth)
    assert.ok(leave?.message.type === 'leave')
    assert.equal(leave.message.reason, 'full')
    assert.ok(leave.message.cards.length > 0)
  })
})

describe('cards', () => {
  test('[OV7] our card is renewed at half its lifetime, and when we hide', () => {
    const bench = new OverlayBench()
    bench.up('Bob')
    bench.takeSaid()
    bench.runFor(CARD_RENEWAL_MS - 1)
    assert.equal(bench.effects.filter(({ type }) => type === 'renew-card').length, 0)
    bench.runFor(1)
    assert.equal(bench.effects.filter(({ type }) => type === 'renew-card').length, 1)
    const hidden = new OverlayBench()
    const effects = hidden.step({ type: 'visibility', isHidden: true })
    assert.ok(effects.some(({ type }) => type === 'renew-card'))
  })

  test('[OV8] a link brings only so many cards to check, and none that would not be kept', () => {
    const bench = new OverlayBench()
    bench.vouches = false
    const link = bench.up('Bob')
    let checked = 0
    for (let i = 0; i < 40; i++) {
      const cards = Array.from({ length: 7 }, (_, j) => aged(`sybil ${i} ${j}`, 1))
      const effects = bench.hear(link, { type: 'leave', reason: 'full', cards })
      for (const effect of effects) if (effect.type === 'verify') checked += effect.cards.length
    }
    assert.ok(checked <= CARDS_PER_LINK.burst, `${checked} checked`)
    assert.equal(bench.overlay.passive.length, 0)
    const vouching = new OverlayBench()
    const from = vouching.up('Bob')
    vouching.hear(from, { type: 'leave', reason: 'full', cards: [aged('Carol', 1)] })
    const again = vouching.hear(from, { type: 'leave', reason: 'full', cards: [aged('Carol', 1)] })
    assert.ok(!again.some(({ type }) => type === 'verify'))
  })
})

describe('walks and calls', () => {
  /** Bob brought Carol's card. */
  const withCarol = (): { bench: OverlayBench; link: number; nonce: number } => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    bench.takeSaid()
    bench.hear(link, { type: 'leave', reason: 'full', cards: [aged('Carol', 1)] })
    const [knock] = signalsIn(bench.effects, 'plea')
    assert.ok(knock, 'a knock at Carol')
    return { bench, link, nonce: knock.nonce }
  }

  test('[OV12] whoever misses links searches, and one with a place answers', () => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    bench.runFor(2_000)
    const seeks = bench.takeSaid().filter(({ message }) => message.type === 'walk' && message.kind === 'seek')
    assert.ok(seeks.length > 0)
    const answers = messagesIn(
      bench.hear(link, { type: 'walk', kind: 'seek', nonce: 9, hopsLeft: 3, cards: [aged('Carol')] }),
    )
    const [end] = answers.filter(({ message }) => message.type === 'walk-end')
    assert.ok(end?.message.type === 'walk-end')
    assert.equal(end.message.nonce, 9)
    assert.equal(end.message.hasPlace, true)
    assert.equal(end.message.cards[0]?.card.session, bench.me)
  })

  test('[OV13] nobody answers a walk that another was given', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    bench.runFor(2_000)
    const [walk] = bench.takeSaid().filter(({ message }) => message.type === 'walk')
    assert.ok(walk?.message.type === 'walk')
    const mallory = bench.up('Mallory', { isOutbound: false })
    const end = { type: 'walk-end', nonce: walk.message.nonce, hasPlace: true, cards: [aged('sybil')] } as const
    assert.ok(!bench.hear(mallory, end).some(({ type }) => type === 'verify'))
    assert.ok(bench.hear(bob, end).some(({ type }) => type === 'verify'))
  })

  test('[OV14] a signal for somebody unknown is answered with no-route', () => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    const effects = bench.hearSignal(link, { kind: 'knock', to: sessionNamed('nobody'), cards: [aged('Carol')] })
    const [answer] = signalsIn(effects, 'no-route')
    assert.equal(answer?.to, sessionNamed('Carol'))
  })

  test('[OV14] a signal goes on to a neighbour, one hop older', () => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    const dave = bench.up('Dave')
    const effects = bench.hearSignal(link, { kind: 'offer', to: sessionNamed('Dave'), hops: 2 })
    const [sent] = messagesIn(effects).filter(({ message }) => message.type === 'signal')
    assert.equal(sent?.link, dave)
    assert.ok(sent.message.type === 'signal' && sent.message.hops === 3)
  })

  test('[OV15] a connection is opened when the knock was welcomed, and not before', () => {
    const { bench, link, nonce } = withCarol()
    assert.ok(!bench.effects.some(({ type }) => type === 'dial'))
    assert.deepEqual(closesIn(bench.hearSignal(link, { kind: 'welcome', nonce: nonce + 1 })), [])
    assert.ok(!bench.effects.some(({ type }) => type === 'dial'))
    const effects = bench.hearSignal(link, { kind: 'welcome', nonce })
    const dial = effects.find((effect) => effect.type === 'dial')
    assert.equal(dial?.card.session, sessionNamed('Carol'))
    const offer = bench.step({ type: 'signal', dial: dial.dial, to: sessionNamed('Carol'), bytes: Uint8Array.of(1) })
    assert.equal(signalsIn(offer, 'offer').length, 1)
    const answer = bench.hearSignal(link, { kind: 'answer', nonce })
    assert.ok(answer.some((effect) => effect.type === 'signal' && effect.dial === dial.dial))
  })

  test('[OV15] a knock with a card that does not hold is never welcomed, and no place is kept for it', () => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    bench.vouches = false
    const effects = bench.hearSignal(link, { kind: 'knock', cards: [aged('Carol')] })
    assert.equal(signalsIn(effects, 'welcome').length, 0)
    bench.vouches = true
    const borrowed = bench.hearSignal(link, { kind: 'knock', cards: [aged('Dave')] })
    assert.equal(signalsIn(borrowed, 'welcome').length, 0)
    const honest = bench.hearSignal(link, { kind: 'knock', cards: [aged('Carol')] })
    assert.equal(signalsIn(honest, 'welcome').length, 1)
  })

  test('[OV15] places that were kept come free again', () => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    const knockOf = (name: string): number =>
      signalsIn(bench.hearSignal(link, { kind: 'knock', from: sessionNamed(name), cards: [aged(name)] }), 'welcome')
        .length
    let welcomed = 0
    for (let i = 0; i < 8; i++) welcomed += knockOf(`guest ${i}`)
    assert.ok(welcomed >= 1 && welcomed <= 4, `${welcomed} welcomed`)
    bench.runFor(15_000)
    assert.equal(knockOf('Erin'), 1)
  })

  test('[OV16] of two who knock at each other the smaller goes on', () => {
    const { bench, link } = withCarol()
    const effects = bench.hearSignal(link, { kind: 'knock', nonce: 77, cards: [aged('Carol')] })
    const isOursSmaller = bench.me < sessionNamed('Carol')
    assert.equal(signalsIn(effects, 'refuse').length, isOursSmaller ? 1 : 0)
    assert.equal(signalsIn(effects, 'welcome').length, isOursSmaller ? 0 : 1)
  })

  test('[OV16] five dials at a time while links are few', () => {
    const bench = new OverlayBench()
    const link = bench.up('Bob')
    bench.takeSaid()
    bench.hear(link, { type: 'leave', reason: 'full', cards: [1, 2, 3, 4, 5, 6, 7].map((i) => aged(`member ${i}`, 1)) })
    assert.equal(signalsIn(bench.effects, 'plea').length, DIALS_URGENT_MAX)
  })

  test('[OV17] an edge device forwards nothing', () => {
    const bench = new OverlayBench()
    bench.step({ type: 'mode', mode: 'edge' })
    const link = bench.up('Bob')
    bench.up('Dave')
    const effects = bench.hearSignal(link, { kind: 'offer', to: sessionNamed('Dave') })
    assert.equal(messagesIn(effects).filter(({ message }) => message.type === 'signal').length, 0)
    const walked = messagesIn(
      bench.hear(link, { type: 'walk', kind: 'shuffle', nonce: 1, hopsLeft: 5, cards: [aged('Carol')] }),
    )
    assert.deepEqual(
      walked.filter(({ message }) => message.type.startsWith('walk')).map(({ message }) => message.type),
      ['walk-end'],
    )
  })
})

describe('silence and sleep', () => {
  test('[OV18] a suspect is given up after ten seconds unless it speaks', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    const carol = bench.up('Carol')
    bench.step({ type: 'suspect', link: bob })
    bench.step({ type: 'suspect', link: carol })
    bench.hear(carol, { type: 'pong' })
    bench.runFor(SUSPECT_MS - 1)
    assert.equal(bench.overlay.active.length, 2)
    bench.runFor(1)
    assert.deepEqual(closesIn(bench.effects), [[bob, 'silent']])
  })

  test('[OV18] a suspect gives its place to a new link before it is given up', () => {
    const bench = new OverlayBench('Alice', 9)
    const links = Array.from({ length: 8 }, (_, i) => bench.up(`member ${i}`))
    bench.step({ type: 'suspect', link: links[3] ?? 0 })
    bench.up('Bob', { isOutbound: false })
    assert.deepEqual(closesIn(bench.effects), [[links[3], 'silent']])
    assert.equal(bench.overlay.active.length, 8)
  })

  test('[OV19] after sleep, who does not answer in three seconds is suspect', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    bench.up('Carol')
    bench.step({ type: 'woken' })
    bench.step({ type: 'round-trip', link: bob, roundTripMs: 20 })
    bench.runFor(WAKE_ANSWER_MS)
    assert.deepEqual(
      bench.overlay.active.map(({ isSuspect }) => isSuspect),
      [false, true],
    )
    assert.ok(SUSPECT_HIDDEN_MS > SUSPECT_MS)
  })
})

describe('hostile peers and doors', () => {
  test('[OV21] nonsense and floods end the link', () => {
    const bench = new OverlayBench()
    const bob = bench.up('Bob')
    bench.step({ type: 'message', link: bob, bytes: Uint8Array.of(99) })
    assert.deepEqual(closesIn(bench.effects), [[bob, 'malformed']])
    const carol = bench.up('Carol')
    for (let i = 0; i <= MESSAGES_PER_LINK.burst; i++) bench.hear(carol, { type: 'ping' })
    assert.deepEqual(closesIn(bench.effects)[1], [carol, 'flood'])
  })

  test('[OV21] of signals, only so many are carried on', () => {
    const bench = new OverlayBench()
    const mallory = bench.up('Mallory')
    bench.up('Dave')
    let carried = 0
    for (let i = 0; i < 200; i++)
      carried += signalsIn(
        bench.hearSignal(mallory, { kind: 'offer', to: sessionNamed('Dave'), nonce: i }),
        'offer',
      ).length
    assert.equal(carried, 40)
  })

  test('[OV23] the doors look for links while there are fewer than four', () => {
    const bench = new OverlayBench()
    const told = (): unknown => bench.effects.findLast(({ type }) => type === 'doors')
    const calm = { isTorn: false, isAlone: true }
    bench.up('Bob')
    assert.deepEqual(told(), { type: 'doors', freeSlots: 7, mayDial: true, isMeshed: false, ...calm })
    for (let i = 0; i < 3; i++) bench.up(`member ${i}`)
    assert.deepEqual(told(), { type: 'doors', freeSlots: 4, mayDial: false, isMeshed: true, ...calm, isAlone: false })
  })
})
