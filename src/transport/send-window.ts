/**
 * How much of sync and bulk may be under way. What the network holds cannot be overtaken, and on a slow line its buffers
 * hold seconds; so the other side gives receipts, and no more is sent than fills the way and waits for a blink.
 *
 * The line's rate and the shortest round trip are measured as in BBR (Cardwell et al., "BBR: Congestion-Based
 * Congestion Control", ACM Queue 2016); that a sender holds its own queueing delay to a target is LEDBAT's idea (RFC 6817).
 *
 * Invariants:
 * 1. What is under way exceeds rate times shortest round trip by no more than waits for `DELAY_MS`, or a packet.
 * 2. The rate falls only when a queue stood although enough was under way: who sends little says nothing about the line.
 * 3. A round trip is believed to be the shortest for `BASE_MS_MAX`; then the line is let run half empty to measure anew.
 */
import { LANES, type Lane } from './link.ts'

/** A frame that fits one packet of a data channel in Chromium and Firefox, with the headers of SCTP and DTLS. */
export const PACKET_BYTES = 1_160
/** Frames take up to so many packets: 16 KiB is what every browser passes. */
const FRAME_PACKETS_MAX = 14
/** A frame that is being sent delays an urgent one by about that much. */
const FRAME_MS = 10
/** The delay that what waits on the way may cause to something more urgent. */
const DELAY_MS = 40
/** The same until a queue was seen for the first time: the rate found grows faster with more. */
const GROWTH_DELAY_MS = 80
/** Round trips that are longer by this much show a queue. Below are the delays of busy pages. */
const QUEUE_MS = 25
/** Before anything was measured: 40 ms of a line of 1 Mbit/s. */
const WINDOW_BYTES_START = 4 * PACKET_BYTES
/** What may wait beyond what fills the way: never less than a packet, nor more than half a MiB. */
const WAITING_BYTES_MAX = 524_288
/** All in all; data channels of browsers fail at 16 MiB. */
export const WINDOW_BYTES_MAX = 8_388_608
/** Every second packet has a receipt, as each costs some 90 bytes both ways. Below the smallest window: nothing gets stuck. */
export const RECEIPT_BYTES = 2 * PACKET_BYTES - 64
const WINDOW_BYTES_MIN = 2 * PACKET_BYTES
/** The weight of a measurement that says less than was believed, while a queue stands. */
const FALL_GAIN = 0.25
/** Ways change; as in BBR. */
const BASE_MS_MAX = 10_000
/** How many round trips on a half empty line decide how long the way is: one may be late by chance. */
const CLEAR_SAMPLES = 3
const DEEP_PROBE_BYTES = CLEAR_SAMPLES * PACKET_BYTES
/** Counted as that long at least, so that no clock's grain makes a rate infinite. */
const SPAN_MS_MIN = 0.1
/** Beyond the round trip: no receipt for so long means that nobody takes anything in. */
const STALL_MS = 500
/** How many marks that are done with are kept in the list before it is cut. */
const MARKS_SPLICE_AT = 64

/** What was known when a frame was sent. */
interface Mark {
  readonly lane: Lane
  readonly bytes: number
  readonly sentMs: number
  readonly confirmedBytes: number
  readonly confirmedMs: number
  /** Bytes under way with it. */
  readonly underWayBytes: number
  /** Whether there was enough under way to fill it. */
  readonly isFull: boolean
}

export class SendWindow {
  #sentBytes = 0
  #confirmedBytes = 0
  #confirmedMs = 0
  #marks: Mark[] = []
  #first = 0
  readonly #unconfirmedBytes: Record<Lane, number> = { control: 0, ephemeral: 0, sync: 0, bulk: 0 }
  #bytesPerMs: number | undefined
  /** The shortest round trip, and when it was last seen. */
  #baseMs = Infinity
  #baseSeenMs = 0
  #clearMs = Infinity
  #clearSamples = 0
  #isGrowing = true
  /** Lets the line run half empty, and nearly empty when that was not enough to see the old round trip again. */
  #probe: 'half' | 'deep' | undefined
  /** A line that ran empty is filled as it takes in, and not at once: a burst would wait in one heap. */
  #refillBytes = WINDOW_BYTES_MAX

  /** Bytes that were sent and have no receipt. */
  get underWayBytes(): number {
    return this.#sentBytes - this.#confirmedBytes
  }

