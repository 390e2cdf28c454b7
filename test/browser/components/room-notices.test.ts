import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/notes/note-page.ts'
import '../../../components/room/room.ts'
import { bob, fakeNote, fakePeer, fakeRoom, message, type RoomFields } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, mount, settled, unmount, until } from './mount.ts'

const textOf = (element: Node | null | undefined) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim()

async function enter(fields: RoomFields): Promise<string> {
  const { room } = fakeRoom({ messages: [message(bob, 'Hello')], ...fields })
  await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
  const notices = await until('the notices', () => {
    const element = find('parley-room-notices')
    return element?.shadowRoot?.querySelector('.notice') && element
  })
  await settled()
  return textOf(notices.shadowRoot)
}

describe('a device that another one has revoked', () => {
  afterEach(unmount)

  it('says so in the room, and has no place left to write in', async () => {
    const text = await enter({ isDeviceRevoked: true })
    assert.include(text, 'Another of your devices has revoked this one')
    assert.notInclude(text, 'to let you write')
    assert.isUndefined(find('textarea, [contenteditable=true]'))
    assert.isTrue(demand<HTMLButtonElement>('button.share').hidden)
    await until('what was written', () => find('[role=list][aria-label=Messages]'))
    assert(buttonNamed('Save everything'))
    await expectAccessible()
  })

  it('does not look connected', async () => {
    await enter({ isDeviceRevoked: true })
    const line = demand('parley-connection-line').shadowRoot
    assert.include(textOf(line?.querySelector('.text')), 'This device was revoked')
    assert.equal(line?.querySelector('.lamp')?.getAttribute('data-tone'), 'off')
  })

  it('says so in a note, which it shows without tools', async () => {
    const { note } = fakeNote(undefined, { mayWrite: false })
    const { room } = fakeRoom({ isDeviceRevoked: true, note })
    await mount(html`<parley-note-page .room=${room} .noteId=${'note-1'}></parley-note-page>`)
    const reason = await until('the reason', () => find('.read-only'))
    assert.include(textOf(reason), 'Another of your devices has revoked this one')
    assert.isUndefined(find('parley-note-toolbar'))
    await expectAccessible()
  })
})

describe('a member whose key is missing', () => {
  afterEach(unmount)

  it('is told that something is locked, and whom to ask, and goes on writing', async () => {
    const text = await enter({ isAwaitingKey: true })
    assert.include(text, 'still locked on this device')
    assert.include(text, 'ask one of them')
    assert.isDefined(find('textarea, [contenteditable=true]'))
    await expectAccessible()
  })

  it('is told so beside the role, where that is to read', async () => {
    const text = await enter({ isAwaitingKey: true, mayWrite: false })
    assert.include(text, 'still locked on this device')
    assert.include(text, 'to let you write')
  })
})
