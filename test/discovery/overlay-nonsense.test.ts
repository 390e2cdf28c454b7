import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSIVE_SLOTS } from '../../src/discovery/limits.ts'
import type { OverlayMessage, SignalKind } from '../../src/discovery/overlay-message.ts'
import { aged, OverlayBench } from './overlay-bench.ts'
import { seeded, sessionNamed } from './overlay-simulation.ts'

const SIGNALS: readonly SignalKind[] = ['knock', 'plea', 'trial', 'welcome', 'refuse', 'offer', 'answer', 'no-route']

test('[OV22] whatever links say, in whatever order, nothing throws and little is kept', () => {
  for (let seed = 1; seed <= 20; seed++) rantAt(seed)
})

function rantAt(seed: number): void {
  const random = seeded(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  const bench = new OverlayBench('Alice', [3, 12, 500][seed % 3] ?? 3)
  const name = (): string => `member ${below(120)}`
  const cards = (min: number) => Array.from({ length: min + below(5) }, () => aged(name(), below(9), below(4)))
  const nonsense: readonly (() => OverlayMessage)[] = [
    () => ({ type: 'status', degree: below(60), cards: cards(0) }),
    () => ({
      type: 'walk',
      kind: below(2) === 0 ? 'seek' : 'shuffle',
      nonce: below(9),
      hopsLeft: below(7),
      cards: cards(1),
    }),
    () => ({ type: 'walk-end', nonce: below(60), hasPlace: below(2) === 0, cards: cards(0) }),
    () => {
      const kind = SIGNALS[below(SIGNALS.length)] ?? 'knock'
      const hasBytes = kind === 'offer' || kind === 'answer'
      const to = below(2) === 0 ? bench.me : sessionNamed(name())
      const bytes = new Uint8Array(hasBytes ? 10 : 0)
      return {
        type: 'signal',
        kind,
        to,
        from: sessionNamed(name()),
        nonce: below(9),
        hops: below(13),
        cards: cards(0),
        bytes,
      }
    },
    () => ({ type: 'leave', reason: 'made-way', cards: cards(0) }),
    () => ({ type: 'ping' }),
    () => ({ type: 'keep' }),
  ]
  let wakes = 0
  for (let i = 0; i < 1_500; i++) {
    bench.nowMs += below(300)
    const links = bench.overlay.active.map(({ link }) => link)
    const link = links[below(links.length)] ?? 1
    const chance = random()
    if (chance < 0.75) bench.hear(link, (nonsense[below(nonsense.length)] ?? (() => ({ type: 'ping' as const })))())
    else if (chance < 0.8) bench.up(name(), { isOutbound: below(2) === 0, isEdge: below(9) === 0 })
    else if (chance < 0.83) bench.step({ type: 'link-down', link, wasDead: below(2) === 0 })
    else if (chance < 0.85) bench.step({ type: 'suspect', link })
    else if (chance < 0.86) bench.step({ type: 'round-trip', link, roundTripMs: below(200) })
    else if (chance < 0.88) bench.step({ type: 'verified', request: below(200), cards: [] })
    else if (chance < 0.9) bench.step({ type: 'dialled', dial: below(200), isOpen: below(2) === 0 })
    else if (chance < 0.92)
      bench.step({ type: 'signal', dial: below(200), to: sessionNamed(name()), bytes: new Uint8Array(9) })
    else if (chance < 0.93) bench.step({ type: 'woken' })
    else bench.step({ type: 'tick' })
    wakes += bench.effects.filter(({ type }) => type === 'wake').length
    const open = bench.effects.filter(({ type }) => type === 'dial').length
    assert.ok(open <= 4, `seed ${seed}: ${open} dials at once`)
    bench.effects.length = 0
    const places = bench.overlay.active.filter((known) => known.link !== bench.overlay.onTrial)
    assert.ok(places.length <= 8 && bench.overlay.active.length <= 9, `seed ${seed}`)
    assert.ok(bench.overlay.passive.length <= PASSIVE_SLOTS, `seed ${seed}`)
    assert.equal(new Set(bench.peers).size, bench.peers.length, `seed ${seed}: two links to one`)
  }
  assert.ok(wakes < 6_000, `seed ${seed}: ${wakes} wakes`)
}
