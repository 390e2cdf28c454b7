/**
 * The letters of an internationalised host name. Decoding only: addresses are made by the platform. Algorithm and
 * constants of RFC 3492, section 6.2.
 */
const BASE = 36
const THRESHOLD_MIN = 1
const THRESHOLD_MAX = 26
const SKEW = 38
const DAMP = 700
const FIRST_BIAS = 72
const FIRST_CODE_POINT = 0x80
const CODE_POINT_MAX = 0x10ffff
/** A label has at most 63 characters. */
const LABEL_LENGTH_MAX = 63
const PREFIX = 'xn--'

/** A host name with each of its `xn--` labels in letters; a label that cannot be decoded stays as it is. */
export const hostInLetters = (host: string): string =>
  host
    .split('.')
    .map((label) => (label.startsWith(PREFIX) ? (decodeLabel(label.slice(PREFIX.length)) ?? label) : label))
    .join('.')

function decodeLabel(text: string): string | undefined {
  if (text.length > LABEL_LENGTH_MAX) return undefined
  const delimiter = text.lastIndexOf('-')
  const output = Array.from(text.slice(0, Math.max(0, delimiter)), (letter) => letter.codePointAt(0) ?? 0)
  let [codePoint, index, bias] = [FIRST_CODE_POINT, 0, FIRST_BIAS]
  for (let at = delimiter + 1; at < text.length;) {
    const start = index
    let weight = 1
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(text.charCodeAt(at++))
      if (digit === undefined) return undefined
      index += digit * weight
      const threshold = Math.min(THRESHOLD_MAX, Math.max(THRESHOLD_MIN, k - bias))
      if (digit < threshold) break
      weight *= BASE - threshold
    }
    const length = output.length + 1
    bias = adaptedBias(index - start, length, start === 0)
    codePoint += Math.floor(index / length)
    if (codePoint > CODE_POINT_MAX) return undefined
    index %= length
    output.splice(index++, 0, codePoint)
  }
  return String.fromCodePoint(...output)
}

/** a to z are 0 to 25, 0 to 9 are 26 to 35. */
function digitOf(unit: number): number | undefined {
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 26
  return undefined
}

function adaptedBias(delta: number, length: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / DAMP) : Math.floor(delta / 2)
  rest += Math.floor(rest / length)
  let bias = 0
  for (; rest > ((BASE - THRESHOLD_MIN) * THRESHOLD_MAX) / 2; bias += BASE)
    rest = Math.floor(rest / (BASE - THRESHOLD_MIN))
  return bias + Math.floor(((BASE - THRESHOLD_MIN + 1) * rest) / (rest + SKEW))
}
