import type { Channel, LinkEnd } from './link-end.ts'
import type { SimulatedNode } from './simulated-node.ts'

/** What makes a node hostile: it stands between the honest machines and the network. */
export interface Behaviour {
  readonly name: string
  /** What really goes out instead of this message. */
  sends?(end: LinkEnd, channel: Channel, bytes: Uint8Array): readonly Uint8Array[]
  /** False keeps the message from the honest machines. */
  hears?(end: LinkEnd, channel: Channel, bytes: Uint8Array): boolean
  linkUp?(end: LinkEnd): void
  /** Called once, when the node is made hostile. */
  begin?(node: SimulatedNode): void
}
