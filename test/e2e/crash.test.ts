import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { startServer } from '../../src/super-peer/server.ts'
import { chromiumArgs, requireChromium } from '../tools/chromium.mjs'
import { buildPage } from './build-page.ts'
import type { CrashPage, KeptPromise, Snapshot } from './crash/crash-page.ts'
import { damageLog, tearLog } from './crash/database-log.ts'
import { programsOn } from './crash/left-behind.ts'
import { MortalBrowser } from './mortal-browser.ts'
import { watchPolicy } from './policy-watch.ts'

const ROUNDS = 20
/** In every third round the browser may die before it has kept a promise, or found anybody. */
const EARLY_EVERY = 3
/** The longest time that is left to the browser. */
const LIFE_MS_MAX = 500
const KEYS = 'the quick brown fox jumps over the lazy dog. '
const BOUND = { timeout: 240_000 }
/** How long a person would wait for one thing before calling it broken. */
const PATIENCE_MS = 60_000

declare const crashPage: CrashPage

/** What the pages say: to Alice, by round, that it is kept, and what went wrong. */
class PageReports {
  readonly messages: number[] = []
  readonly keys: number[] = []
  /** Uncaught errors of all pages. */
  readonly complaints: string[] = []

  readonly take = ({ kind, round, count }: KeptPromise): void => {
    this[kind][round] = Math.max(count, this[kind][round] ?? 0)
  }
}

/** Mulberry32 by Tommy Ettinger: enough for choosing moments, and the same for one seed everywhere. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const snapshotOf = (page: Page): Promise<Snapshot> => page.evaluate(() => crashPage.snapshot())

const isAlices = (text: string): boolean => /^\d+:/.test(text)

const messagesOf = ({ messages }: Snapshot, round: number): readonly string[] =>
  messages.filter((text) => text.startsWith(`${round}:`))

const keysOf = ({ paragraphs }: Snapshot, round: number): string =>
  paragraphs.find((text) => text.startsWith(`${round}:`))?.slice(`${round}:`.length) ?? ''

/** Every round is there from its start without a gap, as far as was promised and as far as Bob has seen it. */
function assertKept(alice: Snapshot, bob: Snapshot, reports: PageReports, rounds: number): void {
  const expected: string[] = []
  for (let round = 0; round < rounds; round++) {
    const messages = messagesOf(alice, round)
    expected.push(...messages.map((_, index) => `${round}:${index}`))
    const keys = keysOf(alice, round)
    const typed = KEYS.repeat(Math.ceil(keys.length / KEYS.length)).slice(0, keys.length)
    assert.equal(keys, typed, `keys of round ${round} in their order`)
    const isKept = (kind: string, kept: number, promised = 0, seen = 0): void => {
      assert.ok(kept >= promised, `${kind} of round ${round}: ${promised} were promised, ${kept} kept`)
      assert.ok(kept >= seen, `${kind} of round ${round}: Bob has seen ${seen}, ${kept} kept`)
    }
    isKept('messages', messages.length, reports.messages[round], messagesOf(bob, round).length)
    isKept('keys', keys.length, reports.keys[round], keysOf(bob, round).length)
  }
  assert.deepEqual(alice.messages.filter(isAlices), expected, 'messages in their order, without a gap')
}

/** Nobody found out a fork, nothing was taken back, and the device still writes as the one session that it began. */
function assertOneHistory(alice: Snapshot, bob: Snapshot, session: string): void {
  for (const { forkedBy, rejectedEdits, problem } of [alice, bob])
    assert.deepEqual({ forkedBy, rejectedEdits, problem }, { forkedBy: 0, rejectedEdits: 0, problem: undefined })
  assert.deepEqual([alice.session, alice.sessions], [session, 1])
}

async function openPage(context: BrowserContext, url: string, complaints: string[]): Promise<Page> {
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.setDefaultTimeout(PATIENCE_MS)
  await page.goto(url)
  await page.waitForFunction(() => 'crashPage' in globalThis)
  return page
}

async function openBob(t: TestContext, url: string, complaints: string[]): Promise<Page> {
  const browser = await chromium.launch({ executablePath: await requireChromium(), args: chromiumArgs })
  t.after(() => browser.close())
  const context = await browser.newContext()
  await watchPolicy(context)
  return openPage(context, url, complaints)
}

/** Builds the page and serves it at one address for all its lives. */
async function servePage(t: TestContext): Promise<string> {
  const built = await buildPage('test/e2e/crash')
  t.after(() => built.remove())
  const server = await startServer({ root: built.folder, port: 0 })
  t.after(() => server.close())
  return server.url
}

/** Alice's browser, which is killed and started again on the same profile, with her page. */
class Lives {
  readonly profile: string
  readonly #url: string
  readonly #reports: PageReports
  #browser: MortalBrowser
  #page: Page

  private constructor(profile: string, url: string, reports: PageReports, [browser, page]: [MortalBrowser, Page]) {
    this.profile = profile
    this.#url = url
    this.#reports = reports
    this.#browser = browser
    this.#page = page
  }

  static async begin(t: TestContext, url: string, reports: PageReports): Promise<Lives> {
    const profile = await mkdtemp(join(tmpdir(), 'parley-profile-'))
    const lives = new Lives(profile, url, reports, await Lives.#start(profile, url, reports))
    t.after(async () => {
      await lives.end()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    })
    return lives
  }

  static async #start(profile: string, url: string, reports: PageReports): Promise<[MortalBrowser, Page]> {
    const browser = await MortalBrowser.start(profile)
    try {
      await watchPolicy(browser.context)
      await browser.context.exposeFunction('promised', reports.take)
      return [browser, await openPage(browser.context, url, reports.complaints)]
    } catch (error) {
      await browser.kill()
      throw error
    }
  }

