/**
 * A link carries whole messages between two peers. It knows nothing of what they mean nor, before the handshake that
 * runs over it, of who is at the other end.
 */

/** The lanes of a link, in their strict order of priority: a keystroke never waits behind a file. */
export const LANES = ['control', 'ephemeral', 'sync', 'bulk'] as const
export type Lane = (typeof LANES)[number]

const KIB = 1_024
const MIB = 1_024 * KIB

/** The largest message of each lane, in bytes. What is larger has to be sent as several. */
export const MESSAGE_BYTES_MAX: Readonly<Record<Lane, number>> = {
  // The handshake and entries up to the largest that a feed takes; one of them delays the next by little.
  control: 64 * KIB,
  // Must pass in one packet, as a lost fragment would lose it all: 1,200 bytes less the headers of SCTP and DTLS.
  ephemeral: 1_100,
  sync: MIB,
  bulk: MIB,
}

/** What waits in each lane of a sender at most, in bytes: `send` answers false beyond it. */
export const QUEUE_BYTES_MAX: Readonly<Record<Lane, number>> = {
  // A peer that lags by more gets a summary instead (the sender sees `send` fail).
  control: 256 * KIB,
  // Old cursors are worthless: better refused than late.
  ephemeral: 16 * KIB,
  sync: 4 * MIB,
  bulk: 4 * MIB,
}

/** Bytes of messages kept until `onMessage` is set: enough for a handshake, too little to hurt. */
export const INBOX_BYTES_MAX = 64 * KIB

export interface LaneStats {
  messagesSent: number
  messagesReceived: number
  /** Bytes on the wire, frame headers included, those of the layers below not. */
  bytesSent: number
  bytesReceived: number
  /** Messages that `send` refused. */
  refused: number
}

export interface LinkStats {
  readonly lanes: Readonly<Record<Lane, LaneStats>>
  /** Whether the two talk directly or through a relay (TURN). */
  readonly path: 'direct' | 'relayed' | 'unknown'
  /** The ICE types of the two ends in use (`host`, `srflx`, `prflx`, `relay`). */
  readonly candidates: { readonly local: string; readonly remote: string } | undefined
}

/** Seals what a link carries. Messages are opened in the order in which they were sealed, and none may be missing. */
export interface LinkCipher {
  seal(plain: Uint8Array): Uint8Array
  /** Undefined when this is not the next message that the other side sealed. */
  open(sealed: Uint8Array): Uint8Array | undefined
}

/** Why a link ends beside which there is another to the same session. */
export const TWIN = 'twin'

export interface Link {
  readonly kind: 'rtc' | 'tab' | 'memory' | 'ws'
  /** True at exactly one of the two ends. */
  readonly initiator: boolean
  /** 32 bytes, the same at both ends and at no other link: the handshake signs them. */
  readonly binding: Uint8Array
  readonly stats: LinkStats
  /** Why the link closed, or undefined while it is open. */
  readonly closeReason: string | undefined
  /**
   * Queues a whole message. False, and nothing queued, when the lane's queue is full, the link is closed or the
   * message is over `MESSAGE_BYTES_MAX` of its lane. Never throws. The bytes may be changed as soon as it returns.
   */
  send(lane: Lane, message: Uint8Array): boolean
  /** Bytes of the lane not yet handed to the network, and those that the network has not sent yet. */
  queuedBytes(lane: Lane): number
  /** Set it to receive. Messages that came before are delivered at once, from the assignment. */
  onMessage: ((lane: Lane, message: Uint8Array) => void) | undefined
  /** Called when a lane that was full or over half full has room again: no more than a quarter of it is in use. */
  onDrain: ((lane: Lane) => void) | undefined
  /**
   * Called when the network underneath has not been heard of for a while and may be back: the link is still open. Only
   * where it can be told.
   */
  onDisturbed?: (() => void) | undefined
  /** Called once, whichever side closed; at once when it is set after the close. */
  onClose: ((reason: string) => void) | undefined
  /**
   * Only there where what is underneath can be read on the way (TLS that ends at a proxy). To be called once, in the
   * turn in which the handshake is over: what is sent from then on is sealed, and what comes has to be.
   */
  protect?(cipher: LinkCipher): void
  /** Closes both ends. Closing twice is harmless; the first reason stays. */
  close(reason: string): void
}

/** Whether a message of that many bytes may be sent on the lane. */
export const fitsLane = (lane: Lane, sizeBytes: number): boolean => sizeBytes <= MESSAGE_BYTES_MAX[lane]
