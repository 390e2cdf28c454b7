/** Records of a known length on a pipe between two processes: `length u32 (big-endian) | record`. */
import type { Duplex } from 'node:stream'
import { RECORD_BYTES_MAX } from './rtc-message.ts'

const LENGTH_BYTES = 4

export class RtcPipe {
  readonly #stream: Duplex
  readonly #onRecord: (record: Uint8Array) => void
  #rest: Buffer = Buffer.alloc(0)
  #isCorked = false

  /** `onEnd` is called once, when the other side is gone or sent what is no record. */
  constructor(
    stream: Duplex,
    { onRecord, onEnd }: { readonly onRecord: (record: Uint8Array) => void; readonly onEnd: () => void },
  ) {
    this.#stream = stream
    this.#onRecord = onRecord
    stream.on('data', (chunk: Buffer) => {
      this.#take(chunk)
    })
    // A pipe whose other side died says so here; that it is over comes with `close`.
    stream.on('error', () => undefined)
    stream.on('end', () => stream.destroy())
    stream.once('close', onEnd)
  }

  /** What is sent in one turn leaves together. After the end it goes nowhere. */
  send(record: Uint8Array): void {
    if (this.#stream.destroyed) return
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#stream.cork()
      process.nextTick(() => {
        this.#isCorked = false
        this.#stream.uncork()
      })
    }
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(record.length)
    this.#stream.write(length)
    this.#stream.write(record)
  }

  close(): void {
    this.#stream.destroy()
  }

  #take(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= LENGTH_BYTES && !this.#stream.destroyed) {
      const length = bytes.readUInt32BE()
      if (length > RECORD_BYTES_MAX) return this.close()
      if (bytes.length < LENGTH_BYTES + length) break
      // A copy, and no Buffer, whose `slice` copies nothing.
      this.#onRecord(new Uint8Array(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)))
      bytes = bytes.subarray(LENGTH_BYTES + length)
    }
    this.#rest = bytes
  }
}
