import { assert } from 'chai'
import { html } from 'lit'
import * as Y from 'yjs'
import '../../../components/room/people.ts'
import '../../../components/people/removal-dialog.ts'
import '../../../components/room/room-notices.ts'
import '../../../components/room/room-settings.ts'
import '../../../components/room/room.ts'
import type { AccessChange, DocumentId, PersonWrite, RejectedEdit } from '../../../src/index.ts'
import {
  accessMember,
  alice,
  bob,
  carol,
  fakeNote,
  fakePeer,
  fakeRoom,
  member,
  message,
  MONDAY_MS,
  preview,
  type AccessFields,
  type RoomFields,
} from './fixtures.ts'
import {
  buttonNamed,
  demand,
  expectAccessible,
  find,
  findAll,
  mount,
  savedFile,
  settled,
  textOf,
  unmount,
  until,
} from './mount.ts'

const writes: readonly PersonWrite[] = [
  { id: 'write-3', atMs: MONDAY_MS + 120_000, place: 'Chat', excerpt: 'Free coins, click here' },
  { id: 'write-2', atMs: MONDAY_MS + 60_000, place: 'Plan', excerpt: 'Buy coins' },
  { id: 'write-1', atMs: MONDAY_MS, place: 'Chat', excerpt: 'Hello everybody' },
]

/** What stays and what goes for each choice, as a room with these writings would say. */
function previewOf(change: AccessChange) {
  if (change.type !== 'remove' && change.type !== 'ban') return preview()
  const chat = { place: 'Chat', count: 2 }
  const plan = { place: 'Plan', count: 1 }
  const base = { keepsReading: true, needsNewKey: true }
  if (change.keep === 'all') return preview({ ...base, kept: [chat, plan] })
  const dropped = [
    { ...chat, excerpt: 'Free coins, click here' },
    { ...plan, excerpt: 'Buy coins' },
  ]
  return preview({
    ...base,
    dropped,
    ...(change.withInvitees && { alsoAffected: [{ person: carol, from: 'reader' as const, to: undefined }] }),
  })
}

async function open(button: string, access: AccessFields = {}) {
  const { room, calls } = fakeRoom({ access: { writes, previewOf, ...access } })
  await mount(html`<parley-people .room=${room}></parley-people>`)
  const opener = buttonNamed(button)
  opener?.focus()
  opener?.click()
  await until('the dialog', () => find('dialog[open]'))
  return { room, changes: () => calls.filter(([name]) => name === 'apply').map(([, change]) => change) }
}

const effects = () => textOf(demand('parley-removal-dialog').shadowRoot?.querySelector('[role=status]'))

const radio = (name: string, value: string) => demand<HTMLInputElement>(`input[name=${name}][value=${value}]`)

async function tick(field: HTMLInputElement): Promise<void> {
  field.click()
  await settled()
}

