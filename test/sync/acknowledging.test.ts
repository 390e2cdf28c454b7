import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeviceId } from '../../src/base/ids.ts'
import { Bench, chainOf, named, NOTE, sent } from './bench.ts'
import { feedNamed, sessionNamed } from './simulation.ts'

const ADA = feedNamed('the device of Ada') as string as DeviceId
const BEN = feedNamed('the device of Ben') as string as DeviceId

/** Ada's device is linked as 1, Ben's as 2. */
function bench(): Bench {
  const opened = new Bench()
  for (const [link, device] of [[1, ADA] as const, [2, BEN] as const])
    opened.step({ type: 'link-up', link, session: sessionNamed(`session ${link}`), mayRead: true, device })
  return opened
}

describe('acknowledging', () => {
  test('[SY35] the device that wrote an entry hears that it is stored, and only that device', () => {
    const ben = bench()
    const chain = chainOf(NOTE, 2)
    const { entries } = chain
    ben.step({ type: 'feed', feed: NOTE, kind: 'document', head: chain.headAt(0), writer: ADA })
    const before = ben.hear(1, { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries })
    assert.equal(sent([...before, ...ben.pass(1_000)], 'have').length, 0)
    ben.step({ type: 'appended', feed: NOTE, head: chain.headAt(2), entries, from: 1, writer: ADA })
    const effects = ben.pass(1_000)
    assert.deepEqual(
      sent(effects, 'have', 1).map(({ items }) => items.map(({ length }) => length)),
      [[2]],
    )
    assert.equal(sent(effects, 'have', 2).length, 0)
  })

  test('[SY35] what came by another way is acknowledged too, and once', () => {
    const carol = bench()
    const chain = chainOf(NOTE, 1)
    const { entries } = chain
    carol.step({ type: 'feed', feed: NOTE, kind: 'document', head: chain.headAt(0), writer: ADA })
    carol.hear(2, { type: 'push', feed: named(NOTE, 'document'), seq: 0, entries })
    const news = carol.step({ type: 'appended', feed: NOTE, head: chain.headAt(1), entries, from: 2, writer: ADA })
    const told = [...news, ...carol.pass(10_000)]
    const lengths = [...sent(told, 'have', 1), ...sent(told, 'vector', 1)].flatMap(({ items }) =>
      items.map(({ length }) => length),
    )
    assert.deepEqual(lengths, [1])
  })

  test('[SY35] what was sent is not claimed, until the other side says so', () => {
    const ada = bench()
    const chain = chainOf(NOTE, 1)
    ada.register(NOTE, 'document')
    ada.append(NOTE, chain, { from: 0, to: 1 })
    assert.equal(ada.machine.holders(NOTE, 1), 2)
    assert.equal(ada.machine.claims.claimOf(2, NOTE), 0)
    assert.deepEqual(ada.machine.claims.unclaimed(2), [{ feed: NOTE, length: 1, claimed: 0 }])
    ada.hear(2, { type: 'have', items: [{ feed: named(NOTE, 'document'), length: 1 }] })
    assert.equal(ada.machine.claims.claimOf(2, NOTE), 1)
    assert.deepEqual(ada.machine.claims.unclaimed(2), [])
  })

  test('[SY35] the word of who may not have the feed does not count, nor that of having more than was written', () => {
    const ada = bench()
    const chain = chainOf(NOTE, 2)
    ada.step({ type: 'link-up', link: 3, session: sessionNamed('a stranger'), mayRead: false })
    ada.register(NOTE, 'document')
    ada.append(NOTE, chain, { from: 0, to: 1 })
    ada.hear(2, { type: 'have', items: [{ feed: named(NOTE, 'document'), length: 4_000_000_000 }] })
    ada.hear(3, { type: 'have', items: [{ feed: named(NOTE, 'document'), length: 1 }] })
    assert.equal(ada.machine.claims.claimOf(2, NOTE), 0)
    assert.equal(ada.machine.claims.claimOf(3, NOTE), 0)
    ada.append(NOTE, chain, { from: 1, to: 2 })
    assert.equal(ada.machine.claims.claimOf(2, NOTE), 0)
  })

  test('[SY35] who says to have more and is not asked for it does not keep it back', () => {
    const ada = bench()
    ada.hear(2, { type: 'have', items: [{ feed: named(NOTE, 'document'), length: 3 }] })
    assert.ok(ada.machine.claims.isUnasked(2, NOTE))
    assert.ok(!ada.machine.claims.isUnasked(1, NOTE))
    ada.register(NOTE, 'document')
    ada.pass(10_000)
    assert.ok(!ada.machine.claims.isUnasked(2, NOTE))
  })
})
