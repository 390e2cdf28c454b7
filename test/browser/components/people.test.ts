import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/room/people.ts'
import '../../../components/people/requests.ts'
import '../../../components/people/role-dialog.ts'
import '../../../components/people/removal-dialog.ts'
import type { PeopleView } from '../../../components/route/route.ts'
import type { AccessChange, JoinRequestSummary, OperationHash, RemovedMember } from '../../../src/index.ts'
import { accessMember, alice, bob, carol, fakeRoom, MONDAY_MS, person, preview, type RoomFields } from './fixtures.ts'
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

const dora = person('Dora')
const request: JoinRequestSummary = { id: 'request-1', person: dora, role: 'writer', atMs: MONDAY_MS }
const removedDora: RemovedMember = { person: dora, by: bob, mode: 'ban', mayReadmit: true }

async function show(fields: RoomFields = {}, view: PeopleView = 'people') {
  const fake = fakeRoom(fields)
  await mount(html`<parley-people .room=${fake.room} .view=${view}></parley-people>`)
  return {
    ...fake,
    changes: () => fake.calls.filter(([name]) => name === 'apply').map(([, change]) => change as AccessChange),
  }
}

const roleOf = (name: string) => demand<HTMLSelectElement>(`select[aria-label="Role of ${name}"]`)

function choose(select: HTMLSelectElement, value: string): void {
  select.value = value
  select.dispatchEvent(new Event('change', { bubbles: true }))
}

const rows = () => findAll('parley-person-row').map(({ shadowRoot }) => shadowRoot)

describe('people', () => {
  afterEach(() => {
    unmount()
    location.hash = ''
  })

  it('offers for each person only what I may do about them', async () => {
    await show({
      access: {
        members: [
          accessMember(bob, 'admin', { rolesIMayGive: [], mayRemove: false, mayBan: false }),
          accessMember(alice, 'moderator'),
          accessMember(carol, 'writer', { rolesIMayGive: ['reader', 'commenter', 'writer'] }),
        ],
      },
    })
    assert.lengthOf(findAll('select'), 1)
    assert.deepEqual(
      [...roleOf('Carol').options].map(({ textContent }) => textContent),
      ['Reader', 'Commenter', 'Writer'],
    )
    assert.equal(roleOf('Carol').value, 'writer')
    assert(buttonNamed('Remove Carol') && buttonNamed('Ban Carol'))
    assert.isUndefined(buttonNamed('Remove Bob'))
    assert.isUndefined(buttonNamed('Ban Alice'))
    await expectAccessible()
  })

  it('says of everybody who can remove them', async () => {
    const admins = ['Ada', 'Ben', 'Cleo', 'Dan'].map((name) => person(name))
    await show({
      access: {
        members: [
          accessMember(alice, 'admin', { removableBy: [] }),
          accessMember(bob, 'writer', { removableBy: [alice, carol] }),
          accessMember(carol, 'writer', { removableBy: [...admins, alice] }),
        ],
      },
    })
    const texts = rows().map((row) => [...(row?.querySelectorAll('.about, details') ?? [])].at(-1)?.textContent ?? '')
    assert.include(texts[0], 'Nobody can remove you')
    assert.include(texts[1]?.replace(/\s+/g, ' '), 'Carol and you can remove Bob')
    assert.include(texts[2]?.replace(/\s+/g, ' '), '5 people, you among them, can remove Carol')
    assert.include(texts[2], 'Ada, Ben, Cleo, Dan, and you')
  })

  it('makes a reader a writer at once, and takes it back on request', async () => {
    const { room, changes, emit } = await show()
    choose(roleOf('Carol'), 'writer')
    await until('the way back', () => buttonNamed('Undo'))
    assert.deepEqual(changes(), [{ type: 'role', person: carol.id, role: 'writer' }])
    const members = room.access.members.map((each) =>
      each.person === carol ? { ...each, role: 'writer' as const } : each,
    )
    Object.assign(room.access, { members })
    emit('change')
    await settled()
    assert.equal(roleOf('Carol').value, 'writer')
    await expectAccessible()
    buttonNamed('Undo')?.click()
    await settled()
    assert.deepEqual(changes().at(-1), { type: 'role', person: carol.id, role: 'reader' })
    assert.isUndefined(buttonNamed('Undo'))
  })

  it('does not give the roles that the arrow keys pass over', async () => {
    const { changes } = await show()
    const select = roleOf('Carol')
    let isOpened = false
    select.showPicker = () => {
      isOpened = true
    }
    const arrow = new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true })
    select.dispatchEvent(arrow)
    assert.isTrue(isOpened && arrow.defaultPrevented)
    assert.isEmpty(changes())
  })

  it('asks before it makes a moderator, and shows the old role meanwhile', async () => {
    const { changes } = await show()
    choose(roleOf('Bob'), 'moderator')
    await until('the question', () => find('dialog[open]'))
    assert.equal(roleOf('Bob').value, 'writer')
    assert.isEmpty(changes())
    assert.include(demand('parley-role-dialog').shadowRoot?.textContent, 'take down what others wrote')
    await expectAccessible()
    buttonNamed('Make a moderator')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.deepEqual(changes(), [{ type: 'role', person: bob.id, role: 'moderator' }])
  })

  it('asks before it takes a right away, and writes nothing when that is cancelled', async () => {
    const { changes } = await show({
      access: {
        previewOf: () =>
          preview({ lapsed: ['Bob let Dora in'], alsoAffected: [{ person: dora, from: 'writer', to: undefined }] }),
      },
    })
    choose(roleOf('Bob'), 'reader')
    await until('the question', () => find('dialog[open]'))
    const text = textOf(demand('.effects'))
    assert.include(text, 'Bob let Dora in')
    assert.include(text, 'Dora: Writer → not in the room')
    buttonNamed('Cancel')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.isEmpty(changes())
    assert.equal(roleOf('Bob').value, 'writer')
  })

  it('says in a sentence why a role was refused', async () => {
    await show({ access: { refusal: 'outranked' } })
    choose(roleOf('Bob'), 'admin')
    ;(await until('the question', () => buttonNamed('Make an admin'))).click()
    const problem = await until('the reason', () =>
      find('parley-role-dialog')?.shadowRoot?.querySelector('[role=alert]'),
    )
    assert.include(problem.textContent, 'Only people above them')
    assert(find('dialog[open]'))
  })

  it('lets somebody back in who was removed', async () => {
    const { changes } = await show({ access: { removed: [removedDora] } })
    assert.include(textOf(demand('.removed')), 'banned by Bob')
    buttonNamed('Let back in Dora')?.click()
    ;(await until('the question', () => buttonNamed('Let back in'))).click()
    await until('the end of it', () => !find('dialog'))
    assert.deepEqual(changes(), [{ type: 'readmit', person: dora.id, role: 'writer' }])
  })

  it('says when a removal no longer counts, and makes it again', async () => {
    const hash = 'operation-1' as OperationHash
    const { calls } = await show({ access: { lapsedDenials: [{ hash, person: carol, by: dora, mode: 'kick' }] } })
    const notice = demand('parley-lapsed-denials').shadowRoot
    assert.include(notice?.querySelector('li')?.textContent.replace(/\s+/g, ' '), 'Dora had removed Carol.')
    await expectAccessible()
    buttonNamed('Take Carol out again')?.click()
    assert.deepEqual(calls.at(-1), ['reissue', hash])
    await settled()
    assert.isTrue(demand('h2').matches(':focus'), 'the focus goes on where the button was')
  })

  it('finds a name in a long list, and draws the list in portions', async () => {
    const many = Array.from({ length: 240 }, (_, index) => accessMember(person(`Guest ${index}`), 'reader'))
    await show({ access: { members: [accessMember(alice, 'admin'), ...many] } })
    assert.lengthOf(rows(), 100)
    buttonNamed('Show 100 more')?.click()
    await settled()
    assert.lengthOf(rows(), 200)
    const field = demand<HTMLInputElement>('input[type=search]')
    field.value = 'guest 23'
    field.dispatchEvent(new Event('input'))
    await settled()
    assert.lengthOf(rows(), 11)
  })

  it('moves between the views with the arrow keys, and keeps them in the address', async () => {
    await show()
    assert.deepEqual(
      findAll('[role=tab]').map((tab) => textOf(tab)),
      ['Members', 'Requests', 'Access map', 'Log'],
    )
    const list = demand('[role=tablist]')
    list.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
    assert.equal(location.hash, '#/r/room-1/people/requests')
    list.dispatchEvent(new KeyboardEvent('keydown', { key: 'End', bubbles: true }))
    assert.equal(location.hash, '#/r/room-1/people/log')
  })

  it('fits a narrow screen', async () => {
    await show({ access: { requests: [request], removed: [removedDora] } })
    const stage = demand('.stage')
    stage.style.setProperty('width', '320px')
    await settled()
    for (const element of [demand('.views'), ...findAll('parley-people-list'), ...findAll('parley-person-row')])
      assert.isAtMost(element.scrollWidth, 320, element.localName)
  })
})

