import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  SEEK_INTERVAL_CALM_MAX_MS,
  SEEK_INTERVAL_MAX_MS,
  SHORT_WALK_HOPS,
  SHORT_WALK_MEMBERS_MAX,
  SHUFFLE_INTERVAL_MAX_MS,
  SHUFFLE_NEW_FOR_MS,
  WALK_HOPS_MAX,
} from '../../src/discovery/limits.ts'
import type { LinkId } from '../../src/discovery/overlay-event.ts'
import type { AgedCard, OverlayMessage } from '../../src/discovery/overlay-message.ts'
import { aged, OverlayBench } from './overlay-bench.ts'

type Walk = Extract<OverlayMessage, { type: 'walk' }>

const walksOf = (bench: OverlayBench, kind: Walk['kind']): { readonly link: LinkId; readonly walk: Walk }[] =>
  bench
    .takeSaid()
    .flatMap(({ link, message }) => (message.type === 'walk' && message.kind === kind ? [{ link, walk: message }] : []))

/** How many walks of a kind a member begins in that time, each answered with the cards given. */
function walksWithin(bench: OverlayBench, kind: Walk['kind'], durationMs: number, answer?: () => AgedCard[]): number {
  let walks = 0
  for (const endMs = bench.nowMs + durationMs; bench.nowMs < endMs;) {
    bench.runFor(1_000)
    bench.step({ type: 'tick' })
    for (const { link, walk } of walksOf(bench, kind)) {
      walks++
      if (answer) bench.hear(link, { type: 'walk-end', nonce: walk.nonce, hasPlace: false, cards: answer() })
    }
  }
  return walks
}

describe('walks', () => {
  test('[OV31] a shuffle goes three hops in a small room and six in a large one', () => {
    for (const [members, hops] of [
      [SHORT_WALK_MEMBERS_MAX, SHORT_WALK_HOPS],
      [SHORT_WALK_MEMBERS_MAX + 1, WALK_HOPS_MAX],
    ] as const) {
      const bench = new OverlayBench('Alice', members)
      bench.up('Bob')
      bench.runFor(1_000)
      assert.equal(walksOf(bench, 'shuffle')[0]?.walk.hopsLeft, hops, `${members} members`)
    }
  })

  test('[OV31] shuffles that bring nobody new become rare, and frequent again with the first that does', () => {
    const bench = new OverlayBench('Alice', 16)
    bench.up('Bob')
    bench.up('Carol')
    const known = (): AgedCard[] => [aged('Bob'), aged('Carol', 1)]
    const early = walksWithin(bench, 'shuffle', SHUFFLE_NEW_FOR_MS, known)
    assert.ok(early <= 6, `${early} in the first minutes`)
    const late = walksWithin(bench, 'shuffle', 15 * SHUFFLE_INTERVAL_MAX_MS, known)
    assert.ok(late >= 10 && late <= 25, `${late} in half an hour`)
    let others = 0
    const news = (): AgedCard[] => [aged('Bob'), aged(`other ${others++}`, 1)]
    const again = walksWithin(bench, 'shuffle', 15 * SHUFFLE_INTERVAL_MAX_MS, news)
    assert.ok(again > 1.4 * late, `${again} after ${late}`)
  })

  test('[OV32] searches become rarer where only links of our own choice are missing', () => {
    const seeksWith = (inbound: number): number => {
      const bench = new OverlayBench('Alice', 100)
      for (let i = 0; i < 2; i++) bench.up(`chosen ${i}`)
      for (let i = 0; i < inbound; i++) bench.up(`guest ${i}`, { isOutbound: false })
      walksWithin(bench, 'seek', 300_000)
      return walksWithin(bench, 'seek', 600_000)
    }
    const [short, enough] = [seeksWith(2), seeksWith(4)]
    assert.ok(short >= 600_000 / SEEK_INTERVAL_MAX_MS / 2, `${short} with too few links`)
    assert.ok(enough <= (600_000 / SEEK_INTERVAL_CALM_MAX_MS) * 2, `${enough} with enough`)
  })
})
