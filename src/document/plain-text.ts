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

/**
 * What `client` wrote in the clocks [fromClock, toClock) and has not deleted since: kept for the user when it cannot be
 * published. In the order of the document where it stands side by side, otherwise in lines of their own.
 */
export function insertedText(doc: Y.Doc, client: number, fromClock: number, toClock = Infinity): string {
  const structs = doc.store.clients.get(client)
  if (structs === undefined || fromClock >= Y.getState(doc.store, client)) return ''
  const runs = new Runs()
  for (let i = Y.findIndexSS(structs, fromClock); i < structs.length; i++) {
    const item = structs[i]
    if (item === undefined || item.id.clock >= toClock) break
    if (!(item instanceof Y.Item) || item.deleted || item.parentSub !== null) continue
    const from = Math.max(0, fromClock - item.id.clock)
    const to = toClock - item.id.clock
    if (item.content instanceof Y.ContentString) runs.add(item, item.content.str.slice(from, to))
    else if (item.content instanceof Y.ContentAny)
      for (const value of item.content.arr.slice(from, to)) runs.addLine(textOfItem(value))
  }
  return runs.text().trim()
}

/** Pieces of text that may have been written in any order, put together where nothing that is shown parts them. */
class Runs {
  readonly #lines = new Set<{ readonly pieces: Y.Item[]; text: string }>()
  readonly #byEnd = new Map<Y.Item, { readonly pieces: Y.Item[]; text: string }>()

  addLine(text: string): void {
    if (text !== '') this.#lines.add({ pieces: [], text })
  }

  add(item: Y.Item, text: string): void {
    const left = shownLeft(item)
    const right = shownRight(item)
    const before = left === null ? undefined : this.#byEnd.get(left)
    const after = right === null ? undefined : this.#byEnd.get(right)
    const joinsBefore = before?.pieces.at(-1) === left && before !== undefined
    const joinsAfter = after?.pieces[0] === right && after !== undefined && after !== before
    const line = joinsBefore ? before : { pieces: [], text: '' }
    line.pieces.push(item)
    line.text += text
    if (joinsAfter) {
      this.#lines.delete(after)
      line.pieces.push(...after.pieces)
      line.text += after.text
    }
    this.#lines.add(line)
    for (const end of [line.pieces[0], line.pieces.at(-1)]) if (end !== undefined) this.#byEnd.set(end, line)
  }

  text(): string {
    return [...this.#lines].map(({ text }) => text).join('\n')
  }
}

function shownLeft(item: Y.Item): Y.Item | null {
  let { left } = item
  while (left !== null && (left.deleted || !left.countable)) left = left.left
  return left
}

function shownRight(item: Y.Item): Y.Item | null {
  let { right } = item
  while (right !== null && (right.deleted || !right.countable)) right = right.right
  return right
}

/** Chat keeps its words under `x`. */
export function textOfItem(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('x' in value)) return ''
  return typeof value.x === 'string' ? value.x : ''
}
