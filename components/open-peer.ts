import { Peer, yWebrtcDoor } from '../src/index.ts'

/** The tracker of whoever serves this page: `npm start` runs both on one port. */
function trackerOfThisPage(): string {
  const url = new URL('tracker', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  return url.href
}

/** The host may name STUN servers. Without its answer, or without the host, people in one network still connect. */
async function iceServersOfThisPage(): Promise<readonly RTCIceServer[]> {
  try {
    const response = await fetch(new URL('settings.json', location.href), { signal: AbortSignal.timeout(2_000) })
    const settings = (await response.json()) as { readonly iceServers?: readonly RTCIceServer[] }
    return settings.iceServers ?? []
  } catch {
    return []
  }
}

/** Opens this device's peer on the browser's storage, with this page's own origin as the door. */
export const openPeer = (): Promise<Peer> =>
  Peer.open({
    doors: [yWebrtcDoor({ trackers: [trackerOfThisPage()], iceServers: iceServersOfThisPage })],
    restLater: true,
  })
