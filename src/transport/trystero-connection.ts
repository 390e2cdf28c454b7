/**
 * The connections that trystero makes, kept on a lead: what a peer can send over one is counted and limited to the kinds
 * that belong to a meeting, trystero's exceptions end the connection instead of reaching the page, and all are closed
 * when the room is left, which trystero itself does minutes later.
 */

/** A meeting takes about eight messages of some hundred bytes; these are what one connection may send in its life. */
const MESSAGES_MAX = 32
const MESSAGE_BYTES_MAX = 2_048
/** Candidates that take longer are left out: trystero itself would wait 15 s for a STUN server that does not answer. */
const GATHER_MS_MAX = 1_000
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

export function leashConnections(): LeashedConnections {
  const open = new Set<RTCPeerConnection>()
  class Connection extends RTCPeerConnection {
    #isGathered = false

    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      open.add(this)
      // Before trystero's own listener, which comes with the turn in which the connection is made.
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
      return channel
    }

    override async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
      await super.setLocalDescription(description)
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
  return {
    // Trystero needs the constructor alone; the static functions are inherited.
    Connection,
    get count() {
      return open.size
    },
    closeAll: () => {
      for (const connection of open) connection.close()
    },
  }
}

type MessageHandler = ((event: MessageEvent<unknown>) => void) | null

/** Stands between a channel and trystero, which sets `onmessage` and calls `send`. */
function leash(channel: RTCDataChannel, connection: RTCPeerConnection): void {
  let handler: MessageHandler = null
  let left = MESSAGES_MAX
  Object.defineProperty(channel, 'onmessage', {
    configurable: true,
    get: () => handler,
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
