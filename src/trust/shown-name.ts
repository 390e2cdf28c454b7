/**
 * Names as they may be shown. A name is written by somebody else, so marks that turn the direction of writing, hide, or
 * pile up are taken out before anybody sees it. Letters are never taken out, of whatever script.
 */

/** Longer than any name has a reason to be; what comes after is not even looked at. */
const NAME_UNITS_MAX = 1_000
/** Vietnamese, Hebrew and Thai put up to three marks on a letter; piles that leave the line have dozens. */
const MARKS_IN_A_ROW_MAX = 3

type CodePointRange = readonly [from: number, to: number]

/** Embeddings, overrides, isolates and the three single marks (Unicode Standard Annex 9). */
const BIDI_CONTROLS: readonly CodePointRange[] = [
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2066, 0x2069],
]
/** Shown as nothing, or as a space that is none: default ignorables, fillers, the blank Braille pattern, tags. */
const INVISIBLE: readonly CodePointRange[] = [
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x2028, 0x2029],
  [0x2060, 0x2065],
  [0x206a, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0e],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
]
const NON_JOINER = 0x200c
const JOINER = 0x200d
const EMOJI_VARIANT = 0xfe0f

/** Scripts in which joiners decide how a word is written. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Mongolian}]/u
const LETTER = /\p{L}/u
const PICTURE = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]/u
const KEYCAP = /[0-9#*]/
const LONE_SURROGATE = /\p{Surrogate}/gu
const MARK_RUN = new RegExp(`(\\p{M}{${MARKS_IN_A_ROW_MAX}})\\p{M}+`, 'gu')

/** Whether the text holds marks that turn the direction of writing. */
export const hasBidiControls = (text: string): boolean =>
  Array.from(text).some((character) => isIn(BIDI_CONTROLS, character.codePointAt(0) ?? 0))

/** Whether the text holds something that is there and not seen, other than what turns it. */
export function hasInvisibles(text: string): boolean {
  const characters = Array.from(text)
  return characters.some(
    (character, index) => !isIn(BIDI_CONTROLS, character.codePointAt(0) ?? 0) && isHidden(characters, index),
  )
}

/** The name of a person, device or room on one line. Empty if nothing of it can be seen. */
export function shownNameOf(name: string): string {
  return withoutHidden(name.slice(0, NAME_UNITS_MAX))
    .replaceAll(/[\p{Cc}\p{Z}\s]+/gu, ' ')
    .replaceAll(MARK_RUN, '$1')
    .trim()
}

/** The text without direction and hidden marks; spaces stay as they are. */
export function withoutHidden(text: string): string {
  const characters = Array.from(text.replaceAll(LONE_SURROGATE, '\uFFFD'))
  return characters.filter((_, index) => !isHidden(characters, index)).join('')
}

/** Joiners and the emoji variant are part of how some scripts and emoji are written; elsewhere they hide a difference. */
function isHidden(characters: readonly string[], index: number): boolean {
  const codePoint = characters[index]?.codePointAt(0) ?? 0
  const [before = '', after = ''] = [characters[index - 1], characters[index + 1]]
  switch (codePoint) {
    case EMOJI_VARIANT:
      return !PICTURE.test(before) && !KEYCAP.test(before)
    case JOINER:
      if (PICTURE.test(after) && (PICTURE.test(before) || before.codePointAt(0) === EMOJI_VARIANT)) return false
      return !(JOINING.test(before) && LETTER.test(after))
    case NON_JOINER:
      return !(JOINING.test(before) && LETTER.test(after))
    default:
      return isIn(BIDI_CONTROLS, codePoint) || isIn(INVISIBLE, codePoint)
  }
}

const isIn = (ranges: readonly CodePointRange[], codePoint: number): boolean =>
  ranges.some(([from, to]) => codePoint >= from && codePoint <= to)
