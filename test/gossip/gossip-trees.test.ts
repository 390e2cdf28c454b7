import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import {
  AUTHOR_ENTRIES_BURST,
  AUTHOR_ENTRIES_PER_SECOND,
  BANNED_MS,
  CATCH_UP_ENTRIES_BURST,
  COPIES_WANTED,
  FLOOD_BYTES_MAX,
  LARGE_FIRST_LINKS,
  PRUNE_GRACE_MS,
  PUSHES_AFTER_PRUNE_MAX,
  SCORE_HALF_LIFE_MS,
  SCORE_MAX,
  THICKEN_INTERVAL_MS,
  TREE_KEPT_MS,
  UNLINKED_MS,
} from '../../src/gossip/limits.ts'
import { ScoreBook } from '../../src/gossip/score.ts'
import type { SpreadPolicy } from '../../src/sync/spread-policy.ts'
import { feedNamed, sessionNamed } from '../sync/simulation.ts'

const FEED = feedNamed('note')
const LINKS = [1, 2, 3, 4, 5, 6, 7, 8]

function trees(copiesWanted = COPIES_WANTED): GossipTrees {
  const made = new GossipTrees({ copiesWanted })
  for (const link of LINKS) made.linkUp(link, sessionNamed(`session ${link}`))
  return made
}

describe('gossip trees', () => {
  test('they are a spread policy for the sync machine', () => {
    const policy: SpreadPolicy = trees()
    assert.equal(policy.eagerLinks(FEED, LINKS, 10, 0).size, LINKS.length)
  })

  test('[GO1] the first small entry goes to all links, a large one to a few, and what follows to the same', () => {
    const small = trees()
    assert.equal(small.eagerLinks(FEED, LINKS, FLOOD_BYTES_MAX, 0).size, LINKS.length)
    const large = trees()
    const few = large.eagerLinks(FEED, LINKS, FLOOD_BYTES_MAX + 1, 0)
    assert.equal(few.size, LARGE_FIRST_LINKS)
    assert.deepEqual(large.eagerLinks(FEED, LINKS, 10, 10), few)
  })

  test('[GO2] the links of later copies are pruned, and as many givers as are wanted stay, in whatever order', () => {
    for (const wanted of [1, 2]) {
      const made = trees(wanted)
      const pruned = new Set<number>()
      // Every entry comes over all links that are left, in another order each time.
      for (let entry = 0; entry < 8; entry++) {
        const order = LINKS.map((_, i) => LINKS[(i * 3 + entry) % LINKS.length] ?? 0).filter(
          (link) => !pruned.has(link),
        )
        for (const [i, link] of order.entries()) if (made.heedCopy(FEED, link, i + 1, entry * 10)) pruned.add(link)
      }
      assert.equal(pruned.size, LINKS.length - wanted)
    }
  })

  test('[GO3] a prune makes a link lazy and a graft makes it eager again, for that feed alone', () => {
    const made = trees()
    made.eagerLinks(FEED, LINKS, 10, 0)
    made.heedPrune(FEED, 3, 1)
    assert(!made.eagerLinks(FEED, LINKS, 10, 2).has(3))
    assert(made.eagerLinks(feedNamed('other'), LINKS, 10, 2).has(3))
    made.heedGraft(FEED, 3, 3)
    assert(made.eagerLinks(FEED, LINKS, 10, 4).has(3))
  })

  test('[GO4] a tree is forgotten a minute after its last entry', () => {
    const made = trees()
    made.eagerLinks(FEED, LINKS, 10, 0)
    made.heedPrune(FEED, 3, 0)
    assert(!made.eagerLinks(FEED, LINKS, 10, TREE_KEPT_MS).has(3))
    assert(made.eagerLinks(FEED, LINKS, 10, 2 * TREE_KEPT_MS + 1).has(3))
  })

  test('[GO5] links that the sender speaks to itself are left out, unless they asked', () => {
    const made = trees()
    made.heedGraft(FEED, 2, 0)
    assert.deepEqual([...made.eagerLinks(FEED, [1, 2, 3], 10, 0, new Set([1, 2]))], [2, 3])
  })

  test('[GO6] with too few givers one more is asked at a time', () => {
    const made = trees()
    assert(!made.wantsMore(FEED, 1, 0), 'a feed that nobody pushes is not asked for')
    made.heedCopy(FEED, 1, 1, 0)
    assert(!made.wantsMore(FEED, 1, 1))
    assert(made.wantsMore(FEED, 2, 1))
    assert(!made.wantsMore(FEED, 3, 2))
    assert(made.wantsMore(FEED, 3, 1 + THICKEN_INTERVAL_MS))
    made.graft(FEED, 3, 2000)
    assert(!made.wantsMore(FEED, 4, 9000))
    made.linkDown(3, 9000)
    assert(made.wantsMore(FEED, 4, 9000))
  })

  test('[GO7] an author has a burst and a rate for news, and a longer burst for what is caught up with', () => {
    const made = trees()
    const passed = (author: string, isCatchUp: boolean, nowMs: number): number => {
      let count = 0
      while (made.mayPass(author, 1, 10, isCatchUp, nowMs)) count++
      return count
    }
    assert.equal(passed('Mallory', false, 0), AUTHOR_ENTRIES_BURST)
    assert.equal(passed('Mallory', false, 10_000), 10 * AUTHOR_ENTRIES_PER_SECOND)
    assert.equal(passed('Ada', false, 10_000), AUTHOR_ENTRIES_BURST)
    assert.equal(passed('Ada', true, 10_000), CATCH_UP_ENTRIES_BURST)
  })

  test('[GO8] pushing on and on after a prune is asked to stop again, and lowers the score', () => {
    const made = trees(1)
    made.heedCopy(FEED, 1, 1, 0)
    assert(made.heedCopy(FEED, 2, 2, 0))
    for (let i = 0; i < 10; i++) assert(!made.heedCopy(FEED, 2, 2, 100), 'under way')
    let asked = 0
    for (let i = 0; i < PUSHES_AFTER_PRUNE_MAX; i++) if (made.heedCopy(FEED, 2, 2, PRUNE_GRACE_MS + i)) asked++
    assert.equal(asked, 1)
    assert.equal(made.scores.standing(sessionNamed('session 2'), PRUNE_GRACE_MS + 9), 'doubtful')
  })
})

