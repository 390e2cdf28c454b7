// What every pair of links promises. Run on memory links in Node, on data channels and tabs in the browser.
import { assert } from 'chai'
import { LANES, MESSAGE_BYTES_MAX, QUEUE_BYTES_MAX, type Lane, type Link } from '../../src/transport/link.ts'

/** node:test in Node, mocha in the browser. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

export interface LinkPair {
  readonly initiator: Link
  readonly responder: Link
  /** Lets what is under way arrive, where that does not happen by itself. */
  readonly deliver?: () => void
}

const pattern = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * seed) & 255)

/** Resolves with the first `count` messages that come. */
function received(link: Link, count: number): Promise<{ lane: Lane; message: Uint8Array }[]> {
  return new Promise((resolve, reject) => {
    const messages: { lane: Lane; message: Uint8Array }[] = []
    link.onMessage = (lane, message) => {
      messages.push({ lane, message })
      if (messages.length === count) resolve(messages)
    }
    link.onClose = (reason) => {
      reject(new Error(`closed: ${reason}`))
    }
  })
}

const closed = (link: Link) =>
  new Promise<string>((resolve) => {
    link.onClose = resolve
  })

export function linkContract({ describe, it }: TestRunner, name: string, open: () => Promise<LinkPair>): void {
  const withPair = (title: string, body: (pair: Required<LinkPair>) => Promise<void>) =>
    it(title, async () => {
      const pair = { deliver: () => undefined, ...(await open()) }
      await body(pair)
      pair.initiator.close('test-over')
      pair.responder.close('test-over')
      pair.deliver()
    })
  describe(`every link: ${name}`, () => {
    describe('messages', () => {
      messageContract(withPair)
    })
    describe('limits and the end', () => {
      endContract(withPair)
    })
  })
}

type WithPair = (title: string, body: (pair: Required<LinkPair>) => Promise<void>) => unknown

function messageContract(withPair: WithPair): void {
  withPair('has one initiator, and one binding at both ends', async ({ initiator, responder }) => {
    assert.isTrue(initiator.initiator)
    assert.isFalse(responder.initiator)
    assert.lengthOf(initiator.binding, 32)
    assert.deepEqual(initiator.binding, responder.binding)
    await Promise.resolve()
  })

  for (const lane of LANES)
    withPair(`carries messages of any size both ways in ${lane}`, async ({ initiator, responder, deliver }) => {
      const sizes = [0, 1, 1_100, 16_368, 16_369, 65_536, 1_048_576].filter((size) => size <= MESSAGE_BYTES_MAX[lane])
      for (const [from, to] of [
        [initiator, responder],
        [responder, initiator],
      ] as const)
        for (const size of sizes) {
          const arriving = received(to, 1)
          assert.isTrue(from.send(lane, pattern(size)))
          deliver()
          const [first] = await arriving
          assert.equal(first?.lane, lane)
          assert.deepEqual(first?.message, pattern(size))
        }
    })

  withPair('keeps the order within control and within sync', async ({ initiator, responder, deliver }) => {
    const arriving = received(responder, 80)
    for (let i = 0; i < 40; i++) {
      assert.isTrue(initiator.send('sync', pattern(i === 7 ? 60_000 : 10, i).fill(i, 0, 1)))
      assert.isTrue(initiator.send('control', Uint8Array.of(i)))
    }
    deliver()
    const messages = await arriving
    for (const lane of ['control', 'sync'] as const) {
      const order = messages.filter((each) => each.lane === lane).map(({ message }) => message[0])
      assert.deepEqual(order, [...Array(40).keys()])
    }
  })

  withPair('keeps what comes before anybody listens', async ({ initiator, responder, deliver }) => {
    const answering = received(initiator, 1)
    initiator.send('control', pattern(10))
    initiator.send('control', pattern(20))
    // The answer shows that both have arrived.
    deliver()
    responder.send('control', pattern(30))
    deliver()
    await answering
    const messages = await received(responder, 2)
    assert.deepEqual(
      messages.map(({ message }) => message.length),
      [10, 20],
    )
  })

  withPair('sends what it was given, though the bytes change afterwards', async ({ initiator, responder, deliver }) => {
    const arriving = received(responder, 1)
    const message = pattern(100_000)
    initiator.send('sync', message)
    message.fill(0)
    deliver()
    assert.deepEqual((await arriving)[0]?.message, pattern(100_000))
  })

  withPair('counts what it carries', async ({ initiator, responder, deliver }) => {
    const arriving = received(responder, 2)
    initiator.send('control', pattern(60))
    initiator.send('sync', pattern(100_000))
    deliver()
    await arriving
    const { control, sync } = initiator.stats.lanes
    assert.deepEqual([control.messagesSent, control.bytesSent], [1, 63])
    assert.equal(sync.messagesSent, 1)
    assert.isAtMost(sync.bytesSent, 100_000 + 100 * 16)
    assert.equal(responder.stats.lanes.sync.bytesReceived, sync.bytesSent)
    assert.equal(responder.stats.lanes.control.messagesReceived, 1)
  })
}

