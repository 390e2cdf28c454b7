/**
 * Everything that a page sends on its data channels, and every frame that it exchanges with signalling servers, whoever
 * does it. Import it before anything that opens one.
 */
export interface MeshCounts {
  /** Calls of `send` on data channels: of both systems each is one message. */
  readonly messages: number
  readonly bytes: number
  /** Frames of WebSockets. */
  readonly framesSent: number
  readonly framesReceived: number
  readonly frameBytesReceived: number
  /** Sends that the browser refused. */
  readonly failed: number
}

const none: MeshCounts = {
  messages: 0,
  bytes: 0,
  framesSent: 0,
  framesReceived: 0,
  frameBytesReceived: 0,
  failed: 0,
}
/** What is kept word for word while an edit is on its way: shorter messages cannot carry it. */
const RECORDED_BYTES_MIN = 100
/** More than any edit among 32 causes in one page; memory is not to end in a storm. */
const RECORDED_MAX = 20_000

let counts = none
let recorded: Uint8Array[] | undefined

export function resetCounts(options: { readonly isRecording: boolean }): void {
  counts = none
  recorded = options.isRecording ? [] : undefined
}

export const countsNow = (): MeshCounts => counts

/** The messages of 100 bytes and more since recording began, each byte as one character. */
export const recordedMessages = (): readonly string[] =>
  (recorded ?? []).map((bytes) => bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''))

type Data = string | Blob | ArrayBuffer | ArrayBufferView

const sizeOf = (data: Data): number =>
  typeof data === 'string' ? data.length : data instanceof Blob ? data.size : data.byteLength

/** A copy, as the sender may write over its buffer. Neither system sends strings or blobs. */
function copyOf(data: Data): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0))
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
  throw new Error('a message that is not made of bytes')
}

const sendOnChannel = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: Data) => void

RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: Data): void {
  const sizeBytes = sizeOf(data)
  counts = { ...counts, messages: counts.messages + 1, bytes: counts.bytes + sizeBytes }
  if (recorded && sizeBytes >= RECORDED_BYTES_MIN && recorded.length < RECORDED_MAX) recorded.push(copyOf(data))
  try {
    sendOnChannel.call(this, data)
  } catch (error) {
    counts = { ...counts, failed: counts.failed + 1 }
    throw error
  }
}

globalThis.WebSocket = class extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols)
    this.addEventListener('message', ({ data }: MessageEvent<Data>) => {
      counts = {
        ...counts,
        framesReceived: counts.framesReceived + 1,
        frameBytesReceived: counts.frameBytesReceived + sizeOf(data),
      }
    })
  }
  override send(data: string | Blob | BufferSource): void {
    counts = { ...counts, framesSent: counts.framesSent + 1 }
    super.send(data)
  }
}
