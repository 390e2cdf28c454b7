/**
 * Random histories of one document under access control: people write, read each other in any order, and learn sooner or
 * later that somebody's feed is limited, redacted, limited otherwise or let in again. Mallory sometimes sends what no
 * honest device would.
 */
import assert from 'node:assert/strict'
import * as Y from 'yjs'
import type { DocumentKind } from '../../src/document/document-content.ts'
import type { EntryOutcome, ReceivedEntry } from '../../src/document/entry-outcome.ts'
import type { EntryRange, FeedVisibility } from '../../src/document/hidden-entries.ts'
import { clientNamed, feedNamed, Replica, seededRandom } from './replica.ts'

export const PEOPLE = ['Alice', 'Bob', 'Carol', 'Mallory'] as const
type Name = (typeof PEOPLE)[number]

/** What the access log says of a feed at some moment. Who learns a later one forgets the earlier. */
interface Decision extends FeedVisibility {
  readonly name: Name
}

export interface WrittenEntry extends ReceivedEntry {
  readonly name: Name
  readonly clockFrom: number
  readonly clockTo: number
  readonly isHostile: boolean
}

/** The plain meaning of a limit and of redactions. */
export const isHidden = ({ limit, redactions }: FeedVisibility, seq: number): boolean =>
  (limit !== undefined && seq >= limit) || (redactions ?? []).some(({ from, to }) => from <= seq && seq < to)

export class AccessHistory {
  readonly random: () => number
  readonly kind: DocumentKind
  readonly label: string
  readonly people: ReadonlyMap<Name, Replica>
  readonly written: WrittenEntry[] = []
  readonly decisions: Decision[] = []
  readonly #unread = new Map<Replica, WrittenEntry[]>()
  readonly #learned = new Map<Replica, number>()
  #isMallorySpent = false
  letters = 0

  constructor(seed: number, kind: DocumentKind = seed % 8 === 0 ? 'chat' : 'note') {
    this.random = seededRandom(seed)
    this.kind = kind
    this.label = `seed ${seed}`
    this.people = new Map(PEOPLE.map((name) => [name, new Replica(name, kind, PEOPLE)]))
    for (const replica of this.people.values()) this.#unread.set(replica, [])
  }

  get replicas(): readonly Replica[] {
    return [...this.people.values()]
  }

  below(bound: number): number {
    return Math.floor(this.random() * bound)
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    assert(choice !== undefined)
    return choice
  }

  /** What everybody ends up with. */
  visibilityOf(name: string): FeedVisibility {
    return this.decisions.findLast((decision) => decision.name === name) ?? {}
  }

  hides({ name, seq }: WrittenEntry): boolean {
    return isHidden(this.visibilityOf(name), seq)
  }

  writtenBy(name: string): readonly WrittenEntry[] {
    return this.written.filter((entry) => entry.name === name)
  }

  run({ steps, decisionChance }: { readonly steps: number; readonly decisionChance: number }): void {
    for (let step = 0; step < steps; step++) {
      const [name, replica] = this.pick([...this.people])
      if (this.random() < decisionChance) this.#decide()
      if (this.random() < 0.4) this.#learn(replica, this.below(this.decisions.length + 1))
      if (this.random() < 0.7) this.write(name)
      if (this.random() < 0.5) this.#read(replica, this.random())
    }
  }

