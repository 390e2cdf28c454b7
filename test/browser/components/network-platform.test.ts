import { assert } from 'chai'
import { pagePlatform } from '../../../components/network/test-platform.ts'

const servers = { iceServers: (): Promise<readonly RTCIceServer[]> => Promise.resolve([]) }

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
    const kinds = await platform.candidateKinds([])
    assert.isFalse(kinds.has('srflx') || kinds.has('relay'))
    assert.equal((await platform.candidateKinds([{ urls: 'nonsense' }])).size, 0)
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
