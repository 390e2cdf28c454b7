/** What the effective operations add up to, said as directly as possible, and one line of text for each finding. */
import type { DocumentId, FeedId, OperationHash, SessionId } from '../../src/base/ids.ts'
import { clientIdOf, feedIdOf } from '../../src/feed/feed-id.ts'
import { ROOT, type OperationBody } from '../../src/access/operation.ts'
import { keyOf, isSenior, rank, within } from './naive-evaluate.ts'
import type { NaiveAct, NaiveEvaluation, NaiveNode } from './naive-evaluate.ts'
import { compareKeys, consentIn, keptOfFeed, placeOf, type Key, type NaiveOperation } from './naive-operation.ts'

/** The weakest role that may, and whether it must be over the whole room. */
const NEEDED: Readonly<Record<string, readonly [role: string, isWholeRoom: boolean]>> = {
  'document.create': ['writer', true],
  epoch: ['writer', true],
  'epoch.seal': ['reader', false],
  'epoch.request': ['reader', false],
  profile: ['relay', false],
  'room.name': ['admin', true],
  'root.offer': ['admin', false],
  'root.accept': ['relay', false],
  'join.request': ['relay', false],
  'join.decline': ['moderator', false],
}

export interface NaiveFeed {
  readonly op: NaiveOperation
  readonly node: NaiveNode
  readonly document: string
  readonly limit: number | undefined
  readonly redactions: readonly { readonly from: number; readonly to: number }[]
}

export interface NaiveEpoch {
  readonly epoch: string
  readonly place: Key
  readonly op: NaiveOperation
  /** Members' or not: every device that has a box. */
  readonly devices: ReadonlySet<string>
  /** The readers' devices with a box of which they have not said that it does not open. */
  readonly covered: ReadonlySet<string>
}

const orderOf = ({ op, node }: NaiveAct): Key => [...keyOf(node), ...placeOf(op)]
const bySeniority = (a: NaiveAct, b: NaiveAct): number => compareKeys(orderOf(a), orderOf(b))

export class NaiveRegisters {
  readonly evaluation: NaiveEvaluation
  readonly effective: ReadonlySet<string>
  /** Person and the grants that stand. */
  readonly members = new Map<string, readonly string[]>()
  readonly documents = new Set<string>()
  readonly feeds = new Map<string, NaiveFeed>()
  readonly profiles = new Map<string, string>()
  readonly readerDevices = new Set<string>()
  readonly epochs: readonly NaiveEpoch[]
  readonly #acts: readonly NaiveAct[]

