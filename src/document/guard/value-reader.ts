import { FORBIDDEN_KEYS, JSON_BYTES_MAX, NAME_BYTES_MAX, VALUE_DEPTH_MAX, VALUE_NODES_MAX } from './limits.ts'
import { refuse } from './reasons.ts'
import type { UpdateReader } from './update-reader.ts'

/** The first byte of a value that is an object. */
export const OBJECT_TAG = 118

/** Reads one value of the lib0 `any` encoding. Depth, size, keys and numbers that JSON does not know are refused. */
export function readValue(reader: UpdateReader): unknown {
  return readPart(reader, 0, { left: VALUE_NODES_MAX })
}

function readPart(reader: UpdateReader, depth: number, budget: { left: number }): unknown {
  if (depth > VALUE_DEPTH_MAX) refuse('content', 'value too deep')
  if (--budget.left < 0) refuse('content', 'value of too many parts')
  const tag = reader.u8()
  switch (tag) {
    case 127:
      return undefined
    case 126:
      return null
    case 125:
      return reader.varint()
    case 124:
    case 123:
      return readFloat(reader, tag === 124 ? 4 : 8)
    case 121:
      return false
    case 120:
      return true
    case 119:
      return reader.text(reader.bytes.length)
    case OBJECT_TAG:
      return readObject(reader, depth, budget)
    case 117: {
      const items: unknown[] = []
      for (let left = reader.varuint(); left > 0; left--) items.push(readPart(reader, depth + 1, budget))
      return items
    }
    case 116:
      return reader.fixed(reader.varuint())
    default:
      return refuse('content', `value of kind ${tag}`)
  }
}

function readFloat(reader: UpdateReader, length: 4 | 8): number {
  const bytes = reader.fixed(length)
  const data = new DataView(bytes.buffer, bytes.byteOffset, length)
  const value = length === 4 ? data.getFloat32(0) : data.getFloat64(0)
  return Number.isFinite(value) ? value : refuse('content', 'number that is not finite')
}

function readObject(reader: UpdateReader, depth: number, budget: { left: number }): Map<string, unknown> {
  const entries = new Map<string, unknown>()
  for (let left = reader.varuint(); left > 0; left--) {
    const key = reader.text(NAME_BYTES_MAX)
    if (FORBIDDEN_KEYS.has(key) || entries.has(key)) refuse('content', 'forbidden or repeated key')
    entries.set(key, readPart(reader, depth + 1, budget))
  }
  return entries
}

/** Reads one value written as JSON. The depth is measured before it is parsed, since parsing recurses. */
export function readJson(reader: UpdateReader): unknown {
  const text = reader.text(JSON_BYTES_MAX)
  if (text === 'null') return null
  if (text === '{}') return {}
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (quoted) {
      if (character === '\\') i++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{' || character === '[') {
      if (++depth > VALUE_DEPTH_MAX) refuse('content', 'JSON too deep')
    } else if (character === '}' || character === ']') depth--
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    return refuse('content', 'not JSON')
  }
}