function endContract(withPair: WithPair): void {
  withPair('refuses what is too large for the lane, and stays open', async ({ initiator, responder, deliver }) => {
    for (const lane of LANES) assert.isFalse(initiator.send(lane, new Uint8Array(MESSAGE_BYTES_MAX[lane] + 1)))
    const arriving = received(responder, 1)
    assert.isTrue(initiator.send('control', pattern(1)))
    deliver()
    await arriving
  })

  withPair('refuses more than the queue holds, says when there is room, and loses nothing', async (pair) => {
    const { initiator, responder, deliver } = pair
    const drained = new Promise<Lane>((resolve) => {
      initiator.onDrain = resolve
    })
    let sent = 0
    while (initiator.send('bulk', pattern(500_000, sent))) sent++
    assert.isAtLeast(sent, 8)
    assert.isAtMost(initiator.queuedBytes('bulk'), QUEUE_BYTES_MAX.bulk + 2_000_000)
    assert.equal(initiator.stats.lanes.bulk.refused, 1)
    const arriving = received(responder, sent)
    deliver()
    assert.equal(await drained, 'bulk')
    deliver()
    assert.lengthOf(await arriving, sent)
    assert.isTrue(initiator.send('bulk', pattern(1)))
  })

  withPair('lets a short urgent message pass a long one', async ({ initiator, responder, deliver }) => {
    const arriving = received(responder, 5)
    for (let i = 0; i < 4; i++) initiator.send('bulk', pattern(1_000_000))
    initiator.send('control', pattern(10))
    deliver()
    const messages = await arriving
    assert.notEqual(messages.at(-1)?.lane, 'control')
  })

  withPair('ends at both sides, once and with a reason', async ({ initiator, responder, deliver }) => {
    const ends: string[] = []
    const here = closed(initiator)
    const there = closed(responder)
    initiator.onClose = (reason) => {
      ends.push(reason)
    }
    initiator.close('had-enough')
    initiator.close('again')
    deliver()
    assert.deepEqual(ends, ['had-enough'])
    assert.equal(initiator.closeReason, 'had-enough')
    assert.equal(await there, 'closed-by-peer')
    assert.isFalse(initiator.send('control', pattern(1)))
    assert.isFalse(responder.send('control', pattern(1)))
    assert.equal(responder.queuedBytes('control'), 0)
    const late: string[] = []
    responder.onClose = (reason) => {
      late.push(reason)
    }
    assert.deepEqual(late, ['closed-by-peer'])
    void here
  })

  withPair('ends when it is flooded before anybody listens', async ({ initiator, responder, deliver }) => {
    const ending = closed(initiator)
    for (let i = 0; i < 3; i++) initiator.send('control', pattern(40_000))
    deliver()
    await ending
    assert.equal(responder.closeReason, 'flooded-before-listening')
  })
}
