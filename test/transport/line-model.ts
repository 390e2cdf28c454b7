// Two links over a modelled line that swallows all it is given, as routers do: one queue each way, then the distance.
import { FramedLink } from '../../src/transport/framed-link.ts'
import { PACKET_BYTES } from '../../src/transport/send-window.ts'
import type { ManualClock } from './socket-pair.ts'

/** What IP, UDP, DTLS and SCTP add to a packet of a data channel. */
const HEADER_BYTES = 94

export interface Line {
  bitsPerSecond: number
  /** One way. */
  delayMs: number
  /** How late a busy page may notice what has come, at most; with `random`. */
  readonly busyMs?: number
  readonly random?: () => number
  /** Nothing arrives any more. */
  isCut?: boolean
}

export interface LinedUp {
  readonly here: FramedLink
  readonly there: FramedLink
  /** Bytes of frames that `here` gave to the network and that have not arrived. */
  underWayBytes(): number
}

export const lineBytes = (frameBytes: number): number =>
  frameBytes + Math.ceil(frameBytes / PACKET_BYTES) * HEADER_BYTES

export function linksOverLine(line: Line, clock: ManualClock): LinedUp {
  let underWayBytes = 0
  const end = (initiator: boolean, other: () => FramedLink): FramedLink => {
    let freeAtMs = 0
    let arrivedMs = 0
    return new FramedLink({
      kind: 'rtc',
      initiator,
      binding: new Uint8Array(32),
      nowMs: () => clock.nowMs(),
      wire: {
        bufferedBytes: () => 0,
        close: () => undefined,
        send: (lane, frame) => {
          if (initiator) underWayBytes += frame.length
          const { bitsPerSecond, delayMs, busyMs = 0, random, isCut } = line
          if (isCut) return
          freeAtMs = Math.max(freeAtMs, clock.nowMs()) + (lineBytes(frame.length) * 8_000) / bitsPerSecond
          const busyForMs = random ? random() * busyMs : 0
          arrivedMs = Math.max(arrivedMs, freeAtMs + delayMs + busyForMs)
          clock.after(arrivedMs - clock.nowMs(), () => {
            if (initiator) underWayBytes -= frame.length
            other().receive(lane, frame)
          })
        },
      },
    })
  }
  const here: FramedLink = end(true, () => there)
  const there: FramedLink = end(false, () => here)
  return { here, there, underWayBytes: () => underWayBytes }
}
