// One person on two devices, in two browsers: pairing by the code, and ending the second device from the first.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ParleyPage } from './parley-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 240_000 }

describe('my devices', () => {
  let world: World
  before(async () => {
    world = await World.open()
  }, BOUND)
  afterEach(() => world.everybodyLeaves())
  after(() => world.close())

  const openDevices = async ({ page }: ParleyPage): Promise<void> => {
    await page.getByRole('button', { name: 'Room menu' }).click()
    await page.getByRole('menuitem', { name: 'My devices' }).click()
    await page.getByRole('list', { name: 'My devices' }).waitFor()
  }

  it('a phone that types the code reads and writes as the same person, until it is revoked', BOUND, async () => {
    const [ada, ben, phone] = await Promise.all([world.person(), world.person(), world.person()])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    await ben.joinAsWriter(await ada.inviteLink(), 'Ben')
    await ada.send('Said before there was a phone')

    await openDevices(ada)
    await ada.page.getByRole('button', { name: 'Add a device' }).click()
    const code = await ada.page.locator('parley-add-device code').textContent()
    assert.ok(code)
    await phone.page.getByRole('link', { name: 'I already use Parley' }).click()
    await phone.page.getByRole('textbox', { name: 'Code' }).fill(code.toLowerCase().replaceAll('-', ' '))
    await phone.page.getByRole('textbox', { name: 'Name of this device' }).fill('Phone')
    await phone.page.getByRole('button', { name: 'Ask my other device' }).click()
    await ada.page.getByText('Add “Phone”?').waitFor()
    const number = (page: ParleyPage) => page.page.locator('.number').textContent()
    await phone.page.locator('.number').waitFor()
    assert.equal(await number(phone), await number(ada))
    await ada.page.getByRole('button', { name: 'Add it', exact: true }).click()
    await ada.page.getByText('Phone was added').waitFor()
    await ada.page.getByRole('button', { name: 'Done' }).click()

    await phone.page.getByRole('link', { name: 'Go to my rooms' }).click()
    await phone.page
      .getByRole('link', { name: /Book club/ })
      .first()
      .click()
    await phone.sees('Said before there was a phone')
    await phone.send('From my phone')
    await Promise.all([ada.sees('From my phone'), ben.sees('From my phone')])
    assert.equal(await ben.page.getByText('3 people').count(), 0, 'two devices are one person')

    await ada.page.getByRole('button', { name: 'Revoke Phone' }).click()
    await ada.page.getByRole('button', { name: 'Revoke now' }).click()
    await ada.page.getByText('Revoked ·').waitFor()
    await ada.page.keyboard.press('Escape')
    await ada.send('The phone is gone')
    await ben.sees('The phone is gone')
    await ben.sees('From my phone')
    assert.equal(await phone.row('The phone is gone').count(), 0)
    assert.deepEqual([...ada.complaints, ...ben.complaints], [])
  })

  it('the words bring the person back on an empty device', BOUND, async () => {
    const [ada, ben, tablet] = await Promise.all([world.person(), world.person(), world.person()])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink()
    await ben.joinAsWriter(link, 'Ben')
    await openDevices(ada)
    await ada.page.getByRole('button', { name: 'Recovery phrase' }).click()
    await ada.page.getByRole('button', { name: 'Show the words' }).click()
    const list = ada.page.getByRole('list', { name: 'Recovery phrase' })
    await list.waitFor()
    const words = await list.getByRole('listitem').allTextContents()

    await tablet.page.getByRole('link', { name: 'I already use Parley' }).click()
    await tablet.page.getByRole('button', { name: 'Use my recovery phrase instead' }).click()
    // Numbered, as they are copied from the list.
    await tablet.page.getByRole('textbox', { name: 'Your 24 words' }).fill(words.join('\n'))
    await tablet.page.getByRole('button', { name: 'Get my identity back' }).click()
    await tablet.page.getByRole('heading', { name: 'You are back' }).waitFor()
    await tablet.joinAsWriter(link, 'Ada')
    await tablet.send('It is me')
    await ben.sees('It is me')
    await ben.openTab('People')
    await ben.people.nth(1).waitFor()
    assert.equal(await ben.people.count(), 2)
    assert.deepEqual(tablet.complaints, [])
  })
})
