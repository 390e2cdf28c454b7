/** Peers without a page: what a program in Node needs beside the library. */
export { nodeEnvironment, type NodeEnvironment, type NodeEnvironmentOptions } from './node-environment.ts'
export { LevelStore, type LevelStoreOptions, type OpenStoreReason } from './level-store.ts'
export { LINK_PATH, listenForLinks, type LinkListener, type LinkListenerOptions } from './link-listener.ts'
export { SuperPeer, type KeepReason, type SuperPeerOptions } from './super-peer.ts'
