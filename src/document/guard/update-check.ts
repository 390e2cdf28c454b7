import * as Y from 'yjs'
import { CONTAINER_DEPTH_MAX, CLOCK_MAX, NAME_BYTES_MAX, STRING_UNITS_MAX, STRUCTS_PER_UPDATE_MAX } from './limits.ts'
import { CheckContext, type Author, type StateView } from './check-context.ts'
import type { NewStruct } from './new-structs.ts'
import type { Place, SharedType } from './places.ts'
import { refuse } from './reasons.ts'
import { requireMark, requireValue } from './schema.ts'
import { readJson, readValue } from './value-reader.ts'
import { requireDeletes } from './delete-check.ts'

export interface Findings {
  readonly structs: number
  /** Clock after the update. */
  readonly to: number
  /** Units written as replacement characters: from, to, from, to. */
  readonly replacements: readonly number[]
}

const NONE: readonly number[] = []
const HAS_ORIGIN = 0x80
const HAS_RIGHT = 0x40
const HAS_KEY = 0x20

/**
 * One pass over the bytes of an update: parses, places and judges each struct (rules G4 to G9 of SPEC.md). Changes
 * nothing. One object serves all checks of a guard.
 */
export class UpdateCheck extends CheckContext {
  #stepsLeft = 0
  // The slot of the struct that is being read.
  #place: Place | undefined = undefined
  #key: string | null = null
  #gap = 0

  run(author: Author, view: StateView, update: Uint8Array, stepsMax: number): Findings {
    const { reader, fresh } = this
    this.author = author
    this.view = view
    this.#stepsLeft = stepsMax
    fresh.clear(author.client)
    reader.open(update)
    const blocks = reader.varuint()
    if (blocks > 1) refuse('client', 'more than one block')
    let clock = author.nextClock
    let structs = 0
    if (blocks === 1) {
      structs = reader.varuint()
      if (structs < 1 || structs > STRUCTS_PER_UPDATE_MAX) refuse('size', 'number of structs')
      if (reader.varuint() !== author.client) refuse('client', 'block of another client')
      if (reader.varuint() !== clock) refuse('clock', 'not the next clock')
      for (let left = structs; left > 0; left--) clock += this.#struct(clock)
      if (clock >= CLOCK_MAX) refuse('clock', 'end of clocks')
    }
    const ranges = requireDeletes(this, clock)
    if (reader.at !== update.length) refuse('parse', 'bytes left over')
    if (structs === 0 && ranges === 0) refuse('parse', 'empty update')
    return { structs, to: clock, replacements: reader.replacements.length === 0 ? NONE : reader.replacements.slice() }
  }

