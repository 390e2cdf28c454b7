import type { Outcome, Scenario } from '../scenario.ts'
import { byzantine, flood, slow } from './byzantine.ts'
import { catchUp } from './catch-up.ts'
import { churn } from './churn.ts'
import { crash } from './crash.ts'
import { doorOutage, flashCrowd, join } from './joining.ts'
import { markedSuperPeer } from './marked-super-peer.ts'
import { partition } from './partition.ts'
import { spread } from './spread.ts'
import { onMap, steady } from './steady.ts'
import { superPeers } from './super-peers.ts'
import { sybil } from './sybil.ts'

export const SCENARIOS: readonly Scenario<Outcome>[] = [
  steady,
  onMap,
  crash,
  join,
  flashCrowd,
  doorOutage,
  partition,
  catchUp,
  churn,
  sybil,
  flood,
  slow,
  byzantine,
  superPeers,
  markedSuperPeer,
  spread,
]
