import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  CANDIDATES_MAX,
  packDescription,
  PACKED_DESCRIPTION_BYTES_MAX,
  unpackDescription,
} from '../../src/transport/packed-description.ts'

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':')
const PASSWORD = 'aVeryLongPasswordOf24Chr'

const sdp = (candidates: readonly string[], change: (line: string) => string = (line) => line): string =>
  [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates.map((candidate) => `a=candidate:${candidate}`),
    'a=ice-ufrag:ab+/',
    `a=ice-pwd:${PASSWORD}`,
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    'a=setup:actpass',
    'a=mid:0',
    'a=sctp-port:5000',
  ]
    .map(change)
    .join('\r\n')

const CANDIDATES = [
  '1 1 udp 2113937151 192.168.1.7 50000 typ host generation 0',
  '2 1 udp 2113937150 2001:db8::7 50001 typ host',
  '3 1 udp 2113937149 0f3a2b1c-1111-4222-8333-444455556666.local 50002 typ host',
  '4 1 udp 1677729535 203.0.113.9 40000 typ srflx raddr 0.0.0.0 rport 0',
  '5 1 tcp 1518280447 192.168.1.7 9 typ host tcptype active',
]

const candidatesOf = (text: string): readonly string[] =>
  text.split('\r\n').flatMap((line) => (line.startsWith('a=candidate:') ? [line.slice('a=candidate:'.length)] : []))

function unpacked(bytes: Uint8Array): string {
  const result = unpackDescription(bytes)
  assert(result.ok)
  return result.value
}

describe('a packed description', () => {
  test('[PD1] says the same in a fifth of the bytes', () => {
    const packed = packDescription(sdp(CANDIDATES))
    assert(packed.ok)
    assert.ok(packed.value.length < 200, String(packed.value.length))
    const text = unpacked(packed.value)
    assert.deepEqual(candidatesOf(text), [
      '1 1 udp 2113937151 192.168.1.7 50000 typ host',
      '2 1 udp 2113937150 2001:db8:0:0:0:0:0:7 50001 typ host',
      '3 1 udp 2113937149 0f3a2b1c-1111-4222-8333-444455556666.local 50002 typ host',
      '4 1 udp 1677729535 203.0.113.9 40000 typ srflx raddr 0.0.0.0 rport 0',
    ])
    for (const line of ['a=ice-ufrag:ab+/', `a=ice-pwd:${PASSWORD}`, `a=fingerprint:sha-256 ${FINGERPRINT}`])
      assert.ok(text.includes(`${line}\r\n`))
    assert.deepEqual(packDescription(text), packed)
  })

  test('[PD2] leaves candidates out rather than grow', () => {
    const many = Array.from({ length: 40 }, (_, i) => `${i} 1 udp 2113937151 2001:db8::${i} 5000 typ host`)
    const packed = packDescription(sdp(many))
    assert(packed.ok)
    assert.ok(packed.value.length <= PACKED_DESCRIPTION_BYTES_MAX)
    assert.equal(candidatesOf(unpacked(packed.value)).length, CANDIDATES_MAX)
  })

  test('[PD3] is not made of what is no description of data channels', () => {
    const without = (name: string): string => sdp(CANDIDATES, (line) => (line.startsWith(name) ? '' : line))
    for (const name of ['a=setup', 'a=ice-ufrag', 'a=ice-pwd', 'a=fingerprint', 'a=mid'])
      assert.equal(packDescription(without(name)).ok, false, name)
    assert.equal(packDescription(`${sdp(CANDIDATES)}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111`).ok, false)
    assert.equal(packDescription('').ok, false)
  })

  test('[PD4] of any bytes is a rejection or a text without a line of its own making', () => {
    const packed = packDescription(sdp(CANDIDATES))
    assert(packed.ok)
    const lines =
      /^(?:[vostc]=|a=(?:group|candidate|ice-ufrag|ice-pwd|fingerprint|setup|mid|sctp-port|max-message-size):|m=application )/
    const mutated = fc
      .array(fc.tuple(fc.nat(packed.value.length - 1), fc.nat(255)), { maxLength: 6 })
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), packed.value.slice()))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const result = unpackDescription(bytes)
        if (!result.ok) return
        const text = result.value.split('\r\n')
        assert.equal(text.pop(), '')
        assert.ok(text.every((line) => lines.test(line) && !/[\n\r]/.test(line)))
        assert.equal(text.filter((line) => line.startsWith('m=')).length, 1)
      }),
      { numRuns: 5_000 },
    )
  })
})
