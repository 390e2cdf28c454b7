import { concatBytes } from '../../src/base/bytes.ts'
import { Writer } from '../../src/base/codec.ts'

export interface UnitId {
  readonly client: number
  readonly clock: number
}

/** One struct as it goes over the wire, right or wrong. */
export interface Draft {
  origin: UnitId | undefined
  right: UnitId | undefined
  /** Root name or container; written only if there is neither origin nor right origin. */
  parent: string | UnitId
  key: string | undefined
  kind: number
  length: number
  content: Uint8Array
  /** Bits of the info byte to turn over. */
  flip?: number
}

export interface DraftDeletes {
  readonly client: number
  readonly ranges: readonly (readonly [clock: number, length: number])[]
}

const writeId = (writer: Writer, { client, clock }: UnitId): Writer => writer.varuint(client).varuint(clock)

export function writeDraft(draft: Draft): Uint8Array {
  const { origin, right, parent, key, kind, content } = draft
  const flags = (origin ? 0x80 : 0) | (right ? 0x40 : 0) | (key === undefined ? 0 : 0x20)
  const writer = new Writer().u8(((flags | kind) ^ (draft.flip ?? 0)) & 0xff)
  if (origin) writeId(writer, origin)
  if (right) writeId(writer, right)
  if (!origin && !right) {
    if (typeof parent === 'string') writer.varuint(1).text(parent)
    else writeId(writer.varuint(0), parent)
    if (key !== undefined) writer.text(key)
  }
  return writer.fixed(content).finish()
}

export function writeUpdate(
  { client, clock }: UnitId,
  drafts: readonly Draft[],
  deletes: readonly DraftDeletes[] = [],
): Uint8Array {
  const head = new Writer()
  if (drafts.length === 0) head.varuint(0)
  else head.varuint(1).varuint(drafts.length).varuint(client).varuint(clock)
  const tail = new Writer()
  tail.list(deletes, ({ client: of, ranges }) => {
    tail.varuint(of).list(ranges, ([from, length]) => tail.varuint(from).varuint(length))
  })
  return concatBytes(head.finish(), ...drafts.map(writeDraft), tail.finish())
}

export const textContent = (text: string): Pick<Draft, 'kind' | 'length' | 'content'> => ({
  kind: 4,
  length: text.length,
  content: new Writer().text(text).finish(),
})

export const markContent = (name: string, value: unknown): Pick<Draft, 'kind' | 'length' | 'content'> => ({
  kind: 6,
  length: 1,
  content: new Writer().text(name).text(JSON.stringify(value)).finish(),
})

export const elementContent = (name: string): Pick<Draft, 'kind' | 'length' | 'content'> => ({
  kind: 7,
  length: 1,
  content: new Writer().varuint(3).text(name).finish(),
})

export const typeContent = (type: number): Pick<Draft, 'kind' | 'length' | 'content'> => ({
  kind: 7,
  length: 1,
  content: new Writer().varuint(type).finish(),
})

/** A value of the lib0 `any` encoding; objects with string, number or boolean fields are enough here. */
export function anyBytes(value: unknown): Uint8Array {
  const writer = new Writer()
  if (value === null) writer.u8(126)
  else if (typeof value === 'boolean') writer.u8(value ? 120 : 121)
  else if (typeof value === 'string') writer.u8(119).text(value)
  else if (typeof value === 'number') writer.u8(125).fixed(Uint8Array.of(value & 0x3f))
  else if (Array.isArray(value)) {
    writer.u8(117).varuint(value.length)
    for (const item of value) writer.fixed(anyBytes(item))
  } else {
    const entries = Object.entries(value as object)
    writer.u8(118).varuint(entries.length)
    for (const [key, item] of entries) writer.text(key).fixed(anyBytes(item))
  }
  return writer.finish()
}

export const anyContent = (...values: readonly unknown[]): Pick<Draft, 'kind' | 'length' | 'content'> => ({
  kind: 8,
  length: values.length,
  content: concatBytes(new Writer().varuint(values.length).finish(), ...values.map(anyBytes)),
})
