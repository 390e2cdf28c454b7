import type { Store } from '../storage/store.ts'
import type { DoorMaker } from './doors.ts'
import type { Environment } from './environment.ts'
import type { StorageQuota } from './quota.ts'

export interface PeerOptions {
  /** Where everything is kept. Without one: the browser's IndexedDB, or memory where there is none. */
  readonly store?: Store
  /** The name of the IndexedDB database, for applications that share an origin. */
  readonly database?: string
  /** How members of a room find each other. Without any, a peer works alone. */
  readonly doors?: readonly DoorMaker[]
  /** The address that links start with; this page's by default. */
  readonly inviteBase?: string
  /** Trackers and other places that links tell their holders of. */
  readonly inviteTrackers?: readonly string[]
  readonly environment?: Environment
  /**
   * Opens without the code that a first screen can do without. Until `loadRest` was called and has resolved, rooms
   * meet nobody, and there is neither `devices` nor the `access` of a room.
   */
  readonly restLater?: boolean
  /**
   * Never takes a key to what is written, whatever role others give it: for a peer that keeps and passes on only. What
   * its store does not take it refuses, where others go on in memory.
   */
  readonly isBlind?: boolean
  /** What others may have stored here, for a peer that keeps rooms for them. Without one, whatever there is room for. */
  readonly quota?: StorageQuota
}

/** This page without what is behind it: links lead to the application that made them. */
export const pageAddress = (): string =>
  typeof location === 'undefined' ? 'parley:' : `${location.origin}${location.pathname}${location.search}`
