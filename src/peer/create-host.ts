import type { Emitter } from '../base/emitter.ts'
import type { DocumentId, FeedId } from '../base/ids.ts'
import type { SyncEvent } from '../sync/sync-event.ts'
import { DocumentHost } from './document-host.ts'
import type { Environment } from './environment.ts'
import type { FeedStore } from './feed-store.ts'
import type { KeyRing } from './key-ring.ts'
import type { RoomCoreEvents } from './room-core-events.ts'
import type { Session } from './session.ts'

/** What a document asks of its room. */
export interface RoomOfHosts {
  readonly ring: KeyRing
  readonly session: Session
  readonly environment: Environment
  readonly keeper: { ensure(): Promise<boolean> }
  readonly documents: Map<DocumentId, DocumentHost>
  readonly events: Emitter<RoomCoreEvents>
  readonly links: { tell(event: SyncEvent): void }
}

/** Makes the host of a document of the room, and tells the room's links and listeners what comes of it. */
export function createHost(
  core: RoomOfHosts,
  options: {
    readonly document: DocumentId
    readonly kind: 'chat' | 'note'
    readonly store: FeedStore
    /** Something that was written stands on a feed that is not registered here. */
    readonly onMissing: (feed: FeedId) => void
  },
): DocumentHost {
  const { ring, session, environment } = core
  const { document, kind, store, onMissing } = options
  const ensureEpoch = (): Promise<boolean> => core.keeper.ensure()
  const host = new DocumentHost({ document, kind, ring, store, session, environment, ensureEpoch })
  core.documents.set(document, host)
  core.events.emit('creating', host)
  host.events.on('published', ({ feed, head, entries }) => {
    core.links.tell({ type: 'appended', feed, head, entries, from: undefined })
    core.events.emit('published', { feed, length: head.length })
  })
  host.events.on('refused', (edit) => {
    core.events.emit('refused', edit)
  })
  host.events.on('locked', () => {
    core.events.emit('locked', undefined)
  })
  host.events.on('doubt', () => {
    core.events.emit('doubt', undefined)
  })
  host.events.on('missing', onMissing)
  host.events.on('ended', ({ feed, reason }) => {
    core.links.tell({ type: 'refused', feed, reason })
  })
  return host
}
