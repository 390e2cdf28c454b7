import { assert } from '../base/assert.ts'
import type { FeedId, SessionId } from '../base/ids.ts'
import { AuthorBudget } from './author-budget.ts'
import {
  COPIES_WANTED,
  FLOOD_BYTES_MAX,
  LARGE_FIRST_LINKS,
  PRUNE_GRACE_MS,
  PUSHES_AFTER_PRUNE_MAX,
  SWEEP_INTERVAL_MS,
  THICKEN_INTERVAL_MS,
  TREE_KEPT_MS,
  TREES_MAX,
} from './limits.ts'
import { ScoreBook } from './score.ts'

type LinkId = number

/** This device's place in the tree of one feed. */
interface Tree {
  usedAtMs: number
  /** Links whose other side does not want this feed pushed. */
  readonly lazy: Set<LinkId>
  /** Links whose other side asked for it to be pushed. */
  readonly asked: Set<LinkId>
  /** Links that push it to us, in the order in which they were found. */
  readonly givers: Set<LinkId>
  /** Links that we asked not to push it, with when, and how often they did since. */
  readonly pruned: Map<LinkId, { readonly atMs: number; pushes: number }>
  thickenedAtMs: number
}

/**
 * Which links carry a feed's entries at once, one tree for each feed: the first entry after a pause goes everywhere, and
 * whoever gets more copies than it wants asks the later ones to stop. The links that remain are those by which that
 * first entry came fastest from its author, so the trees of different authors differ. After "Epidemic Broadcast Trees"
 * (Leitão, Pereira, Rodrigues, 2007), with a tree for each author and more than one giver. The rules GO1 to GO12 are in
 * SPEC.md. It does not know what an entry is, and sends nothing itself.
 */
export class GossipTrees {
  readonly scores: ScoreBook
  readonly #budget = new AuthorBudget()
  readonly #sessions = new Map<LinkId, SessionId>()
  readonly #trees = new Map<FeedId, Tree>()
  #copiesWanted: number
  #isPassingOn = true
  #sweptAtMs = 0

