import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../src/super-peer/command-line.ts'

test('flags come before the environment, and that before the defaults', () => {
  const environment = { PORT: '9000', HOST: '0.0.0.0' }
  assert.deepEqual(parseCommandLine([], {}), {
    ok: true,
    value: { port: 8787, host: 'localhost', stunServers: [], places: [], usesPublicRelays: false, build: true },
  })
  assert.deepEqual(parseCommandLine([], environment), {
    ok: true,
    value: { port: 9000, host: '0.0.0.0', stunServers: [], places: [], usesPublicRelays: false, build: true },
  })
  assert.deepEqual(parseCommandLine(['--port', '0', '--host=::1', '--no-build'], environment), {
    ok: true,
    value: { port: 0, host: '::1', stunServers: [], places: [], usesPublicRelays: false, build: false },
  })
})

test('empty environment variables are as good as none', () => {
  assert.deepEqual(parseCommandLine([], { PORT: '', HOST: '' }), parseCommandLine([], {}))
})

test('STUN servers are a list of addresses, and anything else is refused', () => {
  const list = parseCommandLine(['--stun', 'stun:a.example:3478, stuns:b.example'], {})
  assert.deepEqual(list.ok && list.value.stunServers, ['stun:a.example:3478', 'stuns:b.example'])
  const wrong = parseCommandLine([], { STUN: 'https://a.example' })
  assert.ok(!wrong.ok && wrong.reason === 'stun')
})

test('doors are lists of WebSocket addresses, and relays of strangers are off unless they are asked for', () => {
  const args = ['--nostr', 'wss://a.example, ws://b.example', '--torrent=wss://c.example', '--public-networks']
  const list = parseCommandLine(args, {
    MQTT: 'wss://d.example',
    PEERS: 'wss://e.example/link',
    NOSTR: 'wss://f.example',
  })
  assert.ok(list.ok)
  assert.deepEqual(list.value.places, [
    'nostr+wss://a.example',
    'nostr+ws://b.example',
    'torrent+wss://c.example',
    'mqtt+wss://d.example',
    'peer+wss://e.example/link',
  ])
  assert.equal(list.value.usesPublicRelays, true)
  for (const wrong of ['a.example', 'https://a.example', 'wss://']) {
    const result = parseCommandLine(['--nostr', wrong], {})
    assert.ok(!result.ok && result.reason === 'door', wrong)
    assert.match(result.detail ?? '', /wss:\/\/nostr\.example\.org/)
  }
})

test('what cannot be understood is answered with a sentence', () => {
  for (const port of ['abc', '65536', '-1', '80.5', '1e3', ' ', '']) {
    const result = parseCommandLine([`--port=${port}`], {})
    assert.ok(!result.ok && result.reason === 'port', port)
    assert.match(result.detail ?? '', /whole number from 0 to 65535/)
  }
  for (const args of [['--unheard-of'], ['serve'], ['--port'], ['--help']]) {
    const result = parseCommandLine(args, {})
    assert.ok(!result.ok && result.reason === 'usage', args.join(' '))
    assert.match(result.detail ?? '', /Usage/)
  }
})
