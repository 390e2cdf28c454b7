import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { feedNamed, Replica, three, type } from './replica.ts'

describe('a causal cut, row 25', () => {
  /** Alice writes, Bob answers, so that whoever includes Bob's answer must include Alice's word. */
  function answered() {
    const [alice, bob, carol] = three()
    const word = type(alice, 0, 'word')
    bob.receive(word)
    const answer = type(bob, 4, ' answer')
    carol.receive([...word, ...answer])
    const [honest] = type(carol, 0, 'Carol: ')
    assert(honest)
    const dora = new Replica('Dora', 'note', ['Alice', 'Bob', 'Carol', 'Dora'])
    return { alice, bob, carol, dora, entries: [...word, ...answer], honest }
  }
  const refusedCut = (outcome: unknown): void => {
    assert.equal((outcome as { status: string }).status, 'rejected')
    assert.equal((outcome as { reason: string }).reason, 'cut')
  }

  it('[D4] is refused when it is not closed', () => {
    const { bob, dora, entries, honest } = answered()
    dora.receive(entries)
    refusedCut(dora.receive([{ ...honest, cut: [{ feed: bob.feed, length: 1 }] }])[0])
  })

  it('[D4] is refused when it is not closed, whenever the rest arrives', () => {
    const { bob, dora, entries, honest } = answered()
    const lie = { ...honest, cut: [{ feed: bob.feed, length: 1 }] }
    dora.receive([lie])
    refusedCut(dora.receive(entries).at(-1))
  })

  it('[D4] is refused when it names its own feed, or does not grow', () => {
    const { alice, carol, dora, entries, honest } = answered()
    dora.receive(entries)
    dora.receive([honest])
    const [next] = type(carol, 0, '>')
    assert(next)
    const other = new Replica('Dora', 'note', ['Alice', 'Bob', 'Carol', 'Dora'])
    other.receive([...entries, honest])
    refusedCut(dora.receive([{ ...next, cut: [{ feed: alice.feed, length: 1 }] }])[0])
    refusedCut(other.receive([{ ...next, cut: [{ feed: carol.feed, length: 1 }] }])[0])
  })

  it('[D4] waits for entries that do not exist, in bounds, and harms nobody', () => {
    const { bob, dora, entries, honest } = answered()
    dora.receive(entries)
    const [outcome] = dora.receive([{ ...honest, cut: [{ feed: bob.feed, length: 1e9 }] }])
    assert.deepEqual(outcome, { status: 'held', reason: 'heads', missing: [{ feed: bob.feed, length: 1e9 }] })
    assert.deepEqual(dora.receive(type(bob, 0, 'still here: ')), [{ status: 'applied' }])
  })

  it('[D4] that omits what an anchor needs makes the guard refuse the entry', () => {
    const { dora, entries, honest } = answered()
    dora.receive(entries)
    const [outcome] = dora.receive([{ ...honest, cut: [] }])
    assert.equal(outcome?.status, 'rejected')
  })

  it('[D5] ends the feed for good, on every replica, and those who include it', () => {
    const { alice, carol, dora, entries, honest } = answered()
    const lie = { ...honest, cut: [{ feed: feedNamed('Bob'), length: 1 }] }
    const next = type(carol, 0, 'more ')
    alice.receive(entries.slice(1))
    for (const replica of [alice, dora]) {
      if (replica === dora) replica.receive(entries)
      replica.receive([lie])
      assert.equal(replica.document.endOf(carol.feed)?.seq, 0)
      const [late] = replica.receive(next)
      assert.deepEqual(late, { status: 'rejected', reason: 'feed-rejected', detail: 'cut' })
      const including = { ...type(dora, 0, 'x')[0], feed: feedNamed('Bob'), seq: 1 } as ReceivedEntry
      const [outcome] = replica.receive([{ ...including, cut: [{ feed: carol.feed, length: 1 }] }])
      assert.deepEqual(outcome, { status: 'rejected', reason: 'cut', detail: 'includes a refused entry' })
    }
  })
})
