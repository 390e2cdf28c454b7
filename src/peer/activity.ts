import type { DocumentId, FeedId, SessionId } from '../base/ids.ts'
import type { DocumentHost } from './document-host.ts'

/** When this device last took something in, in milliseconds since 1970: of each document, and of each session. */
export class Activity {
  readonly documents = new Map<DocumentId, number>()
  readonly #sessions = new Map<SessionId, number>()
  readonly #sessionOf: (feed: FeedId) => SessionId | undefined

  constructor(sessionOf: (feed: FeedId) => SessionId | undefined) {
    this.#sessionOf = sessionOf
  }

  /** Before the document takes anything in. */
  bind(host: DocumentHost): void {
    host.guarded.events.on('applied', (entries) => {
      for (const { feed, receivedAtMs } of entries) {
        note(this.documents, host.id, receivedAtMs)
        const session = this.#sessionOf(feed)
        if (session !== undefined) note(this.#sessions, session, receivedAtMs)
      }
    })
  }

  /** 0 for a session of which nothing is here. */
  lastWrittenAtMs(session: SessionId): number {
    return this.#sessions.get(session) ?? 0
  }
}

function note<Key>(times: Map<Key, number>, key: Key, atMs: number): void {
  times.set(key, Math.max(atMs, times.get(key) ?? 0))
}
