// Two sockets that are connected to each other, and a clock, both of which move only when a test says so.
import type { Clock } from '../../src/transport/clock.ts'
import type { Socket } from '../../src/transport/ws-link.ts'

type Event = { readonly data: unknown } & { readonly wasClean: boolean; readonly code: number; readonly reason: string }

export class ManualClock implements Clock {
  #nowMs = 0
  #timers: { readonly atMs: number; readonly run: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }
  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
  get timers(): number {
    return this.#timers.length
  }
  /** Runs what is due within that time, in its order. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs
    for (;;) {
      const next = this.#timers.toSorted((one, other) => one.atMs - other.atMs)[0]
      if (!next || next.atMs > endMs) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#nowMs = next.atMs
      next.run()
    }
    this.#nowMs = endMs
  }
}

export class FakeSocket implements Socket {
  binaryType = 'blob'
  other: FakeSocket | undefined
  /** What was sent and has not arrived. */
  readonly underWay: (Uint8Array<ArrayBuffer> | string)[] = []
  /** Whether the system takes all at once, so that the socket itself knows of nothing that waits. */
  takesAll = false
  closedWith: number | undefined
  readonly #listeners = new Map<string, ((event: Event) => void)[]>()

  get bufferedAmount(): number {
    return this.takesAll ? 0 : this.underWay.reduce((bytes, { length }) => bytes + length, 0)
  }
  send(data: Uint8Array<ArrayBuffer> | string): void {
    if (this.closedWith === undefined) this.underWay.push(typeof data === 'string' ? data : data.slice())
  }
  close(code = 1_005): void {
    this.closedWith ??= code
  }
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener as (event: Event) => void])
  }
  fire(type: string, event: Partial<Event> = {}): void {
    const whole = { data: undefined, wasClean: true, code: 1_000, reason: '', ...event }
    for (const listener of this.#listeners.get(type) ?? []) listener(whole)
  }
  /** Brings the next thing to the other side; false when there is none. */
  deliverNext(): boolean {
    const next = this.underWay.shift()
    if (next === undefined) return false
    this.other?.fire('message', { data: typeof next === 'string' ? next : next.buffer })
    return true
  }
}

export interface SocketPair {
  readonly client: FakeSocket
  readonly server: FakeSocket
  readonly clock: ManualClock
  /** Delivers all that is under way, and what is sent meanwhile. */
  readonly deliver: () => void
}

export function socketPair(clock = new ManualClock()): SocketPair {
  const [client, server] = [new FakeSocket(), new FakeSocket()]
  client.other = server
  server.other = client
  const isGone = new Set<FakeSocket>()
  const deliver = (): void => {
    let isMoving = true
    while (isMoving) {
      isMoving = false
      for (const socket of [client, server]) {
        while (socket.deliverNext()) isMoving = true
        const { closedWith: code, other } = socket
        if (code === undefined || isGone.has(socket)) continue
        isGone.add(socket)
        isMoving = true
        other?.fire('close', { code })
      }
      clock.advance(10)
    }
  }
  return { client, server, clock, deliver }
}

/** Moves packets until the work is done: on the way to it the two hash their nonces, which takes turns of its own. */
export async function settle<T>(pair: SocketPair, work: Promise<T>): Promise<T> {
  const pump = setInterval(() => {
    pair.deliver()
  }, 0)
  const value = await work
  clearInterval(pump)
  return value
}
