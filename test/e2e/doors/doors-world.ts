/** A browser with pages that each have a door. What a page complains of fails the test. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Page } from 'playwright-core'
import type { TrysteroDoorOptions } from '../../../src/transport/trystero-door.ts'
import { pageWorld } from '../page-world.ts'
import type { DoorsPage } from './doors-page.ts'

export const PASSWORD = 'what only members know'

declare const doorsPage: DoorsPage

export type DoorOptions = Omit<TrysteroDoorOptions, 'password'>
type Capacity = readonly [freeSlots: number, mayDial: boolean]

export interface DoorsWorld {
  openPage(): Promise<Page>
  /** Opens the door of a page. */
  enter(page: Page, topic: string, options: DoorOptions, capacity?: Capacity): Promise<void>
  /** Opens the door of one more page. */
  arrive(topic: string, options: DoorOptions, capacity?: Capacity): Promise<Page>
  /** Something each way over the last link of both. */
  talk(alice: Page, bob: Page): Promise<void>
}

/** To be called where tests are described. */
export function doorsWorld(): DoorsWorld {
  const { openPage } = pageWorld('test/e2e/doors')
  const enter: DoorsWorld['enter'] = (page, topic, options, capacity) =>
    page.evaluate(([name, given, limits]) => doorsPage.start(name, given, limits), [
      topic,
      { password: PASSWORD, ...options },
      capacity,
    ] as const)
  const arrive: DoorsWorld['arrive'] = async (topic, options, capacity) => {
    const page = await openPage()
    await enter(page, topic, options, capacity)
    return page
  }
  const talk: DoorsWorld['talk'] = async (alice, bob) => {
    for (const [from, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const text = crypto.randomUUID()
      assert.ok(await from.evaluate((said) => doorsPage.say(said), text))
      await to.waitForFunction((said) => doorsPage.heard.includes(said), text)
    }
  }
  return { openPage, enter, arrive, talk }
}

export const linksOf = (page: Page): Promise<number> => page.evaluate(() => doorsPage.openLinks)
export const untilLinked = (page: Page): Promise<unknown> => page.waitForFunction(() => doorsPage.openLinks > 0)
export const untilState = (page: Page, state: string): Promise<unknown> =>
  page.waitForFunction((wanted) => doorsPage.health?.state === wanted, state)
export const placesOf = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() =>
    (doorsPage.health?.places ?? []).map(({ place, state, detail }) => `${place} ${state}: ${detail}`),
  )

/** Waits for something in this process that has no event. The test's own time limit ends it. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await once(AbortSignal.timeout(10), 'abort')
}
