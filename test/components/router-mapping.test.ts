import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappingOf, stunHosts, type SeenWay } from '../../components/network/router-mapping.ts'

const way = (port: number, fields: Partial<SeenWay> = {}): SeenWay => ({
  address: '203.0.113.7',
  port,
  socketPort: 5000,
  ...fields,
})

test('a router that takes another port for each server hides who is behind it', () => {
  assert.equal(mappingOf([way(40_001), way(40_002)], true), 'varies')
  assert.equal(mappingOf([way(40_001, { socketPort: 0 }), way(40_002, { socketPort: 0 })], true), 'varies')
})

test('one port for all servers is the same way for everybody, once two have been heard', () => {
  assert.equal(mappingOf([way(40_001)], true), 'same')
  assert.equal(mappingOf([way(40_001), way(40_001)], true), 'same')
  assert.equal(mappingOf([way(40_001)], false), 'unknown')
  assert.equal(mappingOf([], true), 'unknown')
})

test('sockets and addresses of their own have ports of their own', () => {
  assert.equal(mappingOf([way(40_001), way(40_002, { socketPort: 5001 })], true), 'same')
  assert.equal(mappingOf([way(40_001), way(40_002, { address: '2001:db8::7' })], true), 'same')
})

test('servers are told apart by their machines, and relays are none of them', () => {
  assert.deepEqual(
    [
      ...stunHosts([
        { urls: ['stun:a.example:3478', 'stun:A.example:3479', 'stuns:b.example?transport=tcp'] },
        { urls: 'turn:c.example' },
        { urls: 'stun:[2001:db8::1]:3478' },
      ]),
    ],
    ['a.example', 'b.example', '[2001:db8::1]'],
  )
})
