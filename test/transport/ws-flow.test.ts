// What somebody types while a file travels over the same slow line. Time is virtual.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WsLink, WsWire } from '../../src/transport/ws-link.ts'
import { FakeSocket, ManualClock } from './socket-pair.ts'

interface Line {
  readonly bitsPerSecond: number
  readonly delayMs: number
}

/** A socket whose system buffers everything, in front of a line with one queue. */
class LineSocket extends FakeSocket {
  #freeAtMs = 0
  readonly #line: Line
  readonly #clock: ManualClock

  constructor(line: Line, clock: ManualClock) {
    super()
    this.#line = line
    this.#clock = clock
    this.takesAll = true
  }
  override send(data: Uint8Array<ArrayBuffer> | string): void {
    const packet = data.slice()
    const { bitsPerSecond, delayMs } = this.#line
    this.#freeAtMs = Math.max(this.#freeAtMs, this.#clock.nowMs()) + (packet.length * 8_000) / bitsPerSecond
    this.#clock.after(this.#freeAtMs + delayMs - this.#clock.nowMs(), () => {
      this.other?.fire('message', { data: typeof packet === 'string' ? packet : packet.buffer })
    })
  }
}

function linksOver(line: Line, clock: ManualClock): readonly [WsLink, WsLink] {
  const sockets = [new LineSocket(line, clock), new LineSocket(line, clock)] as const
  const links = sockets.map((socket, i) => {
    const wire = new WsWire(socket)
    const link = new WsLink({ initiator: i === 0, binding: new Uint8Array(32), wire, clock })
    socket.addEventListener('message', ({ data }: { readonly data: unknown }) => {
      assert(data instanceof ArrayBuffer)
      link.receivePacket(new Uint8Array(data))
    })
    return link
  })
  const [one, other] = sockets
  one.other = other
  other.other = one
  const [left, right] = links
  assert(left && right)
  return [left, right]
}

interface Measured {
  /** How much later than alone what was typed arrived, in ms; sorted. */
  readonly addedMs: readonly number[]
  /** Which part of the line the file used. */
  readonly share: number
}

/** Found out about in some ten round trips, a far line is idle at first. */
const FILE_SECONDS = { near: 10, far: 40 }

/** A file, and every 200 ms a keystroke. */
function typeDuringFile(line: Line): Measured {
  const clock = new ManualClock()
  const [here, there] = linksOver(line, clock)
  const fileBytes = (line.bitsPerSecond / 8) * (line.delayMs < 50 ? FILE_SECONDS.near : FILE_SECONDS.far)
  const chunk = new Uint8Array(65_536)
  const file = { sentBytes: 0, takenBytes: 0, doneMs: 0 }
  const feed = (): void => {
    while (file.sentBytes < fileBytes && here.send('bulk', chunk)) file.sentBytes += chunk.length
  }
  const sentMs: number[] = []
  const addedMs: number[] = []
  there.onMessage = (lane, message) => {
    if (lane === 'control') addedMs.push(clock.nowMs() - (sentMs[addedMs.length] ?? 0) - line.delayMs)
    else {
      file.takenBytes += message.length
      file.doneMs = clock.nowMs()
    }
  }
  here.onDrain = feed
  feed()
  for (let i = 0; file.takenBytes < file.sentBytes || i < 20; i++) {
    assert(i < 1_000, 'the file did not arrive')
    clock.advance(200)
    feed()
    sentMs.push(clock.nowMs())
    here.send('control', new Uint8Array(60))
  }
  clock.advance(1_000)
  assert.equal(addedMs.length, sentMs.length)
  const idealMs = (file.takenBytes * 8_000) / line.bitsPerSecond
  return { addedMs: addedMs.toSorted((one, other) => one - other), share: idealMs / file.doneMs }
}

/** What is typed has to arrive that soon after what was typed on an empty line. */
const ADDED_MS_MAX = 80

const lines: readonly (readonly [string, Line])[] = [
  ['1 Mbit/s', { bitsPerSecond: 1_000_000, delayMs: 15 }],
  ['1 Mbit/s and far away', { bitsPerSecond: 1_000_000, delayMs: 100 }],
  ['10 Mbit/s', { bitsPerSecond: 10_000_000, delayMs: 15 }],
  ['10 Mbit/s and far away', { bitsPerSecond: 10_000_000, delayMs: 100 }],
  ['100 Mbit/s', { bitsPerSecond: 100_000_000, delayMs: 15 }],
]
for (const [name, line] of lines)
  test(`[WS6] at ${name} a file uses the line and what is typed passes it`, (t) => {
    const { addedMs, share } = typeDuringFile(line)
    const at = (part: number): number => addedMs[Math.floor(part * (addedMs.length - 1))] ?? 0
    t.diagnostic(`added p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms; line used ${share.toFixed(2)}`)
    assert(share > 0.9)
    assert(at(0.99) <= ADDED_MS_MAX)
  })
