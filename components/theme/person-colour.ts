/** A place in the palette of twelve, and its colours for the places that want a literal one. */
export interface PersonColour {
  readonly index: number
  readonly solid: string
}

/** Dark enough for white text at 4.5:1, apart enough in hue to tell twelve cursors, the same in both schemes. */
export const PALETTE = [
  '#b4232a',
  '#a8481a',
  '#8a5a00',
  '#5d6b00',
  '#2f7417',
  '#06754a',
  '#006f78',
  '#0b68a8',
  '#3b57c4',
  '#6a46c2',
  '#9135a8',
  '#ad2a72',
] as const

/** The same colour for a person on every device, since it comes from the id (FNV-1a over its characters). */
export function personColour(id: string): PersonColour {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  const index = (hash >>> 0) % PALETTE.length
  return { index, solid: PALETTE[index] ?? PALETTE[0] }
}

/** Up to two first letters of a name; nothing for a name without letters. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u)
  const first = firstLetter(words[0] ?? '')
  const last = words.length > 1 ? firstLetter(words.at(-1) ?? '') : ''
  return (first + last).toLocaleUpperCase()
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The first character as a reader counts them: an emoji or a letter with its accents is one. */
const firstLetter = (word: string): string => segmenter.segment(word)[Symbol.iterator]().next().value?.segment ?? ''
