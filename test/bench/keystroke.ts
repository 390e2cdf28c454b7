/**
 * What somebody types while a file travels over the same data channels, between two pages of Chromium on lines of a
 * given rate: how much later it arrives than without the file, and how much of the line the file gets.
 */
import type { Browser, Page } from 'playwright-core'
import { servePage, withBrowser, withPages } from './measuring/browser.ts'
import { median, printTable, verdict } from './measuring/figures.ts'
import { SlowLine } from './measuring/slow-line.ts'
import type { KeystrokePage } from './pages/keystroke-page.ts'

declare const page: KeystrokePage

const ADDED_MS_MAX = 80
const KEYSTROKES = 200
const EVERY_MS = 150
const LINES = [
  { megabits: 0.3, delayMs: 15 },
  { megabits: 1, delayMs: 15 },
  { megabits: 1, delayMs: 100 },
  { megabits: 10, delayMs: 15 },
] as const

const at = (figures: readonly number[], part: number): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(part * (figures.length - 1))] ?? 0

interface Typed {
  readonly delaysMs: readonly number[]
  readonly bitsPerSecond: number
}

async function typeAndRead(here: Page, there: Page, count: number): Promise<Typed> {
  await there.evaluate(() => page.takeArrivals())
  const startMs = performance.now()
  await here.evaluate(([n, everyMs]) => page.type(n, everyMs), [count, EVERY_MS] as const)
  const { delaysMs, bulkBytes } = await there.evaluate(() => page.takeArrivals())
  return { delaysMs, bitsPerSecond: (bulkBytes * 8_000) / (performance.now() - startMs) }
}

async function measure(browser: Browser, url: string, megabits: number, delayMs: number): Promise<readonly string[]> {
  const line = await SlowLine.open({ bitsPerSecond: megabits * 1e6, delayMs })
  try {
    return await withPages(browser, url, 2, async ([here, there]) => {
      if (!here || !there) throw new Error('no pages')
      const offer = line.reroute(0, await here.evaluate(() => page.offer()))
      const answer = line.reroute(1, await there.evaluate((sdp) => page.answer(sdp), offer))
      await here.evaluate((sdp) => page.accept(sdp), answer)
      for (const each of [here, there]) await each.evaluate(() => page.opened())
      const alone = await typeAndRead(here, there, KEYSTROKES / 4)
      await here.evaluate(() => page.transfer(true))
      const during = await typeAndRead(here, there, KEYSTROKES)
      await here.evaluate(() => page.transfer(false))
      const added = during.delaysMs.map((delay) => delay - median(alone.delaysMs))
      const p99 = at(added, 0.99)
      return [
        `${megabits} Mbit/s, ${2 * delayMs} ms`,
        `${median(alone.delaysMs).toFixed(0)} / ${at(alone.delaysMs, 0.99).toFixed(0)}`,
        `${median(added).toFixed(0)} / ${p99.toFixed(0)} / ${at(added, 1).toFixed(0)}`,
        megabits < 1 ? '' : `p99 <= ${ADDED_MS_MAX} ${verdict(p99 <= ADDED_MS_MAX)}`,
        `${((during.bitsPerSecond / (megabits * 1e6)) * 100).toFixed(0)} %`,
        String(line.dropped),
        at(line.lateMs, 0.99).toFixed(0),
      ]
    })
  } finally {
    line.close()
  }
}

const server = await servePage('keystroke-page')
try {
  const rows = await withBrowser(async (browser) => {
    const measured: (readonly string[])[] = []
    for (const { megabits, delayMs } of LINES) measured.push(await measure(browser, server.url, megabits, delayMs))
    return measured
  })
  printTable(
    'A keystroke while a file travels over the same link, ms',
    [
      'line',
      'alone p50 / p99',
      'added p50 / p99 / most',
      'goal',
      'file, of the line',
      'packets lost',
      'of it our relay, p99',
    ],
    rows,
  )
} finally {
  await server.close()
}
