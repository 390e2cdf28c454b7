import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/app/app.ts'
import type { App } from '../../../components/app/app.ts'
import '../../../components/chat/message-list.ts'
import '../../../components/join/join.ts'
import '../../../components/notes/note-list.ts'
import '../../../components/room/people.ts'
import '../../../components/people/share-sheet.ts'
import '../../../components/room/connection-line.ts'
import '../../../components/room/room-settings.ts'
import '../../../components/room/room.ts'
import '../../../components/welcome/welcome.ts'
import type { OpenInviteEvent, StartRoomEvent } from '../../../components/welcome/welcome.ts'
import type { DocumentId, InvitePreview, NoteSummary, Peer, RoomId } from '../../../src/index.ts'
import { alice, bob, fakePeer, fakeRoom, member, message, MONDAY_MS, person } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, mount, settled, unmount, until } from './mount.ts'

const ada = { ...person('Ada'), keyTag: 'k7qd' }
const preview: InvitePreview = { room: 'room-1' as RoomId, roomName: 'Book club', role: 'writer', inviter: ada }

function write(field: HTMLInputElement, text: string): void {
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

describe('welcome screen', () => {
  afterEach(unmount)

  it('asks for the two names and starts a room with them', async () => {
    const element = await mount(html`<parley-welcome></parley-welcome>`)
    const started: StartRoomEvent[] = []
    element.addEventListener('parley-start-room', (event) => started.push(event as StartRoomEvent))
    write(demand<HTMLInputElement>('input[name=name]'), 'Ada')
    buttonNamed('Start a room')?.click()
    await settled()
    assert.isEmpty(started)
    assert.include(demand('#start-problem').textContent, 'Give the room a name')
    assert.equal(demand<HTMLInputElement>('input[name=name]').value, 'Ada')
    write(demand<HTMLInputElement>('input[name=room]'), ' Book club ')
    buttonNamed('Start a room')?.click()
    assert.deepEqual([started[0]?.myName, started[0]?.roomName], ['Ada', 'Book club'])
  })

  it('opens a pasted invite, and explains what is not one', async () => {
    const element = await mount(html`<parley-welcome></parley-welcome>`)
    const opened: OpenInviteEvent[] = []
    element.addEventListener('parley-open-invite', (event) => opened.push(event as OpenInviteEvent))
    const field = demand<HTMLInputElement>('input[name=invite]')
    write(field, 'https://example.org/')
    buttonNamed('Open')?.click()
    await settled()
    assert.isEmpty(opened)
    assert.include(demand('#invite-problem').textContent, 'Ask for the link again')
    assert.equal(field.value, 'https://example.org/')
    write(field, 'Join us: https://example.org/#/join/abc-DEF_1')
    buttonNamed('Open')?.click()
    assert.equal(opened[0]?.hash, '#/join/abc-DEF_1')
  })

  it('is accessible in both schemes', async () => {
    await mount(html`<parley-welcome></parley-welcome>`)
    await expectAccessible()
  })
})

describe('join screen', () => {
  afterEach(unmount)

  it('says who invites to what and as what, and joins under the name given', async () => {
    const element = await mount(html`<parley-join .preview=${preview} .name=${'Ben'}></parley-join>`)
    assert.equal(demand('h1').textContent.replace(/\s+/g, ' ').trim(), 'Ada (k7qd) invites you to Book club as Writer')
    let name: string | undefined
    element.addEventListener('parley-join-room', (event) => (name = (event as unknown as { myName: string }).myName))
    buttonNamed('Join')?.click()
    assert.equal(name, 'Ben')
    await expectAccessible()
  })

  it('says what is wrong with a damaged link and keeps the link', async () => {
    await mount(html`<parley-join .problem=${'damaged'} .link=${'https://example.org/#/join/x'}></parley-join>`)
    assert.include(demand('[role=alert]').textContent, 'Part of this invite is missing')
    assert.equal(demand<HTMLInputElement>('input').value, 'https://example.org/#/join/x')
    await expectAccessible()
  })
})

describe('room screen', () => {
  afterEach(() => {
    unmount()
    location.hash = ''
  })

  const messages = [message(bob, 'Hello'), message(alice, 'Hi', { atMs: MONDAY_MS + 1 })]

  it('has the names by which a screen reader finds its parts', async () => {
    const { room } = fakeRoom({ messages })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    assert.deepEqual(
      findAll('[role=tab]').map((tab) => tab.textContent.trim()),
      ['Chat', 'Notes', 'People'],
    )
    demand('[role=status][aria-label=Connection]')
    demand('[role=list][aria-label=Messages] [role=listitem]')
    demand('textarea[aria-label=Message]')
    assert(buttonNamed('Send') && buttonNamed('Share'))
    await expectAccessible()
  })

  it('carries a message to the room, and a refusal back', async () => {
    const { room, calls } = fakeRoom({ messages })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    const field = demand<HTMLTextAreaElement>('textarea')
    for (const text of ['Good evening', 'x'.repeat(9_000)]) {
      field.value = text
      field.dispatchEvent(new Event('input', { bubbles: true }))
      await settled()
      buttonNamed('Send')?.click()
      await settled()
    }
    assert.deepEqual(
      calls.filter(([name]) => name === 'send'),
      [['send', 'Good evening', {}]],
    )
    assert.include(demand('parley-composer').shadowRoot?.textContent, 'too long')
    assert.lengthOf(field.value, 9_000)
  })

  it('moves between the tabs with the arrow keys', async () => {
    const { room } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    demand('[role=tablist]').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
    assert.equal(location.hash, '#/r/room-1/notes')
  })

  it('follows the room as it changes', async () => {
    const { room, emit } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    assert.include(demand('parley-chat').shadowRoot?.textContent, 'No messages yet')
    Object.assign(room.chat, { messages })
    emit('messages')
    await until('the messages', () => find('[role=listitem]'))
  })

  it('asks me to invite people where I am alone, and only there', async () => {
    for (const [fields, text, mayInvite] of [
      [{ members: [member(alice, 'admin')] }, 'Only you so far', true],
      [{ members: [], status: 'joining', mayWrite: false }, 'Almost there', false],
      [{ mayWrite: false }, 'No messages yet', false],
    ] as const) {
      const { room } = fakeRoom(fields)
      await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
      assert.include(demand('parley-chat').shadowRoot?.textContent, text)
      assert.equal(buttonNamed('Invite people') !== undefined, mayInvite, text)
      assert.equal(demand('.share').hidden, !mayInvite, text)
      await expectAccessible()
    }
  })

  it('leads back with Escape, except from a dialog', async () => {
    const { room } = fakeRoom({ messages })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    const row = await until('a message', () => find('[role=listitem]'))
    const escape = () => new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true })
    buttonNamed('Share')?.click()
    const dialog = await until('the dialog', () => find<HTMLDialogElement>('dialog[open]'))
    dialog.dispatchEvent(escape())
    assert.isFalse(demand('textarea').matches(':focus'))
    dialog.close()
    await until('the end of the dialog', () => !find('dialog'))
    row.dispatchEvent(escape())
    assert.isTrue(demand('textarea').matches(':focus'))
  })

  it('goes offline by the switch in the connection line', async () => {
    const { room, calls } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    buttonNamed('Work offline')?.click()
    assert.deepEqual(calls.at(-1), ['setOffline', true])
  })

  it('shares a link for the chosen role, and revokes it when that is confirmed', async () => {
    const { room, calls } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    await room.createInvite({ role: 'reader' })
    buttonNamed('Share')?.click()
    await until('the sheet', () => buttonNamed('Make link'))
    const role = demand<HTMLSelectElement>('select')
    assert.equal(role.closest('label')?.childNodes[0]?.textContent?.trim(), 'Role')
    assert.deepEqual(
      [...role.options].map((option) => option.textContent),
      ['Admin', 'Moderator', 'Writer', 'Commenter', 'Reader'],
    )
    role.value = 'reader'
    role.dispatchEvent(new Event('change', { bubbles: true }))
    await until('the link', () => findAll<HTMLInputElement>('#link').find((input) => input.value))
    demand('parley-qr-code')
    await expectAccessible()
    buttonNamed('Revoke')?.click()
    await settled()
    assert.isFalse(calls.some(([name]) => name === 'revokeInvite'))
    buttonNamed('Revoke now')?.click()
    await settled()
    assert.isTrue(calls.some(([name]) => name === 'revokeInvite'))
  })

  it('shows the people, and who brought them', async () => {
    const { room } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room} .tab=${'people'}></parley-room>`)
    const rows = findAll('parley-person-row').map((row) => row.shadowRoot?.textContent.replace(/\s+/g, ' ').trim())
    assert.include(rows[0], 'you')
    assert.include(rows[1], 'connected directly · 24 ms · invited by you')
    assert.include(rows[2], 'not here now · invited by Bob')
    await expectAccessible()
  })

  it('lists the notes, and offers three beginnings when there is none', async () => {
    const { room } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room} .tab=${'notes'}></parley-room>`)
    assert(buttonNamed('New note'))
    assert.lengthOf(findAll('.templates button'), 3)
    await expectAccessible()
    const notes: NoteSummary[] = [
      {
        id: 'note-1' as DocumentId,
        title: 'Chapter 7',
        updatedAtMs: MONDAY_MS,
        createdBy: bob,
        mayWrite: false,
        isKept: true,
      },
    ]
    const full = fakeRoom({ notes }).room
    await mount(html`<parley-room .peer=${fakePeer([full])} .room=${full} .tab=${'notes'}></parley-room>`)
    assert.include(demand('parley-note-list').shadowRoot?.textContent, 'you can read it')
    await expectAccessible()
  })

  it('lists a note that comes while the list is shown', async () => {
    const { room, emit } = fakeRoom({ notes: [] })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room} .tab=${'notes'}></parley-room>`)
    assert.isEmpty(findAll('parley-note-list li'))
    const note = { id: 'note-1' as DocumentId, title: 'Rules', updatedAtMs: MONDAY_MS, createdBy: bob, mayWrite: true }
    Object.assign(room, { notes: [note] })
    emit('notes')
    await until('the note', () => find('parley-note-list')?.shadowRoot?.querySelector('li'))
  })

  for (const page of ['settings-name', 'settings-phrase', 'settings-theme', 'settings-leave'] as const)
    it(`has an accessible dialog for ${page}`, async () => {
      const { room } = fakeRoom()
      await mount(html`<parley-room-settings .peer=${fakePeer()} .room=${room} .page=${page}></parley-room-settings>`)
      buttonNamed('Show the words')?.click()
      await settled()
      if (page === 'settings-phrase') assert.lengthOf(findAll('li'), 24)
      await expectAccessible()
    })
})

describe('application', () => {
  afterEach(() => {
    unmount()
    location.hash = ''
  })

  it('shows the room of the address, and says so when it is not on this device', async () => {
    const { room } = fakeRoom({ messages: [message(bob, 'Hello')] })
    location.hash = '#/r/room-1'
    await mount(html`<parley-app .openPeer=${() => Promise.resolve(fakePeer([room]))}></parley-app>`)
    await until('the room', () => find('parley-room'))
    await expectAccessible()
    location.hash = '#/r/elsewhere'
    await until('the notice', () => find('.centre'))
    assert.include(demand('.centre').textContent, "isn't on this device")
  })

  it('asks for the code of the network when a room is shown, and says when that does not come', async () => {
    let asked = 0
    const { room } = fakeRoom()
    const peer = fakePeer([room])
    const loadRest = (): Promise<void> => {
      asked++
      return Promise.reject(new Error('no network'))
    }
    Object.assign(peer, { loadRest })
    location.hash = '#/r/room-1'
    await mount(html`<parley-app .openPeer=${() => Promise.resolve(peer)}></parley-app>`)
    await until('the toast', () => find('parley-toasts')?.shadowRoot?.textContent.includes('could not be loaded'))
    assert.equal(asked, 1)
  })

  it('does not ask for it where there is no room yet', async () => {
    let asked = 0
    const peer = fakePeer([])
    Object.assign(peer, { loadRest: () => Promise.resolve(void asked++) })
    const element = await mount<App>(html`<parley-app .openPeer=${() => Promise.resolve(peer)}></parley-app>`)
    await element.updateComplete
    await settled()
    assert.equal(asked, 0)
  })

  it('starts a room for somebody who was quicker than the storage', async () => {
    const peer = fakePeer([])
    const started: unknown[] = []
    const createRoom = (names: unknown): Promise<unknown> => {
      started.push(names)
      return Promise.resolve({ ok: false, reason: 'not-stored' })
    }
    Object.assign(peer, { createRoom })
    let open: (peer: Peer) => void = () => assert.fail('the peer is asked for first')
    const opening = new Promise<Peer>((resolve) => (open = resolve))
    await mount(html`<parley-app .openPeer=${() => opening}></parley-app>`)
    write(demand<HTMLInputElement>('input[name=name]'), 'Ada')
    write(demand<HTMLInputElement>('input[name=room]'), 'Book club')
    buttonNamed('Start a room')?.click()
    await settled()
    assert.isEmpty(started)
    open(peer)
    await until('the room', () => started.length > 0)
    assert.deepEqual(started, [{ name: 'Book club', myName: 'Ada' }])
  })

  it('says what it means when the browser stores nothing', async () => {
    const storageProblem = 'This browser keeps nothing: all is gone when the tab closes.'
    await mount(html`<parley-app .openPeer=${() => Promise.resolve(fakePeer([], { storageProblem }))}></parley-app>`)
    const banner = await until('the banner', () => find('.banner'))
    assert.include(banner.textContent, storageProblem)
    await expectAccessible()
  })
})

describe('connection line', () => {
  afterEach(unmount)

  it('is accessible in every tone', async () => {
    for (const tone of ['good', 'waiting', 'off'] as const) {
      await mount(
        html`<parley-connection-line
          .summary=${{ tone, text: '2 connected · direct', detail: 'Catching up' }}
        ></parley-connection-line>`,
      )
      await expectAccessible()
    }
  })
})
