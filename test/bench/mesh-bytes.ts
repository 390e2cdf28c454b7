/**
 * Eight people in eight browsers with links to each other: how often a message of 100 bytes is sent for each of the seven
 * that it is meant for, and how long somebody new waits for the first message once a link is up. Beside y-webrtc.
 */
import type { Browser, Page } from 'playwright-core'
import type { ChannelCounts } from './pages/channel-counter.ts'
import { servePage, withBrowser, withPages, type PageServer } from './measuring/browser.ts'
import { median, printTable, spread, verdict } from './measuring/figures.ts'
import { counts, links, received, resetCounts, startRoom, SYSTEMS, write, type System } from './measuring/member.ts'

const PEOPLE = 8
const RUNS = 3
const MESSAGES = 5
const TEXT_BYTES = 100
const SENDS_PER_DELIVERY_MAX = 2
/** Long enough for every echo of a message on one machine. */
const ECHO_MS = 700
const MEETING_MS = 40_000

interface MeshRun {
  /** Milliseconds from the first page's start until everybody has a link to everybody. */
  meetMs: number
  /** From the first byte on a link of somebody new until the first message is there. */
  firstMessageMs: number
  /** Until everybody has a message. */
  spreadMs: number
  /** Sends that may carry the message, and their bytes, for each of the others. */
  sends: number
  bytes: number
  /** All other sends meanwhile, for each of the others. */
  smallSends: number
}

const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

async function meet(pages: readonly Page[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < MEETING_MS; waitedMs += 50) {
    const counted = await Promise.all(pages.map((page) => links(page)))
    if (counted.every((count) => count >= pages.length - 1)) return
    await pause(50)
  }
  throw new Error('not everybody met')
}

const textOf = (n: number): string => `${n} `.padEnd(TEXT_BYTES, 'of a hundred bytes, ')

async function runOnce(system: System, pages: readonly Page[], server: PageServer): Promise<MeshRun> {
  const [author, newcomer] = pages
  if (!author || !newcomer) throw new Error('a mesh has two ends')
  const startMs = Date.now()
  const invite = await startRoom(system, author, server)
  await write(author, textOf(0))
  await invite(newcomer, 'Ben')
  const firstAtMs = await received(newcomer, textOf(0))
  const firstMessageMs = firstAtMs - (await counts(newcomer)).firstAtMs
  await Promise.all(pages.slice(2).map((page, i) => invite(page, `Reader ${i}`)))
  await meet(pages)
  const meetMs = Date.now() - startMs
  await Promise.all(pages.map((page) => received(page, textOf(0))))
  await pause(2 * ECHO_MS)
  const spreads: number[] = []
  const totals: ChannelCounts[][] = []
  for (let n = 1; n <= MESSAGES; n++) {
    await resetCounts(pages)
    const sentAtMs = Date.now()
    await write(author, textOf(n))
    const arrivals = await Promise.all(pages.map((page) => received(page, textOf(n))))
    spreads.push(Math.max(...arrivals) - sentAtMs)
    await pause(ECHO_MS)
    totals.push(await Promise.all(pages.map((page) => counts(page))))
  }
  const perDelivery = (part: 'big' | 'bigBytes' | 'small'): number =>
    median(totals.map((total) => total.reduce((sum, of) => sum + of[part], 0))) / (pages.length - 1)
  return {
    meetMs,
    firstMessageMs,
    spreadMs: median(spreads),
    sends: perDelivery('big'),
    bytes: perDelivery('bigBytes'),
    smallSends: perDelivery('small'),
  }
}

async function measure(browser: Browser, server: PageServer): Promise<Record<System, MeshRun[]>> {
  const runs: Record<System, MeshRun[]> = { Parley: [], 'y-webrtc': [] }
  for (let n = 0; n < RUNS; n++) {
    for (const system of SYSTEMS) {
      runs[system].push(await withPages(browser, server.url, PEOPLE, (pages) => runOnce(system, pages, server)))
    }
  }
  return runs
}

const server = await servePage('room-page')
try {
  const runs = await withBrowser((browser) => measure(browser, server))
  const row = (name: string, part: keyof MeshRun, goal = ''): string[] => {
    const [ours, others] = SYSTEMS.map((system) => runs[system].map((run) => run[part])) as [number[], number[]]
    return [name, spread(ours), spread(others), (median(ours) / median(others)).toFixed(2), goal]
  }
  const isMet = median(runs.Parley.map(({ sends }) => sends)) <= SENDS_PER_DELIVERY_MAX
  printTable(
    `A message of ${TEXT_BYTES} bytes among ${PEOPLE} browsers`,
    ['work', 'ours', 'y-webrtc', 'ratio', 'goal'],
    [
      row('sends of it per delivery', 'sends', `<= ${SENDS_PER_DELIVERY_MAX} ${verdict(isMet)}`),
      row('bytes of these per delivery', 'bytes'),
      row('other sends meanwhile per delivery', 'smallSends'),
      row('until everybody has it, ms', 'spreadMs'),
      row('newcomer: link to first message, ms', 'firstMessageMs'),
      row('until all have met, ms', 'meetMs'),
    ],
  )
} finally {
  await server.close()
}