describe('removal', () => {
  afterEach(unmount)

  it('says beforehand what the person keeps, what stays and what goes', async () => {
    const { changes } = await open('Remove Bob')
    assert.include(textOf(demand('parley-dialog').shadowRoot?.querySelector('h2')), 'Remove Bob from Book club?')
    assert.include(effects(), 'If you remove Bob, they keep a copy of what they have read until now')
    assert.include(effects(), 'These writes stay: 2 in Chat, 1 in Plan.')
    assert.include(effects(), 'The room gets a new key')
    await expectAccessible()
    await tick(radio('keep', 'nothing'))
    assert.include(effects(), 'These writes go: 2 in Chat: Free coins, click here')
    await expectAccessible()
    assert.isEmpty(changes())
    buttonNamed('Remove now')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.deepEqual(changes(), [{ type: 'remove', person: bob.id, keep: 'nothing' }])
  })

  it('cuts at a writing that is picked from a list, newest first', async () => {
    const { changes } = await open('Remove Bob')
    await tick(radio('keep', 'before'))
    assert.deepEqual(
      findAll('.excerpt').map((excerpt) => textOf(excerpt)),
      ['Free coins, click here', 'Buy coins', 'Hello everybody'],
    )
    await expectAccessible()
    buttonNamed('Remove now')?.click()
    await settled()
    assert.include(textOf(find('parley-removal-dialog')?.shadowRoot?.querySelector('[role=alert]')), 'Choose the first')
    assert.isEmpty(changes())
    await tick(radio('before', 'write-2'))
    assert.lengthOf(findAll('.choice.goes'), 2)
    await expectAccessible()
    buttonNamed('Remove now')?.click()
    await settled()
    assert.deepEqual(changes(), [{ type: 'remove', person: bob.id, keep: { before: 'write-2' } }])
  })

  it('can take along those whom the person let in', async () => {
    const { changes } = await open('Remove Bob')
    const box = demand<HTMLInputElement>('input[name=invitees]')
    assert.include(textOf(box.closest('label')), 'Carol')
    await tick(radio('keep', 'nothing'))
    await tick(box)
    assert.include(effects(), 'Carol: Reader → not in the room')
    buttonNamed('Remove now')?.click()
    await settled()
    assert.deepEqual(changes(), [{ type: 'remove', person: bob.id, keep: 'nothing', withInvitees: true }])
  })

  it('names neither me nor an owner among those who could go along', async () => {
    const invitedByBob = [
      accessMember(alice, 'admin', { invitedBy: bob, isOwner: false }),
      accessMember(carol, 'admin', { invitedBy: bob, isOwner: true }),
    ]
    await open('Remove Bob', { members: [accessMember(bob, 'admin'), ...invitedByBob] })
    assert.isUndefined(find('input[name=invitees]'))
  })

  it('bans, and can still be turned into a removal', async () => {
    const { changes } = await open('Ban Bob')
    assert.isTrue(radio('mode', 'ban').checked)
    await tick(radio('mode', 'remove'))
    await tick(radio('mode', 'ban'))
    buttonNamed('Ban now')?.click()
    await settled()
    assert.deepEqual(changes(), [{ type: 'ban', person: bob.id, keep: 'all' }])
  })

  it('offers no ban to those who may only remove', async () => {
    await open('Remove Bob', {
      members: [accessMember(alice, 'moderator'), accessMember(bob, 'writer', { mayBan: false })],
    })
    assert.lengthOf(findAll('input[name=mode]'), 1)
  })

  it('keeps what was chosen when it is refused, and says why', async () => {
    await open('Remove Bob', { refusal: 'not-stored' })
    await tick(radio('keep', 'nothing'))
    buttonNamed('Remove now')?.click()
    const problem = await until('the reason', () =>
      find('parley-removal-dialog')?.shadowRoot?.querySelector('[role=alert]'),
    )
    assert.include(problem.textContent, 'could not store it')
    assert.isTrue(radio('keep', 'nothing').checked)
  })

  it('says so when the person has meanwhile come to stand above me', async () => {
    const { room } = await open('Remove Bob')
    Object.assign(room.access, { preview: () => undefined })
    await tick(radio('keep', 'nothing'))
    assert.include(effects(), 'Only people above them')
  })

  it('is done with the keyboard alone, and gives the focus back', async () => {
    await open('Remove Bob')
    assert.isTrue(radio('keep', 'all').matches(':focus'))
    demand<HTMLDialogElement>('dialog').requestClose()
    await until('the end of it', () => !find('dialog'))
    assert.isTrue(buttonNamed('Remove Bob')?.matches(':focus'))
  })

  it('puts the focus on the heading when the row is gone', async () => {
    const { room } = await open('Remove Bob')
    Object.assign(room.access, {
      apply: () => {
        Object.assign(room.access, { members: room.access.members.filter(({ person }) => person !== bob) })
        return Promise.resolve({ ok: true, value: undefined })
      },
    })
    buttonNamed('Remove now')?.click()
    await until('the end of it', () => !find('dialog'))
    await settled()
    assert.isTrue(demand('parley-people-list').shadowRoot?.querySelector('h2')?.matches(':focus'))
  })
})

