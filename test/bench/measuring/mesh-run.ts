/** One room of many pages, of either system: met, left in peace, and edited. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { decodeSyncMessage } from '../../../src/sync/sync-message.ts'
import type { MeshCounts } from '../pages/mesh-counter.ts'
import type { MeshPage, Standing } from '../pages/mesh-page.ts'
import { openPage } from './browser.ts'
import { median } from './figures.ts'

declare const meshPage: MeshPage

/** Whose room it is, and where its members meet. */
export type Meeting =
  | { readonly system: 'Parley'; readonly tracker: string }
  | { readonly system: 'y-webrtc'; readonly server: string }

export interface EditFigures {
  /** Until everybody had it; undefined if not all had it in time. */
  readonly spreadMs: number | undefined
  /** Messages that carried the edit, and their bytes, for each of the others. */
  readonly sends: number
  readonly bytes: number
  /** All messages from the edit until the echo was over, whatever they carried, for each of the others. */
  readonly allSends: number
  readonly allBytes: number
}

export interface MeshRun {
  readonly people: number
  /** From the first one's start until each had heard a word of every other; undefined if not in time. */
  readonly heardAllMs: number | undefined
  /** Until each had a link to every other; undefined where that is not reached. */
  readonly linkedWithAllMs: number | undefined
  /** Processor seconds of the whole browser until then and five seconds on, for each page; loading is not in them. */
  readonly meetingCpuS: number
  readonly linksLeast: number
  readonly linksMean: number
  readonly linksMost: number
  /** Frames of signalling for each who joined: what they sent, and what they and all others were sent. */
  readonly framesSent: number
  readonly framesReceived: number
  readonly kibReceived: number
  /** The first edit after everybody had come, and the median of those after it. */
  readonly first: EditFigures
  readonly later: EditFigures
  /** For each page and minute, while nobody does anything. */
  readonly idleMessages: number
  readonly idleBytes: number
  readonly idleFrames: number
  readonly idleCpuS: number
  /** Sends that browsers refused. */
  readonly failed: number
}

/** After this whoever has not come is given up; who comes no nearer for some time, too. */
const MEETING_MS = 60_000
const NO_NEW_LINK_MS = 12_000
const POLL_MS = 500
/** Everybody has come: what is under way arrives, doors are left. */
const SETTLING_MS = 5_000
const IDLE_MS = 20_000
const EDITS = 5
const EDIT_BYTES = 100
const EDIT_PATIENCE_MS = 15_000
/** Long enough for every echo of an edit on one machine. */
const ECHO_MS = 1_500
/** Pages loaded at a time. */
const LOADING_MAX = 4
/** Pieces by which a message is known again: no two different ones have so many equal bytes by chance. */
const PIECE_BYTES = 32
const PIECE_STEP_BYTES = 8
/** A signature and the cipher's check of a signed and encrypted entry. */
const ENTRY_BYTES_MORE = 64 + 16

/** In front of a message that fits one frame; a small edit's always does. */
const FRAME_HEADER_BYTES = 3

const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

async function openPages(browser: Browser, url: string, count: number): Promise<readonly Page[]> {
  const pages: Page[] = []
  const load = async (): Promise<void> => {
    while (pages.length + loading < count) {
      loading++
      const page = await openPage(browser, url)
      loading--
      pages.push(page)
    }
  }
  let loading = 0
  await Promise.all(Array.from({ length: LOADING_MAX }, load))
  return pages
}

const nameOf = (i: number): string => (i === 0 ? 'Ada' : `Reader ${i}`)

/** Everybody but the first at once. */
async function enterAll(pages: readonly Page[], meeting: Meeting): Promise<void> {
  const [first, ...others] = pages
  if (!first) throw new Error('nobody is there')
  if (meeting.system === 'y-webrtc') {
    const { server } = meeting
    const room = `bench-${randomUUID()}`
    const enter = (page: Page, i: number): Promise<void> =>
      page.evaluate((options) => meshPage.openPlainRoom(options), { server, room, name: nameOf(i) })
    await Promise.all(pages.map(enter))
    return
  }
  const { tracker } = meeting
  const link = await first.evaluate((address) => meshPage.startRoom(address), tracker)
  const enter = (page: Page, i: number): Promise<void> =>
    page.evaluate((options) => meshPage.joinRoom(options), { tracker, link, name: nameOf(i + 1) })
  await Promise.all(others.map(enter))
}