  /** [G5] One struct; returns its length. Bare lengths (collected, deleted, skipped), JSON and subdocuments are not let in. */
  #struct(clock: number): number {
    const { reader } = this
    const info = reader.u8()
    const content = info & 31
    if (content < 3 || content > 8) refuse('content', `struct of kind ${content}`)
    let originClient = 0
    let originClock = -1
    let rightClient = 0
    let rightClock = -1
    if ((info & HAS_ORIGIN) > 0) {
      originClient = reader.varuint()
      originClock = reader.varuint()
    }
    if ((info & HAS_RIGHT) > 0) {
      rightClient = reader.varuint()
      rightClock = reader.varuint()
    }
    this.#gap = 0
    if (originClock >= 0) this.#requireBetween(originClient, originClock, rightClient, rightClock)
    else this.#requireFirst(info, rightClient, rightClock)
    const place = this.#place ?? refuse('placement', 'no container')
    if ((info & HAS_KEY) > 0 !== (this.#key !== null)) refuse('placement', 'key flag')
    // [G8] What stands under a key is replaced, never preceded, and lanes grow at their end.
    if (this.#key !== null && rightClock >= 0) refuse('adjacency', 'key before its successor')
    if (place.lane !== undefined && rightClock >= 0) refuse('adjacency', 'not at the end of the lane')
    this.#requireRights(place)
    const struct: NewStruct = {
      clock,
      length: 0,
      gap: this.#gap,
      place,
      key: this.#key,
      inside: undefined,
      rightClient,
      rightClock,
      textStart: -1,
      textEnd: -1,
      text: undefined,
    }
    this.#content(content, place, struct)
    if (struct.length < 1) refuse('parse', 'struct without length')
    this.fresh.add(struct, originClient, originClock)
    return struct.length
  }

  /** [G7] [G8] With an origin: its slot, and the right origin must be the next item of it that the author had. */
  #requireBetween(client: number, clock: number, rightClient: number, rightClock: number): void {
    const { fresh, author } = this
    if (client === author.client && clock >= author.nextClock) {
      const struct = fresh.at(clock) ?? refuse('unseen', 'origin not yet written')
      this.#place = struct.place
      this.#key = struct.key
      const next = fresh.successor(struct, clock)
      if (next.clock !== rightClock || (rightClock >= 0 && next.client !== rightClient)) {
        refuse('adjacency', 'not beside the new origin')
      }
      this.#walk(struct.gap)
      if (fresh.partsPair(struct, clock + 1, this.reader.bytes)) refuse('surrogate', 'origin')
      return
    }
    const item = this.seen(client, clock)
    this.#place = this.places.of(item.parent)
    this.#key = item.parentSub
    const after = fresh.after(client, clock)
    if (after >= 0) {
      if (after !== rightClock || rightClient !== author.client) refuse('adjacency', 'not beside the origin')
      this.#walk(fresh.at(after)?.gap ?? 0)
      return
    }
    const limit = this.limitOf(client)
    if (clock + 1 < limit && this.characters.isCutAt(item, clock + 1)) refuse('surrogate', 'origin')
    if (clock + 1 < limit && clock + 1 < item.id.clock + item.length) {
      if (rightClient !== client || rightClock !== clock + 1) refuse('adjacency', 'not beside the origin')
      return
    }
    this.#requireNext(item.right, rightClient, rightClock)
  }

  /** [G7] [G8] Without an origin: the slot comes from the right origin or is written out, and must begin with it. */
  #requireFirst(info: number, rightClient: number, rightClock: number): void {
    const { fresh, author, reader } = this
    if (rightClock >= 0) {
      if (rightClient === author.client && rightClock >= author.nextClock) {
        const struct = fresh.at(rightClock) ?? refuse('unseen', 'right origin not yet written')
        this.#place = struct.place
        this.#key = struct.key
      } else {
        const item = this.seen(rightClient, rightClock)
        this.#place = this.places.of(item.parent)
        this.#key = item.parentSub
      }
    } else {
      this.#place = this.#parent()
      this.#key = (info & HAS_KEY) > 0 ? reader.text(NAME_BYTES_MAX) : null
    }
    const place = this.#place
    const first = fresh.first(place, this.#key)
    if (first >= 0) {
      if (first !== rightClock || rightClient !== author.client) refuse('adjacency', 'not first')
      this.#walk(fresh.at(first)?.gap ?? 0)
    } else if (place.type === undefined) {
      if (rightClock >= 0) refuse('adjacency', 'not first')
    } else if (this.#key === null) {
      this.#requireNext(place.type._start, rightClient, rightClock)
    } else {
      this.#requireUnset(place.type, this.#key)
    }
  }

  #parent(): Place {
    const { reader, author } = this
    const named = reader.varuint()
    if (named > 1) refuse('parse', 'parent kind')
    if (named === 1) return this.places.root(reader.text(NAME_BYTES_MAX))
    const client = reader.varuint()
    const clock = reader.varuint()
    if (client === author.client && clock >= author.nextClock) {
      return this.fresh.at(clock)?.inside ?? refuse('placement', 'parent is not a container')
    }
    const { content } = this.seen(client, clock)
    if (content.constructor !== Y.ContentType) return refuse('placement', 'parent is not a container')
    return this.places.of((content as Y.ContentType).type)
  }

