import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/access/access-map.ts'
import type { AccessLevel, AccessMap, PersonSummary, Role } from '../../../src/index.ts'
import { alice, bob, carol, fakeRoom, person } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, mount, settled, unmount } from './mount.ts'

const places = (count: number): AccessMap['places'] => [
  { id: 'room', title: 'Room', kind: 'room' },
  ...Array.from({ length: count }, (_, index) => ({
    id: `note-${index}` as AccessMap['places'][number]['id'],
    title: `Note ${index}`,
    kind: 'note' as const,
  })),
]

const row = (who: PersonSummary, role: Role, ...cells: AccessLevel[]): AccessMap['rows'][number] => ({
  person: who,
  role,
  cells,
})

const SMALL: AccessMap = {
  places: places(2),
  rows: [
    row(alice, 'admin', 'manage', 'manage', 'manage'),
    row(bob, 'writer', 'write', 'write', 'read'),
    row(carol, 'reader', 'read', 'read', 'read'),
  ],
}

async function show(map: AccessMap = SMALL) {
  const { room, emit } = fakeRoom()
  const access = room.access as { map: AccessMap }
  access.map = map
  const element = await mount<HTMLElement>(html`<parley-access-map .room=${room}></parley-access-map>`)
  return {
    element,
    async change(next: AccessMap) {
      access.map = next
      emit('change')
      await settled()
    },
  }
}

const names = (): string[] => findAll('tbody .name').map(({ textContent }) => textContent.trim())

async function choose(selector: string, value: string): Promise<void> {
  const field = demand<HTMLSelectElement | HTMLInputElement>(selector)
  field.value = value
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? 'change' : 'input'))
  await settled()
}

describe('access map', () => {
  afterEach(unmount)

  it('says in words what each person may do in each place', async () => {
    await show()
    assert.deepEqual(
      findAll('thead th').map(({ textContent }) => textContent.trim()),
      ['Person', 'Room', 'Note 0', 'Note 1'],
    )
    const cells = findAll('tbody tr:nth-child(2) td').map(({ textContent }) => textContent.trim())
    assert.deepEqual(cells, ['Writes', 'Writes', 'Reads'])
    await expectAccessible()
  })

  it('leaves those who can write in a chosen place, and says how many', async () => {
    await show()
    await choose('select', 'note-0')
    assert.deepEqual(names(), ['Alice', 'Bob'])
    assert.include(demand('[role=status]').textContent, '2 people can write in Note 0')
    await expectAccessible()
    await choose('select', 'note-1')
    assert.deepEqual(names(), ['Alice'])
    assert.include(demand('[role=status]').textContent, '1 person can write in Note 1')
  })

  it('finds a person by name, and leads back when there is none', async () => {
    await show()
    await choose('input', 'car')
    assert.deepEqual(names(), ['Carol'])
    await choose('input', 'zoe')
    assert.isUndefined(find('table'))
    await expectAccessible()
    buttonNamed('Show everybody')?.click()
    await settled()
    assert.deepEqual(names(), ['Alice', 'Bob', 'Carol'])
    assert.equal(demand<HTMLInputElement>('input').value, '')
  })

  it('follows the room: a new role, and a chosen note that is gone', async () => {
    const { change } = await show()
    await choose('select', 'note-1')
    await change({
      ...SMALL,
      rows: [row(alice, 'admin', 'manage', 'manage', 'manage'), row(carol, 'writer', 'write', 'write', 'write')],
    })
    assert.deepEqual(names(), ['Alice', 'Carol'])
    await change({
      places: places(1),
      rows: SMALL.rows.map(({ cells, ...rest }) => ({ ...rest, cells: cells.slice(0, 2) })),
    })
    assert.deepEqual(names(), ['Alice', 'Bob', 'Carol'])
  })

  it('shows 100 people in 30 notes, scrolling inside its frame and nowhere else at 360 px', async () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      row(person(`Member with a long name ${index}`), 'writer', ...Array.from({ length: 31 }, () => 'write' as const)),
    )
    const { element } = await show({ places: places(30), rows })
    demand('.stage').style.setProperty('width', '360px')
    await settled()
    assert.lengthOf(names(), 100)
    assert.lengthOf(findAll('tbody td'), 3_100)
    assert.isAtMost(element.scrollWidth, 360)
    const frame = demand('.frame')
    assert.isAbove(frame.scrollWidth, frame.clientWidth)
    frame.scrollTo(600, 600)
    await settled()
    // Whose row and whose column it is stays in sight.
    const [box, corner] = [frame, demand('thead th')].map((part) => part.getBoundingClientRect())
    assert.closeTo(corner?.left ?? 0, box?.left ?? 1, 2)
    assert.closeTo(corner?.top ?? 0, box?.top ?? 1, 2)
  })
})
