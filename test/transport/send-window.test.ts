// What somebody types while a file travels over the same line. Time is virtual.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RECEIPT_BYTES, SendWindow, WINDOW_BYTES_MAX } from '../../src/transport/send-window.ts'
import { lineBytes, linksOverLine, type Line, type LinedUp } from './line-model.ts'
import { seeded } from './seeded-random.ts'
import { ManualClock } from './socket-pair.ts'

/** What a packet of a data channel carries. */
const PACKET_BYTES = 1_160

const CHUNK_BYTES = 65_536
const KEYSTROKE_BYTES = 200
const KEYSTROKES_EVERY_MS = 97

/** Keeps the bulk lane of the link busy, and says how much of it has arrived. */
function transfer({ here, there }: Pick<LinedUp, 'here' | 'there'>): { takenBytes: () => number; feed: () => void } {
  let takenBytes = 0
  const onMessage = there.onMessage
  there.onMessage = (lane, message) => {
    if (lane === 'bulk') takenBytes += message.length
    else onMessage?.(lane, message)
  }
  const feed = (): void => {
    while (here.send('bulk', new Uint8Array(CHUNK_BYTES)));
  }
  here.onDrain = feed
  feed()
  return { takenBytes: () => takenBytes, feed }
}

interface Measured {
  /** How much later than on an empty line what was typed arrived, in ms; sorted. */
  readonly addedMs: readonly number[]
  /** Which part of the line the file and the typing used, without the headers of the file's packets. */
  readonly share: number
}

/** Types for so long during a file; `warmUpMs` do not count for the share. */
function typeFor(line: Line, lined: LinedUp, clock: ManualClock, ms: number, warmUpMs: number): Measured {
  const addedMs: number[] = []
  const sentMs: number[] = []
  lined.there.onMessage = () => addedMs.push(clock.nowMs() - (sentMs[addedMs.length] ?? 0))
  const { takenBytes } = transfer(lined)
  let [warmBytes, warmMs] = [0, clock.nowMs()]
  const startMs = clock.nowMs()
  while (clock.nowMs() < startMs + ms) {
    clock.advance(KEYSTROKES_EVERY_MS)
    if (clock.nowMs() - startMs <= warmUpMs) [warmBytes, warmMs] = [takenBytes(), clock.nowMs()]
    sentMs.push(clock.nowMs())
    lined.here.send('control', new Uint8Array(KEYSTROKE_BYTES))
  }
  const typedBytes = ((clock.nowMs() - warmMs) / KEYSTROKES_EVERY_MS) * lineBytes(KEYSTROKE_BYTES)
  const bits = (takenBytes() - warmBytes + typedBytes) * 8
  const share = bits / ((line.bitsPerSecond * (clock.nowMs() - warmMs)) / 1_000)
  lined.here.onDrain = undefined
  clock.advance(5_000)
  assert.equal(addedMs.length, sentMs.length)
  const aloneMs = line.delayMs + (lineBytes(KEYSTROKE_BYTES) * 8_000) / line.bitsPerSecond
  return { addedMs: addedMs.map((each) => each - aloneMs).toSorted((a, b) => a - b), share }
}

const at = ({ addedMs }: Measured, part: number): number => addedMs[Math.floor(part * (addedMs.length - 1))] ?? 0

const tell = (measured: Measured): string =>
  `added p50 ${at(measured, 0.5).toFixed(0)} ms, p99 ${at(measured, 0.99).toFixed(0)} ms, ` +
  `most ${at(measured, 1).toFixed(0)} ms; line used ${measured.share.toFixed(2)}`

/** Headers take 7.5 % of a line whose frames are single packets: that is no idleness. */
const HEADERS_SHARE = 1_144 / lineBytes(1_160)