const standings = (pages: readonly Page[]): Promise<readonly Standing[]> =>
  Promise.all(pages.map((page) => page.evaluate(() => meshPage.standing())))

/** The last one's moment, if each has one. */
function last(moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined)
  return known.length === moments.length ? Math.max(...known) : undefined
}

/** In Parley's rooms nobody wants a link to everybody; in y-webrtc's that is the goal. */
async function untilMet(pages: readonly Page[], { system }: Meeting): Promise<void> {
  for (const startMs = Date.now(); ;) {
    const now = await standings(pages)
    const haveHeard = last(now.map(({ heardAllAtMs }) => heardAllAtMs)) !== undefined
    const areLinked = last(now.map(({ linkedWithAllAtMs }) => linkedWithAllAtMs)) !== undefined
    if (haveHeard && (system === 'Parley' || areLinked)) return
    const newestLinkMs = Math.max(startMs, ...now.map(({ linksChangedAtMs }) => linksChangedAtMs))
    if (Date.now() - startMs > MEETING_MS) return
    if (system === 'y-webrtc' && Date.now() - newestLinkMs > NO_NEW_LINK_MS) return
    await pause(POLL_MS)
  }
}

const countsOf = (pages: readonly Page[]): Promise<readonly MeshCounts[]> =>
  Promise.all(pages.map((page) => page.evaluate(() => meshPage.counts())))

const resetCounts = (pages: readonly Page[], isRecording: boolean): Promise<unknown> =>
  Promise.all(pages.map((page) => page.evaluate((is) => meshPage.resetCounts({ isRecording: is }), isRecording)))

const sumOf = (counts: readonly MeshCounts[], part: keyof MeshCounts): number =>
  counts.reduce((sum, each) => sum + each[part], 0)

/** Whether entries are in it. Cards and statements of the author's repeat in many messages, too. */
function hasEntries(text: string): boolean {
  const message = decodeSyncMessage(Uint8Array.from(text.slice(FRAME_HEADER_BYTES), (byte) => byte.charCodeAt(0)))
  return message.ok && 'entries' in message.value && message.value.entries.length > 0
}

/**
 * The messages that carry what the author has just written. What Parley sends is encrypted, but the same for all: of
 * the pieces of the author's messages the one that is found in most messages of everybody is a piece of the edit.
 * What is too short for it is left out: other messages name the same note.
 */
function carriersOf(byPage: readonly (readonly string[])[], sizeBytesMin: number): readonly string[] {
  const [authors = [], ...others] = byPage.map((messages) => messages.filter(({ length }) => length >= sizeBytesMin))
  const all = [...authors, ...others.flat()]
  const pieces = new Set<string>()
  for (const message of authors)
    for (let at = 0; at + PIECE_BYTES <= message.length; at += PIECE_STEP_BYTES)
      pieces.add(message.slice(at, at + PIECE_BYTES))
  let found: readonly string[] = []
  for (const piece of pieces) {
    const carriers = all.filter((message) => message.includes(piece))
    if (carriers.length > found.length) found = carriers
  }
  return found
}