  constructor(evaluation: NaiveEvaluation) {
    this.evaluation = evaluation
    const allowed = evaluation.candidates.filter((act) => this.#isAllowed(act))
    for (const { op } of allowed) if (op.body?.kind === 'document.create') this.documents.add(op.hash)
    const feeds = this.#feedActs()
    this.#acts = [...allowed, ...this.#redactions(), ...feeds]
    this.effective = new Set([...evaluation.effective, ...this.#acts.map(({ op }) => op.hash)])
    for (const { op, node, body } of this.#actsOf('feed.open', feeds)) this.#addFeed(op, node, body.document)
    for (const node of evaluation.nodes) this.#addMember(node)
    for (const act of this.#actsOf('profile')) this.#addProfile(act)
    for (const { person, device } of this.#knownDevices(this.effective))
      if (this.#isReader(person, device)) this.readerDevices.add(device)
    this.epochs = this.#epochs()
  }

  #actsOf<Kind extends OperationBody['kind']>(
    kind: Kind,
    acts: readonly NaiveAct[] = this.#acts,
  ): (NaiveAct & { body: Extract<OperationBody, { kind: Kind }> })[] {
    return acts.flatMap((act) =>
      act.op.body?.kind === kind ? [{ ...act, body: act.op.body as Extract<OperationBody, { kind: Kind }> }] : [],
    )
  }

  #isAllowed({ op, node }: NaiveAct): boolean {
    const needed = NEEDED[op.body?.kind ?? '']
    if (needed === undefined || node.hash === ROOT) return false
    const [role, isWholeRoom] = needed
    return rank(node.role) >= rank(role) && (!isWholeRoom || node.scope === '*')
  }

  /** Of two feeds of a document with one number, the more senior. */
  #feedActs(): NaiveAct[] {
    const taken = new Set<string>()
    return this.evaluation.candidates.toSorted(bySeniority).filter(({ op, node }) => {
      if (op.body?.kind !== 'feed.open' || node.hash === ROOT || !this.documents.has(op.body.document)) return false
      if (rank(node.role) < rank('writer') || !within([op.body.document], node.scope)) return false
      const slot = `${op.body.document} ${clientIdOf(feedOf(op, node, op.body.document), op.body.document)}`
      const isFree = !taken.has(slot)
      taken.add(slot)
      return isFree
    })
  }

  /** By somebody who looks after the document and is senior to the feed, or by the feed's own person. */
  #redactions(): NaiveAct[] {
    const known = new Map<string, { person: string; node: NaiveNode; document: DocumentId }>()
    for (const op of this.evaluation.operations.values()) {
      const node = this.evaluation.node(op.node)
      if (op.body?.kind !== 'feed.open' || node === undefined || node.hash === ROOT) continue
      const { document } = op.body
      known.set(feedOf(op, node, document), { person: op.person, node, document })
    }
    return this.evaluation.candidates.filter(({ op, node }) => {
      const feed = op.body?.kind === 'redact' ? known.get(op.body.feed) : undefined
      if (feed === undefined || op.body?.kind !== 'redact' || op.body.from >= op.body.to) return false
      if (node.hash === ROOT) return false
      if (feed.person === op.person) return true
      return rank(node.role) >= rank('moderator') && isSenior(node, feed.node) && within([feed.document], node.scope)
    })
  }

  #addFeed(op: NaiveOperation, node: NaiveNode, document: DocumentId): void {
    const { evaluation } = this
    const feed = feedOf(op, node, document)
    const kept: number[] = evaluation.devices.limits(op).map(({ body }) => {
      return body?.kind === 'device.revoke' ? keptOfFeed(body.pins, op.session, feed) : 0
    })
    for (const limit of [...evaluation.limits(node, op.person), ...evaluation.limitsIn(document, node, op.person)])
      kept.push(Math.max(...evaluation.alternatives(limit).map((pins) => keptOfFeed(pins, op.session, feed))))
    const list = this.writeList(document, node)?.body
    if (list && list.people !== '*' && !list.people.some((person) => person === op.person))
      kept.push(keptOfFeed(list.pins, op.session, feed))
    const limit = kept.length === 0 ? undefined : Math.min(...kept)
    const ranges = this.#actsOf('redact').flatMap(({ body }) => (body.feed === feed ? [body] : []))
    this.feeds.set(feed, { op, node, document, limit, redactions: merged(ranges) })
  }

  /** The list of writers that binds what is written under this grant. */
  writeList(document: string, node: NaiveNode) {
    const lists = this.evaluation.actsOf('document.writers').filter(({ body }) => body.document === document)
    return this.evaluation.inForce(lists, node)
  }

  #addMember(node: NaiveNode): void {
    if (node.hash === ROOT || node.holder === '*' || this.evaluation.limits(node, node.holder).length > 0) return
    this.members.set(node.holder, [...(this.members.get(node.holder) ?? []), node.hash].toSorted())
  }

  /** The grants that a person may act under now. */
  standing(person: string): NaiveNode[] {
    return this.evaluation.nodes.filter(
      (node) =>
        node.hash !== ROOT &&
        (node.holder === '*' || node.holder === person) &&
        this.evaluation.limits(node, person).length === 0,
    )
  }

  #isReader(person: string, device: string): boolean {
    if (!this.evaluation.devices.isStanding(person, device)) return false
    return this.standing(person).some((node) => rank(node.role) >= rank('reader'))
  }

