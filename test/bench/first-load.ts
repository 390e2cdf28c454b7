/**
 * What a browser loads, compressed, before somebody who starts a room can write: by the build's own report, and by
 * counting what the server answers to a browser that has never been here.
 */
import { readFileSync } from 'node:fs'
import { build } from 'vite'
import type { Browser, Response } from 'playwright-core'
import { startServer } from '../../src/super-peer/server.ts'
import { ParleyPage } from '../e2e/parley-page.ts'
import { withBrowser } from './measuring/browser.ts'
import { median, printTable, spread, verdict } from './measuring/figures.ts'

const RUNS = 3
const KIB_MAX = 150
const ROOT = 'dist/app'
const REPORT = 'dist/size.json'

interface FirstLoad {
  /** What came until the chat could be written in, in KiB, and in how many answers. */
  readonly kib: number
  readonly answers: number
  /** What comes afterwards for later: the service worker fetches it for the time without a network. */
  readonly laterKib: number
  readonly seconds: number
}

interface Counted {
  readonly response: Response
  readonly atMs: number
}

/** Bodies as they travel, compressed. Headers are not counted, as no build can change them. */
async function kibOf(responses: readonly Counted[]): Promise<number> {
  const sizes = await Promise.all(
    responses.map(async ({ response }) => {
      const length = response.headers()['content-length']
      return length === undefined ? (await response.body()).length : Number(length)
    }),
  )
  return sizes.reduce((sum, size) => sum + size, 0) / 1024
}

async function loadOnce(browser: Browser, url: string): Promise<FirstLoad> {
  const context = await browser.newContext()
  try {
    const responses: Counted[] = []
    context.on('response', (response) => responses.push({ response, atMs: Date.now() }))
    const startMs = Date.now()
    const parley = await ParleyPage.openIn(context, url)
    await parley.startRoom({ me: 'Ada', room: 'Book club' })
    const readyMs = Date.now()
    await parley.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    const isForLater = ({ response, atMs }: Counted): boolean =>
      response.request().serviceWorker() !== null || atMs > readyMs
    const first = responses.filter((counted) => !isForLater(counted))
    return {
      kib: await kibOf(first),
      answers: first.length,
      laterKib: await kibOf(responses.filter(isForLater)),
      seconds: (readyMs - startMs) / 1000,
    }
  } finally {
    await context.close()
  }
}

/** The report of a build that was given up because it is too large is written all the same. */
async function buildApp(): Promise<number> {
  await build({ logLevel: 'error' }).catch((error: unknown) => {
    console.error(`  the build failed: ${error instanceof Error ? error.message : String(error)}`)
  })
  const report = JSON.parse(readFileSync(REPORT, 'utf8')) as { firstScreen: { gzipBytes: number } }
  return report.firstScreen.gzipBytes / 1024
}

const reportedKib = await buildApp()
const server = await startServer({ root: ROOT, port: 0 })
try {
  const loads = await withBrowser(async (browser) => {
    const runs: FirstLoad[] = []
    for (let n = 0; n < RUNS; n++) runs.push(await loadOnce(browser, server.url))
    return runs
  })
  const of = (part: keyof FirstLoad): readonly number[] => loads.map((load) => load[part])
  const goal = (kib: number): string => `<= ${KIB_MAX} ${verdict(kib <= KIB_MAX)}`
  printTable(
    'The first load, KiB as they travel',
    ['work', 'ours', 'goal'],
    [
      ['entry and what it imports, by the build', reportedKib.toFixed(1), goal(reportedKib)],
      ['all answers until the chat shows', spread(of('kib')), goal(median(of('kib')))],
      ['  number of answers', spread(of('answers'))],
      ['  seconds, with typing two names', spread(of('seconds'))],
      ['afterwards, for use without a network', spread(of('laterKib'))],
    ],
  )
} finally {
  await server.close()
}
