import { assert } from 'chai'
import { pagePlatform } from '../../../components/network/test-platform.ts'

const servers = { iceServers: (): Promise<readonly RTCIceServer[]> => Promise.resolve([]) }

/** A connection to which servers show ports, or whose names stand for servers that do not answer. */
const gathering = (answers: readonly (number | string)[]) =>
  class extends EventTarget {
    createDataChannel(): void {}
    close(): void {}
    setLocalDescription(): Promise<void> {
      const say = (name: string, fields: object) => this.dispatchEvent(Object.assign(new Event(name), fields))
      for (const answer of answers) {
        if (typeof answer === 'string') say('icecandidateerror', { url: `stun:${answer}` })
        else {
          const place = { address: '203.0.113.7', port: answer, relatedPort: 0 }
          say('icecandidate', { candidate: { type: 'srflx', protocol: 'udp', ...place } })
        }
      }
      say('icecandidate', { candidate: null })
      return Promise.resolve()
    }
  }

describe('what the self-test asks of this browser', () => {
  const platform = pagePlatform(() => servers.iceServers())

  it('stores, reads back and leaves nothing', async () => {
    assert.include(['kept', 'works'], await platform.storage())
    const databases = await indexedDB.databases()
    assert.notInclude(
      databases.map(({ name }) => name),
      'parley-self-test',
    )
  })

  it('connects to itself, and says so when there is no WebRTC', async () => {
    assert.isTrue(await platform.connectsToItself())
    const { RTCPeerConnection: real } = window
    Reflect.deleteProperty(window, 'RTCPeerConnection')
    try {
      assert.isFalse(await platform.connectsToItself())
    } finally {
      window.RTCPeerConnection = real
    }
  })

  it('finds no way outside without a server, and none by an address that makes no sense', async () => {
    const { kinds, mapping } = await platform.waysOutside([])
    assert.isFalse(kinds.has('srflx') || kinds.has('relay'))
    assert.equal(mapping, 'unknown')
    assert.equal((await platform.waysOutside([{ urls: 'nonsense' }])).kinds.size, 0)
  })

  for (const [answers, mapping] of [
    [[40_001, 40_002], 'varies'],
    [[40_001], 'same'],
    [[40_001, 'b.example'], 'unknown'],
  ] as const)
    it(`compares what two servers saw: ${answers.join(', ')} is ${mapping}`, async () => {
      const { RTCPeerConnection: real } = window
      window.RTCPeerConnection = gathering(answers) as unknown as typeof RTCPeerConnection
      try {
        const found = await platform.waysOutside([{ urls: ['stun:a.example', 'stun:b.example'] }])
        assert.equal(found.mapping, mapping)
        assert.deepEqual([...found.kinds], ['srflx'])
      } finally {
        window.RTCPeerConnection = real
      }
    })

  it('tries a WebSocket', async () => {
    const origin = location.origin.replace(/^http/, 'ws')
    assert.isTrue(await platform.opensSocket(`${origin}/tracker`))
    assert.isFalse(await platform.opensSocket('ws://localhost:9'))
    assert.isFalse(await platform.opensSocket('nonsense:'))
  })

  it('knows no servers when the host cannot be asked', async () => {
    servers.iceServers = () => Promise.reject(new Error('offline'))
    assert.deepEqual(await platform.iceServers(), [])
  })
})
