/** Signs of Markdown that say how a line looks rather than what it says. */
const LINE_SIGNS = /^[ \t]*(?:```.*|~~~.*|#{1,6}[ \t]+|(?:>[ \t]?)+|\|?[ \t:|-]+\|?$)/gmu
const LIST_SIGNS = /^[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)/gmu
const TABLE_ROWS = /^[ \t]*\|(.*)\|[ \t]*$/gmu
const LINKS = /!?\[([^\]\n]*)\]\([^)\s]*\)/gu
/** Signs in pairs, on both sides of what they mark, where a word does not go on beyond them. */
const PAIRS = /(?<![\p{L}\p{N}\\])(\*{1,3}|_{1,3}|~~|`)(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/gu

/**
 * A message on one line without the signs of its Markdown, for where there is room for a line only: the list of rooms
 * and quotes. By eye rather than by the grammar, since the lexer does not load for it.
 *
 * @param lengthMax characters of the source that are looked at.
 */
export function plainText(markdown: string, lengthMax: number): string {
  return markdown
    .slice(0, lengthMax)
    .replace(LIST_SIGNS, '• ')
    .replace(LINE_SIGNS, '')
    .replace(TABLE_ROWS, (_, cells: string) => cells.replaceAll('|', ' '))
    .replace(LINKS, '$1')
    .replace(PAIRS, '$2')
    .replace(PAIRS, '$2')
    .replace(/\s+/gu, ' ')
    .trim()
}