describe('scores', () => {
  const mallory = sessionNamed('Mallory')

  test('[GO9] deeds add up, halve each minute and have consequences', () => {
    const book = new ScoreBook()
    for (let i = 0; i < 200; i++) book.heed(mallory, 'first-delivery', 0)
    assert.equal(book.points(mallory, 0), SCORE_MAX)
    assert.equal(book.points(mallory, SCORE_HALF_LIFE_MS), SCORE_MAX / 2)
    assert.equal(book.heed(mallory, 'bad-frame', SCORE_HALF_LIFE_MS), 'unlinked')
    assert.equal(book.standing(mallory, SCORE_HALF_LIFE_MS + UNLINKED_MS), 'doubtful')
    assert.equal(book.heed(mallory, 'bad-signature', 200_000), 'banned')
    assert.equal(book.standing(mallory, 200_000 + BANNED_MS - 1), 'banned')
    assert.equal(book.standing(mallory, 200_000 + BANNED_MS), 'doubtful')
    assert.equal(book.standing(mallory, 300_000 + 2 * BANNED_MS), 'good')
  })

  test('[GO9] a few broken promises are forgiven, many are not', () => {
    const book = new ScoreBook()
    for (let i = 0; i < 4; i++) assert.equal(book.heed(mallory, 'broken-promise', 0), 'doubtful')
    assert.equal(book.heed(mallory, 'broken-promise', 0), 'unlinked')
  })

  test('[GO9] whoever is banned is not forgotten because many others did something', () => {
    const book = new ScoreBook()
    book.heed(mallory, 'bad-signature', 0)
    for (let i = 0; i < 5000; i++) book.heed(sessionNamed(`sybil ${i}`), 'bad-frame', 1)
    assert.equal(book.standing(mallory, 2), 'banned')
  })
})
