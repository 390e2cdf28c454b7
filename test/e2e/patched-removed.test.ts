import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Plugin } from 'vite'
import { startServer, type RunningServer } from '../../src/super-peer/server.ts'
import { buildPage, replaced, type BuiltPage } from './build-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 180_000 }

/** What a dishonest programmer changes: no removal of a person counts, as far as this build knows. */
const removalsDoNotCount = (trackerUrl: string): Plugin => ({
  name: 'removals-do-not-count',
  enforce: 'pre',
  transform(code, id) {
    if (id.endsWith('src/access/limits.ts')) return replaced(code, 'if (ofPerson) found', 'if (false) found')
    // It comes from a server of its own, and meets the others at theirs.
    if (id.endsWith('components/open-peer.ts')) return replaced(code, 'location.href', JSON.stringify(trackerUrl))
    return undefined
  },
})

describe('somebody who was removed, with a patched app', () => {
  let world: World
  let patched: BuiltPage
  let server: RunningServer
  before(async () => {
    world = await World.open()
    patched = await buildPage(new URL('../../', import.meta.url), [removalsDoNotCount(world.server.trackerUrl)])
    server = await startServer({ root: patched.folder, port: 0 })
  })
  afterEach(() => world.everybodyLeaves())
  after(async () => {
    await world.close()
    await server.close()
    await patched.remove()
  })

  it('goes on under the old grant, dated before the removal: nobody shows it, whenever they came', BOUND, async () => {
    const [ada, cleo, ben] = await Promise.all([world.person(), world.person(), world.person(server.url)])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink()
    await Promise.all([cleo.joinAsWriter(link, 'Cleo'), ben.joinAsWriter(link.replace(world.url, server.url), 'Ben')])
    await ben.newNote('Rules')
    await ben.page.keyboard.type('No spoilers.')
    await ben.openTab('Chat')
    await ben.send('an honest word')
    await ada.sees('an honest word')
    await cleo.openNote('Rules')
    await cleo.noteShows('No spoilers.')

    await ada.remove('Ben')
    // His clock says that it is long before the removal; no rule looks at a clock.
    await ben.page.clock.setSystemTime(new Date(Date.now() - 86_400_000))
    await ben.send('backdated in the chat')
    await ben.row('backdated in the chat').waitFor()
    await ben.openNote('Rules')
    await ben.caretToEnd()
    await ben.page.keyboard.type(' Backdated in the note.')
    await ben.noteShows('Backdated in the note.')
    // A reload opens what he had stored, and his app tells everybody of it once more.
    await ben.page.reload()
    await ben.openTab('Chat')
    await ben.send('backdated once more')

    await cleo.openTab('Chat')
    await cleo.send('on we go')
    await ada.openTab('Chat')
    await ada.sees('on we go')
    const dan = await world.person()
    await dan.joinAsWriter(link, 'Dan')
    await dan.sees('on we go')
    await dan.send('hello from Dan')
    for (const honest of [ada, cleo, dan]) {
      await honest.openTab('Chat')
      await honest.sees('hello from Dan')
      await honest.sees('an honest word')
      assert.equal(await honest.messages.getByText('backdated').count(), 0)
      await honest.openNote('Rules')
      await honest.noteShows('No spoilers.')
      assert.equal(await honest.note.getByText('Backdated').count(), 0)
      await honest.openTab('People')
      assert.equal(await honest.people.filter({ hasText: /\bBen\b/ }).count(), 0)
    }
    // Nor does he read what came afterwards: his device has no key for it, and nobody serves him.
    await ben.openTab('Chat')
    assert.equal(await ben.messages.getByText('on we go').count(), 0)
    assert.equal(await ben.messages.getByText('hello from Dan').count(), 0)
  })
})
