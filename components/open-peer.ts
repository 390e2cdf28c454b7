import { addressesOf, Peer, platformEnvironment, publicDoor, wsDoor, yWebrtcDoor } from '../src/index.ts'
import { hostSettings } from './host-settings.ts'

/** The tracker of whoever serves this page: `npm start` runs both on one port. */
function trackerOfThisPage(): string {
  const url = new URL('tracker', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  return url.href
}

/** The host may name STUN and TURN servers. Without them people in one network still connect. */
export const iceServersOfThisPage = async (): Promise<readonly RTCIceServer[]> => (await hostSettings()).iceServers

/** Opens this device's peer on the browser's storage, with this page's own origin as the first of the doors. */
export function openPeer(): Promise<Peer> {
  const iceServers = iceServersOfThisPage
  const usesPublicRelays = async (): Promise<boolean> => (await hostSettings()).usesPublicRelays
  return Peer.open({
    doors: [
      wsDoor({ addresses: async () => addressesOf('peer', (await hostSettings()).places) }),
      yWebrtcDoor({ trackers: [trackerOfThisPage()], iceServers }),
      ...(['nostr', 'torrent', 'mqtt'] as const).map((network) =>
        publicDoor({
          network,
          relays: async () => addressesOf(network, (await hostSettings()).places),
          usesPublicRelays,
          iceServers,
        }),
      ),
    ],
    environment: { ...platformEnvironment(), iceServers },
    restLater: true,
  })
}
