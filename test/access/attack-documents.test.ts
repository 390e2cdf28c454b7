/**
 * Attacks on what is written, as far as the access log and the document answer them; see attacks.test.ts. What a limit
 * does to a document comes from the access log, so each test starts there and hands the feed's record on.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import type { DocumentId, FeedId } from '../../src/base/ids.ts'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { GuardedDocument } from '../../src/document/guarded-document.ts'
import { clientIdOf } from '../../src/feed/feed-id.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { seededRandom, shuffled } from './random-history.ts'
import { deliver, remove } from './room-history.ts'
import { headAt, pinWith, Scene, type SceneMember } from './attack-scene.ts'

/** A member at their device: the document as they see it, written through the feed that the access log gave them. */
class Desk {
  readonly document: GuardedDocument
  readonly log: ReceivedEntry[] = []
  readonly feed: FeedId
  readonly #scene: Scene

  constructor(scene: Scene, document: DocumentId, feed: FeedId) {
    this.document = new GuardedDocument({ document, kind: 'note' })
    this.feed = feed
    this.#scene = scene
    this.obey()
    this.document.openOwnFeed(feed)
  }

  get title(): Y.Text {
    return this.document.doc.getText('title')
  }

  /** Takes over what the access log says of the feeds. */
  obey(): void {
    for (const { feed, client, limit, document } of this.#scene.state().feeds.values())
      if (document === this.document.id) this.document.registerFeed({ feed, client, rights: 'write', limit })
    if (this.document.needsRebuild) this.document.rebuild(this.log)
  }

  type(at: number, text: string): readonly ReceivedEntry[] {
    this.title.insert(at, text)
    return this.send()
  }

  send(): readonly ReceivedEntry[] {
    const { entries, refused } = this.document.takeLocalChanges({ nowMs: 0 })
    assert.equal(refused, undefined)
    const sent = entries.map(({ feed, seq, cut, body }) => ({ feed, seq, cut, body, receivedAtMs: 0 }))
    this.log.push(...sent)
    return sent
  }

  receive(entries: readonly ReceivedEntry[]): void {
    for (const { entry, outcome } of this.document.receive(entries))
      if (outcome.status === 'applied') this.log.push(entry)
  }
}

function desks(...names: readonly string[]): { scene: Scene; members: SceneMember[]; desks: Desk[]; feeds: FeedId[] } {
  const scene = new Scene()
  const document = scene.document()
  const members = names.map((name) => scene.member(name, 'writer'))
  const feeds = members.map((member) => scene.feed(member, document))
  return { scene, members, feeds, desks: feeds.map((feed) => new Desk(scene, document, feed)) }
}

describe('attacks on documents', () => {
  it('attack 13: ClientID theft or grinding in Yjs', () => {
    const scene = new Scene()
    const document = scene.document()
    const mallory = scene.member('mallory', 'writer')
    const bob = scene.member('bob', 'moderator')
    const [bobs, mallorys] = [scene.feed(bob, document), scene.feed(mallory, document)]
    // The number comes from session, document and grant, and has 53 bits: some 2^26 sessions for one accident.
    assert(
      Number.isSafeInteger(clientIdOf(bobs, document)) && clientIdOf(bobs, document) !== clientIdOf(mallorys, document),
    )
    // Even if somebody found one: the senior's feed keeps the number, in whatever order they arrive.
    const ground = { genesis: scene.history.genesis, clientOf: () => 7 }
    for (let seed = 1; seed <= 10; seed++) {
      const log = new AccessLog(ground)
      deliver(log, shuffled(scene.history.ranges, seededRandom(seed)), () => log.evaluate())
      const { feeds } = log.evaluate()
      assert.deepEqual([feeds.get(bobs)?.status, feeds.get(mallorys)?.status], ['effective', 'client-taken'])
    }
    // And an entry with a number that is not its feed's does not pass: the number is no part of an entry.
    const [alice, eve] = desks('ann', 'eve').desks
    assert(alice && eve)
    alice.type(0, 'hers')
    const taken = eve.type(0, 'not hers').map((entry) => ({ ...entry, feed: alice.feed }))
    alice.receive(taken)
    assert.equal(alice.title.toString(), 'hers')
  })

  it('attack 14: Missing-struct hang (withhold one entry)', () => {
    const [mallory, bob, carol] = desks('mallory', 'bob', 'carol').desks
    assert(mallory && bob && carol)
    const [first, withheld, last] = [mallory.type(0, 'a'), mallory.type(1, 'b'), mallory.type(2, 'c')]
    carol.receive(first)
    carol.receive(last)
    assert.equal(carol.title.toString(), 'a')
    // Mallory's feed stands still for Carol; everybody else's goes on, also beside what is there.
    bob.receive(first)
    carol.receive(bob.type(1, '!'))
    assert.equal(carol.title.toString(), 'a!')
    const reply = carol.type(2, '?')
    bob.receive(reply)
    assert.equal(bob.title.toString(), 'a!?')
    carol.receive(withheld)
    assert.equal(carol.title.toString().replaceAll(/[!?]/g, ''), 'abc')
  })

  it('attack 15: Laundering revoked content through an ally’s reference', () => {
    const { scene, members, desks: all, feeds } = desks('mallory', 'ally', 'carol')
    const [mallory, ally, carol] = all
    assert(mallory && ally && carol && members[0] && feeds[0])
    const kept = mallory.type(0, 'kept ')
    const cut = mallory.type(5, 'SPAM ')
    ally.receive([...kept, ...cut])
    const reference = ally.type(7, 'x')
    const { session, node } = scene.alice
    session.append(node, remove('mallory', [pinWith(members[0].session, feeds[0], 1)], { mode: 'ban' }))
    carol.obey()
    carol.receive([...kept, ...cut, ...reference])
    // Held: the ally's own letter stays and the spam is gone, though the letter stands in the middle of it.
    assert.equal(carol.title.toString(), 'kept x')
    ally.obey()
    assert.equal(ally.title.toString(), 'kept x')
    // Not held: the ally can write the words again, as their own, and answers for them.
    carol.receive(ally.type(6, ' SPAM'))
    assert.equal(carol.title.toString(), 'kept x SPAM')
  })

  it('attack 16: Vandal writer deletes all content', () => {
    const { scene, members, desks: all, feeds } = desks('mallory', 'bob')
    const [mallory, bob] = all
    assert(mallory && bob && members[0] && feeds[0])
    mallory.receive(bob.type(0, 'a long and careful text'))
    bob.receive(mallory.type(0, 'On: '))
    mallory.title.delete(0, mallory.title.length)
    bob.receive(mallory.send())
    assert.equal(bob.title.toString(), '')
    // One who looks after the room goes back to before that.
    scene.alice.session.append(scene.alice.node, remove('mallory', [pinWith(members[0].session, feeds[0], 1)]))
    assert.deepEqual(scene.state().feeds.get(feeds[0])?.pins, [headAt(1)])
    bob.obey()
    assert.equal(bob.title.toString(), 'On: a long and careful text')
  })
})
