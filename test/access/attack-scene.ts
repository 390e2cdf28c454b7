/** A room with its members, in one line each: the set-up of the attacks. */
import {
  idFromBytes,
  idToBytes,
  type DocumentId,
  type FeedId,
  type OperationHash,
  type PersonId,
} from '../../src/base/ids.ts'
import type { ChainHead } from '../../src/feed/chain.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import type { AccessState } from '../../src/access/access-state.ts'
import type { Pin } from '../../src/access/operation.ts'
import { usualMaxGrant, type Role } from '../../src/access/role.ts'
import { deliver, grantTo, idOf, RoomHistory, type Placed, type TestSession, note } from './room-history.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { seededRandom, shuffled } from './random-history.ts'
import { stateDigest } from './state-digest.ts'

export interface SceneMember {
  readonly name: string
  readonly id: PersonId
  readonly session: TestSession
  readonly node: OperationHash
}

export class Scene {
  readonly history: RoomHistory
  readonly alice: SceneMember

  /** Alice founded the room and is its admin. */
  constructor(rootKeys?: readonly string[], threshold?: number) {
    this.history = new RoomHistory(rootKeys, threshold)
    const session = this.history.session('alice')
    const signers = (rootKeys ?? ['root']).slice(0, threshold ?? 1)
    const { hash } = session.appendAsRoot(grantTo('alice', 'admin', { maxGrant: 'admin' }), signers)
    this.alice = { name: 'alice', id: idOf('alice'), session, node: hash }
  }

  /** Lets somebody in. */
  member(name: string, role: Role, by = this.alice): SceneMember {
    const { hash } = by.session.append(by.node, grantTo(name, role, { maxGrant: usualMaxGrant(role) }))
    return { name, id: idOf(name), session: this.history.session(name), node: hash }
  }

  document(by = this.alice): DocumentId {
    return idFromBytes(idToBytes(by.session.append(by.node, note).hash))
  }

  /** A feed of the member in the document, and the pins that keep so many entries of it. */
  feed(member: SceneMember, document: DocumentId, session = member.session): FeedId {
    session.append(member.node, { kind: 'feed.open', document })
    return feedIdOf(session.binding.session, document, member.node)
  }

  state(): AccessState {
    return this.history.evaluate()
  }

  status(placed: Pick<Placed, 'hash'>): string {
    return this.state().explain(placed.hash).status
  }

  roles(...names: readonly string[]): (Role | undefined)[] {
    const state = this.state()
    return names.map((name) => state.roleOf(idOf(name)))
  }

  /** The same in every one of many orders of arrival; the state. */
  inAnyOrder(): AccessState {
    const state = this.state()
    for (let seed = 1; seed <= 20; seed++) {
      const log = new AccessLog({ genesis: this.history.genesis })
      deliver(log, shuffled(this.history.ranges, seededRandom(seed)), () => log.evaluate())
      if (stateDigest(log.evaluate()) !== stateDigest(state))
        throw new Error(`seed ${seed}: another order, another state`)
    }
    return state
  }
}

/** A position of a feed of which only the length matters. */
export const headAt = (length: number): ChainHead => ({ length, hash: idToBytes(idOf(`entry ${length}`)) })

/** Everything that a session wrote so far, and so many entries of a feed. */
export const pinWith = (session: TestSession, feed: FeedId, length: number): Pin =>
  session.pin([{ feed, ...headAt(length) }])
