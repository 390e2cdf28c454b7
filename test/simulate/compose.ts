import type { Mode } from '../../src/discovery/limits.ts'
import { COPIES_WANTED, COPIES_WANTED_METERED } from '../../src/gossip/limits.ts'
import { GossipTrees } from '../../src/gossip/gossip-trees.ts'
import { SyncMachine } from '../../src/sync/sync-machine.ts'

/** The machine of one node, put together as the page does it. */
export function composeSync(mode: Mode = 'normal'): SyncMachine {
  const spread = new GossipTrees({ copiesWanted: mode === 'edge' ? COPIES_WANTED_METERED : COPIES_WANTED })
  spread.setPassingOn(mode !== 'edge')
  return new SyncMachine({ spread })
}
