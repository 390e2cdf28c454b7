import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/people/ownership.ts'
import '../../../components/people/transfer-dialog.ts'
import '../../../components/access/writers-dialog.ts'
import '../../../components/notes/note-page.ts'
import '../../../components/room/room-settings.ts'
import type { NoteWriters } from '../../../src/index.ts'
import { accessMember, alice, bob, carol, fakeNote, fakePeer, fakeRoom, type AccessFields } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, mount, settled, unmount, until } from './mount.ts'

const plain = (element: Element | null | undefined) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim()

async function show(access: AccessFields = {}) {
  const fake = fakeRoom({ access })
  await mount(html`<parley-ownership .room=${fake.room}></parley-ownership>`)
  return fake
}

describe('ownership', () => {
  afterEach(unmount)

  it('says who owns the room to those who do not', async () => {
    await show({ ownership: { owners: [bob, carol], iAmOwner: false } })
    assert.include(plain(demand('section')), 'Owned by Bob and Carol')
    assert.isEmpty(findAll('button'))
    await expectAccessible()
  })

  it('tells the only owner to choose a second one, and asks the one that is chosen', async () => {
    const { calls } = await show({ ownership: { needsSecondOwner: true } })
    assert.include(plain(demand('.nudge')), 'Only you can manage this room for good')
    await expectAccessible()
    buttonNamed('Choose a second owner')?.click()
    const select = await until('the choice', () => find<HTMLSelectElement>('select'))
    await settled()
    assert.isTrue(select.matches(':focus'))
    await expectAccessible()
    select.value = carol.id
    buttonNamed('Ask')?.click()
    await settled()
    assert.deepEqual(calls.at(-1), ['offerOwnership', carol.id])
  })

  it('does not press an owner who has asked somebody already', async () => {
    await show({ ownership: { needsSecondOwner: true, offeredTo: [bob] } })
    assert.isUndefined(find('.nudge'))
    buttonNamed('Owners…')?.click()
    await settled()
    assert.include(plain(demand('.manage')), 'Asked and not answered yet: Bob')
    assert.deepEqual(
      findAll<HTMLOptionElement>('option').map(({ value }) => value),
      [carol.id],
    )
    await expectAccessible()
  })

  it('shows an offer, and says why it cannot be accepted here', async () => {
    const { calls } = await show({ ownership: { owners: [bob], iAmOwner: false, offeredToMe: bob } })
    assert.include(plain(demand('.offer')), 'Bob asks you to own this room too')
    await expectAccessible()
    buttonNamed('Become an owner')?.click()
    await settled()
    assert.deepEqual(calls.at(-1), ['acceptOwnership'])
    await show({ ownership: { owners: [bob], iAmOwner: false, offeredToMe: bob }, refusal: 'not-allowed' })
    buttonNamed('Become an owner')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.include(problem.textContent, 'your recovery phrase')
  })

  it('hands the room over only after saying what that does, and being sure', async () => {
    const members = [accessMember(alice, 'admin'), accessMember(bob, 'writer'), accessMember(carol, 'reader')]
    const { calls } = await show({ members, ownership: { owners: [alice, bob, carol] } })
    buttonNamed('Owners…')?.click()
    await settled()
    buttonNamed('Hand over to Bob')?.click()
    const effects = await until('the dialog', () => find('.effects'))
    await settled()
    assert.include(plain(effects), 'Bob is the only owner from then on, and an admin.')
    assert.include(plain(effects), 'you stay an admin of the room')
    assert.include(plain(effects), 'Carol no longer owns it either.')
    await expectAccessible()
    buttonNamed('Hand over')?.click()
    await settled()
    assert.isEmpty(calls)
    assert.include(
      plain(find('parley-transfer-dialog')?.shadowRoot?.querySelector('[role=alert]')),
      'Tick the box first',
    )
    demand<HTMLInputElement>('input[type=checkbox]').click()
    await settled()
    buttonNamed('Hand over')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.deepEqual(calls, [['transferOwnership', bob.id]])
  })

  it('warns the only owner who leaves', async () => {
    const { room } = fakeRoom({ access: { ownership: { needsSecondOwner: true } } })
    const peer = fakePeer([room])
    await mount(html`<parley-room-settings .peer=${peer} .room=${room} page="settings-leave"></parley-room-settings>`)
    assert.include(plain(demand('.warning')), 'You are the only owner')
    await expectAccessible()
  })
})

