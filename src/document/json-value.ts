import { FORBIDDEN_KEYS } from './guard/limits.ts'

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** Nesting of a JSON text, found without parsing it: parsing recurses. Text that is no JSON has some depth, too. */
export function jsonDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let isInText = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (isInText) {
      if (character === '\\') i++
      else if (character === '"') isInText = false
    } else if (character === '"') isInText = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return deepest
}

/** The value of a JSON text (RFC 8259) from a stranger, or undefined: no JSON, too deep, or a key that is none. */
export function parseJson(text: string, depthMax: number): JsonValue | undefined {
  if (jsonDepth(text) > depthMax) return undefined
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
  return hasPlainKeys(value) ? value : undefined
}

function hasPlainKeys(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, part]) => !FORBIDDEN_KEYS.has(key) && hasPlainKeys(part))
}
