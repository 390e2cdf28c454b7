import type { LinkId } from '../../src/sync/sync-event.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** Each has an order of its own; the last two of them are one lane of the same priority on a real link. */
export type Channel = 'sync' | 'control' | 'overlay'

/** One side of a link, with what is under way from here to the other side. */
export class LinkEnd {
  readonly id: LinkId
  readonly node: SimulatedNode
  readonly isOutbound: boolean
  readonly oneWayMs: number
  readonly openedAtMs: number
  /** Set by whoever makes both ends. */
  other: LinkEnd = this
  isOpen = true
  /** A lane is in order: nothing arrives before what was sent before it. */
  readonly arrivalMs: Record<Channel, number> = { sync: 0, control: 0, overlay: 0 }
  readonly isFull: Record<'sync' | 'control', boolean> = { sync: false, control: false }
  /** What a stuck node has not read, in order. */
  held: { readonly channel: Channel; readonly bytes: Uint8Array }[] = []
  heldBytes = 0

  constructor(id: LinkId, node: SimulatedNode, isOutbound: boolean, oneWayMs: number, openedAtMs: number) {
    this.id = id
    this.node = node
    this.isOutbound = isOutbound
    this.oneWayMs = oneWayMs
    this.openedAtMs = openedAtMs
  }
}
