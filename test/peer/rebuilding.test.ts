/** A document that is made anew from storage while its user goes on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Store } from '../../src/storage/store.ts'
import { idOf } from './access-scene.ts'
import { Disk } from './disk.ts'
import { Meeting, must, texts, until } from './meeting.ts'

function signal(): { readonly came: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined
  const came = new Promise<void>((resolve) => {
    give = resolve
  })
  return { came, give }
}

test('[P13] what is written while storage is read to make a document anew puts the session in no doubt', async (t) => {
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const disk = new Disk()
  const [reading, goOn] = [signal(), signal()]
  let isSlow = false
  // What is read is there at once, and handed over late.
  const store: Store = {
    persistent: true,
    get: (key) => disk.get(key),
    range: async (query) => {
      const found = await disk.range(query)
      if (isSlow && query.from.startsWith('entry/')) {
        reading.give()
        await goOn.came
      }
      return found
    },
    write: (changes) => disk.write(changes),
    close: () => disk.close(),
  }
  const peer = await meeting.peer({ store })
  const ada = must(await peer.createRoom({ name: 'Choir', myName: 'Ada' }))
  const { link } = must(await ada.createInvite({ role: 'writer' }))
  const ben = must(await (await meeting.peer()).joinRoom({ link: link ?? '', myName: 'Ben' }))
  await until(ben, () => ben.status === 'member' && ben.can('chat'), 'Ben')
  must(await ada.chat.send('before'))
  must(await ben.chat.send('of Ben'))
  await until(ada, () => texts(ada).includes('of Ben'), 'what Ben wrote')
  const former = ada.core.session.id
  isSlow = true
  const removal = ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'nothing' })
  await reading.came
  must(await ada.chat.send('meanwhile'))
  isSlow = false
  goOn.give()
  must(await removal)
  await until(ada, () => !texts(ada).includes('of Ben'), 'the cut')
  must(await ada.chat.send('afterwards'))
  assert.equal(peer.room(ada.id)?.core.session.id, former)
  assert.deepEqual(texts(ada), ['before', 'meanwhile', 'afterwards'])
  assert.deepEqual(ada.rejectedEdits, [])
})
