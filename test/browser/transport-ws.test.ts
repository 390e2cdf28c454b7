import { assert } from 'chai'
import type { Link, LinkCipher } from '../../src/transport/link.ts'
import { createWsDoor } from '../../src/transport/ws-door.ts'
import type { WsLink } from '../../src/transport/ws-link.ts'
import { connectSocket, welcomeSocket } from '../../src/transport/ws-opening.ts'
import { linkContract } from '../transport/link-contract.ts'

/** Two sockets of this page that are connected by way of the test server. */
const pipe = () => `${location.origin.replace(/^http/, 'ws')}/pipe/${crypto.randomUUID()}`

async function openPair(): Promise<{ readonly initiator: WsLink; readonly responder: WsLink }> {
  const address = pipe()
  const asked = welcomeSocket(new WebSocket(address), () => true)
  const asking = connectSocket(new WebSocket(address), 'parley')
  const [initiator, responder] = await Promise.all([asking.opened, asked.opened])
  if (!initiator.ok) throw new Error(initiator.detail)
  if (!responder.ok) throw new Error(responder.detail)
  return { initiator: initiator.value, responder: responder.value }
}

/** Knows the next message only. */
function counting(): LinkCipher {
  const count = { sealed: 0, opened: 0 }
  return {
    seal: (plain) => {
      const sealed = new Uint8Array(plain.length + 1)
      sealed[0] = count.sealed++ & 255
      sealed.set(plain, 1)
      return sealed
    },
    open: (sealed) => (sealed[0] === (count.opened++ & 255) ? sealed.subarray(1) : undefined),
  }
}

linkContract({ describe, it }, 'a WebSocket', openPair)
linkContract({ describe, it }, 'a WebSocket that is sealed', async () => {
  const pair = await openPair()
  pair.initiator.protect(counting())
  pair.responder.protect(counting())
  return pair
})

describe('the door to addresses, in a browser', () => {
  it('[WS7] finds a peer by its address, and again when the link is lost', async () => {
    const address = pipe()
    const answer = () => welcomeSocket(new WebSocket(address), (topic) => topic === 'ours')
    let waiting: (link: Link) => void = () => undefined
    const nextLink = () =>
      new Promise<Link>((resolve) => {
        waiting = resolve
      })
    const first = nextLink()
    const answered = answer()
    const session = createWsDoor({ addresses: [address] }).start('ours', (link) => {
      waiting(link)
    })
    await first
    const second = nextLink()
    const opened = await answered.opened
    if (!opened.ok) throw new Error(opened.detail)
    opened.value.close('had-enough')
    void answer()
    assert.equal((await second).kind, 'ws')
    assert.equal(session.health().state, 'open')
    await session.stop()
  })

  it('[WS8] says which address does not answer', async () => {
    const failed = new Promise<string>((resolve) => {
      const session = createWsDoor({ addresses: ['ws://127.0.0.1:9/'] }).start('ours', () => undefined)
      session.onHealth = (health) => {
        if (health.state !== 'failed') return
        resolve(health.lastFailure ?? '')
        void session.stop()
      }
    })
    assert.match(await failed, /127\.0\.0\.1:9/)
  })
})