  /** Everybody learns and reads everything. */
  quiesce(): void {
    for (const replica of this.replicas) {
      this.#learn(replica, this.decisions.length)
      while ((this.#unread.get(replica)?.length ?? 0) > 0) this.#read(replica, 0.7)
    }
  }

  /** Somebody who comes when all is over, and gets everything in any order. */
  latecomer(): Replica {
    const dora = new Replica('Dora', this.kind, PEOPLE)
    this.#unread.set(dora, [...this.written])
    const learnsFirst = this.random() < 0.5
    if (learnsFirst) this.#learn(dora, this.decisions.length)
    while ((this.#unread.get(dora)?.length ?? 0) > 0) this.#read(dora, 0.5)
    this.#learn(dora, this.decisions.length)
    return dora
  }

  /** Whether this person may write, as far as they know. */
  mayWrite(name: Name): boolean {
    const replica = this.people.get(name)
    assert(replica)
    const { document, feed } = replica
    const known = this.#known(name, replica)
    if (name === 'Mallory' && this.#isMallorySpent) return false
    if (known.limit !== undefined || isHidden(known, this.writtenBy(name).length)) return false
    if (document.ownFeed === undefined && document.lengthOf(feed) === this.writtenBy(name).length) {
      document.openOwnFeed(feed)
    }
    return document.ownFeed === feed
  }

  write(name: Name): readonly WrittenEntry[] {
    const replica = this.people.get(name)
    if (replica === undefined || !this.mayWrite(name)) return []
    for (let edits = 1 + this.below(3); edits > 0; edits--) this.#edit(replica)
    const { entries, refused } = replica.document.takeLocalChanges({ nowMs: 0 })
    assert.equal(refused, undefined, `${this.label}: ${name}'s own guard refuses`)
    const sent = entries.map((entry) => ({ ...entry, name, receivedAtMs: 0, isHostile: false }))
    replica.log.push(...sent)
    for (const entry of sent) {
      const isHostile = name === 'Mallory' && this.random() < 0.03
      if (isHostile) this.#isMallorySpent = true
      this.#send(replica, isHostile ? { ...entry, ...this.#spoilt(entry), isHostile } : entry)
      if (isHostile) break
    }
    return sent
  }

  #send(from: Replica, entry: WrittenEntry): void {
    this.written.push(entry)
    for (const [replica, unread] of this.#unread) if (replica !== from) unread.push(entry)
  }

  /** Mallory shows others something else than what she holds herself. */
  #spoilt(entry: WrittenEntry): Partial<WrittenEntry> {
    const body = entry.body.slice()
    body[this.below(body.length)] = this.below(256)
    const cut = this.pick([entry.cut, [], [{ feed: feedNamed('Alice'), length: 1 + this.below(4) }]])
    return { body, cut }
  }

  #decide(): void {
    const name = this.random() < 0.6 ? 'Mallory' : this.pick(PEOPLE)
    const length = this.writtenBy(name).length
    const limit = this.random() < 0.3 ? undefined : this.below(length + 2)
    const redactions: EntryRange[] = []
    for (let from = this.below(4); this.random() < 0.5; from = (redactions.at(-1)?.to ?? from) + 1) {
      redactions.push({ from, to: from + 1 + this.below(3) })
    }
    this.decisions.push({ name, limit, redactions })
  }

  #known(name: Name, replica: Replica): FeedVisibility {
    const known = this.decisions.slice(0, this.#learned.get(replica) ?? 0)
    return known.findLast((decision) => decision.name === name) ?? {}
  }

  #learn(replica: Replica, upTo: number): void {
    if (upTo <= (this.#learned.get(replica) ?? 0)) return
    this.#learned.set(replica, upTo)
    const known = this.decisions.slice(0, upTo)
    for (const name of PEOPLE) {
      const decision = known.findLast((candidate) => candidate.name === name)
      if (decision === undefined) continue
      const { limit, redactions } = decision
      const registration = { feed: feedNamed(name), client: clientNamed(name), rights: 'write' as const }
      const reports = replica.document.registerFeed({ ...registration, limit, redactions })
      for (const { entry, outcome } of reports) if (outcome.status === 'applied') replica.log.push(entry)
      this.#judge(replica, reports)
    }
    this.#repair(replica)
  }

  #read(replica: Replica, share: number): void {
    const unread = this.#unread.get(replica) ?? []
    const chosen = unread.filter(() => this.random() < share)
    this.#unread.set(
      replica,
      unread.filter((entry) => !chosen.includes(entry)),
    )
    const shuffled = chosen
      .map((entry) => ({ entry, key: this.random() }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ entry }) => entry)
    const reports = replica.document.receive(shuffled)
    for (const { entry, outcome } of reports) if (outcome.status === 'applied') replica.log.push(entry)
    this.#judge(replica, reports)
    this.#repair(replica)
  }

  #repair(replica: Replica): void {
    for (let attempt = 0; replica.document.needsRebuild; attempt++) {
      assert(attempt < 4, `${this.label}: rebuilt again and again`)
      const reports = replica.document.rebuild(replica.log)
      for (const { entry, outcome } of reports) if (outcome.status === 'applied') replica.log.push(entry)
      this.#judge(replica, reports)
    }
    assert.equal(replica.doc.store.pendingStructs, null, `${this.label}: structs are parked`)
    assert.equal(replica.doc.store.pendingDs, null, `${this.label}: deletions are parked`)
  }

