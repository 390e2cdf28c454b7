// Ada writes and closes; a day later Ben opens, and nobody is there but a super peer that could read none of it. The
// super peer is a program of its own that was off meanwhile; the day is that of the clocks.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { DAY_MS } from '../../src/super-peer/retention.ts'
import { childrenOf, inFiles, inMemory, needlesOf } from '../super-peer/process-memory.ts'
import { newFolder, Program } from '../super-peer/program.ts'
import { chromiumArgs, requireChromium } from '../tools/chromium.mjs'
import { alwaysThere, startHost, superPeerLink, untilKept } from './no-single-point-scene.ts'
import { ParleyPage } from './parley-page.ts'

const BOUND = { timeout: 180_000 }
const LATER_CLOCK = new URL('../super-peer/later-clock.mjs', import.meta.url).href
/** Of the super peer: what nobody visits for so long while it runs is deleted. */
const RETENTION_DAYS = '1'

const WORDS = {
  'name of the room': 'Rhododendron society',
  'name of Ada': 'Adalberta Quill',
  'name of Ben': 'Benvolio Ash',
  'a message': 'the azaleas are under the third stone',
  'title of the note': 'Watering rota',
  'text of the note': 'Mondays the ferns',
}
const NEEDLES = needlesOf(WORDS)

/** Pages that open from now on have a clock that is a day ahead. */
const letDayPass = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript((laterMs) => {
    const readClock = Date.now.bind(Date)
    Date.now = () => readClock() + laterMs
  }, DAY_MS)

/** Nothing that anybody wrote or is called is on the disk or in the memory of the program. */
async function holdsNoWord(program: Program, data: string): Promise<void> {
  assert.deepEqual([...(await inFiles(data, NEEDLES))], [])
  if (process.platform !== 'linux') return
  for (const pid of [program.pid, ...(await childrenOf(program.pid))])
    assert.deepEqual([...(await inMemory(pid, NEEDLES))], [], `process ${pid}`)
  // The same search finds them where they are.
  assert.ok((await inMemory(process.pid, NEEDLES)).size > 0)
}

describe('a room whose people are never there together', () => {
  let browser: Browser
  before(async () => {
    browser = await chromium.launch({ executablePath: await requireChromium(), args: chromiumArgs })
  })
  after(() => browser.close())

  it('[SU2] [SU3] [SU29] Ben has a day later what Ada wrote before she closed', BOUND, async (t) => {
    const host = await startHost(t, '--no-superpeer')
    const data = await newFolder(t)
    const superPeer = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Program =>
      new Program(
        t,
        ['superpeer', '--data', data, '--log', 'json', '--port', '0', '--name', 'Cupboard'].concat(
          ['--retention-days', RETENTION_DAYS, '--trackers', host.trackerUrl],
          args,
        ),
        environment,
      )

    // Ben comes in once, as keys are given from device to device, and is gone before anything is written.
    const ada = await ParleyPage.open(browser, host.url)
    await ada.startRoom({ me: WORDS['name of Ada'], room: WORDS['name of the room'] })
    const link = await ada.inviteLink()
    const ben = await ParleyPage.open(browser, host.url)
    await ben.joinAsWriter(link, WORDS['name of Ben'])
    await ada.isConnectedTo(1)
    const bens = ben.page.context()
    await ben.page.close()

    const evening = superPeer({}, '--invite', await superPeerLink(ada))
    await untilKept(ada)
    await ada.send(WORDS['a message'])
    await ada.newNote(WORDS['title of the note'])
    await ada.page.keyboard.type(WORDS['text of the note'])
    await ada.openTab('Chat')
    await ada.page.getByText('On 1 super peer').waitFor()
    await ada.connection.getByRole('link').click()
    await untilKept(ada)
    await holdsNoWord(evening, data)
    await ada.close()
    assert.equal(await evening.end('SIGTERM'), 0)

    const nextDay = superPeer({ NODE_OPTIONS: `--import ${LATER_CLOCK}`, LATER_MS: String(DAY_MS) })
    const looked = await nextDay.said('rooms-looked-over')
    assert.deepEqual([looked['rooms'], looked['deleted']], [1, 0])
    const aheadMs = Date.parse(String(looked['time'])) - Date.now()
    assert.ok(aheadMs > DAY_MS / 2, `its clock is ${aheadMs} ms ahead`)

    await letDayPass(bens)
    const benLater = await ParleyPage.openIn(bens, link)
    const enter = benLater.page.getByRole('link', { name: new RegExp(WORDS['name of the room']) }).first()
    await benLater.message.or(enter).first().waitFor()
    if (!(await benLater.message.isVisible())) await enter.click()
    await benLater.sees(WORDS['a message'])
    await benLater.openNote(WORDS['title of the note'])
    await benLater.noteShows(WORDS['text of the note'])
    await benLater.isConnectedTo(1)
    await benLater.connection.getByRole('link').click()
    await alwaysThere(benLater).getByText('Here now').waitFor()
    await holdsNoWord(nextDay, data)
    assert.deepEqual(benLater.complaints, [])
    assert.equal(await nextDay.end('SIGTERM'), 0)
  })
})
