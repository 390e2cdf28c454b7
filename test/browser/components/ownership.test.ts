import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/people/ownership.ts'
import '../../../components/people/person-row.ts'
import '../../../components/people/removal-dialog.ts'
import '../../../components/people/role-dialog.ts'
import '../../../components/people/transfer-dialog.ts'
import '../../../components/access/writers-dialog.ts'
import '../../../components/notes/note-page.ts'
import '../../../components/room/room-settings.ts'
import type { AccessMember, AccessReason, NoteWriters, OwnershipSummary } from '../../../src/index.ts'
import {
  accessMember,
  alice,
  bob,
  carol,
  fakeNote,
  fakePeer,
  fakeRoom,
  preview,
  type AccessFields,
} from './fixtures.ts'
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

  it('says that an answer is on its way, and then what came of it', async () => {
    const fake = await show({ ownership: { owners: [bob], iAmOwner: false, offeredToMe: bob } })
    const standing = () => plain(demand('section').querySelector('[aria-label="My ownership"]'))
    const become = async (ownership: Partial<OwnershipSummary>) => {
      const { access } = fake.room
      Object.assign(access, { ownership: { ...access.ownership, offeredToMe: undefined, ...ownership } })
      fake.emit('change')
      await settled()
    }
    assert.equal(standing(), '')
    buttonNamed('Become an owner')?.click()
    await settled()
    assert.equal(standing(), 'You said yes. You become an owner as soon as they hear of it.')
    await become({ owners: [bob, alice], iAmOwner: true })
    assert.equal(standing(), 'You are an owner now.')
    await expectAccessible()
    await become({ owners: [bob], iAmOwner: false })
    assert.equal(standing(), 'You are no longer an owner.')
    await become({ owners: [bob, alice], iAmOwner: true })
    assert.equal(standing(), 'You are an owner again.')
  })

  it('does not say that I become an owner when I am one by the time it is stored', async () => {
    const fake = await show({ ownership: { owners: [bob], iAmOwner: false, offeredToMe: bob } })
    Object.assign(fake.room.access, {
      acceptOwnership: () => {
        Object.assign(fake.room.access, {
          ownership: { ...fake.room.access.ownership, owners: [bob, alice], iAmOwner: true, offeredToMe: undefined },
        })
        fake.emit('change')
        return Promise.resolve({ ok: true, value: undefined })
      },
    })
    buttonNamed('Become an owner')?.click()
    await settled()
    assert.notInclude(plain(demand('section')), 'as soon as they hear')
    assert.include(plain(demand('section')), 'You are an owner now.')
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

  /** A room of two owners, with a record of what is asked of it; what is done about owners shows at once. */
  async function twoOwners(refusal?: AccessReason) {
    const fake = await show({ ownership: { owners: [alice, bob] } })
    const { access } = fake.room
    const asked: unknown[][] = []
    const done = (entry: unknown[], ownership: Partial<OwnershipSummary>) => {
      asked.push(entry)
      if (refusal !== undefined) return Promise.resolve({ ok: false, reason: refusal })
      Object.assign(access, { ownership: { ...access.ownership, ...ownership } })
      fake.emit('change')
      return Promise.resolve({ ok: true, value: undefined })
    }
    Object.assign(access, {
      endOwnership: (id: string) => done(['endOwnership', id], { owners: [alice], needsSecondOwner: true }),
      giveUpOwnership: () => done(['giveUpOwnership'], { owners: [bob], iAmOwner: false }),
    })
    buttonNamed('Owners…')?.click()
    await settled()
    return asked
  }

  const hasFocus = () => demand('section').matches(':focus')

  it('ends another owner’s ownership, after saying what that means, and keeps the focus', async () => {
    const asked = await twoOwners()
    await expectAccessible()
    buttonNamed('End ownership of Bob')?.focus()
    buttonNamed('End ownership of Bob')?.click()
    const effects = await until('the dialog', () => find('.effects'))
    await settled()
    assert.include(plain(effects), 'Bob no longer owns the room; they stay a writer of it.')
    assert.include(plain(effects), 'You own it from then on, with nobody beside you.')
    await expectAccessible()
    buttonNamed('Cancel')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.isEmpty(asked)
    assert.isTrue(buttonNamed('End ownership of Bob')?.matches(':focus'))
    buttonNamed('End ownership of Bob')?.click()
    await until('the dialog', () => find('.effects'))
    await settled()
    buttonNamed('End ownership')?.click()
    await until('the end of it', () => !find('dialog'))
    await settled()
    assert.deepEqual(asked, [['endOwnership', bob.id]])
    assert.isUndefined(buttonNamed('End ownership of Bob'))
    assert.isUndefined(buttonNamed('Give up ownership'))
    assert.isTrue(hasFocus())
  })

  it('is given up, and leaves nothing to press', async () => {
    const asked = await twoOwners()
    buttonNamed('Give up ownership')?.click()
    const effects = await until('the dialog', () => find('.effects'))
    await settled()
    assert.include(plain(effects), 'You no longer own the room; you stay an admin of it.')
    assert.include(plain(effects), 'Bob can change that, and can remove you.')
    await expectAccessible()
    const dialog = demand('parley-ownership-end-dialog').shadowRoot
    dialog?.querySelector<HTMLButtonElement>('button.danger')?.click()
    await until('the end of it', () => !find('dialog'))
    await settled()
    assert.deepEqual(asked, [['giveUpOwnership']])
    assert.isEmpty(findAll('button'))
    assert.isTrue(hasFocus())
  })

  it('says why an ownership could not be ended', async () => {
    await twoOwners('not-allowed')
    buttonNamed('End ownership of Bob')?.click()
    await until('the dialog', () => find('.effects'))
    await settled()
    buttonNamed('End ownership')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.include(problem.textContent, 'your own key')
  })

  it('says so when nobody is left who could manage the room', async () => {
    await show({ ownership: { owners: [], iAmOwner: false, isUnkept: true } })
    assert.include(plain(demand('section')), 'Nobody in this room is an owner or an admin any more')
    assert.include(plain(demand('section')), 'start a new room and invite the same people')
    await expectAccessible()
  })

  it('says of an owner that only another owner can remove them', async () => {
    const row = async (fields: Partial<AccessMember>) => {
      await mount(
        html`<parley-person-row
          .member=${accessMember(bob, 'admin', { isOwner: true, ...fields })}
        ></parley-person-row>`,
      )
      const text = plain(findAll('.about').at(-1))
      unmount()
      return text
    }
    assert.equal(await row({ removableBy: [alice, carol] }), 'Only another owner can remove Bob: Carol and you')
    assert.equal(await row({ removableBy: [] }), 'Nobody can remove Bob')
  })

  it('says before an owner is removed, or gets a lower role, that the ownership goes too', async () => {
    const { room } = fakeRoom({ access: { previewOf: () => ({ ...preview(), endsOwnership: true }) } })
    const member = accessMember(bob, 'admin', { isOwner: true })
    await mount(html`<parley-removal-dialog .room=${room} .member=${member} mode="ban"></parley-removal-dialog>`)
    assert.include(plain(demand('.effects')), 'Bob also stops being an owner.')
    await expectAccessible()
    unmount()
    await mount(html`<parley-role-dialog .room=${room} .person=${bob} .newRole=${'writer'}></parley-role-dialog>`)
    assert.include(plain(demand('.effects')), 'Bob also stops being an owner.')
  })

  async function leave(access: AccessFields): Promise<string> {
    const { room } = fakeRoom({ access })
    const peer = fakePeer([room])
    await mount(html`<parley-room-settings .peer=${peer} .room=${room} page="settings-leave"></parley-room-settings>`)
    await expectAccessible()
    return plain(demand('parley-dialog'))
  }

  it('warns the only owner who leaves: of a room that nobody owns, or that nobody can manage', async () => {
    const members = [accessMember(alice, 'admin'), accessMember(bob, 'admin')]
    const withAdmin = await leave({ members })
    assert.include(withAdmin, 'You are the only owner. Once you are gone, nobody owns this room')
    assert.include(withAdmin, 'Hand it over first')
    unmount()
    const withoutAdmin = await leave({ members: [accessMember(alice, 'admin'), accessMember(bob, 'writer')] })
    assert.include(withoutAdmin, 'nobody would be left who can manage this room')
    assert.include(withoutAdmin, 'Make somebody else an owner first')
  })

  it('tells an owner who leaves who owns the room then', async () => {
    const text = await leave({ ownership: { owners: [alice, bob] } })
    assert.include(text, 'You stop being an owner. Bob still owns the room.')
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