  /** [I16] Nothing that an honest device wrote is refused, whatever either knew. */
  #judge(
    replica: Replica,
    reports: readonly { readonly entry: ReceivedEntry; readonly outcome: EntryOutcome }[],
  ): void {
    for (const { entry, outcome } of reports) {
      if (outcome.status !== 'rejected') continue
      const isHostile = this.#isMallorySpent && entry.feed === feedNamed('Mallory')
      assert(isHostile, `${this.label}: ${replica.name} refuses an honest entry: ${JSON.stringify(outcome)}`)
    }
  }

  #edit(replica: Replica): void {
    if (this.kind === 'note') return this.#editNote(replica)
    const lane = replica.doc.getArray(replica.document.laneOf(replica.feed))
    lane.push([{ x: this.#words(), t: this.letters }])
  }

  /** Types, splits, nests, merges and sets attributes at random, as an editor might. */
  #editNote(replica: Replica): void {
    const containers: Y.XmlFragment[] = []
    collect(replica.doc.getXmlFragment('body'), containers)
    const parent = this.pick(containers)
    const isBlock = parent instanceof Y.XmlElement
    const choice = this.random()
    replica.doc.transact(() => {
      const text = isBlock && parent.length > 0 ? parent.get(0) : undefined
      if (text instanceof Y.XmlText) return this.#editText(text, parent)
      if (choice < 0.2 && parent.length > 0) parent.delete(this.below(parent.length), 1)
      else if (isBlock && parent.nodeName === 'heading') parent.insert(0, [new Y.XmlText(this.#words())])
      else parent.insert(this.below(parent.length + 1), [this.#block(isBlock)])
    })
  }

  #block(isInner: boolean): Y.XmlElement {
    if (isInner || this.random() < 0.7) {
      const heading = new Y.XmlElement('heading')
      heading.insert(0, [new Y.XmlText(this.#words())])
      return heading
    }
    const quote = new Y.XmlElement('blockquote')
    quote.insert(0, [this.#block(true)])
    return quote
  }

  #editText(text: Y.XmlText, block: Y.XmlFragment): void {
    const at = this.below(text.length + 1)
    const choice = this.random()
    if (choice < 0.25 && block instanceof Y.XmlElement) {
      if (this.random() < 0.3) block.removeAttribute('level')
      else block.setAttribute('level', 1 + this.below(6))
    } else if (choice < 0.5 && at < text.length) text.delete(at, Math.min(2, text.length - at))
    else if (choice < 0.6 && at < text.length) text.format(at, 1, { strong: {} })
    else text.insert(at, this.#words())
  }

  #words(): string {
    this.letters++
    return 'abcdefgh'.slice(this.letters % 5, (this.letters % 5) + 1 + this.below(3))
  }
}

function collect(parent: Y.XmlFragment, containers: Y.XmlFragment[]): void {
  containers.push(parent)
  for (const child of parent.toArray()) if (child instanceof Y.XmlFragment) collect(child, containers)
}
