// Slow links given up for nearer ones, in a room in which nobody has a place.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GUEST_INTERVAL_MS, NEAR_SLOTS, SWAP_INTERVAL_MS, TRIAL_MS } from '../../src/discovery/limits.ts'
import type { LinkId } from '../../src/discovery/overlay-event.ts'
import { aged, closesIn, messagesIn, OverlayBench, signalsIn } from './overlay-bench.ts'
import { sessionNamed } from './overlay-simulation.ts'

const status = (degree: number) => ({ type: 'status', degree, cards: [] }) as const

interface FullView {
  readonly bench: OverlayBench
  readonly inbound: readonly LinkId[]
  readonly chosen: readonly LinkId[]
}

/** Eight links, four of them of our choice. Of either four the last is the slowest, with 200 ms. */
function full(degree = 8): FullView {
  const bench = new OverlayBench()
  const inbound = [0, 1, 2, 3].map((i) => bench.up(`guest ${i}`, { isOutbound: false }))
  const chosen = [0, 1, 2, 3].map((i) => bench.up(`chosen ${i}`))
  for (const link of [...inbound, ...chosen]) bench.hear(link, status(degree))
  for (const links of [inbound, chosen])
    links.forEach((link, i) => bench.step({ type: 'round-trip', link, roundTripMs: 50 + 50 * i }))
  bench.effects.length = 0
  return { bench, inbound, chosen }
}

/** Time passes, and all neighbours stay alive. */
function pass({ bench }: FullView, durationMs: number): void {
  for (let i = 0; i < durationMs / 1_000; i++) {
    bench.runFor(1_000)
    for (const { link } of bench.overlay.active) if (link !== bench.overlay.onTrial) bench.hear(link, { type: 'pong' })
  }
}

/** Lets time pass until somebody is asked for a trial, then has that link come up. */
function tried(view: FullView, name = 'Zoe'): LinkId {
  const { bench, chosen } = view
  const [via = 0] = chosen
  for (let i = 0; i < 300; i++) {
    pass(view, 1_000)
    bench.hear(via, { type: 'leave', reason: 'full', cards: [aged(name, 1, 10 + i)] })
    const [trial] = signalsIn(bench.effects, 'trial')
    bench.effects.length = 0
    if (trial?.to !== sessionNamed(name)) continue
    bench.hearSignal(via, { kind: 'welcome', from: sessionNamed(name), nonce: trial.nonce })
    const link = bench.up(name)
    bench.effects.length = 0
    return link
  }
  return assert.fail('nobody was tried')
}

/** Somebody asks for a trial. The link, or undefined if he was refused. */
function guest({ bench, chosen }: FullView, name: string): LinkId | undefined {
  const [via = 0] = chosen
  bench.effects.length = 0
  bench.hearSignal(via, { kind: 'trial', from: sessionNamed(name), nonce: 5, cards: [aged(name)] })
  if (signalsIn(bench.effects, 'welcome').length === 0) return undefined
  const link = bench.up(name, { isOutbound: false })
  bench.effects.length = 0
  return link
}

const keepsIn = (bench: OverlayBench): readonly LinkId[] =>
  messagesIn(bench.effects).flatMap(({ link, message }) => (message.type === 'keep' ? [link] : []))

describe('a trial of ours', () => {
  test('[OV20] takes the place of a slower link that can spare us, when the other side says so too', () => {
    const view = full()
    const { bench, chosen } = view
    const startMs = bench.nowMs
    const zoe = tried(view)
    assert.ok(bench.nowMs - startMs >= SWAP_INTERVAL_MS / 2, 'not at once')
    assert.equal(bench.overlay.onTrial, zoe)
    bench.step({ type: 'round-trip', link: zoe, roundTripMs: 100 })
    assert.deepEqual(keepsIn(bench), [zoe])
    assert.deepEqual(closesIn(bench.effects), [], 'nothing is given up before the other side has made a place')
    bench.hear(zoe, { type: 'keep' })
    assert.deepEqual(closesIn(bench.effects), [[chosen[3], 'swapped']])
    assert.equal(bench.overlay.onTrial, undefined)
    assert.equal(bench.overlay.active.length, 8)
  })

  test('[OV20] goes again when it is not so much faster, or says nothing', () => {
    for (const roundTripMs of [190, 100, undefined]) {
      const view = full()
      const zoe = tried(view)
      if (roundTripMs !== undefined) view.bench.step({ type: 'round-trip', link: zoe, roundTripMs })
      if (roundTripMs !== 190) view.bench.runFor(TRIAL_MS)
      const closes = closesIn(view.bench.effects)
      assert.deepEqual(
        closes.filter(([, reason]) => reason === 'swapped'),
        [[zoe, 'swapped']],
        `${roundTripMs} ms`,
      )
    }
  })

  test('[OV20] is not kept in place of a neighbour that needs us', () => {
    const view = full(6)
    const zoe = tried(view)
    view.bench.step({ type: 'round-trip', link: zoe, roundTripMs: 10 })
    assert.deepEqual(closesIn(view.bench.effects), [[zoe, 'swapped']])
  })

  test('[OV20] takes no place: others come and are told what they would be without it', () => {
    const view = full()
    const { bench, inbound } = view
    const zoe = tried(view)
    bench.step({ type: 'link-down', link: inbound[0] ?? 0, wasDead: false })
    const newcomer = bench.up('newcomer', { isOutbound: false })
    assert.deepEqual(closesIn(bench.effects), [])
    assert.ok(bench.overlay.active.some(({ link }) => link === newcomer))
    const told = messagesIn(bench.effects).flatMap(({ message }) => (message.type === 'status' ? [message.degree] : []))
    assert.deepEqual([...new Set(told)], [8])
    assert.equal(bench.overlay.onTrial, zoe)
  })

  test('[OV20] four links at most are near ones', () => {
    const view = full()
    const { bench } = view
    for (let i = 0; i < NEAR_SLOTS + 2; i++) {
      const link = tried(view, `near ${i}`)
      bench.hear(link, status(8))
      bench.step({ type: 'round-trip', link, roundTripMs: 20 })
      bench.hear(link, { type: 'keep' })
      const visitor = guest(view, `visitor ${i}`)
      if (visitor === undefined) continue
      bench.hear(visitor, status(8))
      bench.step({ type: 'round-trip', link: visitor, roundTripMs: 20 })
      bench.hear(visitor, { type: 'keep' })
    }
    const near = bench.overlay.active.filter(({ roundTripMs }) => roundTripMs === 20)
    assert.equal(near.length, NEAR_SLOTS)
  })
})

