import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Plugin } from 'vite'
import { startServer, type RunningServer } from '../../src/super-peer/server.ts'
import { buildPage, replaced, type BuiltPage } from './build-page.ts'
import type { ParleyPage } from './parley-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 120_000 }

/** What a dishonest programmer changes: whoever may read may do everything, as far as this build knows. */
const readersAreAdmins = (trackerUrl: string): Plugin => ({
  name: 'readers-are-admins',
  enforce: 'pre',
  transform(code, id) {
    if (id.endsWith('src/access/role.ts')) return replaced(code, 'RANKS[role] >= RANKS[needed]', "role !== 'relay'")
    // It comes from a server of its own, and meets the others at theirs.
    if (id.endsWith('components/open-peer.ts')) return replaced(code, 'location.href', JSON.stringify(trackerUrl))
    return undefined
  },
})

describe('a reader with a patched app', () => {
  let world: World
  let patched: BuiltPage
  let server: RunningServer
  before(async () => {
    world = await World.open()
    patched = await buildPage(new URL('../../', import.meta.url), [readersAreAdmins(world.server.trackerUrl)])
    server = await startServer({ root: patched.folder, port: 0 })
  })
  afterEach(() => world.everybodyLeaves())
  after(async () => {
    await world.close()
    await server.close()
    await patched.remove()
  })

  it('writes for herself alone: nobody shows it, whenever they came', BOUND, async () => {
    const [ada, ben, mallory] = await Promise.all([world.person(), world.person(), world.person(server.url)])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const writerLink = await ada.inviteLink('Writer')
    const readerLink = await ada.inviteLink('Reader')
    await ben.joinAsWriter(writerLink, 'Ben')
    await ada.newNote('Rules')
    await ada.page.keyboard.type('No spoilers.')
    await ada.openTab('Chat')
    await ada.send('welcome')

    await mallory.joinAsWriter(readerLink.replace(world.url, server.url), 'Mallory')
    await mallory.sees('welcome')
    await mallory.send('forged in the chat')
    await mallory.row('forged in the chat').waitFor()
    await mallory.openNote('Rules')
    await mallory.noteShows('No spoilers.')
    await mallory.caretToEnd()
    await mallory.page.keyboard.type(' Forged in the note.')
    await mallory.noteShows('Forged in the note.')
    await mallory.newNote('Forged')
    await mallory.page.keyboard.type('a note that nobody may see')
    // Even a reader may change her name. It comes after all that in her log, so whoever shows it has judged the rest.
    await mallory.page.getByRole('button', { name: 'Room menu' }).click()
    await mallory.page.getByRole('menuitem', { name: 'Change my name' }).click()
    await mallory.page.getByRole('textbox', { name: 'Your name' }).fill('Mal')
    await mallory.page.getByRole('button', { name: 'Save' }).click()
    for (const honest of [ada, ben]) {
      await honest.openTab('People')
      await listsAsReader(honest)
    }

    const cleo = await world.person()
    await cleo.joinAsWriter(writerLink, 'Cleo')
    await cleo.send('hello from Cleo')
    await ada.openTab('Chat')
    await ben.openTab('Chat')
    for (const honest of [ada, ben, cleo]) {
      await honest.sees('hello from Cleo')
      await honest.sees('welcome')
      assert.equal(await honest.messages.getByText('forged').count(), 0)
      await honest.openTab('People')
      await listsAsReader(honest)
      await honest.openNote('Rules')
      await honest.noteShows('No spoilers.')
      assert.equal(await honest.note.getByText('Forged').count(), 0)
      await honest.openTab('Notes')
      await honest.page.getByRole('list', { name: 'Notes' }).getByRole('link', { name: 'Rules' }).waitFor()
      assert.equal(await honest.page.getByRole('list', { name: 'Notes' }).getByRole('link').count(), 1)
    }
    // What she wrote is in nobody's storage either, and honest writing goes on.
    await ben.page.reload()
    await ben.openTab('Chat')
    await ben.sees('welcome')
    await ben.send('still here')
    await ada.openTab('Chat')
    await ada.sees('still here')
    for (const honest of [ada, ben]) assert.equal(await honest.messages.getByText('forged').count(), 0)
  })
})

/** Whoever may change the role sees it in a field, everybody else as a word. */
async function listsAsReader(honest: ParleyPage): Promise<void> {
  const row = honest.people.filter({ hasText: /\bMal\b/ })
  await row.waitFor()
  const choice = row.getByRole('combobox')
  if ((await choice.count()) > 0) assert.equal(await choice.inputValue(), 'reader')
  else await row.getByText('Reader').waitFor()
}
