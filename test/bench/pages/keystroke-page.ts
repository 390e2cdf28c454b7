/** One end of a link over data channels, which sends a file and types, or reads. */
import type { Link } from '../../../src/transport/link.ts'
import { createRtcLink } from '../../../src/transport/rtc-link.ts'

const CHUNK_BYTES = 65_536
const KEYSTROKE_BYTES = 200

export interface Arrivals {
  /** For each keystroke, how long after it was typed it was read. */
  readonly delaysMs: readonly number[]
  readonly bulkBytes: number
}

const connection = new RTCPeerConnection()
let link: Link | undefined
let tellOpened: () => void = () => undefined
const opened = new Promise<void>((resolve) => {
  tellOpened = resolve
})
let delaysMs: number[] = []
let bulkBytes = 0

/** The same clock in all pages of a machine. */
const nowMs = (): number => performance.timeOrigin + performance.now()

async function gathered(): Promise<string> {
  while (connection.iceGatheringState !== 'complete')
    await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }))
  return connection.localDescription?.sdp ?? ''
}

const page = {
  async offer(): Promise<string> {
    start(true)
    await connection.setLocalDescription()
    return gathered()
  },
  async answer(sdp: string): Promise<string> {
    start(false)
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription()
    return gathered()
  },
  accept: (sdp: string): Promise<void> => connection.setRemoteDescription({ type: 'answer', sdp }),
  opened: (): Promise<void> => opened,
  /** Sends a file without end, or stops it. Stopped, what is queued still goes. */
  transfer(isOn: boolean): void {
    if (!link) throw new Error('no link')
    const into = link
    into.onDrain = isOn ? () => feed(into) : undefined
    if (isOn) feed(into)
  },
  async type(count: number, everyMs: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const message = new Uint8Array(KEYSTROKE_BYTES)
      new DataView(message.buffer).setFloat64(0, nowMs())
      link?.send('control', message)
      await new Promise((resolve) => setTimeout(resolve, everyMs * (0.5 + Math.random())))
    }
  },
  takeArrivals(): Arrivals {
    const arrivals = { delaysMs, bulkBytes }
    delaysMs = []
    bulkBytes = 0
    return arrivals
  },
}

function start(initiator: boolean): void {
  void createRtcLink(connection, { initiator }).opened.then((result) => {
    if (!result.ok) throw new Error(result.reason)
    link = result.value
    tellOpened()
    link.onMessage = (lane, message) => {
      if (lane === 'bulk') bulkBytes += message.length
      else delaysMs.push(nowMs() - new DataView(message.buffer, message.byteOffset).getFloat64(0))
    }
  })
}

function feed(into: Link): void {
  while (into.send('bulk', new Uint8Array(CHUNK_BYTES)));
}

export type KeystrokePage = typeof page
Object.assign(globalThis, { page })
