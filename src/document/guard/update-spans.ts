import { accepted, rejected, type Result } from '../../base/result.ts'
import { Refusal, refuse, type GuardReason } from './reasons.ts'
import { UpdateReader } from './update-reader.ts'
import { readJson, readValue } from './value-reader.ts'

/** Where a struct stands in an update. */
export interface StructSpan {
  readonly clock: number
  readonly length: number
  readonly info: number
  readonly start: number
  readonly end: number
  /** Where the right origin begins; it ends at `placed`. */
  readonly right: number
  /** Where origins and parent end and the content begins. */
  readonly placed: number
}

export interface DeleteRanges {
  readonly client: number
  readonly ranges: readonly (readonly [clock: number, length: number])[]
}

export interface UpdateSpans {
  /** 0 if there are no structs. */
  readonly client: number
  readonly structs: readonly StructSpan[]
  readonly deletes: readonly DeleteRanges[]
  /** Units of the texts that are replacement characters: from, to, from, to. */
  readonly replacements: readonly number[]
}

const reader = new UpdateReader()

/** Finds the parts of an update of one client without judging where they stand. */
export function skimUpdate(update: Uint8Array): Result<UpdateSpans, GuardReason> {
  reader.open(update)
  try {
    const structs: StructSpan[] = []
    let client = 0
    const blocks = reader.varuint()
    if (blocks > 1) refuse('client', 'more than one block')
    if (blocks === 1) {
      const count = reader.varuint()
      client = reader.varuint()
      let clock = reader.varuint()
      for (let i = 0; i < count; i++) {
        const span = skimStruct(clock)
        structs.push(span)
        clock += span.length
      }
    }
    const deletes = skimDeletes()
    if (reader.at !== update.length) refuse('parse', 'bytes left over')
    return accepted({ client, structs, deletes, replacements: reader.replacements.slice() })
  } catch (error) {
    if (error instanceof Refusal) return rejected(error.reason, error.detail)
    throw error
  }
}

function skimStruct(clock: number): StructSpan {
  const start = reader.at
  const info = reader.u8()
  if ((info & 0x80) > 0) skimId()
  const right = reader.at
  if ((info & 0x40) > 0) skimId()
  if ((info & 0xc0) === 0) {
    if (reader.varuint() === 1) skipName()
    else skimId()
    if ((info & 0x20) > 0) skipName()
  }
  const placed = reader.at
  const length = skimContent(info & 31, clock)
  return { clock, length, info, start, end: reader.at, right, placed }
}

/** Names of roots, keys, nodes and marks are no text of the document. */
function skipName(): void {
  reader.fixed(reader.varuint())
}

function skimId(): void {
  reader.varuint()
  reader.varuint()
}

function skimContent(kind: number, clock: number): number {
  switch (kind) {
    case 4:
      return reader.skipText(clock)
    case 6:
      skipName()
      readJson(reader)
      return 1
    case 7:
      if (reader.varuint() === 3) skipName()
      return 1
    case 8: {
      const length = reader.varuint()
      for (let i = 0; i < length; i++) readValue(reader)
      return length
    }
    default:
      return refuse('content', `struct of kind ${kind}`)
  }
}

function skimDeletes(): DeleteRanges[] {
  const deletes: DeleteRanges[] = []
  for (let left = reader.varuint(); left > 0; left--) {
    const client = reader.varuint()
    const ranges: [number, number][] = []
    for (let more = reader.varuint(); more > 0; more--) ranges.push([reader.varuint(), reader.varuint()])
    deletes.push({ client, ranges })
  }
  return deletes
}
