/** What a page sends on its data channels, whoever sends it. Import it before anything that opens one. */
export interface ChannelCounts {
  /** Messages and bytes of at least `BIG_BYTES`: they can carry a text of that length. */
  readonly big: number
  readonly bigBytes: number
  readonly small: number
  readonly smallBytes: number
  /** Sends that the browser refused. */
  readonly failed: number
  readonly lastFailure: string
  /** Milliseconds since 1970; 0 before the first. The first message follows at once when a channel opens. */
  readonly firstAtMs: number
}

export const BIG_BYTES = 100

const none: ChannelCounts = { big: 0, bigBytes: 0, small: 0, smallBytes: 0, failed: 0, lastFailure: '', firstAtMs: 0 }

export let counts: ChannelCounts = none

export function resetCounts(): void {
  counts = none
}

const sizeOf = (data: string | Blob | ArrayBuffer | ArrayBufferView): number =>
  typeof data === 'string' ? data.length : data instanceof Blob ? data.size : data.byteLength

type Data = Parameters<typeof sizeOf>[0]

const send = RTCDataChannel.prototype.send as (this: RTCDataChannel, data: Data) => void

RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: Data): void {
  const sizeBytes = sizeOf(data)
  const { big, bigBytes, small, smallBytes, failed } = counts
  counts = {
    ...counts,
    ...(sizeBytes >= BIG_BYTES
      ? { big: big + 1, bigBytes: bigBytes + sizeBytes }
      : { small: small + 1, smallBytes: smallBytes + sizeBytes }),
    firstAtMs: counts.firstAtMs || Date.now(),
  }
  try {
    send.call(this, data)
  } catch (error) {
    counts = { ...counts, failed: failed + 1, lastFailure: String(error) }
    throw error
  }
}
