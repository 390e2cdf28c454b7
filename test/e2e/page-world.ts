/** A world with pages of a test's own instead of the application. What a page complains of fails the test. */
import assert from 'node:assert/strict'
import { after, afterEach, before } from 'node:test'
import type { Page } from 'playwright-core'
import { buildPage, type BuiltPage } from './build-page.ts'
import { World } from './world.ts'

export interface PageWorld {
  /** From the first test on. */
  readonly world: World
  /** Opens the page in a browser of its own. */
  openPage(): Promise<Page>
}

/** Builds the page whose index.html is in `folder`. To be called where tests are described. */
export function pageWorld(folder: string): PageWorld {
  let built: BuiltPage
  let world: World
  const complaints: string[] = []
  before(async () => {
    built = await buildPage(folder)
    world = await World.open(built.folder)
  })
  afterEach(async () => {
    await world.everybodyLeaves()
    assert.deepEqual(complaints.splice(0), [])
  })
  after(async () => {
    await world.close()
    await built.remove()
  })
  return {
    get world() {
      return world
    },
    openPage: async () => {
      const page = await (await world.context()).newPage()
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(world.url)
      return page
    },
  }
}