describe('a trial of somebody else', () => {
  test('[OV27] takes the place of a slower one that others chose, and never of one of our choice', () => {
    const view = full()
    const { bench, inbound } = view
    const zoe = guest(view, 'Zoe') ?? assert.fail('refused')
    assert.equal(bench.overlay.active.length, 9)
    bench.hear(zoe, { type: 'keep' })
    assert.deepEqual(closesIn(bench.effects), [], 'we have not measured it yet')
    bench.step({ type: 'round-trip', link: zoe, roundTripMs: 100 })
    assert.deepEqual(keepsIn(bench), [zoe])
    assert.deepEqual(closesIn(bench.effects), [[inbound[3], 'swapped']])
  })

  test('[OV27] goes again when it is slow for us, whatever it says', () => {
    const view = full()
    const zoe = guest(view, 'Zoe') ?? assert.fail('refused')
    view.bench.hear(zoe, { type: 'keep' })
    view.bench.step({ type: 'round-trip', link: zoe, roundTripMs: 150 })
    assert.deepEqual(closesIn(view.bench.effects), [[zoe, 'swapped']])
  })

  test('[OV27] is let in one at a time, every half minute, and costs one link a minute', () => {
    const view = full()
    const { bench } = view
    const first = guest(view, 'first') ?? assert.fail('refused')
    assert.equal(guest(view, 'second'), undefined, 'while one is on trial')
    bench.step({ type: 'round-trip', link: first, roundTripMs: 20 })
    bench.hear(first, { type: 'keep' })
    assert.equal(guest(view, 'third'), undefined, 'at once')
    pass(view, GUEST_INTERVAL_MS)
    assert.equal(guest(view, 'fourth'), undefined, 'there is nothing yet to give up')
    pass(view, SWAP_INTERVAL_MS - GUEST_INTERVAL_MS)
    assert.notEqual(guest(view, 'fifth'), undefined)
  })

  test('[OV27] is refused where none of those that others chose can spare us', () => {
    assert.equal(guest(full(6), 'Zoe'), undefined)
  })

  test('[OV27] gets a free place without more ado', () => {
    const view = full()
    const { bench, inbound } = view
    bench.step({ type: 'link-down', link: inbound[0] ?? 0, wasDead: false })
    const zoe = guest(view, 'Zoe') ?? assert.fail('refused')
    bench.step({ type: 'round-trip', link: zoe, roundTripMs: 500 })
    bench.hear(zoe, { type: 'keep' })
    assert.deepEqual([keepsIn(bench), closesIn(bench.effects)], [[zoe], []])
  })
})

test('[OV28] whoever was given up for a nearer link searches at once', () => {
  const view = full()
  const { bench, chosen } = view
  pass(view, 10_000)
  bench.effects.length = 0
  const [first = 0] = chosen
  bench.hear(first, { type: 'leave', reason: 'swapped', cards: [] })
  bench.step({ type: 'link-down', link: first, wasDead: false })
  const walks = messagesIn(bench.effects).flatMap(({ message }) => (message.type === 'walk' ? [message.kind] : []))
  assert.deepEqual(walks, ['seek'])
})

test('[OV20] a link on trial stays when all others are gone', () => {
  const view = full()
  const { bench, inbound, chosen } = view
  const zoe = tried(view)
  for (const link of [...inbound, ...chosen]) bench.step({ type: 'link-down', link, wasDead: true })
  bench.effects.length = 0
  assert.equal(bench.overlay.onTrial, undefined)
  bench.hear(zoe, { type: 'pong' })
  bench.runFor(TRIAL_MS)
  assert.deepEqual(closesIn(bench.effects), [])
})

test('[OV24] whoever knocks because a link is missing goes before our own trial with them', () => {
  const view = full()
  const { bench, inbound, chosen } = view
  bench.step({ type: 'link-down', link: inbound[0] ?? 0, wasDead: false })
  const names = Array.from({ length: 40 }, (_, i) => `name ${i}`)
  // Of two who call each other, the smaller session's call goes on.
  const name = names.find((candidate) => sessionNamed(candidate) > bench.me) ?? assert.fail('no such name')
  const [via = 0] = chosen
  const isAsked = (i: number): boolean => {
    pass(view, 1_000)
    bench.hear(via, { type: 'leave', reason: 'full', cards: [aged(name, 1, 10 + i)] })
    const [trial] = signalsIn(bench.effects, 'trial')
    bench.effects.length = 0
    return trial?.to === sessionNamed(name)
  }
  assert.ok(Array.from({ length: 300 }, (_, i) => i).some(isAsked))
  bench.hearSignal(via, { kind: 'knock', from: sessionNamed(name), nonce: 9, cards: [aged(name, 1, 400)] })
  assert.equal(signalsIn(bench.effects, 'welcome').length, 1)
})
