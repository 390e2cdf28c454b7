/** What a door to a public network is told. */
import type { RtcPlatform } from './rtc-link.ts'

export type TrysteroNetwork = 'nostr' | 'torrent' | 'mqtt'

export interface TrysteroDoorOptions {
  readonly network: TrysteroNetwork
  /**
   * WebSocket addresses that the room or the host names. Two are used at a time, the same two by everybody. A name and
   * password for an MQTT broker stand before the host: `wss://name:password@broker.example`.
   */
  readonly relays: readonly string[]
  /** Behind those of the room, public relays of strangers may be used. Only when host or user have switched it on. */
  readonly usesPublicRelays?: boolean
  /** Derived from the room's secret, never the topic: seals what passes through the relays. */
  readonly password: string
  /** STUN and TURN servers. None by default: people are not sent to strangers without being asked. */
  readonly iceServers?: readonly RTCIceServer[]
  /** Through TURN alone, so that the other side does not learn our address. The relays still see it. */
  readonly isAddressHidden?: boolean
  /** Whose WebRTC is used, where it is not the page's own. */
  readonly platform?: RtcPlatform
}
