import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import {
  AUTHOR_BYTES_BURST,
  AUTHOR_BYTES_PER_SECOND,
  AUTHOR_ENTRIES_BURST,
  AUTHOR_ENTRIES_PER_SECOND,
  BANNED_MS,
  CATCH_UP_ENTRIES_BURST,
  COPIES_WANTED,
  FLOOD_BYTES_MAX,
  LARGE_FIRST_LINKS,
  OVER_BUDGET_KEPT_MS,
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

  test('[GO4] a tree is forgotten three minutes after its last entry', () => {
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

  test('[GO12] an edge device pushes what others wrote to links that asked, and its own to all', () => {
    const made = trees()
    made.setPassingOn(false)
    assert.deepEqual([...made.eagerLinks(FEED, LINKS, 10, 0)], [])
    made.heedGraft(FEED, 3, 1)
    assert.deepEqual([...made.eagerLinks(FEED, LINKS, 10, 2)], [3])
    assert.equal(made.eagerLinks(feedNamed('own'), LINKS, 10, 2, undefined, true).size, LINKS.length)
    made.setPassingOn(true)
    assert.equal(made.eagerLinks(FEED, LINKS, 10, 3).size, LINKS.length)
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
    assert.equal(passed('Ada', true, 10_000), CATCH_UP_ENTRIES_BURST)
    assert.equal(passed('Ben', false, 10_000), AUTHOR_ENTRIES_BURST)
  })

  test('[GO10] what came under one signature passes when all of it may, and smaller ones wait behind it', () => {
    const made = trees()
    assert(made.mayPass('Mallory', AUTHOR_ENTRIES_BURST - 10, 10, false, 0))
    assert(!made.mayPass('Mallory', 500, 10, false, 0))
    assert(!made.mayPass('Mallory', 5, 10, false, 0))
    const waitMs = ((500 - 10) / AUTHOR_ENTRIES_PER_SECOND) * 1000 + 1
    assert(!made.mayPass('Mallory', 5, 10, false, waitMs - 2))
    assert(made.mayPass('Mallory', 500, 10, false, waitMs))
    assert(!made.mayPass('Mallory', 1, 10, false, waitMs))
    assert(made.mayPass('Mallory', 1, 10, false, waitMs + 50))
  })

  test('[GO10] bytes are counted like entries', () => {
    const made = trees()
    assert(made.mayPass('Mallory', 1, AUTHOR_BYTES_BURST, false, 0))
    assert(!made.mayPass('Mallory', 1, 2 * AUTHOR_BYTES_PER_SECOND, false, 1_999))
    assert(made.mayPass('Mallory', 1, 2 * AUTHOR_BYTES_PER_SECOND, false, 2_000))
  })

  test('[GO11] what is fetched of an author who writes too fast is counted as his news, for a minute', () => {
    const made = trees()
    assert(made.mayPass('Mallory', 1, 10, true, 0))
    assert(made.mayPass('Mallory', AUTHOR_ENTRIES_BURST, 10, false, 0))
    assert(!made.mayPass('Mallory', 1, 10, false, 0))
    assert(!made.mayPass('Mallory', 100, 10, true, 10))
    assert(made.mayPass('Ada', 3_000, 10, true, 10), 'others are not concerned')
    assert(made.mayPass('Mallory', 100, 10, true, 5_010), 'five seconds of news')
    assert(!made.mayPass('Mallory', 300, 10, true, 5_011))
    assert(made.mayPass('Mallory', 3_000, 10, true, 5_011 + OVER_BUDGET_KEPT_MS))
  })

  test('[GO11] whose first word was news has no past to catch up with but what he may have written since', () => {
    const made = trees()
    assert(made.mayPass('Mallory', 1, 10, false, 0))
    assert(!made.mayPass('Mallory', AUTHOR_ENTRIES_BURST, 10, true, 0))
    assert(made.mayPass('Mallory', AUTHOR_ENTRIES_BURST, 10, true, 60))
    assert(!made.mayPass('Mallory', 1, 10, false, 60), 'and both come out of one allowance')
    const absenceS = 100
    assert(made.mayPass('Ada', 1, 10, false, 0))
    assert(made.mayPass('Ada', absenceS * AUTHOR_ENTRIES_PER_SECOND, 10, true, absenceS * 1000))
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
