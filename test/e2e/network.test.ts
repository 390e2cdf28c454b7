// The network page as people use it: in a room of three, with the address hidden, and offline. What axe finds fails; the
// pictures in test-results/screens are for eyes.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ParleyPage } from './parley-page.ts'
import { personInView, ScreenCamera } from './screen-camera.ts'
import { World } from './world.ts'

const BOUND = { timeout: 180_000 }
const EVENING_MS = new Date(2026, 4, 3, 19, 40).getTime()

describe('the network page', () => {
  let world: World
  let camera: ScreenCamera
  let ada: ParleyPage
  let ben: ParleyPage

  const openNetwork = async ({ connection, page }: ParleyPage): Promise<void> => {
    await connection.getByRole('link').click()
    await page.getByRole('heading', { name: 'Network' }).waitFor()
  }
  const nothingFound = (): void => assert.deepEqual(camera.findings.splice(0), [])

  before(async () => {
    world = await World.open()
    camera = await ScreenCamera.open()
    ada = await personInView(world, EVENING_MS)
    ben = await personInView(world, EVENING_MS)
    const cleo = await personInView(world, EVENING_MS)
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink('Writer')
    await ben.joinAsWriter(link, 'Ben')
    await cleo.joinAsWriter(link, 'Cleo')
    await ada.isConnectedTo(2)
  }, BOUND)
  after(() => world.close())

  it('opens from the line about the connection, and shows who is linked', BOUND, async () => {
    await openNetwork(ada)
    await ada.page.getByText('Synced with all 2.').waitFor()
    await ada.page.getByRole('row', { name: /Ben.*Direct/ }).waitFor()
    await ada.page.getByRole('row', { name: /Cleo.*Direct/ }).waitFor()
    await camera.take(ada, 'network')
    nothingFound()
  })

  it('tests the network, and gives a report without addresses and names', BOUND, async () => {
    await ada.page.getByRole('button', { name: 'Test my network' }).click()
    await ada.page.getByText('You can be reached directly: you are linked that way now.').waitFor()
    await camera.take(ada, 'network-tested')
    nothingFound()
    await ada.page.getByRole('button', { name: 'Copy report' }).click()
    await ada.page.getByText('Report copied').waitFor()
    const report = await ada.page.evaluate(() => navigator.clipboard.readText())
    assert.match(report, /Links: 2 × Direct/)
    for (const secret of [new URL(world.url).host, 'localhost', 'Ben', 'Cleo', 'Book club'])
      assert.ok(!report.includes(secret), secret)
  })

  it('hides the address: without a relay nobody is reached, and shown again everybody is', BOUND, async () => {
    const hide = ada.page.getByRole('switch', { name: /Hide my address/ })
    await hide.click()
    await ada.page.getByText('Not synced with 2 of 2: no route to').waitFor()
    await ada.page.getByRole('button', { name: 'Test again' }).click()
    await ada.page.getByText('you hide your address, and no relay was found').waitFor()
    await hide.click()
    await ada.page.getByText('Synced with all 2.').waitFor()
  })

  it('tells the others to whom no way leads', BOUND, async () => {
    await openNetwork(ben)
    await ben.page.getByText('Synced with all 2.').waitFor()
    await ada.page.getByRole('switch', { name: 'Work offline in this room' }).click()
    await ada.page.getByText('Not synced with 2 of 2: you are offline.').waitFor()
    await ben.page.getByText('Not synced with 1 of 2: no route to').waitFor()
    await camera.take(ada, 'network-offline')
    nothingFound()
  })

  it('[DO9] stays offline when the page is loaded again, until the switch is turned back', BOUND, async () => {
    await ada.page.reload()
    await ada.page.getByText('Not synced with 2 of 2: you are offline.').waitFor()
    const offline = ada.page.getByRole('switch', { name: 'Work offline in this room' })
    assert.equal(await offline.isChecked(), true)
    await ben.page.getByText('Not synced with 1 of 2: no route to').waitFor()
    await camera.take(ada, 'network-offline-reloaded')
    nothingFound()
    await offline.click()
    await ada.page.getByText('Synced with all 2.').waitFor()
  })
})
