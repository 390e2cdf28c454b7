// The parts of y-webrtc 10.3.0 that the door uses. Most are private: the version is pinned, and the door's browser
// tests run against the real package.
declare module 'y-webrtc' {
  export interface SimplePeer {
    readonly initiator: boolean
    readonly destroyed: boolean
    readonly _pc: RTCPeerConnection | null | undefined
    on(event: 'data', listener: () => void): this
    on(event: 'signal', listener: (signal: unknown) => void): this
    on(event: 'close', listener: () => void): this
    on(event: 'error', listener: (error: Error) => void): this
    removeAllListeners(event: 'connect' | 'data' | 'close' | 'error' | 'signal'): this
    destroy(): void
  }

  export interface WebrtcConn {
    readonly remotePeerId: string
    readonly peer: SimplePeer
  }

  export interface Room {
    readonly peerId: string
    readonly name: string
    key: CryptoKey | null
    bcconnected: boolean
    readonly webrtcConns: Map<string, WebrtcConn>
    readonly _bcSubscriber: (data: ArrayBuffer) => unknown
  }

  /** A lib0 WebsocketClient. */
  export interface SignalingConn {
    readonly url: string
    readonly providers: Set<unknown>
    readonly connected: boolean
    shouldConnect: boolean
    ws: WebSocket | null
    readonly _observers: Map<string, Set<(message: unknown) => void>>
    on(event: 'message' | 'connect' | 'disconnect', listener: (message: unknown) => void): void
    off(event: 'message' | 'connect' | 'disconnect', listener: (message: unknown) => void): void
    send(message: unknown): void
    connect(): void
  }

  export interface ProviderOptions {
    readonly signaling?: readonly string[]
    readonly password?: string
    readonly maxConns?: number
    readonly filterBcConns?: boolean
    readonly peerOpts?: {
      /** The classes to use instead of the page's own. */
      readonly wrtc?: object
      readonly trickle?: boolean
      readonly iceCompleteTimeout?: number
      readonly config?: RTCConfiguration
    }
  }

  export class WebrtcProvider {
    constructor(roomName: string, doc: object, options?: ProviderOptions)
    readonly key: PromiseLike<CryptoKey | null>
    room: Room | null
    readonly awareness: { setLocalState(state: null): void; destroy(): void }
    signalingUrls: readonly string[]
    signalingConns: readonly SignalingConn[]
    shouldConnect: boolean
    maxConns: number
    on(event: 'peers', listener: (event: { readonly added: readonly string[] }) => void): void
    connect(): void
    disconnect(): void
    destroy(): void
  }
}
