// Super peers as people meet them: the one that `npm start` runs keeps a room for them, the footer says where what they
// wrote is, and nobody closes the last copy unasked. Real processes; what axe finds fails, and the pictures in
// test-results/screens are for eyes.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { chromium, type Browser } from 'playwright-core'
import { chromiumArgs, requireChromium } from '../tools/chromium.mjs'
import { ParleyPage } from './parley-page.ts'
import { personInView, ScreenCamera } from './screen-camera.ts'

const BOUND = { timeout: 180_000 }
const EVENING_MS = new Date(2026, 4, 3, 19, 40).getTime()

/** The program of `npm start` on a folder of its own, and its address. */
async function startProgram(folder: string): Promise<{ program: ChildProcess; url: string }> {
  const args = ['--import', 'tsx', 'src/super-peer/cli.ts', '--port', '0', '--data', folder, '--name', 'Attic']
  const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  assert.ok(program.stdout)
  for await (const line of createInterface(program.stdout)) {
    const url = /(http:\/\/localhost:\d+)/.exec(line)?.[1]
    if (url !== undefined) return { program, url }
  }
  return assert.fail('the program ended without an address')
}

describe('the super peer of the host', () => {
  let folder: string
  let program: ChildProcess
  let world: { browser: Browser; url: string }
  let camera: ScreenCamera
  let ada: ParleyPage
  let ben: ParleyPage

  const openNetwork = async ({ connection, page }: ParleyPage): Promise<void> => {
    await connection.getByRole('link').click()
    await page.getByRole('heading', { name: 'Always there' }).waitFor()
  }
  const nothingFound = (): void => assert.deepEqual(camera.findings.splice(0), [])

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-start-'))
    const started = await startProgram(folder)
    program = started.program
    const browser = await chromium.launch({ executablePath: await requireChromium(), args: chromiumArgs })
    world = { browser, url: started.url }
    camera = await ScreenCamera.open()
    ada = await personInView(world, EVENING_MS)
    ben = await personInView(world, EVENING_MS)
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    await ben.joinAsWriter(await ada.inviteLink('Writer'), 'Ben')
    await ada.isConnectedTo(1)
  }, BOUND)
  after(async () => {
    await world.browser.close()
    const ended = once(program, 'exit')
    program.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })

  it('takes the room up at the press of a button, and shows in the list', BOUND, async () => {
    await openNetwork(ada)
    await ada.page.getByText('A super peer is a computer that stays awake').scrollIntoViewIfNeeded()
    await camera.take(ada, 'super-peers-none', { arrange: () => showSection(ada) })
    await ada.page.getByRole('button', { name: 'Keep this room on Attic' }).click()
    await ada.page.getByRole('list', { name: 'Always there' }).getByText('Here now').waitFor()
    await ada.page.getByText('has all you know of').waitFor()
    await camera.take(ada, 'super-peers-one', { arrange: () => showSection(ada) })
    nothingFound()
  })

  it('counts in the line about the connection, and stands apart from the people', BOUND, async () => {
    await ada.openTab('Chat')
    await ada.send('Chapter one on Sunday?')
    await ada.page.getByText('On 1 other device and 1 super peer').waitFor()
    await camera.take(ada, 'super-peer-safety')
    await ada.openTab('People')
    await ada.page.getByRole('heading', { name: 'Super peers, which cannot read' }).waitFor()
    await camera.take(ada, 'super-peer-people')
    nothingFound()
  })

  it('shows the command for another one', BOUND, async () => {
    await openNetwork(ada)
    await ada.page.getByRole('button', { name: 'Add another super peer' }).click()
    const command = await ada.page.getByRole('textbox', { name: 'Command' }).inputValue()
    assert.match(command, /^npx parley superpeer --invite 'http:\/\/localhost:\d+\/#\/join\/[\w-]+'$/)
    await camera.take(ada, 'super-peer-command', { arrange: () => showSection(ada) })
    const stranger = await personInView(world, EVENING_MS)
    await stranger.page.goto(/'(.+)'/.exec(command)?.[1] ?? '')
    await stranger.page.getByRole('heading', { name: 'This link is for a super peer' }).waitFor()
    await stranger.page.getByRole('textbox', { name: 'Command' }).waitFor()
    await camera.take(stranger, 'super-peer-link-opened')
    await stranger.close()
    nothingFound()
    await ada.page.getByRole('button', { name: /^Revoke/ }).click()
  })

  it('is also what a tab can be for as long as it is open, and says so', BOUND, async () => {
    await openNetwork(ben)
    await ben.page.getByRole('radio', { name: /Super peer while this tab is open/ }).check()
    const note = ben.page.getByText('This tab is a super peer for as long as it is open')
    await note.waitFor()
    const arrange = (): Promise<void> => note.evaluate((text) => text.scrollIntoView({ block: 'center' }))
    await camera.take(ben, 'super-peer-tab', { arrange })
    await ben.page.reload()
    await note.waitFor()
    await ben.page.getByRole('radio', { name: /Edge only/ }).check()
    await note.waitFor({ state: 'detached' })
    await ben.page.reload()
    await ben.page.getByRole('radio', { name: /Edge only/, checked: true }).waitFor()
    await ben.page.getByRole('radio', { name: /Normal/ }).check()
    nothingFound()
  })

  it('gives out what one wrote who left, to one who was not there', BOUND, async () => {
    await ben.page.close()
    await ada.openTab('Chat')
    await ada.send('Written while Ben was away')
    await ada.page.getByText('On 1 super peer').waitFor()
    const benAgain = await ben.page.context().newPage()
    const adaClosed = ada.page.waitForEvent('close')
    await ada.page.close({ runBeforeUnload: true })
    await adaClosed
    await benAgain.goto(world.url)
    await benAgain
      .getByRole('link', { name: /Book club/ })
      .first()
      .click()
    await benAgain.getByText('Written while Ben was away').first().waitFor()
    await benAgain.close()
  })

  it('is missed when what was written is on this device alone: closing is asked about', BOUND, async () => {
    const page = await ada.page.context().newPage()
    await page.goto(world.url)
    await page
      .getByRole('link', { name: /Book club/ })
      .first()
      .click()
    const field = page.getByRole('textbox', { name: 'Message', exact: true })
    await field.waitFor()
    await page.getByRole('switch', { name: 'Work offline' }).click()
    await field.fill('Nobody else has this')
    await page.keyboard.press('Enter')
    await page.getByText('Only on this device yet: not safe to close').waitFor()
    await camera.take(new ParleyPage(page), 'super-peer-unsafe')
    const asked = page.waitForEvent('dialog')
    await page.close({ runBeforeUnload: true })
    const dialog = await asked
    assert.equal(dialog.type(), 'beforeunload')
    await dialog.accept()
    nothingFound()
  })
})

/** Below the fold on most screens. */
const showSection = ({ page }: ParleyPage): Promise<void> =>
  page.getByRole('heading', { name: 'Always there' }).evaluate((heading) => heading.scrollIntoView({ block: 'start' }))
