// Being a super peer is chosen for a tab; where another tab of the browser has the links, that one does it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Locator } from 'playwright-core'
import type { ParleyPage } from './parley-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 120_000 }

const mode = ({ page }: ParleyPage, name: RegExp): Locator => page.getByRole('radio', { name })
const noteOf = ({ page }: ParleyPage): Locator => page.getByText('Another tab of this browser is a super peer')

describe('a second tab', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  after(() => world.close())

  it('[M11] that is a super peer has the first tab do it, until it closes', BOUND, async () => {
    const first = await world.person()
    await first.startRoom({ me: 'Ada', room: 'Book club' })
    const second = await first.anotherTab()
    await second.message.waitFor()
    for (const tab of [first, second]) {
      await tab.connection.getByRole('link').click()
      await mode(tab, /Normal/).waitFor()
    }
    await mode(second, /Super peer while this tab is open/).check()
    await second.page.getByText('This tab is a super peer for as long as it is open').waitFor()
    await noteOf(first).waitFor()
    assert.ok(await mode(first, /Normal/).isChecked(), 'nothing was chosen for the first tab')
    await second.page.close()
    await noteOf(first).waitFor({ state: 'detached' })
    assert.deepEqual([...first.complaints, ...second.complaints], [])
  })
})
