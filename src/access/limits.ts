import type { DocumentId, OperationHash, PersonId } from '../base/ids.ts'
import { compareSeniority, type AuthorityNode } from './authority-node.ts'
import type { SessionLog } from './logged-operation.ts'
import type { RevokeMode, RevokeTarget } from './operation.ts'
import { ALL, meet, type Tips } from './pin-tips.ts'
import { compareRevocations, type Amendment, type Revocation } from './revocation.ts'
import { RevocationLine } from './revocation-line.ts'
import type { Work } from './work.ts'

/** The lines of revocations by their targets. */
class Lines {
  readonly #work: Work
  readonly #persons = new Map<PersonId, RevocationLine>()
  readonly #grants = new Map<OperationHash, RevocationLine>()
  readonly #subtrees = new Map<OperationHash, RevocationLine>()

  constructor(work: Work) {
    this.#work = work
  }

  ofPerson(person: PersonId): readonly Revocation[] {
    return this.#persons.get(person)?.revocations ?? []
  }

  ofSubtree(grant: OperationHash): readonly Revocation[] {
    return this.#subtrees.get(grant)?.revocations ?? []
  }

  ofTarget(target: RevokeTarget): RevocationLine[] {
    if (target.type === 'person') return [this.#line(this.#persons, target.person)]
    if (target.type === 'subtree') return [this.#line(this.#subtrees, target.grant)]
    return [...new Set(target.grants)].map((grant) => this.#line(this.#grants, grant))
  }

  /** Those that may bind what the person does under the node. */
  around(node: AuthorityNode, person: PersonId): readonly RevocationLine[] {
    let found: RevocationLine[] | undefined
    const ofPerson = this.#persons.get(person)
    if (ofPerson) found = [ofPerson]
    const ofGrant = this.#grants.size > 0 ? this.#grants.get(node.hash) : undefined
    if (ofGrant) (found ??= []).push(ofGrant)
    if (this.#subtrees.size > 0)
      for (let at: AuthorityNode | undefined = node; at; at = at.parent) {
        const line = this.#subtrees.get(at.hash)
        if (line) (found ??= []).push(line)
      }
    return found ?? NO_LINES
  }

  #line<Key>(lines: Map<Key, RevocationLine>, key: Key): RevocationLine {
    let line = lines.get(key)
    if (!line) lines.set(key, (line = new RevocationLine(this.#work)))
    return line
  }
}

const NO_LINES: readonly RevocationLine[] = []

/** As many of a line as bind a grant. */
interface Bound {
  readonly line: RevocationLine
  readonly end: number
  /** The places of what the grant overrules. */
  readonly skipped: readonly number[]
  readonly scope: DocumentId | '*'
}

/**
 * All effective revocations, and what they come to for whoever acts under a grant. Those of the whole room cut what is
 * done and end the grant; those of listed documents cut only what is written there.
 */
export class Limits {
  readonly #revocations = new Map<OperationHash, Revocation>()
  readonly #amendments = new Map<OperationHash, Amendment[]>()
  readonly #room: Lines
  readonly #documents: Lines

  constructor(work: Work) {
    this.#room = new Lines(work)
    this.#documents = new Lines(work)
  }

  get revocations(): ReadonlyMap<OperationHash, Revocation> {
    return this.#revocations
  }

  add(revocation: Revocation): void {
    revocation.setAmendments(this.#amendments.get(revocation.hash) ?? [])
    this.#revocations.set(revocation.hash, revocation)
    for (const line of this.#linesOf(revocation)) line.add(revocation)
  }

  remove(revocation: Revocation): void {
    this.#revocations.delete(revocation.hash)
    for (const line of this.#linesOf(revocation)) line.remove(revocation)
  }

  /** What the revocation's pins name has arrived. */
  update(revocation: Revocation): void {
    for (const line of this.#linesOf(revocation)) line.update(revocation)
  }

  /** The revocation that keeps more now, if it is effective. */
  amend(amendment: Amendment): Revocation | undefined {
    const { revocation: hash } = amendment.body
    const known = this.#amendments.get(hash)
    if (known) known.push(amendment)
    else this.#amendments.set(hash, [amendment])
    return this.#amended(hash)
  }

  unamend(amendment: OperationHash, hash: OperationHash): Revocation | undefined {
    const known = this.#amendments.get(hash) ?? []
    this.#amendments.set(
      hash,
      known.filter(({ operation }) => operation.hash !== amendment),
    )
    return this.#amended(hash)
  }

  /** What stays of the log of somebody who acts under the node. */
  tips(node: AuthorityNode, person: PersonId, log: SessionLog): Tips {
    let tips = ALL
    for (const line of this.#room.around(node, person)) {
      const end = line.countBefore(node)
      tips = meet(tips, line.tips(log, end, this.#overruled(node, line, end)))
    }
    return tips
  }

  /** Whether any revocation is about the grant or the person; if not, nothing binds what the person does under it. */
  mayBind(node: AuthorityNode, person: PersonId): boolean {
    return this.#room.around(node, person).length > 0 || this.#documents.around(node, person).length > 0
  }

  /** Whether no revocation of the whole room ended what the node gives to the person. */
  isStanding(node: AuthorityNode, person: PersonId): boolean {
    return this.#room.around(node, person).every((line) => {
      const end = line.countBefore(node)
      return end === 0 || end === this.#overruled(node, line, end).length
    })
  }

  /** The revocations that bind what the person does under the node, here or in the document; most senior first. */
  of(node: AuthorityNode, person: PersonId, document?: DocumentId): Revocation[] {
    const found = this.#applying(this.#room, node, person)
    if (document !== undefined) found.push(...this.inDocument(node, person, document))
    return found.length > 1 ? [...new Set(found)].toSorted(compareRevocations) : found
  }

  /** The kinds of those that bind what the person writes in the document under the node. */
  modes(node: AuthorityNode, person: PersonId, document: DocumentId): RevokeMode[] {
    const found = new Set<RevokeMode>()
    for (const { line, end, skipped, scope } of this.#around(node, person, document))
      for (const mode of line.modes(scope, end, skipped)) found.add(mode)
    return [...found].toSorted()
  }

  /** Those that bind it, one by one and in no order, for whoever may stop early. */
  *each(node: AuthorityNode, person: PersonId, document: DocumentId): Iterable<Revocation> {
    for (const { line, end, skipped } of this.#around(node, person, document)) {
      const places = new Set(skipped)
      for (let i = 0; i < end; i++) {
        const revocation = line.revocations[i]
        if (revocation && !places.has(i) && revocation.reaches(document)) yield revocation
      }
    }
  }

  /** Those that cut only what the person writes in some documents, this one among them. */
  inDocument(node: AuthorityNode, person: PersonId, document: DocumentId): Revocation[] {
    return this.#applying(this.#documents, node, person).filter(
      ({ body }) => body.scope !== '*' && body.scope.includes(document),
    )
  }

  /** Every effective revocation of the whole room of the person, most senior first. */
  ofPerson(person: PersonId): readonly Revocation[] {
    return this.#room.ofPerson(person)
  }

  /** Those that a new grant to the person by this node would meet: of the person, and of the branch that it stands in. */
  ofNewcomer(person: PersonId, granter: AuthorityNode): Revocation[] {
    const found = [...this.#room.ofPerson(person)]
    for (let at: AuthorityNode | undefined = granter; at; at = at.parent) found.push(...this.#room.ofSubtree(at.hash))
    return found
  }

  #amended(hash: OperationHash): Revocation | undefined {
    const revocation = this.#revocations.get(hash)
    if (revocation === undefined) return undefined
    revocation.setAmendments(this.#amendments.get(hash) ?? [])
    this.update(revocation)
    return revocation
  }

  #linesOf({ body }: Revocation): RevocationLine[] {
    return (body.scope === '*' ? this.#room : this.#documents).ofTarget(body.target)
  }

  #around(node: AuthorityNode, person: PersonId, document: DocumentId): Bound[] {
    const bound = (scope: DocumentId | '*') => (line: RevocationLine) => {
      const end = line.countBefore(node)
      return { line, end, skipped: this.#overruled(node, line, end), scope }
    }
    return [
      ...this.#room.around(node, person).map(bound('*')),
      ...this.#documents.around(node, person).map(bound(document)),
    ]
  }

  #applying(lines: Lines, node: AuthorityNode, person: PersonId): Revocation[] {
    return lines.around(node, person).flatMap((line) => {
      const end = line.countBefore(node)
      const overruled = new Set(this.#overruled(node, line, end))
      return line.revocations.slice(0, end).filter((_, i) => !overruled.has(i))
    })
  }

  /** The places, ascending, of those before `end` that the node's grant lifts. */
  #overruled(node: AuthorityNode, line: RevocationLine, end: number): number[] {
    if (node.over.size === 0) return []
    const places: number[] = []
    for (const hash of node.over) {
      const revocation = this.#revocations.get(hash)
      const place = revocation && lifts(node.parent, revocation) ? line.indexOf(revocation) : -1
      if (place >= 0 && place < end) places.push(place)
    }
    return places.toSorted((a, b) => a - b)
  }
}

/** Whether a grant by this node that lists the revocation overrules it: a ban gives way only to the banner or a senior. */
export const lifts = (granter: AuthorityNode | undefined, { body, author }: Revocation): boolean =>
  body.mode !== 'ban' ||
  author === undefined ||
  (granter !== undefined && (granter === author || compareSeniority(granter, author) <= 0))
