/**
 * How a node of the simulation checks super peers: with the record that the page keeps, and at the same times. Whether
 * one can prove what it says is no cryptography here: an honest one can, and one that withholds what it has cannot.
 */
import {
  BROKEN_PROMISES,
  DOUBT_INTERVAL_MS,
  LOOK_MS,
  PROOF_INTERVAL_MS,
  PROOF_ON_LINK_ONE_IN,
  SETTLED_AFTER_MS,
} from '../../src/peer/audits.ts'
import { AuditRecord } from '../../src/peer/audit-record.ts'
import type { LinkEnd } from './link-end.ts'
import type { SimulatedNode } from './simulated-node.ts'

export class Auditor {
  readonly #node: SimulatedNode
  readonly #records = new Map<SimulatedNode, AuditRecord>()

  constructor(node: SimulatedNode) {
    this.#node = node
  }

  begin(): void {
    for (const end of this.#node.links.values()) this.linkUp(end)
    this.#lookLater()
  }

  isCondemned(other: SimulatedNode): boolean {
    return this.#records.get(other)?.isCondemned === true
  }

  linkUp({ other: { node: other } }: LinkEnd): void {
    if (other.membership?.isSuper !== true) return
    const { nowMs } = this.#node.world
    const isSoon = this.#node.random.isHit(1 / PROOF_ON_LINK_ONE_IN)
    const proofAtMs = nowMs + (isSoon ? SETTLED_AFTER_MS : this.#intervalMs())
    const known = this.#records.get(other)
    if (known) known.linked(nowMs, proofAtMs)
    else this.#records.set(other, new AuditRecord(nowMs, proofAtMs))
  }

  /** The machine ended a link for that reason. */
  linkEnded({ other }: LinkEnd, reason: string): void {
    if (BROKEN_PROMISES.has(reason)) this.#strike(other.node, 'promised')
  }

  #intervalMs(): number {
    return PROOF_INTERVAL_MS * (0.5 + this.#node.random.next())
  }

  #lookLater(): void {
    this.#node.world.call(
      LOOK_MS,
      () => {
        for (const end of this.#node.links.values()) this.#look(end)
        if (this.#node.isAlive) this.#lookLater()
      },
      this.#node.index,
    )
  }

  #look({ id, other: { node: other } }: LinkEnd): void {
    const record = this.#records.get(other)
    if (!record) return
    const { machine, shelf, world } = this.#node
    const { isNews, verdict } = record.promised(machine.claims.unserved(id), world.nowMs, (name) => {
      const feed = world.ledger.get(name)
      return feed ? shelf.lengthOf(feed) : 0
    })
    if (verdict !== undefined) this.#strike(other, 'promised')
    else if (isNews) this.#forgive(other, 'promised')
    if (world.nowMs < record.proofAtMs) return
    record.proofAtMs = world.nowMs + this.#intervalMs()
    if (other.isHonest) this.#forgive(other, 'proof')
    else this.#strike(other, 'proof')
  }

  #strike(other: SimulatedNode, check: 'promised' | 'proof'): void {
    const record = this.#records.get(other)
    if (!record) return
    record.strike(check, { isLie: check === 'promised', reason: check })
    record.proofAtMs = Math.min(record.proofAtMs, this.#node.world.nowMs + DOUBT_INTERVAL_MS)
    this.#node.setShunned(other, record.isCondemned)
  }

  #forgive(other: SimulatedNode, check: 'promised' | 'proof'): void {
    const record = this.#records.get(other)
    if (record?.forgive(check) === true) this.#node.setShunned(other, record.isCondemned)
  }
}