describe('standing in a room', () => {
  afterEach(unmount)

  const edit = (id: string, fields: Partial<RejectedEdit> = {}): RejectedEdit => ({
    id,
    document: 'chat-1' as DocumentId,
    text: `Words ${id}`,
    reason: 'removed',
    atMs: MONDAY_MS,
    ...fields,
  })

  async function enter(fields: RoomFields) {
    const fake = fakeRoom({ messages: [message(bob, 'Hello')], mayWrite: false, ...fields })
    const forgotten: unknown[] = []
    const peer = fakePeer([fake.room], { call: (_, id) => forgotten.push(id) })
    await mount(html`<parley-room .peer=${peer} .room=${fake.room}></parley-room>`)
    const notices = await until('the notices', () => find('parley-room-notices')?.shadowRoot?.querySelector('.notice'))
    return { ...fake, text: textOf(notices), forgotten }
  }

  for (const [name, fields, text] of [
    ['waits for somebody of the room', { status: 'joining', members: [] }, 'You are waiting to be let in'],
    [
      'waits for approval',
      { status: 'waiting', members: [member({ ...bob, name: '' }, 'admin')], inviter: bob },
      'as soon as Bob approves it',
    ],
    [
      'waits for nobody known',
      { status: 'waiting', members: [] },
      'as soon as a moderator or admin of the room approves',
    ],
    ['was declined', { status: 'declined', members: [], inviter: bob }, 'Your request to come in was declined'],
    ['holds a revoked link', { status: 'joining', members: [], joinProblem: 'invite-revoked' }, 'Ask for a new one'],
    ['holds a used-up link', { status: 'joining', members: [], joinProblem: 'invite-used-up' }, 'Ask for a new one'],
    ['holds an expired link', { status: 'joining', members: [], joinProblem: 'invite-expired' }, 'has expired'],
    ['is banned', { status: 'joining', members: [], joinProblem: 'banned' }, 'no invite lets you in'],
    [
      'was removed',
      { status: 'removed', members: [member(bob, 'admin')], removedBy: { person: bob, mode: 'kick', atMs: MONDAY_MS } },
      'You were removed by Bob on',
    ],
    [
      'only reads',
      { members: [member(bob, 'admin'), member(carol, 'moderator'), member(alice, 'reader')] },
      'You can read. Ask Bob or Carol to let you write.',
    ],
  ] satisfies readonly (readonly [string, RoomFields, string])[])
    it(`tells what to do: one ${name}`, async () => {
      assert.include((await enter(fields)).text, text)
      await expectAccessible()
    })

  it('tells one who decides how many wait, beside the name of the tab', async () => {
    const requests = [{ id: 'request-1', person: carol, role: 'writer' as const, atMs: MONDAY_MS }]
    const { room } = fakeRoom({ access: { requests } })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    const tab = demand('#tab-people')
    assert.equal(textOf(tab.querySelector('.requests')), '1')
    assert.equal(tab.getAttribute('aria-describedby'), 'requests')
    await expectAccessible()
  })

  it('says nothing to those who may write', async () => {
    const { room } = fakeRoom()
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    assert.isUndefined(find('parley-room-notices'))
  })

  it('keeps the chat readable after a removal, and deletes the copy when asked', async () => {
    const { forgotten } = await enter({
      status: 'removed',
      removedBy: { person: bob, mode: 'ban', atMs: MONDAY_MS },
    })
    demand('[role=list][aria-label=Messages]')
    assert(buttonNamed('Save everything'))
    buttonNamed('Delete my copy')?.click()
    const dialog = await until('the dialog', () =>
      find('parley-room-settings')?.shadowRoot?.querySelector('dialog, parley-dialog'),
    )
    await settled()
    assert.include(textOf(dialog), 'your copy is deleted from this device')
    await expectAccessible()
    dialog.querySelector<HTMLElement>('button.danger')?.click()
    await settled()
    assert.deepEqual(forgotten, ['room-1'])
  })

  it('lists what was not accepted, to be copied, saved or put away', async () => {
    const edits = [edit('one'), edit('two'), edit('three', { reason: 'demoted' })]
    const { room, calls } = fakeRoom({ rejectedEdits: edits })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    const notice = await until('the notice', () => find('parley-rejected-edits')?.shadowRoot)
    await settled()
    assert.include(textOf(notice.querySelector('[role=alert]')), '3 edits of yours were not accepted')
    assert.isTrue(notice.querySelector('ul')?.hidden)
    buttonNamed('Show')?.click()
    await settled()
    assert.include(textOf(notice.querySelector('ul')), 'Words three')
    await expectAccessible()
    buttonNamed('Dismiss')?.click()
    assert.deepEqual(calls.at(-1), ['dismissRejectedEdit', 'three'])
    assert.isTrue(buttonNamed('Hide')?.matches(':focus'))
  })

  it('shows a single edit at once', async () => {
    const { room } = fakeRoom({ rejectedEdits: [edit('one')] })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    await until('the notice', () => buttonNamed('Copy my text'))
    assert.include(textOf(demand('#edits')), 'Words one')
    await expectAccessible()
  })

  it('gives the words as a file', async () => {
    const { room } = fakeRoom({ rejectedEdits: [edit('one'), edit('two')] })
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room}></parley-room>`)
    const button = await until('the button', () => buttonNamed('Save as a file'))
    const followed = savedFile()
    button.click()
    const { name, text } = await followed
    assert.equal(name, 'Book club - not accepted.txt')
    assert.equal(await text, 'Words one\nWords two')
  })

  it('saves all that is here: the chat, what was not sent, the notes, and what was not accepted', async () => {
    const { note } = fakeNote()
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('Bring tea')])
    note.body.insert(0, [paragraph])
    const { room } = fakeRoom({
      status: 'removed',
      messages: [message(bob, 'Hello')],
      draft: 'I wanted to say \n',
      notes: [{ id: note.id, title: 'Plan', updatedAtMs: MONDAY_MS, createdBy: bob, mayWrite: false, isKept: true }],
      note,
      rejectedEdits: [edit('one'), edit('two')],
    })
    await mount(html`<parley-room-notices .room=${room}></parley-room-notices>`)
    const followed = savedFile()
    buttonNamed('Save everything')?.click()
    const { name, text } = await followed
    assert.equal(name, 'Book club - chat and notes.txt')
    const [chat = '', ...rest] = (await text).split(/(?=Not sent)/)
    assert.match(chat, /^Book club\n\n\[[^\]]+\] Bob: Hello\n\n\n$/)
    assert.deepEqual(rest, [
      'Not sent: I wanted to say\n\n\n# Plan\n\nBring tea\n\n\n# Not accepted by the others\n\nWords one\nWords two',
    ])
  })

  it('saves no headings over nothing', async () => {
    const { room } = fakeRoom({ status: 'removed', messages: [message(bob, 'Hello')] })
    await mount(html`<parley-room-notices .room=${room}></parley-room-notices>`)
    const followed = savedFile()
    buttonNamed('Save everything')?.click()
    assert.match(await (await followed).text, /^Book club\n\n\[[^\]]+\] Bob: Hello\n$/)
  })

  async function leaveDialog(fields: RoomFields): Promise<string> {
    const { room } = fakeRoom(fields)
    await mount(
      html`<parley-room-settings .peer=${fakePeer([room])} .room=${room} page="settings-leave"></parley-room-settings>`,
    )
    await expectAccessible()
    return textOf(demand('parley-dialog'))
  }

  it('says to one who leaves when the others hear of it, unless somebody is there', async () => {
    assert.notInclude(await leaveDialog({}), 'hear of it')
    assert.include(
      await leaveDialog({ connection: { state: 'offline', isOffline: true, peers: [] } }),
      'The others hear of it when you are online again.',
    )
    assert.include(
      await leaveDialog({ connection: { state: 'alone', peers: [] } }),
      'The others hear of it when one of them is.',
    )
    const alone = await leaveDialog({ members: [member(alice, 'admin')], connection: { state: 'offline', peers: [] } })
    assert.notInclude(alone, 'hear of it')
  })

  it('warns before a copy is deleted from which nobody has heard yet that its owner left', async () => {
    assert.include(await leaveDialog({ status: 'left', isLeavingUnheard: true }), 'Nobody has heard yet that you left.')
    assert.notInclude(await leaveDialog({ status: 'left' }), 'Nobody has heard')
  })

  it('does not let the last who can manage the room leave it, and leads to the people', async () => {
    const { room } = fakeRoom({ leaveRefusal: 'last-owner' })
    await mount(
      html`<parley-room-settings .peer=${fakePeer()} .room=${room} .page=${'settings-leave'}></parley-room-settings>`,
    )
    buttonNamed('Leave room')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.include(problem.textContent, 'Nobody would be left who can manage this room')
    await expectAccessible()
    buttonNamed('Choose somebody')?.click()
    assert.equal(location.hash, '#/r/room-1/people')
    location.hash = ''
  })
})
