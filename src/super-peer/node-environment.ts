/** What a peer needs to meet others from Node: WebRTC in a process of its own, and WebSockets. */
import { WebSocket } from 'ws'
import { isAddressHidden } from '../peer/address-hiding.ts'
import { publicDoor, wsDoor, yWebrtcDoor, type DoorMaker } from '../peer/doors.ts'
import { memoryLocks, platformEnvironment, type Environment } from '../peer/environment.ts'
import type { TrysteroNetwork } from '../transport/trystero-options.ts'
import { PACKET_BYTES_MAX } from '../transport/ws-link.ts'
import { createRemoteDoor, createRemotePublicDoor } from './remote-door.ts'
import { remoteDialler } from './remote-dialler.ts'
import { RtcProcess, type RtcProcessOptions } from './rtc-process.ts'

export interface NodeEnvironmentOptions extends RtcProcessOptions {
  /** WebSocket addresses of y-webrtc signalling servers. Rooms may name more. */
  readonly trackers?: readonly string[]
  /** WebSocket addresses of peers that take links. Rooms may name more. */
  readonly addresses?: readonly string[]
  /** WebSocket addresses of Nostr relays, BitTorrent trackers and MQTT brokers. Rooms may name more. */
  readonly relays?: Readonly<Partial<Record<TrysteroNetwork, readonly string[]>>>
  /** Whether relays of strangers are used as well. They are not by default. */
  readonly usesPublicRelays?: boolean
  /** STUN and TURN servers. None by default. */
  readonly iceServers?: readonly RTCIceServer[]
  /** Further parts of the environment, such as notes that outlive the process. */
  readonly environment?: Partial<Environment>
}

export interface NodeEnvironment {
  readonly environment: Environment
  /** For `Peer.open`: trackers, relays of public networks, and addresses of peers. */
  readonly doors: readonly DoorMaker[]
  /** The WebRTC process, for whoever shows how it does. */
  readonly rtc: RtcProcess
  /** Ends the WebRTC process with all its links. After the peers were closed. */
  close(): Promise<void>
}

const NETWORKS = ['nostr', 'torrent', 'mqtt'] as const satisfies readonly TrysteroNetwork[]

/** To be shared by all rooms of a peer; two peers that may be in one room need one each. */
export function nodeEnvironment(options: NodeEnvironmentOptions = {}): NodeEnvironment {
  const { trackers = [], addresses = [], iceServers = [], relays = {}, usesPublicRelays = false } = options
  const rtc = new RtcProcess(options)
  const base: Environment = { ...platformEnvironment(), ...memoryLocks(), ...options.environment }
  const getIceServers = (): Promise<readonly RTCIceServer[]> => Promise.resolve(iceServers)
  const dialler = remoteDialler(rtc, () =>
    Promise.resolve({ iceServers, isAddressHidden: isAddressHidden(base.notes) }),
  )
  return {
    environment: { ...base, dialler, iceServers: getIceServers },
    doors: [
      ...NETWORKS.map((network) =>
        publicDoor({
          network,
          relays: () => Promise.resolve(relays[network] ?? []),
          usesPublicRelays: () => Promise.resolve(usesPublicRelays),
          iceServers: getIceServers,
          createDoor: (settings) => createRemotePublicDoor(rtc, settings),
        }),
      ),
      yWebrtcDoor({
        trackers,
        iceServers: getIceServers,
        createDoor: (settings) => createRemoteDoor(rtc, settings),
      }),
      wsDoor({
        addresses: () => Promise.resolve(addresses),
        openSocket: (address) => new WebSocket(address, { maxPayload: PACKET_BYTES_MAX, perMessageDeflate: false }),
      }),
    ],
    rtc,
    close: () => rtc.close(),
  }
}
