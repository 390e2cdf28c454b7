import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/access/access-log.ts'
import type { LogEvent, OperationHash, PersonSummary } from '../../../src/index.ts'
import { alice, bob, carol, fakeRoom, MONDAY_MS } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, findAll, mount, settled, unmount, until } from './mount.ts'

const DAY_MS = 86_400_000

const event = (index: number, author: PersonSummary, fields: Partial<LogEvent> = {}): LogEvent => ({
  hash: `operation-${index}` as OperationHash,
  atMs: MONDAY_MS - index * 60_000,
  author,
  kind: 'role',
  text: 'made Carol a writer',
  isEffective: true,
  ...fields,
})

const EVENTS: readonly LogEvent[] = [
  event(0, alice, { kind: 'removal', text: 'removed Carol', about: carol }),
  event(1, bob, { isEffective: false, why: 'Bob was no moderator then.', about: carol }),
  event(2, alice, { kind: 'room', text: 'started the room', atMs: MONDAY_MS - DAY_MS }),
]

interface Fields {
  log: readonly LogEvent[]
  writersAt: (atMs: number) => unknown
  exportLog: () => Promise<string>
}

async function show(log: readonly LogEvent[] = EVENTS) {
  const { room, emit } = fakeRoom()
  const asked: number[] = []
  const access = room.access as unknown as Fields
  access.log = log
  access.exportLog = () => Promise.resolve('{"hash":"operation-0"}\n')
  access.writersAt = (atMs) => {
    asked.push(atMs)
    return atMs < MONDAY_MS - DAY_MS ? [] : [{ person: bob, role: 'writer', places: ['Chat', 'Plan'] }]
  }
  const element = await mount<HTMLElement>(html`<parley-access-log .room=${room}></parley-access-log>`)
  return { element, asked, access, emit }
}

const texts = (): string[] =>
  findAll('summary > span:first-child').map((part) => part.textContent.replace(/\s+/g, ' ').trim())
const status = (): string => demand('p[role=status]').textContent.trim()

async function set(field: HTMLInputElement | HTMLSelectElement, value: string): Promise<void> {
  field.value = value
  field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? 'change' : 'input'))
  await settled()
}

const filters = () => findAll<HTMLSelectElement>('.filters select')

describe('access log', () => {
  afterEach(unmount)

  it('tells what happened, newest first, by day, and what does not count and why', async () => {
    await show()
    assert.deepEqual(texts(), ['You removed Carol', 'Bob made Carol a writer', 'You started the room'])
    assert.lengthOf(findAll('.day'), 2)
    const idle = demand('.idle')
    assert.include(idle.textContent, 'Does not count')
    idle.querySelector('details')?.setAttribute('open', '')
    await settled()
    assert.include(idle.textContent, 'Bob was no moderator then.')
    assert.include(idle.textContent, 'operation-1')
    await expectAccessible()
  })

  it('shows what was signed together as one, and the rest of it when opened', async () => {
    const declined = event(3, alice, { kind: 'request', text: 'declined Bob', about: bob })
    await show([event(0, alice, { kind: 'removal', text: 'removed Carol', about: carol, details: [declined] })])
    assert.deepEqual(texts(), ['You removed Carol'])
    assert.equal(status(), '1 event')
    const line = demand('ol details')
    assert.include(line.textContent, '1 detail')
    line.setAttribute('open', '')
    await settled()
    assert.include(demand('[aria-label="Signed with it"]').textContent, 'declined Bob')
    await expectAccessible()
    const [byPerson] = filters()
    assert(byPerson)
    await set(byPerson, bob.id)
    assert.deepEqual(texts(), ['You removed Carol'], 'a filter finds what is in the details')
  })

  it('is filtered by person, by kind and by words', async () => {
    await show()
    const [byPerson, byKind] = filters()
    assert(byPerson && byKind)
    await set(byPerson, carol.id)
    assert.deepEqual(texts(), ['You removed Carol', 'Bob made Carol a writer'])
    assert.equal(status(), '2 of 3 events')
    await set(byKind, 'removal')
    assert.deepEqual(texts(), ['You removed Carol'])
    await set(demand<HTMLInputElement>('input[type=search]'), 'nothing like it')
    assert.isEmpty(texts())
    await expectAccessible()
    buttonNamed('Show everything')?.click()
    await settled()
    assert.lengthOf(texts(), 3)
    assert.deepEqual([byPerson.value, byKind.value, demand<HTMLInputElement>('input[type=search]').value], ['', '', ''])
  })

  it('says who could write at a moment', async () => {
    const { asked } = await show()
    const field = demand<HTMLInputElement>('input[type=datetime-local]')
    await set(field, '2026-05-04T08:00')
    assert.deepEqual(asked, [new Date(2026, 4, 4, 8).getTime()])
    const answer = () => demand('.answer').textContent.replace(/\s+/g, ' ')
    assert.include(answer(), 'Bob, Writer: Chat, Plan')
    await expectAccessible()
    await set(field, '2026-04-01T08:00')
    assert.include(answer(), 'Nobody')
  })

  it('follows the room', async () => {
    const { access, emit } = await show()
    access.log = [event(9, bob, { text: 'invited a reader', kind: 'invite' }), ...EVENTS]
    emit('change')
    await settled()
    assert.equal(texts()[0], 'Bob invited a reader')
  })

  it('hands out the log as a file', async () => {
    await show()
    const saved: { name: string; url: string }[] = []
    const click = HTMLAnchorElement.prototype.click
    HTMLAnchorElement.prototype.click = function () {
      saved.push({ name: this.download, url: this.href })
    }
    try {
      buttonNamed('Export')?.click()
      const file = await until('the file', () => saved[0])
      assert.equal(file.name, 'Book club log.jsonl')
      assert.match(file.url, /^blob:/)
    } finally {
      HTMLAnchorElement.prototype.click = click
    }
  })

  it('draws a long log in portions, and fits a narrow screen', async () => {
    const many = Array.from({ length: 350 }, (_, index) =>
      event(index, bob, { text: 'let in somebody-with-a-name-that-has-no-place-to-break-'.repeat(3) }),
    )
    const { element } = await show(many)
    demand('.stage').style.setProperty('width', '360px')
    await settled()
    assert.lengthOf(texts(), 100)
    buttonNamed('Show 100 older')?.click()
    await settled()
    assert.lengthOf(texts(), 200)
    assert.isAtMost(element.scrollWidth, 360)
    await expectAccessible()
  })
})
