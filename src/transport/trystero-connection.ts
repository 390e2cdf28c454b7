/**
 * The connections that trystero makes, kept on a lead: what a peer can send over one is counted and limited to the kinds
 * that belong to a meeting, trystero's exceptions end the connection instead of reaching the page, and all are closed
 * when the room is left, which trystero itself does minutes later. Its stock of connections that wait is kept small.
 */
import type { RtcPlatform } from './rtc-link.ts'

/** A meeting takes about eight messages of some hundred bytes; these are what one connection may send in its life. */
const MESSAGES_MAX = 32
const MESSAGE_BYTES_MAX = 2_048
/** Candidates that take longer are left out: trystero itself would wait 15 s for a STUN server that does not answer. */
const GATHER_MS_MAX = 1_000
/** Made in one turn at most. Trystero begins with a stock of 20 that wait for somebody; it makes more when it needs them. */
const CONNECTIONS_AT_ONCE_MAX = 4
/** A frame of trystero's: its kind, for a message the length of the room's token, the token, and the name of the action. */
const FRAME_MESSAGE = 1
const FRAME_PRESENCE = 2
const ACTION_BYTES = 32

/** Trystero's name of the action over which our own descriptions are exchanged. */
export const DIAL_ACTION = 'dial'
const ACTIONS: ReadonlySet<string> = new Set(['@_hsdata', '@_hsready', '@_leave', DIAL_ACTION])

export interface LeashedConnections {
  /** To be given to trystero in place of the browser's own. */
  readonly Connection: typeof RTCPeerConnection
  readonly count: number
  closeAll(): void
}

/** `platform`: whose WebRTC is used, where it is not the page's own. */
export function leashConnections(platform?: RtcPlatform): LeashedConnections {
  const open = new Set<RTCPeerConnection>()
  const Base = platform?.classes.RTCPeerConnection ?? RTCPeerConnection
  class Connection extends Base {
    #isGathered = false

    constructor(configuration: RTCConfiguration = {}) {
      super(configuration)
      open.add(this)
      // Before any message comes; in a page also before trystero's own listener.
      this.addEventListener('datachannel', ({ channel }) => {
        leash(channel, this)
      })
      this.addEventListener('connectionstatechange', () => {
        if (this.connectionState === 'failed') open.delete(this)
      })
    }

    override get iceGatheringState(): RTCIceGatheringState {
      return this.#isGathered ? 'complete' : super.iceGatheringState
    }

    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, init)
      leash(channel, this)
      // Not every WebRTC waits for `setLocalDescription` before it gathers.
      this.#limitGathering()
      return channel
    }

    override async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
      await super.setLocalDescription(description)
      this.#limitGathering()
    }

    #limitGathering(): void {
      setTimeout(() => {
        this.#isGathered = true
        this.dispatchEvent(new Event('icegatheringstatechange'))
      }, GATHER_MS_MAX)
    }

    override close(): void {
      open.delete(this)
      super.close()
    }
  }
  let madeAtOnce = 0
  /** Called with `new`: what it returns is what is had. */
  function stocked(configuration: RTCConfiguration): object {
    if (madeAtOnce === 0)
      queueMicrotask(() => {
        madeAtOnce = 0
      })
    madeAtOnce++
    return madeAtOnce > CONNECTIONS_AT_ONCE_MAX ? spentConnection() : new Connection(configuration)
  }
  return {
    // Trystero needs the constructor alone.
    Connection: stocked as unknown as typeof RTCPeerConnection,
    get count() {
      return open.size
    },
    closeAll: () => {
      for (const connection of open) connection.close()
    },
  }
}

/** As a connection is that was closed: trystero does not take it into its stock. */
function spentConnection(): object {
  const state = { connectionState: 'closed', iceConnectionState: 'closed', signalingState: 'closed' }
  const nothing = (): void => undefined
  const channel = { readyState: 'closed', close: nothing, send: nothing }
  return Object.assign(new EventTarget(), { ...state, close: nothing, createDataChannel: () => channel })
}

type MessageHandler = ((event: MessageEvent<unknown>) => void) | null

/** Stands between a channel and trystero, which sets `onmessage` and calls `send`. */
function leash(channel: RTCDataChannel, connection: RTCPeerConnection): void {
  // In Node trystero has set it by now.
  let handler = channel.onmessage as MessageHandler
  let left = MESSAGES_MAX
  Object.defineProperty(channel, 'onmessage', {
    configurable: true,
    // Some WebRTC calls what it finds here besides.
    get: () => null,
    set: (next: MessageHandler) => {
      handler = next
    },
  })
  channel.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (!isMeetingFrame(event.data) || left-- <= 0) {
      connection.close()
      return
    }
    try {
      handler?.call(channel, event)
    } catch {
      // What trystero could not read, it threw at the page.
      connection.close()
    }
  })
  const send = channel.send.bind(channel) as (data: ArrayBufferView<ArrayBuffer>) => void
  Object.defineProperty(channel, 'send', {
    configurable: true,
    value: (data: ArrayBufferView<ArrayBuffer>) => {
      // Trystero sends to channels that have just closed, and leaves the rejected promise behind.
      if (channel.readyState === 'open') send(data)
    },
  })
}

/** Whether a frame is one of those that two peers who meet send each other. */
export function isMeetingFrame(data: unknown): boolean {
  if (!(data instanceof ArrayBuffer) || data.byteLength > MESSAGE_BYTES_MAX) return false
  const bytes = new Uint8Array(data)
  if (bytes[0] === FRAME_PRESENCE) return true
  if (bytes[0] !== FRAME_MESSAGE) return false
  const from = 3 + (((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0))
  const name = bytes.subarray(from, from + ACTION_BYTES)
  const end = name.indexOf(0)
  if (end < 0 || name.length < ACTION_BYTES) return false
  return ACTIONS.has(String.fromCharCode(...name.subarray(0, end)))
}
