import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Journal } from '../../src/super-peer/journal.ts'

const ID = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA'

function journal(form: 'text' | 'json', showsAddresses = false): { journal: Journal; lines: string[] } {
  const lines: string[] = []
  const options = { form, showsAddresses, write: (line: string) => void lines.push(line), nowMs: () => 0 }
  return { journal: new Journal(options), lines }
}

test('[SU5] an event is one line, for machines or for people', () => {
  const machine = journal('json')
  machine.journal.info('link-up', { room: 'abcdefgh', link: 3, outbound: false, reason: undefined })
  assert.deepEqual(JSON.parse(machine.lines[0] ?? ''), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    event: 'link-up',
    room: 'abcdefgh',
    link: 3,
    outbound: false,
  })
  const person = journal('text')
  person.journal.warn('webrtc', { detail: 'it ended\nand "again"' })
  assert.deepEqual(person.lines, [`1970-01-01T00:00:00.000Z warn  webrtc detail="it ended and \\"again\\""`])
})

test('[SU5] links, keys, ids and addresses do not get into it, whoever made the sentence', () => {
  const { journal: log, lines } = journal('json')
  const hex = '00ff'.repeat(16)
  const secrets = [`parley:#/join/AQ${ID}${ID}`, ID, hex]
  const addresses = [
    'wss://host.example/link',
    '192.0.2.7:4433',
    '[2001:db8::7]:80',
    '2001:db8:0:1::7',
    'stun:stun.example',
  ]
  for (const detail of [...secrets, ...addresses]) log.error('problem', { detail: `about ${detail} there` })
  const text = lines.join('\n')
  for (const secret of [...secrets, ...addresses]) assert.ok(!text.includes(secret), secret)
  assert.doesNotMatch(text, /[A-Za-z0-9_-]{28}|2001:db8|192\.0\.2/)
  const open = journal('json', true)
  open.journal.info('connection', { address: '192.0.2.7', id: ID })
  assert.ok(open.lines[0]?.includes('192.0.2.7'))
  assert.ok(!open.lines[0]?.includes(ID))
})

test('our own address is told', () => {
  const { journal: log, lines } = journal('json')
  log.listening('ws://localhost:8788/link')
  assert.ok(lines[0]?.includes('ws://localhost:8788/link'))
})