const writers = (fields: Partial<NoteWriters> = {}): NoteWriters => ({
  isNarrowed: false,
  mayNarrow: true,
  people: [
    { person: alice, mayWrite: true, isFixed: true },
    { person: bob, mayWrite: true, isFixed: false },
    { person: carol, mayWrite: true, isFixed: false },
  ],
  ...fields,
})

async function open(access: AccessFields) {
  const { room, calls, emit } = fakeRoom({ access })
  await mount(
    html`<parley-writers-dialog .room=${room} .noteId=${'note-1'} .noteTitle=${'Plan'}></parley-writers-dialog>`,
  )
  await until('the dialog', () => find('dialog[open]'))
  return { room, calls, emit }
}

const effects = () => plain(demand('parley-writers-dialog').shadowRoot?.querySelector('[aria-label="What this does"]'))
const box = (id: string) => demand<HTMLInputElement>(`input[value="${id}"]`)

async function tick(field: HTMLInputElement): Promise<void> {
  field.click()
  await settled()
}

describe('who can write in a note', () => {
  afterEach(unmount)

  it('narrows to those who are ticked, and says beforehand whom that takes it from', async () => {
    const { room, calls } = await open({ writers: writers() })
    assert.include(effects(), "Nobody's right changes")
    await expectAccessible()
    await tick(box('some'))
    assert.isTrue(box(alice.id).disabled)
    await tick(box(carol.id))
    assert.include(effects(), 'Carol can no longer write here; what they wrote until now stays.')
    await expectAccessible()
    Object.assign(room.access, {
      writersOf: () => writers({ isNarrowed: true, people: writers().people.slice(0, 2) }),
    })
    buttonNamed('Save')?.click()
    await settled()
    assert.deepEqual(calls.at(-1), ['setWriters', 'note-1', [alice.id, bob.id]])
  })

  it('lets everybody write again, and says so when somebody above keeps it narrow', async () => {
    const people = writers().people.map((writer) => ({ ...writer, mayWrite: writer.isFixed }))
    const { calls } = await open({ writers: writers({ isNarrowed: true, people }) })
    assert.isFalse(box(bob.id).checked)
    await tick(box('everyone'))
    assert.include(effects(), 'Bob and Carol can write here again.')
    buttonNamed('Save')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.deepEqual(calls.at(-1), ['setWriters', 'note-1', 'everyone'])
    assert.include(problem.textContent, 'a narrower list by somebody above you')
    await expectAccessible()
  })

  it('keeps what was ticked when it is refused', async () => {
    await open({ writers: writers(), refusal: 'not-stored' })
    await tick(box('some'))
    await tick(box(bob.id))
    buttonNamed('Save')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.include(problem.textContent, 'Free some space')
    assert.isFalse(box(bob.id).checked)
  })

  it('only tells those who may not decide', async () => {
    await open({ writers: writers({ mayNarrow: false, isNarrowed: true }) })
    assert.include(plain(demand('parley-dialog')), 'Only some of the writers may write here: Bob, Carol, and you.')
    assert.isUndefined(find('input'))
    await expectAccessible()
  })

  it('is asked on the page of the note, and gives the focus back', async () => {
    const { note } = fakeNote(undefined, { mayWrite: false })
    const { room } = fakeRoom({ note, access: { writers: writers() } })
    await mount(html`<parley-note-page .room=${room} .noteId=${'note-1'}></parley-note-page>`)
    await until('the reason why it is only read', () => plain(find('.read-only')).includes('Only some of the writers'))
    const button = buttonNamed('Who can write')
    button?.focus()
    button?.click()
    await until('the dialog', () => find('parley-writers-dialog')?.shadowRoot?.querySelector('form'))
    await expectAccessible()
    buttonNamed('Cancel')?.click()
    await until('the end of it', () => !find('parley-writers-dialog'))
    assert.isTrue(button?.matches(':focus'))
  })

  it('fits a narrow screen', async () => {
    await open({ writers: writers() })
    await tick(box('some'))
    assert.isAtMost(demand('dialog').scrollWidth, innerWidth)
  })
})