async function edit(pages: readonly Page[], { system }: Meeting): Promise<EditFigures> {
  const [author] = pages
  if (!author) throw new Error('nobody is there')
  const text = randomBytes(EDIT_BYTES / 2).toString('hex')
  await resetCounts(pages, true)
  const arriving = pages.map((page) =>
    page.evaluate(([words, patience]) => meshPage.hasText(words, patience), [text, EDIT_PATIENCE_MS] as const),
  )
  // Each page listens before the first byte is on its way.
  await Promise.all(pages.map((page) => page.evaluate(() => undefined)))
  const sentAtMs = await author.evaluate((words) => meshPage.edit(words), text)
  const arrivedAtMs = last(await Promise.all(arriving))
  await pause(ECHO_MS)
  const [counts, recorded] = await Promise.all([
    countsOf(pages),
    Promise.all(pages.map((page) => page.evaluate(() => meshPage.recorded()))),
  ])
  const carriers =
    system === 'Parley'
      ? carriersOf(
          recorded.map((messages) => messages.filter(hasEntries)),
          EDIT_BYTES + ENTRY_BYTES_MORE,
        )
      : carriersOf(recorded, EDIT_BYTES)
  const deliveries = pages.length - 1
  return {
    spreadMs: arrivedAtMs === undefined ? undefined : arrivedAtMs - sentAtMs,
    sends: carriers.length / deliveries,
    bytes: carriers.reduce((sum, { length }) => sum + length, 0) / deliveries,
    allSends: sumOf(counts, 'messages') / deliveries,
    allBytes: sumOf(counts, 'bytes') / deliveries,
  }
}

function medianEdit(edits: readonly EditFigures[]): EditFigures {
  const of = (part: 'sends' | 'bytes' | 'allSends' | 'allBytes'): number => median(edits.map((each) => each[part]))
  const spreads = edits.map(({ spreadMs }) => spreadMs).filter((spreadMs) => spreadMs !== undefined)
  return {
    spreadMs: spreads.length === edits.length ? median(spreads) : undefined,
    sends: of('sends'),
    bytes: of('bytes'),
    allSends: of('allSends'),
    allBytes: of('allBytes'),
  }
}

const since = (startMs: number, moment: number | undefined): number | undefined =>
  moment === undefined ? undefined : moment - startMs

async function cpuSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

async function runWith(browser: Browser, pages: readonly Page[], meeting: Meeting): Promise<MeshRun> {
  const people = pages.length
  await Promise.all(pages.map((page) => page.evaluate((count) => meshPage.watch(count), people)))
  const loadedCpuS = await cpuSeconds(browser)
  const startMs = Date.now()
  await enterAll(pages, meeting)
  await untilMet(pages, meeting)
  await pause(SETTLING_MS)
  const joining = await countsOf(pages)
  const metCpuS = await cpuSeconds(browser)
  const met = await standings(pages)
  const links = met.map((standing) => standing.links)
  await resetCounts(pages, false)
  await pause(IDLE_MS)
  const idle = await countsOf(pages)
  const idleCpuS = (await cpuSeconds(browser)) - metCpuS
  await Promise.all(pages.map((page) => page.evaluate(() => meshPage.openText())))
  await pause(SETTLING_MS)
  const edits: EditFigures[] = []
  for (let n = 0; n < EDITS; n++) edits.push(await edit(pages, meeting))
  const [first, ...later] = edits
  if (!first) throw new Error('nothing was edited')
  const perMinute = (part: keyof MeshCounts): number => (sumOf(idle, part) / people) * (60_000 / IDLE_MS)
  return {
    people,
    heardAllMs: since(startMs, last(met.map(({ heardAllAtMs }) => heardAllAtMs))),
    linkedWithAllMs: since(startMs, last(met.map(({ linkedWithAllAtMs }) => linkedWithAllAtMs))),
    meetingCpuS: (metCpuS - loadedCpuS) / people,
    linksLeast: Math.min(...links),
    linksMean: links.reduce((sum, count) => sum + count, 0) / people,
    linksMost: Math.max(...links),
    framesSent: sumOf(joining, 'framesSent') / people,
    framesReceived: sumOf(joining, 'framesReceived') / people,
    kibReceived: sumOf(joining, 'frameBytesReceived') / 1_024 / people,
    first,
    later: medianEdit(later),
    idleMessages: perMinute('messages'),
    idleBytes: perMinute('bytes'),
    idleFrames: perMinute('framesSent') + perMinute('framesReceived'),
    idleCpuS: (idleCpuS / people) * (60_000 / IDLE_MS),
    failed: sumOf(joining, 'failed') + sumOf(idle, 'failed'),
  }
}

/** The browser is the caller's to close, and to be used for nothing else: pages of a former run would slow this one. */
export async function runMesh(browser: Browser, url: string, people: number, meeting: Meeting): Promise<MeshRun> {
  return runWith(browser, await openPages(browser, url, people), meeting)
}