describe('a keystroke during a file', () => {
  // A packet that is being sent takes 33 ms at 0.3 Mbit/s, and at least one more waits.
  for (const [megabits, addedMsMax] of [
    [0.3, 140],
    [1, 80],
    [10, 80],
    [100, 80],
  ] as const)
    for (const roundTripMs of [30, 200])
      it(`[LN4] [LN6] passes it at ${megabits} Mbit/s and ${roundTripMs} ms, and the line is used`, (t) => {
        const line: Line = { bitsPerSecond: megabits * 1e6, delayMs: roundTripMs / 2 }
        const clock = new ManualClock()
        const measured = typeFor(line, linksOverLine(line, clock), clock, megabits > 10 ? 12_000 : 24_000, 4_000)
        t.diagnostic(tell(measured))
        assert.ok(at(measured, 0.99) <= addedMsMax, tell(measured))
        assert.ok(measured.share >= 0.9 * HEADERS_SHARE, tell(measured))
      })

  it('[LN4] [LN6] passes it in pages that are busy now and then', (t) => {
    for (const seed of [1, 2, 3]) {
      const line: Line = { bitsPerSecond: 1e6, delayMs: 15, busyMs: 20, random: seeded(seed) }
      const clock = new ManualClock()
      const measured = typeFor(line, linksOverLine(line, clock), clock, 20_000, 2_000)
      t.diagnostic(tell(measured))
      // The page that reads it is as late as that.
      assert.ok(at(measured, 0.99) <= 80 + (line.busyMs ?? 0), `seed ${seed}: ${tell(measured)}`)
      assert.ok(measured.share >= 0.85 * HEADERS_SHARE, `seed ${seed}: ${tell(measured)}`)
    }
  })

  it('[LN4] [LN6] passes it while files go both ways', (t) => {
    const line: Line = { bitsPerSecond: 1e6, delayMs: 15 }
    const clock = new ManualClock()
    const lined = linksOverLine(line, clock)
    const back = transfer({ here: lined.there, there: lined.here })
    const measured = typeFor(line, lined, clock, 20_000, 2_000)
    const backShare = (back.takenBytes() * 8_000) / (line.bitsPerSecond * clock.nowMs())
    t.diagnostic(`${tell(measured)}; back ${backShare.toFixed(2)}`)
    // Receipts wait behind the other file, so each of the two sees some of the other's queue.
    assert.ok(at(measured, 0.99) <= 100, tell(measured))
    assert.ok(
      Math.min(measured.share, backShare) >= 0.4 && measured.share + backShare >= 1.3,
      `${tell(measured)}; back ${backShare}`,
    )
  })
})