  get page(): Page {
    return this.#page
  }

  end(): Promise<void> {
    return this.#browser.kill()
  }

  async next(): Promise<Page> {
    ;[this.#browser, this.#page] = await Lives.#start(this.profile, this.#url, this.#reports)
    return this.#page
  }

  /** What was stored when the page opened it. If that is nothing, the message says all there is to say. */
  async found(): Promise<Snapshot> {
    const { found, report } = await this.#page.evaluate(async () => ({
      found: crashPage.found,
      report: await crashPage.storageReport(),
    }))
    if (found) return found
    const pages = this.#browser.context.pages().map((each) => each.url())
    const programs = await programsOn(this.profile)
    const known = JSON.stringify({ ...report, pages, programs }, undefined, 1)
    throw new assert.AssertionError({ message: `the room is not there: ${known}` })
  }
}

/** Resolves when at least one message of this round has arrived. */
const seesMessagesOf = (page: Page, round: number): Promise<unknown> =>
  page.waitForFunction((start) => crashPage.room.chat.messages.some(({ text }) => text.startsWith(start)), `${round}:`)

/** Resolves when this page shows what the other one did. */
const shows = (page: Page, other: Snapshot): Promise<unknown> =>
  page.waitForFunction(
    ([messages, paragraphs]) => {
      const shown = crashPage.snapshot()
      return JSON.stringify([shown.messages, shown.paragraphs]) === JSON.stringify([messages, paragraphs])
    },
    [other.messages, other.paragraphs] as const,
  )

test('a browser killed while typing, 20 times, keeps what it promised and forks nothing', BOUND, async (t) => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32)
  t.diagnostic(`seed ${seed}`)
  const random = randomOf(seed)
  const url = await servePage(t)
  const reports = new PageReports()
  const bob = await openBob(t, url, reports.complaints)
  let roundsSeen = 0
  const lives = await Lives.begin(t, url, reports)
  let alice = lives.page
  const link = await alice.evaluate(() => crashPage.startRoom('Alice'))
  await bob.evaluate((invite) => crashPage.joinRoom(invite, 'Bob'), link)
  await bob.waitForFunction(() => crashPage.room.status === 'member')
  const { session } = await snapshotOf(alice)

  for (let round = 0; round < ROUNDS; round++) {
    await alice.evaluate(([number, keys]) => crashPage.write(number, keys), [round, KEYS] as const)
    if (round % EARLY_EVERY > 0) await seesMessagesOf(bob, round)
    // Not for anything to happen: this is the moment of death.
    await pause(random() * LIFE_MS_MAX)
    await lives.end()
    await bob.evaluate((number) => crashPage.send(`Bob after ${number}`), round)
    const seen = await snapshotOf(bob)
    if (messagesOf(seen, round).length > 0) roundsSeen++
    alice = await lives.next()
    const found = await lives.found()
    assertKept(found, seen, reports, round + 1)
    assertOneHistory(found, seen, session)
  }

  await alice.evaluate(([number, keys]) => crashPage.write(number, keys), [ROUNDS, KEYS] as const)
  await seesMessagesOf(bob, ROUNDS)
  await alice.waitForFunction(
    (count) => crashPage.room.chat.messages.filter(({ text }) => text.startsWith('Bob')).length === count,
    ROUNDS,
  )
  await alice.evaluate(() => crashPage.stopWriting())
  const last = await snapshotOf(alice)
  await shows(bob, last)
  assertKept(last, last, reports, ROUNDS + 1)
  assertOneHistory(last, await snapshotOf(bob), session)
  assert.deepEqual(reports.complaints, [])
  const { length: characters } = last.paragraphs.join('')
  t.diagnostic(
    `${last.messages.length} messages and ${characters} characters; Bob saw ${roundsSeen} of ${ROUNDS} rounds`,
  )
})

/** Alice's first life: a room with one message that is stored, and her end. */
async function liveOnce(t: TestContext): Promise<Lives> {
  const lives = await Lives.begin(t, await servePage(t), new PageReports())
  await lives.page.evaluate(async () => {
    await crashPage.startRoom('Alice')
    await crashPage.send('first life')
  })
  await lives.end()
  return lives
}

test('a browser killed in the middle of a write to its log loses nothing by the next kill', BOUND, async (t) => {
  const lives = await liveOnce(t)
  if (!(await tearLog(lives.profile))) return t.skip('this browser keeps its databases in another way')
  const second = await lives.next()
  assert.deepEqual((await lives.found()).messages, ['first life'])
  await second.evaluate(() => crashPage.send('second life'))
  await lives.end()
  await lives.next()
  const found = await lives.found()
  assert.deepEqual([found.messages, found.problem], [['first life', 'second life'], undefined])
})

test('[P23] a database that the browser gave up is told to its user, and not lost without a word', BOUND, async (t) => {
  const lives = await liveOnce(t)
  if (!(await damageLog(lives.profile))) return t.skip('this browser keeps its databases in another way')
  const second = await lives.next()
  const { rooms, problem, openings } = await second.evaluate(() => crashPage.storageReport())
  assert.equal(rooms, 0, openings.join())
  assert.match(problem ?? 'no word', /^This browser has lost what Parley kept here/)
})
