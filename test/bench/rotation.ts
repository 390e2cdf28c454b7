/**
 * What a new epoch for a thousand devices costs who makes it: boxes, operations, signature; the longest time in which
 * the page could not do anything else; and what one device spends on opening its box. In Node and in Chromium.
 */
import { openPage, servePage, withBrowser } from './measuring/browser.ts'
import { median, printTable, spread, verdict } from './measuring/figures.ts'
import { newDevices, rotate, type RotationFigures } from './measuring/rotation-run.ts'
import type { RotationPage } from './pages/rotation-page.ts'

declare const rotationPage: RotationPage

const DEVICES = 1_000
const RUNS = 5
/** A frame at 30 a second: longer would be felt while typing. */
const BLOCK_MS_MAX = 33

/** The first run warms the engine up and does not count. */
async function run(once: () => Promise<RotationFigures>): Promise<readonly RotationFigures[]> {
  await once()
  const runs: RotationFigures[] = []
  for (let i = 0; i < RUNS; i++) runs.push(await once())
  return runs
}

async function inNode(): Promise<readonly RotationFigures[]> {
  const devices = await newDevices(DEVICES)
  return run(() => rotate(devices))
}

const inChromium = (): Promise<readonly RotationFigures[]> =>
  withBrowser(async (browser) => {
    const server = await servePage('rotation-page')
    try {
      const page = await openPage(browser, server.url)
      await page.evaluate((count) => rotationPage.prepare(count), DEVICES)
      return await run(() => page.evaluate(() => rotationPage.rotate()))
    } finally {
      await server.close()
    }
  })

for (const [place, measure] of [
  ['Node', inNode],
  ['Chromium', inChromium],
] as const) {
  const runs = await measure()
  const of = (figure: keyof RotationFigures): readonly number[] => runs.map((times) => times[figure])
  const blocks = of('longestBlockMs')
  printTable(
    `A new epoch for ${DEVICES} devices in ${place}`,
    ['work', 'figure', 'goal'],
    [
      ['sealing the boxes', spread(of('sealMs'), 'ms'), ''],
      ['operations and signature', spread(of('writeMs'), 'ms'), ''],
      ['all operations', spread(of('bytes'), 'bytes'), ''],
      ['longest block', spread(blocks, 'ms'), `<= ${BLOCK_MS_MAX} ${verdict(median(blocks) <= BLOCK_MS_MAX)}`],
      ['opening, one device', spread(of('openMs'), 'ms'), ''],
    ],
  )
}
