import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parseCommandLine, placesOf } from '../../src/super-peer/command-line.ts'
import type { Configuration } from '../../src/super-peer/configuration.ts'
import { flagOf, PROGRAM_OPTIONS, standardOf, variableOf } from '../../src/super-peer/program-options.ts'

type Variables = Readonly<Record<string, string>>

function read(args: readonly string[], environment: Variables = {}): Configuration {
  const line = parseCommandLine(args, environment)
  assert.ok(line.ok, line.ok ? '' : line.detail)
  return line.value.configuration
}

function refusal(args: readonly string[], environment: Variables = {}): string {
  const line = parseCommandLine(args, environment)
  assert.ok(!line.ok, args.join(' '))
  return line.detail ?? ''
}

async function fileWith(t: TestContext, fields: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-config-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'parley.json')
  await writeFile(path, typeof fields === 'string' ? fields : JSON.stringify(fields))
  return path
}

test('[SU1] flags come before the environment, that before the file, and that before the defaults', async (t) => {
  const path = await fileWith(t, {
    port: 1,
    'rooms-max': 2,
    name: 'File',
    listen: false,
    trackers: ['ws://file.example'],
  })
  const file = read(['superpeer', '--config', path])
  assert.deepEqual([file.number('port'), file.number('rooms-max'), file.text('name')], [1, 2, 'File'])
  assert.equal(file.isOn('listen'), false)
  assert.deepEqual(file.list('trackers'), ['ws://file.example'])
  const environment = {
    PARLEY_CONFIG: path,
    PARLEY_PORT: '3',
    PARLEY_LISTEN: 'yes',
    PARLEY_TRACKERS: 'ws://a.b, ws://c.d',
  }
  const variables = read(['superpeer'], environment)
  assert.deepEqual([variables.number('port'), variables.number('rooms-max')], [3, 2])
  assert.equal(variables.isOn('listen'), true)
  assert.deepEqual(variables.list('trackers'), ['ws://a.b', 'ws://c.d'])
  const flags = read(
    ['superpeer', '--port=4', '--no-listen', '--trackers', 'ws://e.f', '--trackers', 'ws://g.h'],
    environment,
  )
  assert.deepEqual([flags.number('port'), flags.isOn('listen')], [4, false])
  assert.deepEqual(flags.list('trackers'), ['ws://e.f', 'ws://g.h'])
  const nothing = read(['superpeer'])
  assert.deepEqual([nothing.number('port'), nothing.text('host'), nothing.isOn('listen')], [8788, 'localhost', true])
})

test('the host of the app reads the variables that it always read, after those with its name', () => {
  const old = read([], { PORT: '9000', HOST: '0.0.0.0', MQTT: 'wss://d.example' })
  assert.deepEqual([old.number('port'), old.text('host'), old.list('mqtt')], [9000, '0.0.0.0', ['wss://d.example']])
  assert.equal(read([], { PORT: '9000', PARLEY_PORT: '9001' }).number('port'), 9001)
  assert.equal(read([], {}).number('port'), 8787)
  assert.equal(read(['superpeer'], { PORT: '9000' }).number('port'), 8788)
})

test('empty variables are as good as none', () => {
  assert.equal(read([], { PORT: '', PARLEY_PORT: '' }).number('port'), 8787)
})

test('[SU1] a name that nobody knows is an error that names the nearest', async (t) => {
  assert.match(refusal(['superpeer', '--prot', '1']), /^--prot is no option; the nearest is --port\./)
  assert.match(refusal(['superpeer', '--no-lisen']), /nearest is --no-listen\./)
  assert.match(
    refusal(['superpeer'], { PARLEY_ROOM_MAX: '1' }),
    /PARLEY_ROOM_MAX is no option; the nearest is PARLEY_ROOMS_MAX\./,
  )
  const path = await fileWith(t, { 'room-max': 1 })
  assert.match(refusal(['superpeer', '--config', path]), /"room-max" in .* is no option; the nearest is "rooms-max"\./)
})

