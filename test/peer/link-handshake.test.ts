import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concatBytes, toHex } from '../../src/base/bytes.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import type { Environment } from '../../src/peer/environment.ts'
import { authenticateLink, type AuthenticatedLink } from '../../src/peer/link-handshake.ts'
import type { Session } from '../../src/peer/session.ts'
import type { Result } from '../../src/base/result.ts'
import type { Lane, Link } from '../../src/transport/link.ts'
import { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { seeded } from '../transport/seeded-random.ts'
import { device as newDevice } from './meeting.ts'
import { newSession } from './stranger.ts'

type Answer = Promise<Result<AuthenticatedLink>>

/** Delivers until both sides have come to an end. */
async function settle<T>(network: MemoryNetwork, work: Promise<T>): Promise<T> {
  const pump = setInterval(() => network.flush(), 0)
  const value = await work
  clearInterval(pump)
  return value
}

const answer = (link: Link, key: Uint8Array, session: Session, environment: Environment = newDevice()): Answer =>
  authenticateLink(link, { key, session, environment })

/** A link whose own messages go through `change`, by their number; undefined swallows one. */
function tampered(link: Link, change: (message: Uint8Array, number: number) => Uint8Array | undefined): Link {
  let number = 0
  return new Proxy(link, {
    get(target, name) {
      if (name === 'send')
        return (lane: Lane, message: Uint8Array): boolean => {
          const changed = change(message, number++)
          return changed === undefined || target.send(lane, changed)
        }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  })
}

const damages: Readonly<Record<string, (message: Uint8Array, random: () => number) => Uint8Array>> = {
  'random bytes': (message, random) => message.map(() => Math.floor(random() * 256)),
  'a truncation': (message, random) => message.subarray(0, Math.floor(random() * message.length)),
  'a flipped bit': (message, random) => {
    const changed = message.slice()
    const at = Math.floor(random() * changed.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return changed
  },
  'trailing bytes': (message) => concatBytes(message, new Uint8Array([0])),
}

describe('the handshake of a link', () => {
  test('[P1] two holders of the room key learn each other’s person, device and session', async () => {
    const network = new MemoryNetwork()
    const { initiator, responder } = network.connect()
    const key = randomBytes(32)
    const [alice, bob] = await Promise.all([newSession(), newSession()])
    const [left, right] = await settle(
      network,
      Promise.all([answer(initiator, key, alice), answer(responder, key, bob)]),
    )
    assert(left.ok && right.ok)
    const identityOf = ({ person, device, id, life }: Session) => ({
      person,
      device,
      session: id,
      life: toHex(life),
      mode: 'normal',
      isInside: false,
    })
    assert.deepEqual(left.value.remote, identityOf(bob))
    assert.deepEqual(right.value.remote, identityOf(alice))
  })

  for (const [side, messages] of [
    ['initiator', 2],
    ['responder', 2],
  ] as const) {
    for (let number = 0; number < messages; number++) {
      for (const [damage, change] of Object.entries(damages)) {
        test(`[P4] ${damage} as message ${number + 1} of the ${side} close the link with a reason`, async () => {
          for (let seed = 1; seed <= 4; seed++) {
            const random = seeded(seed)
            const network = new MemoryNetwork()
            const { initiator, responder } = network.connect()
            const hostile = tampered(side === 'initiator' ? initiator : responder, (message, i) =>
              i === number ? change(message, random) : message,
            )
            const honest = side === 'initiator' ? responder : initiator
            const key = randomBytes(32)
            const [alice, mallory] = await Promise.all([newSession(), newSession()])
            const [result] = await settle(
              network,
              Promise.all([answer(honest, key, alice), answer(hostile, key, mallory)]),
            )
            assert(!result.ok, `seed ${seed}`)
            assert.match(result.reason, /^handshake-(noise|identity)$/, `seed ${seed}`)
            assert.equal(honest.closeReason, result.reason, `seed ${seed}`)
          }
        })
      }
    }
  }

  test('[P2] a stranger without the room key gets no answer', async () => {
    const network = new MemoryNetwork()
    const { initiator, responder } = network.connect()
    const [alice, mallory] = await Promise.all([newSession(), newSession()])
    const [result, stranger] = await settle(
      network,
      Promise.all([answer(responder, randomBytes(32), alice), answer(initiator, randomBytes(32), mallory)]),
    )
    assert.equal(result.ok ? '' : result.reason, 'handshake-noise')
    assert.equal(stranger.ok ? '' : stranger.reason, 'handshake-closed')
    assert.equal(responder.stats.lanes.control.messagesSent, 0)
  })

  test('[P3] what was said in one handshake opens nothing in another', async () => {
    const key = randomBytes(32)
    const [alice, bob] = await Promise.all([newSession(), newSession()])
    const first = new MemoryNetwork()
    const recorded: Uint8Array[] = []
    const pair = first.connect()
    const spied = tampered(pair.initiator, (message) => {
      recorded.push(message.slice())
      return message
    })
    await settle(first, Promise.all([answer(spied, key, bob), answer(pair.responder, key, alice)]))
    assert.equal(recorded.length, 2)
    const again = new MemoryNetwork()
    again.connect()
    const { initiator, responder } = again.connect()
    const result = answer(responder, key, alice)
    for (const message of recorded) initiator.send('control', message)
    const replayed = await settle(again, result)
    assert.equal(replayed.ok ? '' : replayed.reason, 'handshake-noise')
  })

  test('[P3] an identity cannot be sent back to whom it came from', async () => {
    const network = new MemoryNetwork()
    const { initiator, responder } = network.connect()
    const key = randomBytes(32)
    const alice = await newSession()
    const [left, right] = await settle(
      network,
      Promise.all([answer(initiator, key, alice), answer(responder, key, alice)]),
    )
    assert.equal(right.ok ? '' : right.reason, 'handshake-self')
    assert.equal(left.ok, false)
  })

  test('[P3] a certificate of one device does not serve another', async () => {
    const network = new MemoryNetwork()
    const { initiator, responder } = network.connect()
    const key = randomBytes(32)
    const [alice, bob, mallory] = await Promise.all([newSession(), newSession(), newSession()])
    const imposter = { ...mallory, certificate: bob.certificate, person: bob.person, device: bob.device }
    const [result] = await settle(
      network,
      Promise.all([answer(responder, key, alice), answer(initiator, key, imposter)]),
    )
    assert.equal(result.ok ? '' : result.reason, 'handshake-identity')
  })

  for (const said of [0, 1]) {
    test(`[P5] silence after ${said} messages ends the link after eight seconds`, async () => {
      const network = new MemoryNetwork()
      const { initiator, responder } = network.connect()
      const key = randomBytes(32)
      const [alice, mallory] = await Promise.all([newSession(), newSession()])
      const timers: { readonly delayMs: number; readonly run: () => void }[] = []
      const environment: Environment = {
        ...newDevice(),
        after: (delayMs, run) => {
          timers.push({ delayMs, run })
          return () => undefined
        },
      }
      const result = answer(responder, key, alice, environment)
      const silent = tampered(initiator, (message, number) => (number < said ? message : undefined))
      void answer(silent, key, mallory)
      if (said > 0) {
        const pump = setInterval(() => network.flush(), 0)
        await new Promise<void>((resolve) => {
          const look = setInterval(() => {
            if (responder.stats.lanes.control.messagesSent < 1) return
            clearInterval(look)
            resolve()
          }, 0)
        })
        clearInterval(pump)
      }
      assert.deepEqual(
        timers.map(({ delayMs }) => delayMs),
        [8_000],
      )
      assert.equal(responder.closeReason, undefined)
      timers[0]?.run()
      const ended = await result
      assert.equal(ended.ok ? '' : ended.reason, 'handshake-timeout')
      assert.equal(responder.closeReason, 'handshake-timeout')
    })
  }

  test('[P6] a flood before the identity is checked ends the link', async () => {
    for (const lane of ['control', 'sync'] as const) {
      const network = new MemoryNetwork()
      const { initiator, responder } = network.connect()
      const [alice, mallory] = await Promise.all([newSession(), newSession()])
      const key = randomBytes(32)
      const result = answer(responder, key, alice)
      const late = answer(
        tampered(initiator, (message, number) => (number === 0 ? message : undefined)),
        key,
        mallory,
      )
      for (let i = 0; i < 40; i++) {
        initiator.send(lane, randomBytes(32 * 1024))
        network.flush()
      }
      const [ended] = await settle(network, Promise.all([result, late]))
      assert.equal(ended.ok, false)
      assert.match(responder.closeReason ?? '', /^handshake-(flood|noise)$/)
      assert.equal(responder.queuedBytes('control'), 0)
    }
  })

  test('[P6] what an honest peer says right behind its identity is heard, in its order', async () => {
    const network = new MemoryNetwork()
    const { initiator, responder } = network.connect()
    const key = randomBytes(32)
    const [alice, bob] = await Promise.all([newSession(), newSession()])
    const left = answer(initiator, key, alice)
    const right = answer(responder, key, bob).then((result) => {
      for (let i = 0; i < 100; i++) responder.send('control', new Uint8Array([i]))
      responder.send('sync', new Uint8Array([200]))
      return result
    })
    const [result] = await settle(network, Promise.all([left, right]))
    network.flush()
    assert(result.ok)
    const heard: number[] = []
    result.value.listen((_lane, message) => heard.push(message[0] ?? -1))
    network.flush()
    assert.deepEqual(
      heard.filter((value) => value < 200),
      Array.from({ length: 100 }, (_, i) => i),
    )
    assert(heard.includes(200))
  })
})
