import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/app/app.ts'
import '../../../components/notes/note-page.ts'
import '../../../components/room/room.ts'
import '../../../components/room/room-settings.ts'
import type { Avatar } from '../../../components/avatar/avatar.ts'
import { bob, fakeNote, fakePeer, fakeRoom, message, type RoomFields } from './fixtures.ts'
import {
  buttonNamed,
  demand,
  expectAccessible,
  find,
  findAll,
  mount,
  settled,
  unmount,
  until,
  textOf,
} from './mount.ts'

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

  it('says of nobody that they are here', async () => {
    const { room } = fakeRoom({ isDeviceRevoked: true })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room} .tab=${'people'}></parley-room>`)
    const list = await until(
      'the list',
      () => find('parley-people-list')?.shadowRoot?.querySelector('li') && find('parley-people-list'),
    )
    await settled()
    assert.include(textOf(list.shadowRoot), '3 in this room')
    assert.notInclude(textOf(list.shadowRoot), 'here now')
    const rows = findAll('parley-person-row').map((row) => textOf(row.shadowRoot))
    assert.include(rows[1], 'invited by you')
    for (const row of rows) assert.notMatch(row, /connected|here/)
    assert.isTrue(findAll<Avatar>('parley-avatar').every(({ online }) => !online))
    await expectAccessible()
  })

  it('is left nothing to leave, but may delete its copy, and is told where to leave', async () => {
    const { room, calls } = fakeRoom({ isDeviceRevoked: true })
    const forgotten: unknown[] = []
    const peer = fakePeer([room], { call: (_, id) => forgotten.push(id) })
    await mount(html`<parley-room .peer=${peer} .room=${room}></parley-room>`)
    buttonNamed('Room menu')?.click()
    const items = await until('the menu', () => findAll('[role=menuitem]').length > 0 && findAll('[role=menuitem]'))
    assert.equal(textOf(items.at(-1)), 'Delete my copy')
    items.at(-1)?.click()
    const dialog = await until('the dialog', () => find('parley-dialog'))
    await settled()
    assert.include(textOf(dialog), 'You stay in the room on your other devices; to leave it, do so there.')
    assert.notInclude(textOf(dialog), 'new invite')
    await expectAccessible()
    dialog.querySelector<HTMLElement>('button.danger')?.click()
    await settled()
    assert.deepEqual(forgotten, ['room-1'])
    assert.isEmpty(calls.filter(([name]) => name === 'leave'))
  })

  for (const [reason, text] of [
    ['not-stored', 'could not store it'],
    ['not-allowed', 'Delete the data of this site'],
  ] as const)
    it(`says what to do when the copy is not deleted: ${reason}`, async () => {
      const { room } = fakeRoom({ isDeviceRevoked: true })
      const peer = fakePeer([room])
      Object.assign(peer, { forgetRoom: () => Promise.resolve({ ok: false, reason }) })
      await mount(html`<parley-room-settings .peer=${peer} .room=${room} page="settings-leave"></parley-room-settings>`)
      buttonNamed('Delete my copy')?.click()
      const problem = await until('the reason', () => find('[role=alert]'))
      assert.include(textOf(problem), text)
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

describe('a room that was left', () => {
  afterEach(() => {
    unmount()
    location.hash = ''
  })

  async function openApp(fields: RoomFields) {
    const { room, emit, calls } = fakeRoom({ status: 'left', messages: [message(bob, 'Hello')], ...fields })
    location.hash = '#/r/room-1'
    await mount(html`<parley-app .openPeer=${() => Promise.resolve(fakePeer([room]))}></parley-app>`)
    return { room, emit, calls }
  }

  it('stays in the list until somebody has heard of it, and says so', async () => {
    await openApp({ isLeavingUnheard: true, connection: { isOffline: true, state: 'offline', peers: [] } })
    const screen = await until(
      'the screen',
      () => find('parley-left-room')?.shadowRoot?.querySelector('h1') && find('parley-left-room'),
    )
    assert.include(textOf(find('parley-room-list')?.shadowRoot), 'Nobody has heard yet that you left')
    assert.include(textOf(screen.shadowRoot), 'You left Book club')
    assert.include(textOf(screen.shadowRoot), 'You are offline')
    await expectAccessible()
    buttonNamed('Delete my copy')?.click()
    const dialog = await until('the dialog', () => find('parley-dialog'))
    await settled()
    assert.include(textOf(dialog), 'the others go on seeing you among the members')
  })

  it('goes online when that is what keeps the others from hearing', async () => {
    const { calls } = await openApp({
      isLeavingUnheard: true,
      connection: { isOffline: true, state: 'offline', peers: [] },
    })
    const button = await until('the button', () => buttonNamed('Go online'))
    button.click()
    assert.deepEqual(calls.at(-1), ['setOffline', false])
  })

  it('is gone once somebody has heard', async () => {
    await openApp({})
    const notice = await until('the notice', () => find('.centre h1'))
    assert.include(textOf(notice), "isn't on this device")
    assert.isUndefined(find('parley-room-list'))
  })
})