  /** [G8] From `item` on, the first that the author had must be the right origin, or none if there is none. */
  #requireNext(item: Y.Item | null, rightClient: number, rightClock: number): void {
    let gap = 0
    for (; item !== null; item = item.right) {
      const { client, clock } = item.id
      if (clock < this.limitOf(client)) {
        if (clock !== rightClock || client !== rightClient) refuse('adjacency', 'not beside the origin')
        break
      }
      if (++gap > this.#stepsLeft) refuse('postponed', 'walk too long')
    }
    if (item === null && rightClock >= 0) refuse('adjacency', 'right origin is not after the origin')
    this.#walk(gap)
  }

  /** [G8] The author must have seen no value under the key. From the newest back, since that one was seen most likely. */
  #requireUnset(type: SharedType, key: string): void {
    let gap = 0
    for (let item = type._map.get(key) ?? null; item !== null; item = item.left) {
      if (item.id.clock < this.limitOf(item.id.client)) refuse('adjacency', 'key was set')
      if (++gap > this.#stepsLeft) refuse('postponed', 'walk too long')
    }
    this.#walk(gap)
  }

  /** Counts the items passed over between two anchors, here or later in Yjs. */
  #walk(gap: number): void {
    this.#gap = gap
    this.#stepsLeft -= gap
    if (this.#stepsLeft < 0) refuse('postponed', 'walk too long')
  }

  #requireRights(place: Place): void {
    if (place.lane === undefined ? !this.author.mayWrite : place.lane !== this.author.lane) {
      refuse('rights', 'may not write here')
    }
  }

  /** [G6] Content must be what the container takes. Sets the length, and the container if it is one. */
  #content(kind: number, place: Place, struct: NewStruct): void {
    const { reader } = this
    const { rule } = place
    if (struct.key !== null) {
      const attribute = rule.attributes.get(struct.key) ?? refuse('placement', 'unknown key')
      if (kind !== 8 || reader.varuint() !== 1) refuse('content', 'attribute is not one value')
      requireValue(attribute, readValue(reader))
      struct.length = 1
    } else if (kind === 4 && (rule.list === 'text' || rule.list === 'marked')) {
      struct.length = reader.skipText(struct.clock)
      if (reader.wide) struct.textStart = reader.textStart
      struct.textEnd = reader.at
      if (struct.length > STRING_UNITS_MAX) refuse('content', 'text too long')
    } else if (kind === 6 && rule.list === 'marked') {
      const mark = rule.marks.get(reader.text(NAME_BYTES_MAX)) ?? refuse('content', 'unknown mark')
      requireMark(mark, readJson(reader))
      struct.length = 1
    } else if (kind === 7 && rule.list === 'nodes') {
      struct.inside = this.#container(place)
      struct.length = 1
    } else if (kind === 8 && rule.list === 'objects') {
      struct.length = reader.varuint()
      if (struct.length > STRUCTS_PER_UPDATE_MAX) refuse('content', 'too many objects')
      for (let left = struct.length; left > 0; left--) {
        if (!(readValue(reader) instanceof Map)) refuse('content', 'not an object')
      }
    } else refuse('placement', 'container takes no such content')
  }

  /** Elements by name (3) and their text (6); every other shared type is refused. */
  #container(place: Place): Place {
    const { reader } = this
    const kind = reader.varuint()
    if (kind !== 3 && kind !== 6) refuse('content', 'type of a container')
    const rule = kind === 3 ? place.rule.children.get(reader.text(NAME_BYTES_MAX)) : place.rule.text
    if (rule === undefined) return refuse('placement', 'node may not stand here')
    if (place.depth + 1 > CONTAINER_DEPTH_MAX) refuse('placement', 'nested too deep')
    return { rule, depth: place.depth + 1, lane: place.lane, type: undefined }
  }
}
