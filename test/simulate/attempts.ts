/** Connections being made: what is in an offer and in its answer, as far as the mesh can tell. */
import type { SimulatedNode } from './simulated-node.ts'

/** A description of a session with its candidates, sealed. */
const OFFER_BYTES = 900
/** Gathering candidates takes this long, then the rest is left out. */
export const GATHER_MS = { min: 60, max: 400 }

export interface Attempt {
  readonly number: number
  readonly from: SimulatedNode
  readonly to: SimulatedNode
  readonly fromLife: number
  /** The overlay's numbers for it on either side. */
  readonly fromDial: number
  toDial: number | undefined
  isDropped: boolean
}

export class Attempts {
  readonly #attempts = new Map<number, Attempt>()
  #last = 0

  begin(from: SimulatedNode, to: SimulatedNode, fromDial: number): Attempt {
    const number = ++this.#last
    const attempt = { number, from, to, fromLife: from.life, fromDial, toDial: undefined, isDropped: false }
    this.#attempts.set(number, attempt)
    return attempt
  }
  end(attempt: Attempt): void {
    this.#attempts.delete(attempt.number)
  }
  encode({ number }: Attempt): Uint8Array {
    const bytes = new Uint8Array(OFFER_BYTES)
    new DataView(bytes.buffer).setUint32(0, number)
    return bytes
  }
  decode(bytes: Uint8Array): Attempt | undefined {
    if (bytes.length !== OFFER_BYTES) return undefined
    return this.#attempts.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0))
  }
}