describe('the send window', () => {
  it('[LN7] [LN8] finds a line that became slower, and one that became faster', (t) => {
    const line: Line = { bitsPerSecond: 10e6, delayMs: 15 }
    const clock = new ManualClock()
    const lined = linksOverLine(line, clock)
    for (const bitsPerSecond of [10e6, 1e6, 20e6]) {
      line.bitsPerSecond = bitsPerSecond
      // What was under way before the change has to go first.
      transfer(lined)
      clock.advance(3_000)
      const measured = typeFor(line, lined, clock, 5_000, 0)
      t.diagnostic(tell(measured))
      assert.ok(at(measured, 0.99) <= 80, tell(measured))
      assert.ok(measured.share >= 0.85 * HEADERS_SHARE, tell(measured))
    }
  })

  it('[LN7] finds that the way became longer', (t) => {
    const line: Line = { bitsPerSecond: 5e6, delayMs: 15 }
    const clock = new ManualClock()
    const lined = linksOverLine(line, clock)
    typeFor(line, lined, clock, 5_000, 0)
    line.delayMs = 100
    const measured = typeFor(line, lined, clock, 40_000, 20_000)
    t.diagnostic(tell(measured))
    assert.ok(measured.share >= 0.85 * HEADERS_SHARE, tell(measured))
  })

  it('[LN6] lets what is too little for a receipt hold nothing up', () => {
    for (let bytes = 1; bytes < 4 * RECEIPT_BYTES; bytes += 97) {
      const clock = new ManualClock()
      const { here, there } = linksOverLine({ bitsPerSecond: 1e6, delayMs: 15 }, clock)
      let arrived = 0
      there.onMessage = () => arrived++
      for (let i = 0; i < 50; i++) here.send('bulk', new Uint8Array(bytes))
      clock.advance(60_000)
      assert.equal(arrived, 50, `${bytes} bytes`)
      assert.equal(here.queuedBytes('bulk'), 0)
    }
  })

  it('[LN6] gives a neighbour that takes nothing in no more than the window, and harms no other', () => {
    const clock = new ManualClock()
    const slow: Line = { bitsPerSecond: 1e6, delayMs: 15 }
    const [stuck, well] = [linksOverLine(slow, clock), linksOverLine({ ...slow }, clock)]
    const transfers = [transfer(stuck), transfer(well)] as const
    clock.advance(2_000)
    slow.isCut = true
    const measured = typeFor({ ...slow }, well, clock, 5_000, 0)
    for (let i = 0; i < 1_000; i++) {
      stuck.here.send('control', new Uint8Array(KEYSTROKE_BYTES))
      stuck.here.send('ephemeral', new Uint8Array(100))
    }
    transfers[0].feed()
    assert.ok(stuck.underWayBytes() < 1_000 * (KEYSTROKE_BYTES + 3) + 20_000, String(stuck.underWayBytes()))
    assert.ok(at(measured, 0.99) <= 80, tell(measured))
    assert.ok(measured.share > 0.8, tell(measured))
    while (stuck.here.send('control', new Uint8Array(50_000)));
    assert.ok(stuck.underWayBytes() < 1_200_000)
    assert.equal(stuck.here.closeReason, undefined)
  })

  it('[LN4] stays below what breaks a data channel, whatever receipts say', () => {
    const random = seeded(11)
    for (let run = 0; run < 50; run++) {
      const window = new SendWindow()
      let nowMs = 0
      for (let i = 0; i < 500; i++) {
        while (window.underWayBytes < window.sizeBytes) window.sent('bulk', window.frameBytes, nowMs)
        assert.ok(window.underWayBytes < WINDOW_BYTES_MAX + 16_384)
        assert.ok(window.sizeBytes > RECEIPT_BYTES)
        if (random() < 0.5) nowMs += random() * 10 ** Math.floor(random() * 5 - 1)
        window.confirmed(Math.floor(random() * 10 ** Math.floor(random() * 9)), nowMs)
        assert.ok(window.underWayBytes >= 0 && window.waitingBytes('bulk') >= 0)
      }
    }
  })

  it('[LN9] is cut into frames of what the line takes in ten milliseconds, whole packets, 1 to 14 of them', () => {
    for (const [bytesPerMs, packets] of [
      [20, 1],
      [600, 5],
      [20_000, 14],
    ] as const) {
      const window = new SendWindow()
      assert.equal(window.frameBytes, PACKET_BYTES, 'a packet while nothing is known')
      const frame = bytesPerMs * 10
      for (let nowMs = 0; nowMs < 2_000; nowMs += 10) {
        window.sent('bulk', frame, nowMs)
        window.sent('bulk', frame, nowMs)
        window.confirmed(frame, nowMs + 10)
      }
      // The estimate lies a little beside the rate, and never between packets.
      assert.equal(window.frameBytes % PACKET_BYTES, 0)
      const found = window.frameBytes / PACKET_BYTES
      assert.ok(Math.abs(found - packets) <= 1, `${found} packets at ${bytesPerMs} bytes a millisecond`)
      assert.ok(found >= 1 && found <= 14)
    }
  })

  it('[LN4] [LN8] does not take a pause for slowness', () => {
    const line: Line = { bitsPerSecond: 10e6, delayMs: 15 }
    const clock = new ManualClock()
    const { here, there, underWayBytes } = linksOverLine(line, clock)
    const file = transfer({ here, there })
    clock.advance(3_000)
    here.onDrain = undefined
    clock.advance(60_000)
    for (let i = 0; i < 200; i++) {
      here.send('control', new Uint8Array(KEYSTROKE_BYTES))
      clock.advance(100)
    }
    file.feed()
    assert.ok(underWayBytes() > 50_000, String(underWayBytes()))
  })
})
