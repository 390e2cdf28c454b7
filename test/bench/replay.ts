/**
 * What it costs a receiver to verify, open, judge and apply an editing session of 259,778 edits, ten to an entry, beside
 * raw Yjs that applies the same updates one by one and trusts everybody. In Node and in Chromium.
 */
import type { ReplayPage } from './pages/replay-page.ts'
import { openPage, servePage, withBrowser } from './measuring/browser.ts'
import { printTable, median, ratios, spread, verdict } from './measuring/figures.ts'
import { readTrace } from './measuring/fixture.ts'
import { recordTrace } from './measuring/recording.ts'
import { replay, type ReplayTimes } from './measuring/replay-run.ts'

declare const replayPage: ReplayPage

const BATCH = 10
const RUNS = 3
/** Ours over raw Yjs in the same run. */
const RATIO_MAX = 1.3

const PARTS: readonly (readonly [keyof ReplayTimes, string])[] = [
  ['verified', 'the same without storing'],
  ['chain', '  hash chain and signatures'],
  ['open', '  headers and ciphers'],
  ['expand', '  bodies to updates'],
  ['guard', '  guard'],
  ['apply', '  Yjs, a transaction a range'],
  ['rawKeeping', 'raw Yjs without collection'],
]

const trace = readTrace('automerge-paper')

/** The first run warms the engine up and does not count. */
async function run(times: () => Promise<ReplayTimes>): Promise<readonly ReplayTimes[]> {
  await times()
  const runs: ReplayTimes[] = []
  for (let i = 0; i < RUNS; i++) runs.push(await times())
  return runs
}

async function inNode(): Promise<readonly ReplayTimes[]> {
  const recording = await recordTrace(trace, BATCH)
  const entries = recording.ranges.flat()
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0)
  const rawBytes = recording.updates.reduce((sum, { length }) => sum + length, 0)
  console.log(
    `${entries.length} entries in ${recording.ranges.length} ranges; ` +
      `${(bytes / entries.length).toFixed(1)} bytes an entry, ${(rawBytes / entries.length).toFixed(1)} a raw update`,
  )
  return run(() => replay(recording))
}

const inChromium = (): Promise<readonly ReplayTimes[]> =>
  withBrowser(async (browser) => {
    const server = await servePage('replay-page')
    try {
      const page = await openPage(browser, server.url)
      await page.evaluate(([edits, batch]) => replayPage.record(edits, batch), [trace, BATCH] as const)
      return await run(() => page.evaluate(() => replayPage.replay()))
    } finally {
      await server.close()
    }
  })

for (const [place, measure] of [
  ['Node, ms on a processor', inNode],
  ['Chromium, ms', inChromium],
] as const) {
  const runs = await measure()
  const of = (part: keyof ReplayTimes): readonly number[] => runs.map((times) => times[part])
  const row = (name: string, part: keyof ReplayTimes): string[] => {
    const ratio = ratios(of(part), of('raw'))
    return [name, spread(of(part)), spread(of('raw')), spread(ratio)]
  }
  const isMet = median(ratios(of('ingest'), of('raw'))) <= RATIO_MAX
  printTable(
    `Replay in ${place}`,
    ['work', 'ours', 'raw Yjs', 'ratio', 'goal'],
    [
      [...row('verified replay (ingest)', 'ingest'), `<= ${RATIO_MAX} ${verdict(isMet)}`],
      ...PARTS.map(([part, name]) => row(name, part)),
    ],
  )
}
