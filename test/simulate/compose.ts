import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { SyncMachine } from '../../src/sync/sync-machine.ts'

/** The machine of one node, put together as the page does it. */
export const composeSync = (): SyncMachine => new SyncMachine({ spread: new GossipTrees() })
