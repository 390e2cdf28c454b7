import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ElementHandle, Page } from 'playwright-core'
import { startServer, type RunningServer } from '../../src/super-peer/server.ts'
import { buildPage, type BuiltPage } from './build-page.ts'
import type { ParleyPage } from './parley-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 240_000 }
const MIB = 1024 * 1024
const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`

const PEOPLE = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gia', 'Hal', 'Ida', 'Jon']
const MESSAGES_EACH = 1_000
const MESSAGES = PEOPLE.length * MESSAGES_EACH
const HOUR_MS = 3_600_000
const WHEEL_PX = 420
const WHEEL_TURNS = 60
/** A place within the list. */
const HEIGHT_ABOVE_COMPOSER_PX = 200
/** Rows lie on whole pixels only after rounding. */
const JUMP_PX_MAX = 2
/** For one frame, while a row that was guessed is measured: less than a line of text. */
const FRAME_JUMP_PX_MAX = 22

describe('large rooms', () => {
  let built: BuiltPage
  let world: World
  let pages: RunningServer
  before(async () => {
    built = await buildPage(new URL('library/', import.meta.url))
    world = await World.open()
    pages = await startServer({ root: built.folder, port: 0 })
  })
  afterEach(() => world.everybodyLeaves())
  after(async () => {
    await world.close()
    await pages.close()
    await built.remove()
  })

  const libraryPage = async (): Promise<Page> => {
    const page = await (await world.context()).newPage()
    await page.goto(pages.url)
    return page
  }
  const person = async (): Promise<Page> => {
    const page = await libraryPage()
    await page.evaluate(([tracker, url]) => window.library.open(tracker, url), [
      world.server.trackerUrl,
      world.url,
    ] as const)
    return page
  }

  for (const sizeMib of [1, 10])
    it(`a note of ${sizeMib} MiB reaches a newcomer whole`, BOUND, async (t) => {
      const [ada, ben] = await Promise.all([person(), person()])
      const link = await ada.evaluate(() => window.library.startRoom('Ada'))
      await ada.evaluate(() => window.library.newNote('Atlas'))
      const fillingMs = performance.now()
      await ada.evaluate((bytes) => window.library.fill(bytes), sizeMib * MIB)
      t.diagnostic(`written in ${seconds(performance.now() - fillingMs)}`)
      const paragraphs = await ada.evaluate(() => window.library.paragraphs)
      const written = await ada.evaluate((count) => window.library.digestOf(count), paragraphs)
      assert.ok(Number.parseInt(written, 10) >= sizeMib * MIB)
      const joinedMs = performance.now()
      await ben.evaluate(([invite]) => window.library.join(invite, 'Ben'), [link] as const)
      await ben.evaluate(() => window.library.openNote('Atlas'))
      assert.equal(await ben.evaluate((count) => window.library.digestOf(count), paragraphs), written)
      t.diagnostic(`whole at the newcomer ${seconds(performance.now() - joinedMs)} after the link was followed`)
    })

  it('10,000 messages of ten people all reach a newcomer, whose list scrolls without jumps', BOUND, async (t) => {
    const crowd = await libraryPage()
    const link = await crowd.evaluate((options) => window.library.crowd.meet(options), {
      names: PEOPLE,
      trackerUrl: world.server.trackerUrl,
      inviteBase: `${world.url}/`,
      lastBehindMs: HOUR_MS,
    })
    const writingMs = performance.now()
    await crowd.evaluate((count) => window.library.crowd.write(count), MESSAGES_EACH)
    t.diagnostic(`written in ${seconds(performance.now() - writingMs)}`)
    // All but Jon, whose messages are an hour older than theirs.
    const early = MESSAGES - MESSAGES_EACH
    const togetherMs = performance.now()
    await crowd.evaluate(([to, count]) => window.library.crowd.comeTogether({ from: 0, to }, count), [
      PEOPLE.length - 1,
      early,
    ] as const)
    t.diagnostic(`${early} messages gathered by one in ${seconds(performance.now() - togetherMs)}`)

    const zoe = await world.person()
    await zoe.join(link, 'Zoe')
    const joinedMs = performance.now()
    await zoe.messages.getByRole('listitem').first().waitFor()
    t.diagnostic(`first message ${seconds(performance.now() - joinedMs)} after Join`)
    await hasMessages(zoe, early)
    t.diagnostic(`all ${early} messages ${seconds(performance.now() - joinedMs)} after Join`)

    // Zoe has arrived: she is linked and let in, and nothing moves any more.
    await zoe.isConnectedTo(1)
    await zoe.page.getByText('waiting to be let in').waitFor({ state: 'hidden' })
    await pathOf(await rowInView(zoe), { awaitsMove: false })

    const composer = await zoe.message.boundingBox()
    assert.ok(composer)
    await zoe.page.mouse.move(composer.x, composer.y - HEIGHT_ABOVE_COMPOSER_PX)
    for (let turn = 0; turn < WHEEL_TURNS; turn++) {
      const row = await rowInView(zoe)
      const path = pathOf(row, { awaitsMove: true })
      await zoe.page.mouse.wheel(0, -WHEEL_PX)
      const { first, last, lowest, highest } = await path
      const what = `turn ${turn}: from ${first} to ${last}, by way of ${lowest} and ${highest}`
      assert.ok(Math.abs(last - first - WHEEL_PX) <= JUMP_PX_MAX, what)
      const astrayPx = Math.max(first - lowest, highest - last, 0)
      if (astrayPx > JUMP_PX_MAX) t.diagnostic(`off for a frame, ${what}`)
      assert.ok(astrayPx <= FRAME_JUMP_PX_MAX, what)
    }

    // What is said now comes after what Zoe reads, and what Jon brings comes before it: neither moves it.
    const row = await rowInView(zoe)
    const { last: place } = await pathOf(row, { awaitsMove: false })
    await crowd.evaluate(() => window.library.crowd.say('a late word'))
    await hasMessages(zoe, early + 1)
    const appended = await pathOf(row, { awaitsMove: false })
    assert.ok(Math.abs(appended.last - place) <= JUMP_PX_MAX, `a message below moved it by ${appended.last - place}`)
    await crowd.evaluate(([from, to, count]) => window.library.crowd.comeTogether({ from, to }, count), [
      PEOPLE.length - 1,
      PEOPLE.length,
      MESSAGES + 1,
    ] as const)
    await hasMessages(zoe, MESSAGES + 1)
    const prepended = await pathOf(row, { awaitsMove: false })
    assert.ok(Math.abs(prepended.last - place) <= JUMP_PX_MAX, `messages above moved it by ${prepended.last - place}`)

    await zoe.page.getByRole('button', { name: /go to the newest/i }).click()
    await zoe.sees('a late word')
    assert.deepEqual(zoe.complaints, [])
  })
})

const hasMessages = (person: ParleyPage, count: number): Promise<void> =>
  person.messages.locator(`[aria-setsize="${count}"]`).first().waitFor({ state: 'attached' })

/** A message near the top of what can be seen: it stays in the page while the list is moved by less than a screen. */
async function rowInView({ messages }: ParleyPage): Promise<ElementHandle<Element>> {
  const found = await messages.evaluateHandle((list) => {
    const top = list.parentElement?.getBoundingClientRect().top ?? 0
    return [...list.querySelectorAll('[role=listitem]')].find((row) => row.getBoundingClientRect().top > top)
  })
  const row = found.asElement()
  assert.ok(row)
  return row
}

/** Where the row was in each frame until it had stood still for some, in pixels from the top of the page. */
function pathOf(
  row: ElementHandle<Element>,
  options: { readonly awaitsMove: boolean },
): Promise<{ first: number; last: number; lowest: number; highest: number }> {
  return row.evaluate(async (element, { awaitsMove }) => {
    const tops = [element.getBoundingClientRect().top]
    const unmoved = awaitsMove ? tops[0] : undefined
    let still = 0
    while (still < 5 || tops.at(-1) === unmoved) {
      // After the frame was painted: what is set right between a scroll and the paint, nobody sees.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
      const { top } = element.getBoundingClientRect()
      still = top === tops.at(-1) ? still + 1 : 0
      tops.push(top)
    }
    if (!element.isConnected) throw new Error('the row has left the page')
    return { first: tops[0] ?? 0, last: tops.at(-1) ?? 0, lowest: Math.min(...tops), highest: Math.max(...tops) }
  }, options)
}
