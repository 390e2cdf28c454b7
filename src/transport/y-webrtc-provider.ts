/** Makes and unmakes y-webrtc's provider. The only file that loads y-webrtc and Yjs, and itself loaded on demand. */
import * as tabChannel from 'lib0/broadcastchannel'
import { WebrtcProvider, type ProviderOptions } from 'y-webrtc'
import { Doc } from 'yjs'

export interface ProviderRequest {
  readonly topic: string
  readonly trackers: readonly string[]
  readonly password: string
  readonly peerOpts: NonNullable<ProviderOptions['peerOpts']>
}

export interface OpenProvider {
  readonly provider: WebrtcProvider
  /** Addresses that are no WebSocket addresses: one of them would make y-webrtc throw for all. */
  readonly refused: readonly string[]
  /** Resolves when y-webrtc has forgotten the room, so that it can be opened again. */
  readonly destroy: () => Promise<void>
}

export function openProvider({ topic, trackers, password, peerOpts }: ProviderRequest): OpenProvider {
  const doc = new Doc()
  const usable = trackers.filter((tracker) => isTrackerAddress(tracker))
  const provider = new WebrtcProvider(topic, doc, {
    signaling: [...new Set(usable)],
    password,
    peerOpts,
    // Tabs of one browser are to find each other here too: whether they do is decided by the tab door, not by y-webrtc.
    filterBcConns: false,
  })
  // In the turn in which it was made: nobody has been told of its first, empty state.
  provider.awareness.setLocalState(null)
  const muted = muteTabs(provider)
  const destroy = async () => {
    await muted
    // `destroy` alone would leave the trackers connected.
    provider.disconnect()
    provider.destroy()
    await provider.key
    provider.awareness.destroy()
    doc.destroy()
  }
  return { provider, refused: trackers.filter((tracker) => !usable.includes(tracker)), destroy }
}

/**
 * Connects the provider with these trackers and with no others, and leaves its room as it is. Its own `connect` and
 * `disconnect` know which trackers other rooms use as well; without a room at hand that is all they do.
 */
export function moveProvider(provider: WebrtcProvider, trackers: readonly string[]): void {
  const wanted = new Set(trackers.filter((tracker) => isTrackerAddress(tracker)))
  const { room, signalingConns } = provider
  const gone = signalingConns.filter(({ url }) => !wanted.has(url))
  const kept = signalingConns.filter(({ url }) => wanted.has(url))
  provider.room = null
  try {
    // The new ones first: a tracker that both lists name under two spellings stays connected.
    provider.signalingUrls = [...wanted].filter((url) => !kept.some((conn) => conn.url === url))
    provider.signalingConns = []
    provider.connect()
    const added = provider.signalingConns
    provider.signalingConns = gone
    provider.disconnect()
    provider.signalingConns = [...kept, ...added]
  } finally {
    provider.room = room
    provider.shouldConnect = true
    provider.signalingUrls = [...wanted]
  }
}

/** Keeps y-webrtc from syncing its document with other tabs as well. */
async function muteTabs(provider: WebrtcProvider): Promise<void> {
  await provider.key
  const { room } = provider
  if (!room) return
  tabChannel.unsubscribe(room.name, room._bcSubscriber)
  room.bcconnected = false
}

/** A secure page may open insecure sockets to its own machine only. */
function isTrackerAddress(text: string): boolean {
  // No WebSocket is made of an address with a fragment, not even an empty one: it would throw for all of them.
  if (!URL.canParse(text) || text.includes('#')) return false
  const { protocol, hostname } = new URL(text)
  if (protocol === 'wss:') return true
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return protocol === 'ws:' && (isLocal || globalThis.location?.protocol !== 'https:')
}
