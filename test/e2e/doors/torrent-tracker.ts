import type { WebSocket } from 'ws'
import { startRelay, type LocalRelay } from './local-server.ts'

interface Announcement {
  readonly info_hash: string
  readonly peer_id: string
  readonly event?: string
  readonly offers?: readonly { readonly offer: unknown; readonly offer_id: string }[]
  readonly answer?: unknown
  readonly offer_id?: string
  readonly to_peer_id?: string
}

/** What a BitTorrent tracker does for WebRTC peers: hands offers to others of the swarm, and answers back. */
export function startTorrentTracker(failure?: string): Promise<LocalRelay> {
  const swarms = new Map<string, Map<string, WebSocket>>()
  return startRelay((message, client) => {
    const { info_hash, peer_id, event, offers = [], answer, offer_id, to_peer_id } = message as Announcement
    const say = (to: WebSocket | undefined, what: object): void =>
      to?.send(JSON.stringify({ action: 'announce', info_hash, ...what }))
    if (failure !== undefined) return say(client, { 'failure reason': failure })
    const swarm = swarms.get(info_hash) ?? new Map<string, WebSocket>()
    swarms.set(info_hash, swarm)
    if (answer !== undefined) return say(swarm.get(to_peer_id ?? ''), { answer, offer_id, peer_id })
    if (event === 'stopped') return void swarm.delete(peer_id)
    swarm.set(peer_id, client)
    client.once('close', () => swarm.delete(peer_id))
    say(client, { interval: 120, complete: 0, incomplete: swarm.size })
    const others = [...swarm].filter(([id]) => id !== peer_id)
    for (const [at, { offer, offer_id: id }] of offers.entries()) say(others[at]?.[1], { offer, offer_id: id, peer_id })
  })
}