test('one file and one environment serve all programs', async (t) => {
  const path = await fileWith(t, { invite: ['LINK'], build: false, port: 5 })
  const environment = {
    PARLEY_CONFIG: path,
    PARLEY_KEEP_ROOMS: 'anyone',
    PARLEY_INVITE: 'LINK',
    PARLEY_SUPERPEER: 'no',
  }
  assert.equal(read([], environment).isOn('build'), false)
  assert.equal(read([], environment).isOn('superpeer'), false)
  assert.deepEqual(read(['superpeer'], environment).list('invite'), ['LINK'])
  assert.ok(read(['superpeer', 'status'], environment).text('data').endsWith('superpeer'))
})

test('a value of the wrong form is answered with a sentence', async (t) => {
  for (const port of ['abc', '65536', '-1', '80.5', '1e3', ' ', ''])
    assert.match(refusal([`--port=${port}`]), /whole number from 0 to 65535/, port)
  assert.match(refusal(['superpeer', '--log', 'xml']), /--log is one of text, json, not "xml"/)
  assert.match(refusal(['superpeer'], { PARLEY_LISTEN: 'perhaps' }), /PARLEY_LISTEN is yes or no/)
  assert.match(refusal([], { STUN: 'https://a.example' }), /written like stun:stun\.example\.org:3478/)
  for (const wrong of ['a.example', 'https://a.example', 'wss://'])
    assert.match(refusal(['--nostr', wrong]), /written like wss:\/\/nostr\.example\.org/, wrong)
  for (const fields of [{ port: '1x' }, { port: [1] }, { listen: 'yes' }, { invite: [1] }, { name: 3 }, [], 'nonsense'])
    assert.notEqual(refusal(['superpeer', '--config', await fileWith(t, fields)]), '', JSON.stringify(fields))
  assert.match(refusal(['superpeer', '--config', '/nowhere/at/all.json']), /could not be read/)
})

test('what cannot be understood is answered with a sentence, and help is given to whoever asks', () => {
  for (const args of [['--unheard-of'], ['serve'], ['--port'], ['--port', '--host'], ['superpeer', 'stats']])
    assert.match(refusal(args), /--help/, args.join(' '))
  for (const args of [[], ['superpeer'], ['superpeer', 'status'], ['superpeer', 'verify']])
    assert.match(refusal([...args, '--help']), /^Usage: /, args.join(' '))
})

test('doors are written as meeting places', () => {
  const args = ['--nostr', 'wss://a.example, ws://b.example', '--torrent=wss://c.example', '--public-networks']
  const line = read(args, { MQTT: 'wss://d.example', PEERS: 'wss://e.example/link', NOSTR: 'wss://f.example' })
  assert.deepEqual(placesOf(line), [
    'nostr+wss://a.example',
    'nostr+ws://b.example',
    'torrent+wss://c.example',
    'mqtt+wss://d.example',
    'peer+wss://e.example/link',
  ])
  assert.equal(line.isOn('public-networks'), true)
})

test('a folder may begin with the home of whoever runs the program', () => {
  assert.ok(!read(['superpeer']).path('data').includes('~'))
  assert.equal(read(['superpeer', '--data', '/srv/parley']).path('data'), '/srv/parley')
})

test('the table in the README is that of the code', async (t) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  if (!readme.includes('| flag')) return t.skip('the README has no table of flags')
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  for (const option of PROGRAM_OPTIONS) {
    const row = rows.find(([, flag]) => flag === `\`${flagOf(option)}\``)
    assert.ok(row, `${flagOf(option)} is in the README`)
    assert.equal(row[2], `\`${variableOf(option)}\``)
    const standards = option.programs.map((program) => standardOf(option, program))
    for (const standard of standards)
      if (typeof standard === 'string' || typeof standard === 'number')
        assert.ok(row[3]?.includes(String(standard)), flagOf(option))
    assert.equal(row[4], option.what, flagOf(option))
  }
  assert.equal(rows.length, PROGRAM_OPTIONS.length)
})
