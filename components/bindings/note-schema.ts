import { type MarkSpec, type NodeSpec, Schema } from 'prosemirror-model'
import { tableNodes } from 'prosemirror-tables'

/** Weights of CSS that are bolder than ordinary text. */
const BOLD = /^(?:bold(?:er)?|[5-9]\d{2})$/

/**
 * What a note can hold. The document's guard has the same names, so a node that isn't here never reaches an editor.
 * The schema only grows. Contents are as lenient as editing allows (`block+` where a paragraph could be demanded),
 * because two honest edits may merge into an order that a strict schema would refuse, and y-prosemirror deletes what
 * its schema refuses.
 */

/** A link that isn't one of these is shown without its target. */
const LINK_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

/** The address if it may be followed. */
export function safeHref(href: unknown): string | undefined {
  if (typeof href !== 'string' || !URL.canParse(href)) return undefined
  const url = new URL(href)
  return LINK_PROTOCOLS.has(url.protocol) ? url.href : undefined
}

const ALIGNMENTS: ReadonlySet<string> = new Set(['left', 'center', 'right'])

const cells = tableNodes({
  tableGroup: 'block',
  cellContent: 'block+',
  cellAttributes: {
    align: {
      default: null,
      getFromDOM: (cell) => cell.style.textAlign || null,
      setDOMAttr: (value, attributes) => {
        if (typeof value === 'string' && ALIGNMENTS.has(value)) attributes['data-align'] = value
      },
    },
  },
})

const nodes: Record<string, NodeSpec> = {
  doc: { content: 'block+' },
  paragraph: { content: 'inline*', group: 'block', parseDOM: [{ tag: 'p' }], toDOM: () => ['p', 0] },
  heading: {
    attrs: { level: { default: 1 } },
    content: 'inline*',
    group: 'block',
    defining: true,
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: Math.min(level, 3) } })),
    // One below the screen's own headings, so that the outline of the page stays whole.
    toDOM: (node) => [`h${Math.min(Math.max(Number(node.attrs['level']) || 1, 1), 3) + 1}`, 0],
  },
  blockquote: {
    content: 'block+',
    group: 'block',
    defining: true,
    parseDOM: [{ tag: 'blockquote' }],
    toDOM: () => ['blockquote', 0],
  },
  bullet_list: { content: 'list_item+', group: 'block', parseDOM: [{ tag: 'ul' }], toDOM: () => ['ul', 0] },
  ordered_list: {
    attrs: { order: { default: 1 } },
    content: 'list_item+',
    group: 'block',
    parseDOM: [{ tag: 'ol', getAttrs: (list) => ({ order: Number(list.getAttribute('start') ?? 1) || 1 }) }],
    toDOM: (node) => ['ol', { start: String(Number(node.attrs['order']) || 1) }, 0],
  },
  list_item: { content: 'block+', defining: true, parseDOM: [{ tag: 'li' }], toDOM: () => ['li', 0] },
  task_list: {
    content: 'task_item+',
    group: 'block',
    parseDOM: [{ tag: 'ul[data-tasks]', priority: 60 }],
    toDOM: () => ['ul', { 'data-tasks': '' }, 0],
  },
  task_item: {
    attrs: { checked: { default: false } },
    content: 'block+',
    defining: true,
    parseDOM: [
      {
        tag: 'li[data-checked]',
        priority: 60,
        getAttrs: (item) => ({ checked: item.getAttribute('data-checked') === 'true' }),
      },
    ],
    toDOM: (node) => ['li', { 'data-checked': String(node.attrs['checked'] === true) }, ['div', 0]],
  },
  code_block: {
    attrs: { language: { default: null } },
    content: 'text*',
    marks: '',
    group: 'block',
    code: true,
    defining: true,
    parseDOM: [{ tag: 'pre', preserveWhitespace: 'full' }],
    toDOM: () => ['pre', ['code', 0]],
  },
  horizontal_rule: { group: 'block', parseDOM: [{ tag: 'hr' }], toDOM: () => ['hr'] },
  hard_break: { inline: true, group: 'inline', selectable: false, parseDOM: [{ tag: 'br' }], toDOM: () => ['br'] },
  table: cells.table,
  // Rows whose cells have all been deleted, by several people at once, must not take the table with them.
  table_row: { ...cells.table_row, content: '(table_cell | table_header)*' },
  table_cell: cells.table_cell,
  table_header: cells.table_header,
  // Reserved: the file stays where it is until files are shared; the text says what it shows.
  image: {
    attrs: { alt: { default: null }, title: { default: null }, file: { default: null } },
    inline: true,
    group: 'inline',
    toDOM: (node) => ['span', { class: 'image' }, String(node.attrs['alt'] ?? 'Image')],
  },
  // What a later version adds travels in these two, so that an older one keeps it.
  unknown_block: {
    attrs: { name: { default: null }, data: { default: null } },
    content: 'block*',
    group: 'block',
    isolating: true,
    toDOM: () => ['div', { class: 'unknown', 'data-label': 'Part of this note needs a newer Parley' }, 0],
  },
  unknown_inline: {
    attrs: { name: { default: null }, data: { default: null } },
    inline: true,
    group: 'inline',
    atom: true,
    toDOM: () => ['span', { class: 'unknown' }, '…'],
  },
  text: { group: 'inline' },
}

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: { default: '' }, title: { default: null } },
    inclusive: false,
    parseDOM: [
      {
        tag: 'a[href]',
        getAttrs: (anchor) => {
          const href = safeHref(anchor.getAttribute('href'))
          return href === undefined ? false : { href, title: anchor.getAttribute('title') }
        },
      },
    ],
    toDOM: (mark) => {
      const href = safeHref(mark.attrs['href'])
      return href === undefined
        ? ['span', 0]
        : ['a', { href, title: new URL(href).host || href, target: '_blank', rel: 'noopener noreferrer' }, 0]
    },
  },
  em: { parseDOM: [{ tag: 'i' }, { tag: 'em' }, { style: 'font-style=italic' }], toDOM: () => ['em', 0] },
  strong: {
    parseDOM: [
      { tag: 'strong' },
      { tag: 'b', getAttrs: (b) => b.style.fontWeight !== 'normal' && null },
      { style: 'font-weight', getAttrs: (weight) => BOLD.test(weight) && null },
    ],
    toDOM: () => ['strong', 0],
  },
  underline: { parseDOM: [{ tag: 'u' }, { style: 'text-decoration=underline' }], toDOM: () => ['u', 0] },
  strike: {
    parseDOM: [{ tag: 's' }, { tag: 'del' }, { style: 'text-decoration=line-through' }],
    toDOM: () => ['s', 0],
  },
  code: { parseDOM: [{ tag: 'code' }], toDOM: () => ['code', { spellcheck: 'false' }, 0] },
}

export const noteSchema = new Schema({ nodes, marks })
