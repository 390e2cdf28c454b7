import * as Y from 'yjs'

/** Marks that Markdown has a sign for, from the inside out. A link goes around them all. */
const SIGNS = [
  ['code', '`'],
  ['strike', '~~'],
  ['em', '*'],
  ['strong', '**'],
] as const

/** Deeper than anybody writes; what a hostile writer nests must not overflow the stack. */
const DEPTH_MAX = 64

/** The body of a note as Markdown. What this version does not know is given by its words. */
export function noteMarkdown(body: Y.XmlFragment): string {
  return blocksOf(body, 0).join('\n\n')
}

function blocksOf(parent: Y.XmlFragment, depth: number): readonly string[] {
  if (depth > DEPTH_MAX) return ['…']
  return parent.toArray().flatMap((child) => {
    if (child instanceof Y.XmlElement) return [blockOf(child, depth + 1)]
    return child instanceof Y.XmlText ? [textOf(child)] : []
  })
}

function blockOf(element: Y.XmlElement, depth: number): string {
  const attribute = (name: string): unknown => element.getAttribute(name)
  switch (element.nodeName) {
    case 'paragraph':
      return inlineOf(element)
    case 'heading':
      return `${'#'.repeat(Math.min(Math.max(Number(attribute('level')) || 1, 1), 3))} ${inlineOf(element)}`
    case 'blockquote':
      return blocksOf(element, depth).join('\n\n').replace(/^/gmu, '> ')
    case 'bullet_list':
      return itemsOf(element, depth, () => '- ')
    case 'ordered_list':
      return itemsOf(element, depth, (_, index) => `${(Number(attribute('order')) || 1) + index}. `)
    case 'task_list':
      return itemsOf(element, depth, (item) => (isChecked(item) ? '- [x] ' : '- [ ] '))
    case 'code_block':
      return `\`\`\`\n${inlineOf(element)}\n\`\`\``
    case 'horizontal_rule':
      return '---'
    case 'table':
      return tableOf(element, depth)
    default:
      return blocksOf(element, depth).join('\n\n')
  }
}

/** Editors of several versions write it as a truth value or as its word. */
function isChecked(item: Y.XmlElement): boolean {
  const checked: unknown = item.getAttribute('checked')
  return checked === true || checked === 'true'
}

const elementsOf = (parent: Y.XmlElement): readonly Y.XmlElement[] =>
  parent.toArray().filter((child) => child instanceof Y.XmlElement)

function itemsOf(list: Y.XmlElement, depth: number, sign: (item: Y.XmlElement, index: number) => string): string {
  return elementsOf(list)
    .map((item, index) => {
      const start = sign(item, index)
      const lines = blocksOf(item, depth).join('\n').split('\n')
      return start + lines.join(`\n${' '.repeat(start.startsWith('-') ? 2 : start.length)}`)
    })
    .join('\n')
}

function tableOf(table: Y.XmlElement, depth: number): string {
  const rows = elementsOf(table).map((row) => elementsOf(row).map((cell) => cellOf(cell, depth)))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const [head = [], ...rest] = rows
  return [line(head), line(head.map(() => '---')), ...rest.map(line)].join('\n')
}

const cellOf = (cell: Y.XmlElement, depth: number): string =>
  blocksOf(cell, depth).join(' ').replaceAll('\n', ' ').replaceAll('|', '\\|')

function inlineOf(element: Y.XmlElement): string {
  return element
    .toArray()
    .map((child) => {
      if (child instanceof Y.XmlText) return textOf(child)
      if (!(child instanceof Y.XmlElement)) return ''
      if (child.nodeName === 'hard_break') return '  \n'
      if (child.nodeName === 'image') return `[${wordOf(child.getAttribute('alt')) || 'Image'}]`
      return child.nodeName === 'unknown_inline' ? '…' : inlineOf(child)
    })
    .join('')
}

function textOf(text: Y.XmlText): string {
  const parts = text.toDelta() as readonly unknown[]
  return parts.map((part) => partOf(part)).join('')
}

function partOf(part: unknown): string {
  if (typeof part !== 'object' || part === null || !('insert' in part) || typeof part.insert !== 'string') return ''
  const marks = marksOf('attributes' in part ? part.attributes : undefined)
  // A sign must stand at a word to be one.
  const [, before = '', words = '', after = ''] = /^(\s*)(.*?)(\s*)$/su.exec(part.insert) ?? []
  if (words === '') return part.insert
  let marked = words
  for (const [mark, sign] of SIGNS) if (marks.has(mark)) marked = `${sign}${marked}${sign}`
  const href = wordOf(marks.get('link'))
  return `${before}${href ? `[${marked}](${href})` : marked}${after}`
}

/** The marks by name, with the address of a link. y-prosemirror adds a hash to marks that may overlap. */
function marksOf(attributes: unknown): ReadonlyMap<string, unknown> {
  if (typeof attributes !== 'object' || attributes === null) return new Map()
  return new Map(
    Object.entries(attributes).map(([name, value]: [string, unknown]) => {
      const href: unknown = typeof value === 'object' && value !== null && 'href' in value ? value.href : undefined
      return [name.split('--', 1)[0] ?? name, href]
    }),
  )
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '')
