import type { Place } from './places.ts'
import { partsPair } from './struct-at.ts'

/** A struct of the update that is being checked, not yet in the document. */
export interface NewStruct {
  readonly clock: number
  length: number
  /** Items between its anchors that the author had not seen: Yjs passes over them once for each struct put there. */
  readonly gap: number
  readonly place: Place
  readonly key: string | null
  /** Its own place, if it is a container. */
  inside: Place | undefined
  readonly rightClient: number
  /** -1 at the end of the slot. */
  readonly rightClock: number
  /** Where its string is in the update, if that has characters of two units; else -1. */
  textStart: number
  textEnd: number
  text: string | undefined
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const END = { client: 0, clock: -1 }

/**
 * The structs of one update laid over the document's lists: what follows what after they are in. Every struct was
 * found adjacent when it was added, so one link a struct is enough.
 */
export class NewStructs {
  #client = 0
  readonly #structs: NewStruct[] = []
  /** New clock that now follows an id, by client and clock. */
  readonly #after = new Map<number, Map<number, number>>()
  /** New clock that now begins a slot. */
  readonly #firsts = new Map<Place, Map<string | null, number>>()
  #next: { client: number; clock: number } = END

  clear(client: number): void {
    this.#client = client
    this.#structs.length = 0
    if (this.#after.size > 0) this.#after.clear()
    if (this.#firsts.size > 0) this.#firsts.clear()
    this.#pending = undefined
  }

  // The last struct's link is made when another one comes: most updates have a single struct.
  #pending: { struct: NewStruct; originClient: number; originClock: number } | undefined = undefined

  add(struct: NewStruct, originClient: number, originClock: number): void {
    this.#link()
    this.#structs.push(struct)
    this.#pending = { struct, originClient, originClock }
  }

  /** The new struct that covers a clock. */
  at(clock: number): NewStruct | undefined {
    const structs = this.#structs
    let low = 0
    let high = structs.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const struct = structs[middle] as NewStruct
      if (clock < struct.clock) high = middle - 1
      else if (clock >= struct.clock + struct.length) low = middle + 1
      else return struct
    }
    return undefined
  }

  /** What follows the unit `clock` of a new struct. The object is overwritten by the next call. */
  successor(struct: NewStruct, clock: number): { readonly client: number; readonly clock: number } {
    const after = this.after(this.#client, clock)
    if (after >= 0) return this.#set(this.#client, after)
    if (clock + 1 < struct.clock + struct.length) return this.#set(this.#client, clock + 1)
    return this.#set(struct.rightClient, struct.rightClock)
  }

  /** The new clock put directly after an id, or -1. */
  after(client: number, clock: number): number {
    if (this.#structs.length === 0) return -1
    this.#link()
    return this.#after.get(client)?.get(clock) ?? -1
  }

  /** The new clock put at the beginning of a slot, or -1. */
  first(place: Place, key: string | null): number {
    if (this.#structs.length === 0) return -1
    this.#link()
    return this.#firsts.get(place)?.get(key) ?? -1
  }

  /** Whether the border before `clock` lies within a character of a new struct. */
  partsPair(struct: NewStruct, clock: number, update: Uint8Array): boolean {
    if (struct.textStart < 0) return false
    struct.text ??= decoder.decode(update.subarray(struct.textStart, struct.textEnd))
    return partsPair(struct.text, clock - struct.clock)
  }

  #set(client: number, clock: number): { client: number; clock: number } {
    if (this.#next === END) this.#next = { client, clock }
    this.#next.client = client
    this.#next.clock = clock
    return this.#next
  }

  #link(): void {
    const pending = this.#pending
    if (pending === undefined) return
    this.#pending = undefined
    const { struct, originClient, originClock } = pending
    if (originClock >= 0) {
      let clocks = this.#after.get(originClient)
      if (clocks === undefined) this.#after.set(originClient, (clocks = new Map()))
      clocks.set(originClock, struct.clock)
    } else {
      let keys = this.#firsts.get(struct.place)
      if (keys === undefined) this.#firsts.set(struct.place, (keys = new Map()))
      keys.set(struct.key, struct.clock)
    }
  }
}
