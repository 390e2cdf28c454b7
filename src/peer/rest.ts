/**
 * What a first screen does without: the network, deciding about access, my devices. An application may have it fetched
 * after that screen is shown (`Peer.loadRest`), and then it is one file. Nothing in here judges what others wrote: that
 * is there from the start.
 */
export { GossipTrees } from '../gossip/gossip-trees.ts'
export { SyncMachine } from '../sync/sync-machine.ts'
export { createTabDoor } from '../transport/tab-door.ts'
export { Mine } from './mine.ts'
export { LinkEntrance } from './link-entrance.ts'
export { Mesh } from './mesh.ts'
export { networkViewOf } from './network-view.ts'
export { pairProfile, recoverProfile } from './new-device.ts'
export { RoomRest } from './room-rest.ts'
export { TabModes } from './tab-modes.ts'
