/** Changes what was said, as a hostile speaker or a broken line would. */

const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xfe, 0xff]

/** Bytes near the sample: some changed, cut out, doubled, put in; now and then nothing of it is left. */
export function bent(sample: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit)
  const byte = (): number => (random() < 0.5 ? (INTERESTING[below(INTERESTING.length)] ?? 0) : below(256))
  if (random() < 0.05) return Uint8Array.from({ length: below(200) }, byte)
  const bytes = [...sample]
  const changes = 1 + below(4)
  for (let i = 0; i < changes; i++) {
    const at = below(bytes.length + 1)
    const kind = below(6)
    if (kind === 0) bytes[Math.min(at, Math.max(0, bytes.length - 1))] = byte()
    else if (kind === 1) bytes.splice(at, 1 + below(4))
    else if (kind === 2) bytes.splice(at, 0, byte(), byte())
    else if (kind === 3) bytes.splice(at, 0, ...bytes.slice(at, at + below(64)))
    else if (kind === 4) bytes.length = at
    // A number in pieces of seven bits that does not end for a while.
    else bytes.splice(at, 0, ...Array.from({ length: 1 + below(10) }, () => 0xff))
  }
  return Uint8Array.from(bytes)
}

const VALUES: readonly (() => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 1e308,
  () => '',
  () => 'x'.repeat(40_000),
  () => '\u0000\ud800',
  () => [],
  () => ({}),
  // As texts these have none of their own making.
  () => ({ toString: 0, valueOf: 0 }),
  () => JSON.parse('{"__proto__": {"sdp": "v=0"}, "constructor": 1, "then": {}}') as unknown,
  () => JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown,
]

/** A value near the one that the JSON text holds: at one place or several something else stands. */
export function bentJson(json: string, random: () => number): unknown {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return VALUES[Math.floor(random() * VALUES.length)]?.()
  }
  return bentValue(value, random)
}

export function bentValue(value: unknown, random: () => number): unknown {
  if (random() < 0.15) return VALUES[Math.floor(random() * VALUES.length)]?.()
  if (Array.isArray(value)) return value.map((each) => bentValue(each, random)).slice(0, random() < 0.1 ? 1 : undefined)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(() => random() >= 0.05)
  return Object.fromEntries(kept.map(([key, each]) => [key, bentValue(each, random)]))
}
