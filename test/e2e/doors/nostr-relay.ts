import type { WebSocket } from 'ws'
import { startRelay, type LocalRelay } from './local-server.ts'

interface Filter {
  readonly kinds: readonly number[]
  readonly '#x': readonly string[]
}
interface NostrEvent {
  readonly id: string
  readonly kind: number
  readonly content: unknown
  readonly tags: readonly (readonly string[])[]
}

export interface NostrRelay extends LocalRelay {
  /** All that were published. */
  readonly events: readonly NostrEvent[]
  /** Topics that somebody is subscribed to. */
  topics(): readonly string[]
  /** Publishes as a stranger. */
  publish(topic: string, content: unknown): void
}

/** What a Nostr relay (NIP-01) does with events that it does not keep: passes them on to whoever asked for them. */
export async function startNostrRelay(port?: number, refusal?: string): Promise<NostrRelay> {
  const subscriptions = new Map<WebSocket, Map<string, Filter>>()
  const events: NostrEvent[] = []
  const deliver = (event: NostrEvent): void => {
    for (const [client, filters] of subscriptions)
      for (const [id, { kinds, '#x': topics }] of filters)
        if (kinds.includes(event.kind) && topics.includes(event.tags[0]?.[1] ?? ''))
          client.send(JSON.stringify(['EVENT', id, event]))
  }
  const relay = await startRelay((message, client) => {
    const [type, first, filter] = message as [string, string | NostrEvent, Filter]
    if (type === 'REQ') {
      const filters = subscriptions.get(client) ?? new Map<string, Filter>()
      subscriptions.set(client, filters.set(String(first), filter))
      client.send(JSON.stringify(['EOSE', first]))
    } else if (type === 'CLOSE') subscriptions.get(client)?.delete(String(first))
    else if (type === 'EVENT' && typeof first === 'object') {
      client.send(JSON.stringify(['OK', first.id, refusal === undefined, refusal ?? '']))
      if (refusal !== undefined) return
      events.push(first)
      deliver(first)
    }
  }, port)
  const filters = (): Filter[] => [...subscriptions.values()].flatMap((each) => [...each.values()])
  return Object.assign(relay, {
    events,
    topics: () => [...new Set(filters().flatMap(({ '#x': topics }) => topics))],
    publish: (topic: string, content: unknown) => {
      const kind = filters().find(({ '#x': topics }) => topics.includes(topic))?.kinds[0] ?? 0
      deliver({ id: '', kind, content, tags: [['x', topic]] })
    },
  })
}
