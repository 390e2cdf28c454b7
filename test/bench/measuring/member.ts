/** Members of a room, each in a page of its own, driven from here. */
import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import type { ChannelCounts } from '../pages/channel-counter.ts'
import type { RoomPage } from '../pages/room-page.ts'
import type { PageServer } from './browser.ts'

declare const roomPage: RoomPage

export const SYSTEMS = ['Parley', 'y-webrtc'] as const
export type System = (typeof SYSTEMS)[number]

/** Lets somebody else into the room that the first of the members started. */
export type Invitation = (page: Page, name: string) => Promise<void>

/** The first member; returns how others come in. */
export async function startRoom(system: System, page: Page, { trackerUrl }: PageServer): Promise<Invitation> {
  if (system === 'y-webrtc') {
    const room = `bench-${randomUUID()}`
    const open: Invitation = (other) =>
      other.evaluate(([tracker, name]) => roomPage.openPlainRoom(tracker, name), [trackerUrl, room] as const)
    await open(page, '')
    return open
  }
  const link = await page.evaluate((tracker) => roomPage.startRoom(tracker), trackerUrl)
  return (other, name) =>
    other.evaluate((of) => roomPage.joinRoom(of.tracker, of.link, of.name), { tracker: trackerUrl, link, name })
}

export const links = (page: Page): Promise<number> => page.evaluate(() => roomPage.member?.links() ?? 0)

export const write = (page: Page, text: string): Promise<void> =>
  page.evaluate((words) => roomPage.member?.write(words), text)

/** When the text was there, in milliseconds since 1970. */
export const received = (page: Page, text: string): Promise<number> =>
  page.evaluate((words) => roomPage.member?.received(words) ?? Number.NaN, text)

export const fillNote = (page: Page, sizeBytes: number): Promise<void> =>
  page.evaluate((bytes) => roomPage.member?.fillNote(bytes), sizeBytes)

export const noteReceived = (page: Page, sizeBytes: number, patienceMs: number): Promise<number | undefined> =>
  page.evaluate(([bytes, patience]) => roomPage.member?.noteReceived(bytes, patience), [sizeBytes, patienceMs] as const)

export const counts = (page: Page): Promise<ChannelCounts> => page.evaluate(() => roomPage.counts())

export const resetCounts = (pages: readonly Page[]): Promise<unknown> =>
  Promise.all(pages.map((page) => page.evaluate(() => roomPage.resetCounts())))
