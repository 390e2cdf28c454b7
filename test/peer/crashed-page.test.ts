import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

describe('a page that ends without a word', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  test('[P10] is back at once when its device opens it again, though the link to its former life still looks alive', async () => {
    const disk = new Disk()
    const ada = await meeting.peer({ store: disk, environment: device() })
    const room = must(await ada.createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link } = must(await room.createInvite({ role: 'writer' }))
    const ben = await meeting.peer()
    const bens = must(await ben.joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(bens, () => bens.status === 'member', 'Ben')
    const [before] = bens.core.links.links
    assert(before)

    // Nothing is closed; only the locks are free, as they are when a browser is killed.
    const again = await meeting.peer({ store: disk, environment: device() })
    const rooms = again.room(room.id)
    assert(rooms)
    await until(bens, () => bens.core.links.links.some(({ id }) => id !== before.id), 'the new link')
    const [after, ...others] = bens.core.links.links
    assert.equal(others.length, 0, 'one link to one session')
    assert.equal(after?.remote.session, before.remote.session)
    assert.notEqual(after?.remote.life, before.remote.life)
    assert.equal(before.link.closeReason, 'twin')
    must(await rooms.chat.send('sorry, that was my battery'))
    await until(bens, () => texts(bens).includes('sorry, that was my battery'), 'her words')
    assert.deepEqual(bens.forkedBy, [])
  })
})