  constructor(options: { readonly copiesWanted?: number; readonly scores?: ScoreBook } = {}) {
    this.#copiesWanted = options.copiesWanted ?? COPIES_WANTED
    this.scores = options.scores ?? new ScoreBook()
    assert(this.#copiesWanted >= 1, 'somebody must push')
  }

  /** How many links should push each feed to us: fewer where bytes are paid for. */
  setCopiesWanted(copies: number): void {
    assert(copies >= 1, 'somebody must push')
    this.#copiesWanted = copies
  }

  /** Whether what others wrote goes to links that did not ask for it. */
  setPassingOn(isPassingOn: boolean): void {
    this.#isPassingOn = isPassingOn
  }

  linkUp(link: LinkId, session: SessionId): void {
    this.#sessions.set(link, session)
  }

  linkDown(link: LinkId, _nowMs: number): void {
    this.#sessions.delete(link)
    for (const tree of this.#trees.values()) {
      tree.lazy.delete(link)
      tree.asked.delete(link)
      tree.givers.delete(link)
      tree.pruned.delete(link)
    }
  }

  eagerLinks(
    feed: FeedId,
    links: readonly LinkId[],
    sizeBytes: number,
    nowMs: number,
    covered?: ReadonlySet<LinkId>,
    isOwn = false,
  ): ReadonlySet<LinkId> {
    const known = this.#known(feed, nowMs)
    const tree = known ?? this.#plant(feed, nowMs)
    tree.usedAtMs = nowMs
    const eager = new Set<LinkId>()
    // What others wrote, an edge device leaves to others to spread.
    const isForAskers = !isOwn && !this.#isPassingOn
    const isLargeFirst = known === undefined && sizeBytes > FLOOD_BYTES_MAX
    for (const link of links) {
      const isUnasked = isForAskers || covered?.has(link) === true
      if (tree.lazy.has(link) || (isUnasked && !tree.asked.has(link))) continue
      if (isLargeFirst && eager.size >= LARGE_FIRST_LINKS) tree.lazy.add(link)
      else eager.add(link)
    }
    return eager
  }

  heedCopy(feed: FeedId, link: LinkId, copy: number, nowMs: number): boolean {
    const tree = this.#known(feed, nowMs) ?? this.#plant(feed, nowMs)
    tree.usedAtMs = nowMs
    const session = this.#sessions.get(link)
    if (copy === 1 && session !== undefined) this.scores.heed(session, 'first-delivery', nowMs)
    const pruned = tree.pruned.get(link)
    if (pruned) return this.#heedPushAfterPrune(tree, link, pruned, nowMs)
    tree.givers.add(link)
    if (copy <= this.#copiesWanted || tree.givers.size <= this.#copiesWanted) return false
    tree.givers.delete(link)
    tree.pruned.set(link, { atMs: nowMs, pushes: 0 })
    return true
  }

  heedPrune(feed: FeedId, link: LinkId, nowMs: number): void {
    const tree = this.#known(feed, nowMs)
    if (!tree || !this.#sessions.has(link)) return
    tree.lazy.add(link)
    tree.asked.delete(link)
  }

  heedGraft(feed: FeedId, link: LinkId, nowMs: number): void {
    if (!this.#sessions.has(link)) return
    const tree = this.#known(feed, nowMs) ?? this.#plant(feed, nowMs)
    tree.lazy.delete(link)
    tree.asked.add(link)
  }

  graft(feed: FeedId, link: LinkId, nowMs: number): void {
    const tree = this.#known(feed, nowMs) ?? this.#plant(feed, nowMs)
    tree.pruned.delete(link)
    tree.givers.add(link)
  }

  wantsMore(feed: FeedId, link: LinkId, nowMs: number): boolean {
    const tree = this.#known(feed, nowMs)
    if (!tree || tree.givers.size >= this.#copiesWanted || tree.givers.has(link)) return false
    if (nowMs - tree.thickenedAtMs < THICKEN_INTERVAL_MS) return false
    tree.thickenedAtMs = nowMs
    return true
  }

  mayPass(author: string, count: number, sizeBytes: number, isCatchUp: boolean, nowMs: number): boolean {
    return this.#budget.take(author, count, sizeBytes, isCatchUp, nowMs)
  }

  heedBadPush(feed: FeedId, link: LinkId): void {
    this.#trees.get(feed)?.givers.delete(link)
  }

  heedFault(link: LinkId, fault: 'broken-promise' | 'bad-frame' | 'bad-signature', nowMs: number): boolean {
    const session = this.#sessions.get(link)
    if (session === undefined) return false
    const standing = this.scores.heed(session, fault, nowMs)
    return standing === 'unlinked' || standing === 'banned'
  }

  #heedPushAfterPrune(
    tree: Tree,
    link: LinkId,
    pruned: { readonly atMs: number; pushes: number },
    nowMs: number,
  ): boolean {
    if (nowMs - pruned.atMs < PRUNE_GRACE_MS || ++pruned.pushes < PUSHES_AFTER_PRUNE_MAX) return false
    const session = this.#sessions.get(link)
    if (session !== undefined) this.scores.heed(session, 'pushes-after-prune', nowMs)
    tree.pruned.set(link, { atMs: nowMs, pushes: 0 })
    return true
  }

  /** The tree of a feed that was in use lately. */
  #known(feed: FeedId, nowMs: number): Tree | undefined {
    const tree = this.#trees.get(feed)
    if (!tree || nowMs - tree.usedAtMs <= TREE_KEPT_MS) return tree
    this.#trees.delete(feed)
    return undefined
  }

  #plant(feed: FeedId, nowMs: number): Tree {
    if (nowMs - this.#sweptAtMs >= SWEEP_INTERVAL_MS) {
      this.#sweptAtMs = nowMs
      for (const known of this.#trees.keys()) this.#known(known, nowMs)
    }
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size < TREES_MAX) break
      this.#trees.delete(oldest)
    }
    const tree: Tree = {
      usedAtMs: nowMs,
      lazy: new Set(),
      asked: new Set(),
      givers: new Set(),
      pruned: new Map(),
      thickenedAtMs: Number.NEGATIVE_INFINITY,
    }
    this.#trees.set(feed, tree)
    return tree
  }
}
