import * as Y from 'yjs'

/** Half of a character that UTF-16 writes in two: Yjs and UTF-8 would turn it into U+FFFD, and the guard refuses it. */
const LONE_SURROGATE = /\p{Surrogate}/gu

/** The text with every lone surrogate replaced by U+FFFD. */
export const wellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\uFFFD')

/** The text of a Y.Text without marks and embeds. Never Yjs's own `toString` of XML, which writes unescaped tags. */
export function textOfType(type: Y.Text): string {
  let text = ''
  for (let item = type._start; item !== null; item = item.right) {
    if (!item.deleted && item.content instanceof Y.ContentString) text += item.content.str
  }
  return text
}

/** One line for each block that holds text. Inline elements within a block, such as a hard break, end a line too. */
export function textOfFragment(fragment: Y.XmlFragment): string {
  const lines: string[] = []
  collectLines(fragment, lines)
  return lines.join('\n')
}

/** Recursion is bounded: the guard takes no containers deeper than its limit. */
function collectLines(parent: Y.XmlFragment, lines: string[]): void {
  let line: string | undefined
  for (let item = parent._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentType)) continue
    const { type } = item.content
    if (type instanceof Y.XmlText) {
      line = (line ?? '') + textOfType(type)
    } else if (type instanceof Y.XmlFragment) {
      if (line !== undefined) lines.push(line)
      line = undefined
      collectLines(type, lines)
    }
  }
  if (line !== undefined) lines.push(line)
}

/** What `client` wrote from `fromClock` on and has not deleted since: kept for the user when it cannot be published. */
export function insertedText(doc: Y.Doc, client: number, fromClock: number): string {
  const structs = doc.store.clients.get(client)
  if (structs === undefined || fromClock >= Y.getState(doc.store, client)) return ''
  const parts: string[] = []
  for (let i = Y.findIndexSS(structs, fromClock); i < structs.length; i++) {
    const item = structs[i]
    if (!(item instanceof Y.Item) || item.deleted) continue
    const skipped = Math.max(0, fromClock - item.id.clock)
    if (item.content instanceof Y.ContentString) parts.push(item.content.str.slice(skipped))
    else if (item.content instanceof Y.ContentAny) parts.push(...item.content.arr.slice(skipped).map(textOfItem))
    else if (item.content instanceof Y.ContentType && parts.length > 0) parts.push('\n')
  }
  return parts.join('').trim()
}

/** Chat keeps its words under `x`. */
function textOfItem(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('x' in value)) return ''
  return typeof value.x === 'string' ? `${value.x}\n` : ''
}
