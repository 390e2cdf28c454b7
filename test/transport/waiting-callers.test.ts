import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WaitingCallers } from '../../src/transport/waiting-callers.ts'

const first = (): number => 0
const last = (): number => 0.999

describe('those who found no free slot', () => {
  it('[YD10] are called one after the other, drawn by lot, and each once', () => {
    const callers = new WaitingCallers<string>(last)
    callers.add('alice', 'call Alice', 0)
    callers.add('bob', 'call Bob', 0)
    assert.deepEqual(callers.take(1), { id: 'bob', call: 'call Bob' })
    assert.deepEqual(callers.take(1), { id: 'alice', call: 'call Alice' })
    assert.equal(callers.take(1), undefined)
  })

  it('[YD10] are called only for some seconds, counted from their last announcement', () => {
    const callers = new WaitingCallers<string>(first)
    callers.add('alice', 'call Alice', 0)
    callers.add('bob', 'call Bob', 0)
    callers.add('alice', 'call Alice again', 4_000)
    assert.deepEqual(callers.take(5_001), { id: 'alice', call: 'call Alice again' })
    assert.equal(callers.take(5_001), undefined)
  })

  it('[YD10] are forgotten when they were met, and the first ones when they are too many', () => {
    const callers = new WaitingCallers<number>(first)
    for (let n = 0; n < 1_000; n++) callers.add(`peer ${n}`, n, 0)
    callers.remove('peer 936')
    assert.equal(callers.take(1)?.call, 937)
    let count = 1
    while (callers.take(1)) count++
    assert.equal(count, 63)
  })
})
