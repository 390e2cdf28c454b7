/** A phone on a metered network: the chat goes on, notes come when they are opened. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ParleyPage } from './parley-page.ts'
import { personInView, ScreenCamera } from './screen-camera.ts'
import { World } from './world.ts'

const BOUND = { timeout: 240_000 }
const MONDAY_MS = Date.UTC(2026, 2, 2, 9)

/** Runs in the page before anything else: the network is what the test says. */
const FAKE_NETWORK = `
  const connection = Object.assign(new EventTarget(), { saveData: false, type: 'wifi' })
  Object.defineProperty(navigator, 'connection', { value: connection })
  window.setMetered = (isMetered) => {
    connection.type = isMetered ? 'cellular' : 'wifi'
    connection.dispatchEvent(new Event('change'))
  }
`

declare global {
  interface Window {
    setMetered(isMetered: boolean): void
  }
}

describe('an edge device', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  after(() => world.close())

  const openNetwork = async ({ connection, page }: ParleyPage): Promise<void> => {
    await connection.getByRole('link').click()
    await page.getByRole('heading', { name: 'Network', exact: true }).waitFor()
  }

  it('fetches a note when it is opened, and says so on the network page', BOUND, async () => {
    const camera = await ScreenCamera.open()
    const ada = await world.person()
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink()
    await ada.newNote('Shopping')
    await ada.page.keyboard.type('Two loaves of bread')
    await ada.page.getByRole('link', { name: 'All notes' }).click()

    const ben = await personInView(world, MONDAY_MS)
    await ben.page.context().addInitScript({ content: FAKE_NETWORK })
    await ben.page.evaluate(() => localStorage.setItem('parley.network-mode', 'edge'))
    await ben.page.reload()
    await ben.joinAsWriter(link, 'Ben')
    await ben.isConnectedTo(1)
    await ada.openTab('Chat')
    await ada.send('There is a list in the notes')
    await ben.sees('There is a list in the notes')
    await ben.openTab('Notes')
    const absent = ben.page.getByRole('link', { name: 'Note (not on this device yet)' })
    await absent.waitFor()
    await camera.take(ben, 'edge-notes-list')
    await openNetwork(ben)
    const kept = ben.page.getByRole('region', { name: 'Notes on this device' })
    await kept.getByText('1 note is not kept on this device; it is fetched when you open it.').waitFor()
    await camera.take(ben, 'edge-network', { arrange: () => kept.scrollIntoViewIfNeeded() })
    await ben.page.evaluate(() => window.setMetered(true))
    await kept.getByRole('button', { name: 'Fetch anyway' }).waitFor()
    await camera.take(ben, 'edge-network-metered', { arrange: () => kept.scrollIntoViewIfNeeded() })
    await camera.take(ben, 'edge-network-switches', {
      arrange: () => ben.page.getByRole('switch', { name: /Save data/ }).scrollIntoViewIfNeeded(),
    })
    await ben.page.evaluate(() => window.setMetered(false))
    await kept.getByRole('button', { name: 'Keep everything' }).waitFor()

    await ben.openTab('Notes')
    await absent.click()
    await ben.noteShows('Two loaves of bread')
    assert.equal(await ben.noteTitle.inputValue(), 'Shopping')
    await openNetwork(ben)
    await kept.waitFor({ state: 'detached' })
    assert.deepEqual([...camera.findings, ...ada.complaints, ...ben.complaints], [])
  })
})
