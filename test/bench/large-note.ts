/**
 * A note of 1 MiB and of 10 MiB on its way to somebody new, between two browsers: verified, judged, stored and shown.
 * Beside y-webrtc, which sends a document in one message and so never delivers one that no data channel takes.
 */
import type { Browser } from 'playwright-core'
import { servePage, withBrowser, withPages, type PageServer } from './measuring/browser.ts'
import { printTable, spread } from './measuring/figures.ts'
import { counts, fillNote, noteReceived, startRoom, type System } from './measuring/member.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** How long we wait for what will not come. */
const IN_VAIN_MS = 10_000
const PATIENCE_MS = 60_000

interface Case {
  readonly name: string
  readonly sizeBytes: number
  readonly runs: number
  /** y-webrtc cannot: once is enough to show it. */
  readonly isInVain: boolean
}

const CASES: readonly Case[] = [
  { name: '192 KiB', sizeBytes: 192 * KIB, runs: 3, isInVain: false },
  { name: '1 MiB', sizeBytes: MIB, runs: 3, isInVain: true },
  { name: '10 MiB', sizeBytes: 10 * MIB, runs: 3, isInVain: true },
]

interface Outcome {
  /** From the first byte on the link until all of the note is there; undefined for never. */
  readonly seconds: number | undefined
  readonly failure: string
}

const runOnce = (
  browser: Browser,
  server: PageServer,
  {
    system,
    sizeBytes,
    patienceMs,
  }: { readonly system: System; readonly sizeBytes: number; readonly patienceMs: number },
): Promise<Outcome> =>
  withPages(browser, server.url, 2, async ([author, newcomer]) => {
    if (!author || !newcomer) throw new Error('a link has two ends')
    const invite = await startRoom(system, author, server)
    await fillNote(author, sizeBytes)
    await invite(newcomer, 'Ben')
    const atMs = await noteReceived(newcomer, sizeBytes, patienceMs)
    const { firstAtMs } = await counts(newcomer)
    if (firstAtMs === 0) throw new Error('there was no link')
    const { lastFailure } = await counts(author)
    return { seconds: atMs === undefined ? undefined : (atMs - firstAtMs) / 1000, failure: lastFailure }
  })

async function measure(
  browser: Browser,
  server: PageServer,
  { name, sizeBytes, runs, isInVain }: Case,
): Promise<string[]> {
  const ours: number[] = []
  const others: number[] = []
  let failure = ''
  for (let n = 0; n < runs; n++) {
    const own = await runOnce(browser, server, { system: 'Parley', sizeBytes, patienceMs: PATIENCE_MS })
    if (own.seconds === undefined) throw new Error(`${name} did not arrive: ${own.failure}`)
    ours.push(own.seconds)
    if (isInVain && n > 0) continue
    const patienceMs = isInVain ? IN_VAIN_MS : PATIENCE_MS
    const other = await runOnce(browser, server, { system: 'y-webrtc', sizeBytes, patienceMs })
    failure = other.failure
    if (other.seconds !== undefined) others.push(other.seconds)
  }
  const rate = (seconds: readonly number[]): string => spread(seconds.map((each) => sizeBytes / MIB / each))
  if (failure !== '') console.log(`  y-webrtc, ${name}: ${failure}`)
  const never = `not within ${IN_VAIN_MS / 1000} s`
  return [
    name,
    spread(ours),
    rate(ours),
    others.length > 0 ? spread(others) : never,
    others.length > 0 ? rate(others) : '0',
    'arrives',
  ]
}

const server = await servePage('room-page')
try {
  const rows = await withBrowser(async (browser) => {
    const measured: string[][] = []
    for (const each of CASES) measured.push(await measure(browser, server, each))
    return measured
  })
  printTable('A long note to somebody new', ['note', 'ours, s', 'MiB/s', 'y-webrtc, s', 'MiB/s', 'goal'], rows)
} finally {
  await server.close()
}
