import { CHAT_UPDATE_BYTES_MAX, UPDATE_BYTES_MAX } from './limits.ts'
import type { DocumentSchema } from './schema.ts'

/** Messages, edits, reactions and redactions: plain objects, each in the lane of its author's feed. */
export const chatSchema: DocumentSchema = {
  kind: 'chat',
  updateBytesMax: CHAT_UPDATE_BYTES_MAX,
  lanePrefix: 'lane/',
  roots: {},
  groups: {},
  nodes: {},
  marks: {},
}

const cell = {
  children: ['block'],
  attributes: {
    colspan: { type: 'integer', min: 1, max: 1000 },
    rowspan: { type: 'integer', min: 1, max: 1000 },
    colwidth: { type: 'integers', itemsMax: 1000, max: 10_000 },
    align: { type: 'one-of', values: ['left', 'center', 'right'] },
  },
} as const

/**
 * A note: title, ProseMirror body, and comments in lanes. The editor's ProseMirror schema must have these node and
 * mark names, and no other; attributes that are null are not stored. No mark may exclude nothing (`excludes: ''`),
 * because y-prosemirror writes such marks under hashed names.
 */
export const noteSchema: DocumentSchema = {
  kind: 'note',
  updateBytesMax: UPDATE_BYTES_MAX,
  lanePrefix: 'comments/',
  roots: { body: { type: 'fragment', children: ['block'] }, title: { type: 'text' } },
  groups: {
    block: [
      'paragraph',
      'heading',
      'blockquote',
      'bullet_list',
      'ordered_list',
      'task_list',
      'code_block',
      'horizontal_rule',
      'table',
      'unknown_block',
    ],
    inline: ['hard_break', 'image', 'unknown_inline'],
  },
  nodes: {
    paragraph: { children: ['inline'], text: true },
    heading: { children: ['inline'], text: true, attributes: { level: { type: 'integer', min: 1, max: 6 } } },
    blockquote: { children: ['block'] },
    bullet_list: { children: ['list_item'] },
    ordered_list: {
      children: ['list_item'],
      attributes: { order: { type: 'integer', min: 0, max: 1_000_000_000 } },
    },
    list_item: { children: ['block'] },
    task_list: { children: ['task_item'] },
    task_item: { children: ['block'], attributes: { checked: { type: 'boolean' } } },
    code_block: { children: [], text: true, attributes: { language: { type: 'text', unitsMax: 64 } } },
    horizontal_rule: { children: [] },
    hard_break: { children: [] },
    table: { children: ['table_row'] },
    table_row: { children: ['table_cell', 'table_header'] },
    table_cell: cell,
    table_header: cell,
    image: {
      children: [],
      attributes: {
        alt: { type: 'text', unitsMax: 2048 },
        title: { type: 'text', unitsMax: 2048 },
        file: { type: 'text', unitsMax: 256 },
      },
    },
    unknown_block: {
      children: ['block'],
      attributes: { name: { type: 'text', unitsMax: 64 }, data: { type: 'text', unitsMax: 8192 } },
    },
    unknown_inline: {
      children: [],
      attributes: { name: { type: 'text', unitsMax: 64 }, data: { type: 'text', unitsMax: 8192 } },
    },
  },
  marks: {
    strong: {},
    em: {},
    underline: {},
    strike: {},
    code: {},
    link: { href: { type: 'link' }, title: { type: 'text', unitsMax: 2048 } },
  },
}