  #addProfile({ op, body }: NaiveAct & { body: { counter: number } }): void {
    const known = this.evaluation.operations.get(this.profiles.get(op.person) ?? '')
    const counter = known?.body?.kind === 'profile' ? known.body.counter : -1
    if (body.counter > counter || (body.counter === counter && known && op.hash < known.hash))
      this.profiles.set(op.person, op.hash)
  }

  #epochs(): NaiveEpoch[] {
    const announced = this.#actsOf('epoch').toSorted(bySeniority)
    const first = announced.filter(
      ({ body }, i) => announced.findIndex((other) => other.body.epoch === body.epoch) === i,
    )
    const boxes = [...announced, ...this.#actsOf('epoch.seal')]
    const complaints = this.#actsOf('epoch.request').flatMap(({ op, body }) =>
      body.bad.map((bad) => `${op.device} ${body.epoch} ${bad}`),
    )
    return first.map((act) => {
      const own = boxes
        .filter(({ body }) => body.epoch === act.body.epoch)
        .flatMap(({ op, body }) => body.boxes.map(({ device }) => ({ device, by: op.hash })))
      const good = own.filter(
        ({ device, by }) => this.readerDevices.has(device) && !complaints.includes(`${device} ${act.body.epoch} ${by}`),
      )
      const devices = new Set<string>(own.map(({ device }) => device))
      const covered = new Set<string>(good.map(({ device }) => device))
      return { epoch: act.body.epoch, place: orderOf(act), op: act.op, devices, covered }
    })
  }

  /** Nobody who may not read has its key; of those, the one that most of the readers' devices have. */
  currentEpoch(): string | undefined {
    const known = new Set<string>(this.#knownDevices().map(({ device }) => device))
    const safe = this.epochs.filter(({ devices }) =>
      [...devices].every((device) => this.readerDevices.has(device) || !known.has(device)),
    )
    const most = Math.max(...safe.map(({ covered }) => covered.size))
    return safe.find(({ covered }) => covered.size === most)?.epoch
  }

  /** Of sessions, and of those whom a grant let in: of any grant, or of those that count. */
  #knownDevices(grants?: ReadonlySet<string>): { readonly person: string; readonly device: string }[] {
    return [...this.evaluation.operations.values()].flatMap((op) => {
      if (op.body?.kind === 'session') return [{ person: op.person, device: op.device }]
      const admitted = grants === undefined || grants.has(op.hash) ? consentIn(op) : undefined
      return admitted ? [admitted] : []
    })
  }

  /** Of those that no effective other replaces, the most senior author's latest. */
  roomName(): string | undefined {
    const names = this.#actsOf('room.name').toSorted(bySeniority)
    const left = names.filter(({ op }) => !names.some(({ body }) => body.over.some((hash) => hash === op.hash)))
    const [first] = left
    return left.findLast(({ op, node }) => node === first?.node && op.session === first.op.session)?.op.hash
  }

  /** The people who may write in a document now. */
  writers(document: string, people: readonly string[]): string[] {
    return people.filter((person) =>
      this.standing(person).some((node) => {
        if (rank(node.role) < rank('writer') || !within([document], node.scope)) return false
        if (this.evaluation.limitsIn(document, node, person).length > 0) return false
        const list = this.writeList(document, node)?.body.people ?? '*'
        return list === '*' || list.some((listed) => listed === person)
      }),
    )
  }

  lines(): string[] {
    const { evaluation } = this
    const lines = [...this.effective].map((hash) => `effective ${hash}`)
    for (const [person, nodes] of this.members) lines.push(`member ${person} ${nodes.join()}`)
    for (const [feed, { op, limit, redactions }] of this.feeds)
      lines.push(
        `feed ${feed} ${op.hash} ${limit ?? 'all'} ${redactions.map(({ from, to }) => `${from}-${to}`).join()}`,
      )
    for (const [person, hash] of this.profiles) lines.push(`profile ${person} ${hash}`)
    for (const { op } of evaluation.actsOf('invite')) {
      const isRevoked = evaluation.actsOf('invite.revoke').some(({ body }) => body.invite === op.hash)
      lines.push(`invite ${op.hash} ${evaluation.peopleBy(op.hash).size} ${isRevoked}`)
    }
    for (const { person, device } of evaluation.devices.devices)
      lines.push(`device ${person} ${device} ${evaluation.devices.isStanding(person, device)}`)
    for (const device of this.readerDevices) lines.push(`reader ${device}`)
    for (const document of this.documents)
      lines.push(
        `writers ${document} ${this.writers(document, [...this.members.keys()])
          .toSorted()
          .join()}`,
      )
    for (const node of evaluation.nodes)
      if (node.hash !== ROOT) lines.push(`policy ${node.hash} ${evaluation.isPolicyOff('members-admit', node)}`)
    lines.push(`root ${evaluation.root.threshold} ${[...evaluation.root.keys].toSorted().join()}`)
    lines.push(`places ${evaluation.policyOfAll('meeting-places')}`)
    lines.push(`name ${this.roomName()}`, `current ${this.currentEpoch()}`)
    lines.push(`epochs ${this.epochs.map(({ epoch }) => epoch).join()}`)
    return lines.toSorted()
  }
}

const feedOf = (op: NaiveOperation, node: NaiveNode, document: DocumentId): FeedId =>
  feedIdOf(op.session as SessionId, document, node.hash as OperationHash)

function merged(ranges: readonly { from: number; to: number }[]): { from: number; to: number }[] {
  const out: { from: number; to: number }[] = []
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else out.push({ from, to })
  }
  return out
}
