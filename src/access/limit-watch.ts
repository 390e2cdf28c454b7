import type { DocumentId, FeedId, PersonId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { DeviceIndex } from './device-index.ts'
import { boundsOf, UNLIMITED, type FeedBounds, type FeedLimit, type Opening } from './feed-record.ts'
import type { FeedRegistry } from './feed-registry.ts'
import { eachOf } from './few.ts'
import { lifts, type Limits } from './limits.ts'
import type { Holdings, LoggedOperation, SessionLog } from './logged-operation.ts'
import { partsOf, type NodeRecord, type NodeTable } from './node-table.ts'
import type { DocumentWritersBody } from './operation.ts'
import { PinSet } from './pin-set.ts'
import { ALL, keeps, meet, type Tips } from './pin-tips.ts'
import type { Revocation } from './revocation.ts'
import type { SeniorRegister } from './senior-register.ts'
import type { Work } from './work.ts'

interface Watched {
  readonly work: Work
  readonly nodes: NodeTable
  readonly limits: Limits
  readonly feeds: FeedRegistry
  readonly devices: DeviceIndex
  readonly writeLists: SeniorRegister<DocumentWritersBody>
}

/** Finds what a revocation changes when it comes, goes, or keeps something else: those operations, and no others. */
export class LimitWatch {
  readonly #watched: Watched
  readonly #holdings: Holdings
  readonly #markStale: (operation: LoggedOperation) => void

  constructor(watched: Watched, holdings: Holdings, markStale: (operation: LoggedOperation) => void) {
    this.#watched = watched
    this.#holdings = holdings
    this.#markStale = markStale
  }

  /** What stays of a session's log under the node. */
  tipsOf(record: NodeRecord, log: SessionLog): Tips {
    const known = record.tips?.get(log.session)
    if (known !== undefined) return known
    const tips = this.#watched.limits.tips(record.node, log.person, log)
    if (tips !== ALL) (record.tips ??= new Map()).set(log.session, tips)
    return tips
  }

  /** Looks at whom the revocation binds; `isNew`: it came, and did not go or change. */
  update(revocation: Revocation, isNew = false): void {
    const { author, body } = revocation
    const { target } = body
    const { nodes } = this.#watched
    const check = (record: NodeRecord, person?: PersonId): void => {
      const { node } = record
      if (!record.isActive || (author !== undefined && compareSeniority(author, node) >= 0)) return
      if (node.over.has(revocation.hash) && lifts(node.parent, revocation)) return
      this.#recheck(record, person, isNew && body.scope === '*' ? revocation : undefined)
    }
    if (target.type === 'person') {
      for (const record of nodes.activeOf(target.person)) check(record)
      for (const record of nodes.activeOf('*')) check(record, target.person)
    } else if (target.type === 'grants') {
      for (const hash of target.grants) {
        const record = nodes.get(hash)
        if (record) check(record)
      }
    } else {
      const top = nodes.get(target.grant)
      const branch = top ? [top] : []
      for (const record of branch) {
        check(record)
        for (const child of eachOf(record.children)) branch.push(child)
      }
    }
  }

  /** What all that limits a feed keeps of it. */
  boundsOf({ operation, node, body }: Opening, feed: FeedId): FeedBounds {
    const { log } = operation
    if (!this.#isLimited(node, log.person, body.document)) return UNLIMITED
    const modes = this.#watched.limits.modes(node, log.person, body.document)
    return boundsOf(this.#limitsOf({ operation, node, body }), modes, log.session, feed)
  }

  /** Whether there is anything at all to look through: most feeds are limited by nothing. */
  #isLimited(node: AuthorityNode, person: PersonId, document: DocumentId): boolean {
    const { limits, devices, writeLists } = this.#watched
    return devices.hasRevocations(person) || limits.mayBind(node, person) || writeLists.has(document)
  }

  *#limitsOf({ operation, node, body }: Pick<Opening, 'operation' | 'node' | 'body'>): Iterable<FeedLimit> {
    const { limits, devices, writeLists, work } = this.#watched
    const { log } = operation
    yield* devices.limitsOf(log)
    const list = writeLists.inForce(body.document, node)
    if (list && list.body.people !== '*' && !list.body.people.includes(log.person))
      yield new PinSet(list.operation, list.body.pins, this.#holdings)
    for (const revocation of limits.each(node, log.person, body.document)) {
      work.steps++
      yield revocation
    }
  }

  /** What stays of the logs under a node may have changed; with `added`, by that one and no other. */
  #recheck(record: NodeRecord, person: PersonId | undefined, added: Revocation | undefined): void {
    const { node } = record
    const { limits, feeds, work } = this.#watched
    const parts = partsOf(record, this.#holdings.byNode.get(node.hash) ?? [])
    const ofPerson = person === undefined ? undefined : this.#holdings.sessionsOf.get(person)
    for (const log of ofPerson ?? parts.keys()) {
      const part = parts.get(log)
      work.steps++
      if (part === undefined) continue
      const known = record.tips?.get(log.session)
      const had = known ?? ALL
      const tips = added && known ? meet(known, added.tips(log)) : limits.tips(node, log.person, log)
      for (const { feed } of part.openings) if (feed) feeds.touch(feed.id)
      if (isSame(had, tips)) continue
      if (tips === ALL) record.tips?.delete(log.session)
      else (record.tips ??= new Map()).set(log.session, tips)
      for (const operation of part.operations) {
        work.steps++
        if (keeps(had, operation) !== keeps(tips, operation)) this.#markStale(operation)
      }
    }
  }
}

const isSame = (a: Tips, b: Tips): boolean =>
  a === b || (a !== 'all' && b !== 'all' && a.length === b.length && a.every((tip) => b.includes(tip)))
