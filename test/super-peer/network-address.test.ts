import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedAddress } from '../../src/super-peer/network-address.ts'

test('an IPv4 address counts whole, also when it is written as IPv6', () => {
  assert.equal(countedAddress('192.0.2.7'), '192.0.2.7')
  assert.equal(countedAddress('::ffff:192.0.2.7'), '192.0.2.7')
})

test('IPv6 addresses of one customer count as one', () => {
  const customer = countedAddress('2001:db8:1:2:3:4:5:6')
  for (const same of ['2001:db8:1:2::', '2001:db8:1:2::9', '2001:db8:1:2:ffff::1:2'])
    assert.equal(countedAddress(same), customer)
  for (const other of ['2001:db8:1:3::', '2001:db8::', '::1', 'fe80::1%eth0'])
    assert.notEqual(countedAddress(other), customer)
  assert.equal(countedAddress('2001:db8::1:0:0:0:1'), countedAddress('2001:db8:0:1::5'))
})

test('a connection without an address still counts', () => {
  assert.equal(countedAddress(undefined), 'unknown')
})
