import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, afterEach, before, describe, it } from 'node:test'
import type { ParleyPage } from './parley-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 180_000 }

describe('who may write, in real browsers', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  afterEach(() => world.everybodyLeaves())
  after(() => world.close())

  async function threeInARoom(): Promise<{ ada: ParleyPage; ben: ParleyPage; cleo: ParleyPage; link: string }> {
    const [ada, ben, cleo] = await Promise.all([world.person(), world.person(), world.person()])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink()
    await Promise.all([ben.joinAsWriter(link, 'Ben'), cleo.joinAsWriter(link, 'Cleo')])
    await Promise.all([ada, ben, cleo].map((person) => person.isConnectedTo(2)))
    return { ada, ben, cleo, link }
  }

  it('Ada removes Ben while he is offline and writing: all show the same, and Ben keeps his words', BOUND, async () => {
    const { ada, ben, cleo } = await threeInARoom()
    await ben.newNote('Plan')
    await ben.page.keyboard.type('We read one chapter a week.')
    await cleo.openNote('Plan')
    await cleo.noteShows('We read one chapter a week.')
    await ben.openTab('Chat')
    await ben.send('see you on Sunday')
    await ada.sees('see you on Sunday')

    await ben.offlineSwitch.click()
    await ben.send('written on the train')
    await ben.openNote('Plan')
    await ben.caretToEnd()
    await ben.page.keyboard.type(' Ben adds this offline.')
    // Cleo writes in the middle of Ben's paragraph.
    await cleo.caretToEnd()
    for (let step = 0; step < 'a week.'.length; step++) await cleo.page.keyboard.press('ArrowLeft')
    await cleo.page.keyboard.type('or two ')
    await cleo.noteShows('We read one chapter or two a week.')
    await ada.openNote('Plan')
    await ada.noteShows('We read one chapter or two a week.')

    await ada.remove('Ben')
    await ben.offlineSwitch.click()
    await ben.page.getByText('You were removed by Ada').waitFor()
    await ben.page.getByText('Nothing is lost').waitFor()
    const show = ben.page.getByRole('button', { name: 'Show', exact: true })
    if (await show.isVisible()) await show.click()
    const refused = ben.page.getByRole('list', { name: 'Not accepted' })
    await refused.getByText('written on the train').waitFor()
    await refused.getByText('Ben adds this offline.').waitFor()
    const [download] = await Promise.all([
      ben.page.waitForEvent('download'),
      ben.page.getByRole('button', { name: 'Save as a file' }).click(),
    ])
    const saved = await readFile(await download.path(), 'utf8')
    assert.match(saved, /written on the train/)
    assert.match(saved, /Ben adds this offline\./)

    // The others go on, and show the same: what Ben wrote before stays, with Cleo's words inside it.
    await ada.openTab('Chat')
    await ada.send('on we go')
    await cleo.openTab('Chat')
    await cleo.sees('on we go')
    for (const person of [ada, cleo]) {
      await person.openTab('Chat')
      await person.sees('see you on Sunday')
      assert.equal(await person.messages.getByText('written on the train').count(), 0)
      await person.openNote('Plan')
      await person.noteShows('We read one chapter or two a week.')
      assert.equal(await person.note.getByText('Ben adds this offline').count(), 0)
    }
    // He keeps reading what he had, and reads nothing new.
    await ben.openTab('Chat')
    await ben.sees('see you on Sunday')
    assert.equal(await ben.messages.getByText('on we go').count(), 0)
    await ben.page.reload()
    await ben.page.getByText('You were removed by Ada').waitFor()
    await ben.sees('see you on Sunday')
    assert.deepEqual([...ada.complaints, ...cleo.complaints], [])
  })

  it('a banned person cannot come back by a link; somebody who was removed can ask to', BOUND, async () => {
    const { ada, ben, cleo, link } = await threeInARoom()
    await ada.remove('Ben', 'Ban')
    await ben.page.getByText('You were banned by Ada').waitFor()
    await ben.page.goto(link)
    await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Ben')
    await ben.page.getByRole('button', { name: 'Join' }).click()
    await ben.page.getByText('banned').first().waitFor()

    await ada.remove('Cleo')
    await cleo.page.getByText('You were removed by Ada').waitFor()
    const fresh = await ada.inviteLink('Reader')
    await cleo.page.goto(fresh)
    await cleo.page.getByRole('textbox', { name: 'Your name' }).fill('Cleo')
    await cleo.page.getByRole('button', { name: 'Join' }).click()
    await cleo.page.getByText('You asked to come in').waitFor()
    await ada.openTab('People')
    await ada.page.getByRole('button', { name: 'Approve Cleo' }).first().click()
    await cleo.page.getByText('You can read.').waitFor()
    assert.equal(await ada.roleOf('Cleo').inputValue(), 'reader')
  })

  it('Ben asks to come in as a moderator, Ada approves, and changes her mind about his role', BOUND, async () => {
    const [ada, ben] = await Promise.all([world.person(), world.person()])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink('Moderator')
    await ben.join(link, 'Ben')
    await ben.page.getByText('You asked to come in').waitFor()
    await ada.openTab('People')
    await ada.page.getByRole('button', { name: 'Approve Ben' }).first().click()
    await ben.message.waitFor()
    await ada.roleOf('Ben').waitFor()
    assert.equal(await ada.roleOf('Ben').inputValue(), 'moderator')

    await ada.roleOf('Ben').selectOption('reader')
    await ada.page.getByRole('button', { name: /^(Make|Change|Yes)/ }).click()
    await ben.page.getByText('You can read.').waitFor()

    await ada.page.getByRole('tab', { name: 'Access map' }).click()
    await ada.page.getByRole('row', { name: /Ben/ }).getByText('Reads').first().waitFor()
    await ada.page.getByRole('combobox', { name: 'Who can write here' }).selectOption({ label: 'Chat' })
    await ada.page.getByText('1 person can write in Chat').waitFor()
    await ada.page.getByRole('tab', { name: 'Log' }).click()
    await ada.page.getByRole('list', { name: 'Events' }).getByText('made Ben a reader').waitFor()
    const [download] = await Promise.all([
      ada.page.waitForEvent('download'),
      ada.page.getByRole('button', { name: 'Export' }).click(),
    ])
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n')
    assert.ok(lines.length > 5)
    for (const line of lines)
      assert.ok((JSON.parse(line) as { hash?: string }).hash, 'every line is an act with its hash')
    assert.deepEqual([...ada.complaints, ...ben.complaints], [])
  })
})