describe('requests', () => {
  afterEach(unmount)

  it('says that nobody waits', async () => {
    await show({}, 'requests')
    assert.include(demand('parley-requests').shadowRoot?.textContent, 'Nobody is waiting')
    await expectAccessible()
  })

  for (const [name, call] of [
    ['Approve Dora', 'approve'],
    ['Decline Dora', 'decline'],
  ] as const)
    it(`answers with ${name}`, async () => {
      const { calls } = await show({ access: { requests: [request] } }, 'requests')
      assert.equal(textOf(demand('#view-requests .count')), '1')
      await expectAccessible()
      buttonNamed(name)?.click()
      await settled()
      assert.deepEqual(calls.at(-1), [call, 'request-1'])
    })

  it('stand above the members too, so that nobody has to look for them', async () => {
    const { calls } = await show({ access: { requests: [request] } })
    await expectAccessible()
    buttonNamed('Approve Dora')?.click()
    await settled()
    assert.deepEqual(calls.at(-1), ['approve', 'request-1'])
    assert.isTrue(demand('parley-people-list').shadowRoot?.querySelector('h2')?.matches(':focus'))
  })

  it('keeps a request that could not be answered, with the reason', async () => {
    await show({ access: { requests: [request], refusal: 'not-stored' } }, 'requests')
    buttonNamed('Approve Dora')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.include(problem.textContent, 'Free some space')
    assert(buttonNamed('Approve Dora'))
  })

  it('shows a writer who waits, without the buttons', async () => {
    const members = [accessMember(bob, 'admin', {}), accessMember(alice, 'writer')]
    await show({ members, access: { members, requests: [request] } }, 'requests')
    assert.include(demand('parley-request-list').shadowRoot?.textContent, 'Dora')
    assert.isUndefined(buttonNamed('Approve Dora'))
  })
})