  /** More of sync and bulk may be sent while less than that is under way. */
  get sizeBytes(): number {
    if (this.#bytesPerMs === undefined) return WINDOW_BYTES_START
    if (this.#probe) return Math.round(this.#probeBytes())
    return Math.round(Math.max(WINDOW_BYTES_MIN, Math.min(this.#wayBytes() + this.#mayWaitBytes(), this.#refillBytes)))
  }

  /** The largest frame now: whole packets, few on a slow line. */
  get frameBytes(): number {
    if (this.#probe) return PACKET_BYTES
    const packets = Math.floor(((this.#bytesPerMs ?? 0) * FRAME_MS) / PACKET_BYTES)
    return Math.min(Math.max(packets, 1), FRAME_PACKETS_MAX) * PACKET_BYTES
  }

  /** The line's rate as far as it was tried, in bytes per millisecond, without headers below frames. */
  get bytesPerMs(): number | undefined {
    return this.#bytesPerMs
  }

  /** Bytes of a lane that wait on the way: not what is under way only because the way is long. */
  waitingBytes(lane: Lane): number {
    const waiting = this.underWayBytes - RECEIPT_BYTES - this.#wayBytes()
    return Math.max(0, Math.min(this.#unconfirmedBytes[lane], Math.floor(waiting)))
  }

  /** Whether the other side has been silent about something for longer than a slow line explains. */
  isStalled(nowMs: number): boolean {
    const oldest = this.#marks[this.#first]
    if (!oldest || this.underWayBytes < RECEIPT_BYTES) return false
    return (
      nowMs - Math.max(oldest.sentMs, this.#confirmedMs) > STALL_MS + (this.#baseMs === Infinity ? 0 : this.#baseMs)
    )
  }

  sent(lane: Lane, bytes: number, nowMs: number): void {
    const underWay = this.underWayBytes
    // After a pause the rate is that from now on.
    if (underWay < RECEIPT_BYTES) {
      this.#confirmedMs = nowMs
      this.#refillBytes = Math.min(this.#refillBytes, WINDOW_BYTES_START + this.#mayWaitBytes())
    }
    this.#marks.push({
      lane,
      bytes,
      sentMs: nowMs,
      confirmedBytes: this.#confirmedBytes,
      confirmedMs: this.#confirmedMs,
      underWayBytes: underWay + bytes,
      isFull: underWay + bytes >= this.#wayBytes(),
    })
    this.#sentBytes += bytes
    this.#unconfirmedBytes[lane] += bytes
  }

  /** The other side has taken in so many bytes more. More than were sent change nothing. */
  confirmed(bytes: number, nowMs: number): void {
    const before = this.#confirmedBytes
    this.#confirmedBytes = Math.min(before + bytes, this.#sentBytes)
    this.#refillBytes = Math.min(this.#refillBytes + this.#confirmedBytes - before, WINDOW_BYTES_MAX)
    const mark = this.#dropConfirmed()
    if (mark) {
      this.#heedRoundTrip(mark, nowMs)
      this.#heedRate(mark, nowMs)
    }
    this.#confirmedMs = nowMs
  }

  #wayBytes(): number {
    return this.#bytesPerMs === undefined || this.#baseMs === Infinity ? 0 : this.#bytesPerMs * this.#baseMs
  }

  #mayWaitBytes(): number {
    const bytes = (this.#bytesPerMs ?? 0) * (this.#isGrowing ? GROWTH_DELAY_MS : DELAY_MS)
    return Math.min(Math.max(bytes, PACKET_BYTES), WAITING_BYTES_MAX)
  }

  #probeBytes(): number {
    const half = Math.max(WINDOW_BYTES_MIN, this.#wayBytes() / 2)
    return this.#probe === 'deep' ? Math.min(half, DEEP_PROBE_BYTES) : half
  }

  /** The last frame that is confirmed now: frames are taken in about the order in which they were sent. */
  #dropConfirmed(): Mark | undefined {
    let last: Mark | undefined
    let unconfirmed = LANES.reduce((sum, lane) => sum + this.#unconfirmedBytes[lane], 0)
    for (let mark = this.#marks[this.#first]; mark; mark = this.#marks[this.#first]) {
      if (unconfirmed - mark.bytes < this.underWayBytes) break
      unconfirmed -= mark.bytes
      this.#unconfirmedBytes[mark.lane] -= mark.bytes
      this.#first++
      last = mark
    }
    if (this.#first === this.#marks.length || this.#first >= MARKS_SPLICE_AT) {
      this.#marks.splice(0, this.#first)
      this.#first = 0
    }
    return last
  }

  #heedRoundTrip({ sentMs, underWayBytes }: Mark, nowMs: number): void {
    const roundTripMs = Math.max(SPAN_MS_MIN, nowMs - sentMs)
    if (roundTripMs - this.#baseMs > QUEUE_MS) this.#isGrowing = false
    if (roundTripMs <= this.#baseMs) this.#setBase(roundTripMs, nowMs)
    else if (this.#probe) {
      if (underWayBytes > this.#probeBytes() + PACKET_BYTES) return
      this.#clearMs = Math.min(this.#clearMs, roundTripMs)
      if (++this.#clearSamples < CLEAR_SAMPLES) return
      // Either the way became longer, or the line so slow that half of what filled it is a queue: only less will tell.
      if (this.#probe === 'half' && this.#clearMs - this.#baseMs > QUEUE_MS + this.#receiptMs())
        this.#startProbe('deep')
      else this.#setBase(this.#clearMs, nowMs)
    } else if (nowMs - this.#baseSeenMs > BASE_MS_MAX) this.#startProbe('half')
  }

  /** How long the line takes for what one receipt is for: on a slow one longer than the delays of busy pages. */
  #receiptMs(): number {
    return RECEIPT_BYTES / Math.max(this.#bytesPerMs ?? 0, 1)
  }

  #startProbe(probe: 'half' | 'deep'): void {
    this.#probe = probe
    this.#clearMs = Infinity
    this.#clearSamples = 0
  }

  #setBase(roundTripMs: number, nowMs: number): void {
    if (this.#probe) this.#refillBytes = this.#probeBytes()
    this.#baseMs = roundTripMs
    this.#baseSeenMs = nowMs
    this.#probe = undefined
  }

  #heedRate(mark: Mark, nowMs: number): void {
    const spanMs = Math.max(SPAN_MS_MIN, nowMs - Math.min(mark.confirmedMs, mark.sentMs))
    const measured = (this.#confirmedBytes - mark.confirmedBytes) / spanMs
    const believed = this.#bytesPerMs
    if (believed === undefined || measured > believed) this.#bytesPerMs = measured
    else if (mark.isFull && nowMs - mark.sentMs - this.#baseMs > QUEUE_MS)
      this.#bytesPerMs = believed + FALL_GAIN * (measured - believed)
  }
}
