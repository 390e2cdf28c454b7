import { lift, setBlockType, toggleMark, wrapIn } from 'prosemirror-commands'
import type { Attrs, MarkType, NodeType } from 'prosemirror-model'
import { liftListItem, wrapInList } from 'prosemirror-schema-list'
import { type Command, type EditorState, TextSelection } from 'prosemirror-state'
import { addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable, isInTable } from 'prosemirror-tables'
import { redoCommand, undoCommand } from 'y-prosemirror'
import { noteSchema, safeHref } from './note-schema.ts'

export const COMMAND_NAMES = [
  'strong',
  'em',
  'underline',
  'strike',
  'code',
  'paragraph',
  'heading1',
  'heading2',
  'heading3',
  'bullet-list',
  'ordered-list',
  'task-list',
  'blockquote',
  'code-block',
  'table',
  'add-row',
  'add-column',
  'delete-row',
  'delete-column',
  'delete-table',
  'rule',
  'undo',
  'redo',
] as const
export type CommandName = (typeof COMMAND_NAMES)[number]

const node = (name: string): NodeType => {
  const type = noteSchema.nodes[name]
  if (!type) throw new Error(`the note schema has no node ${name}`)
  return type
}

export const markType = (name: string): MarkType => {
  const type = noteSchema.marks[name]
  if (!type) throw new Error(`the note schema has no mark ${name}`)
  return type
}

/** Sets the kind of the block, or makes it a paragraph again when it is of that kind already. */
function toggleBlock(name: string, attributes: Attrs | null = null): Command {
  return (state, dispatch) => {
    const isSet = state.selection.$from.parent.hasMarkup(node(name), attributes ?? node(name).create().attrs)
    return setBlockType(isSet ? node('paragraph') : node(name), isSet ? null : attributes)(state, dispatch)
  }
}

const LISTS = { bullet_list: 'list_item', ordered_list: 'list_item', task_list: 'task_item' } as const

/** Makes a list of the blocks, changes the kind of the list around them, or takes them out of one of that kind. */
function toggleList(name: keyof typeof LISTS): Command {
  return (state, dispatch) => {
    const { $from } = state.selection
    for (let depth = $from.depth; depth > 0; depth--) {
      const list = $from.node(depth)
      const current = Object.keys(LISTS).find((other) => other === list.type.name)
      if (!current) continue
      if (current === name) return liftListItem(node(LISTS[name]))(state, dispatch)
      if (dispatch) {
        const transaction = state.tr
        const start = $from.before(depth)
        const items = list.children.map((item) => node(LISTS[name]).create(null, item.content))
        transaction.replaceWith(start, start + list.nodeSize, node(name).create(null, items))
        transaction.setSelection(TextSelection.near(transaction.doc.resolve($from.pos)))
        dispatch(transaction)
      }
      return true
    }
    return wrapInList(node(name))(state, dispatch)
  }
}

const toggleQuote: Command = (state, dispatch) =>
  hasAncestor(state, 'blockquote') ? lift(state, dispatch) : wrapIn(node('blockquote'))(state, dispatch)

const TABLE_ROWS = 3
const TABLE_COLUMNS = 3

const insertTable: Command = (state, dispatch) => {
  if (isInTable(state)) return false
  if (dispatch) {
    const cells = (name: string) =>
      Array.from({ length: TABLE_COLUMNS }, () => node(name).create(null, node('paragraph').create()))
    const rows = Array.from({ length: TABLE_ROWS }, (_, index) =>
      node('table_row').create(null, cells(index === 0 ? 'table_header' : 'table_cell')),
    )
    const transaction = state.tr.replaceSelectionWith(node('table').create(null, rows))
    const inside = transaction.doc.resolve(
      Math.min(transaction.mapping.map(state.selection.from, -1) + 1, transaction.doc.content.size),
    )
    dispatch(transaction.setSelection(TextSelection.near(inside)).scrollIntoView())
  }
  return true
}

const insertRule: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(node('horizontal_rule').create()).scrollIntoView())
  return true
}

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  strong: toggleMark(markType('strong')),
  em: toggleMark(markType('em')),
  underline: toggleMark(markType('underline')),
  strike: toggleMark(markType('strike')),
  code: toggleMark(markType('code')),
  paragraph: setBlockType(node('paragraph')),
  heading1: toggleBlock('heading', { level: 1 }),
  heading2: toggleBlock('heading', { level: 2 }),
  heading3: toggleBlock('heading', { level: 3 }),
  'bullet-list': toggleList('bullet_list'),
  'ordered-list': toggleList('ordered_list'),
  'task-list': toggleList('task_list'),
  blockquote: toggleQuote,
  'code-block': toggleBlock('code_block'),
  table: insertTable,
  'add-row': addRowAfter,
  'add-column': addColumnAfter,
  'delete-row': deleteRow,
  'delete-column': deleteColumn,
  'delete-table': deleteTable,
  rule: insertRule,
  undo: undoCommand,
  redo: redoCommand,
}

/** What the toolbar shows of the place where the selection stands. */
export interface NoteStatus {
  readonly active: ReadonlySet<CommandName | 'link'>
  readonly canUndo: boolean
  readonly canRedo: boolean
  readonly isInTable: boolean
  readonly hasSelection: boolean
  readonly linkHref: string
}

export const EMPTY_STATUS: NoteStatus = {
  active: new Set(),
  canUndo: false,
  canRedo: false,
  isInTable: false,
  hasSelection: false,
  linkHref: '',
}

const ANCESTORS: Readonly<Record<string, CommandName>> = {
  bullet_list: 'bullet-list',
  ordered_list: 'ordered-list',
  task_list: 'task-list',
  blockquote: 'blockquote',
}

export function noteStatus(state: EditorState): NoteStatus {
  const active = new Set<CommandName | 'link'>()
  const { $from, from, to, empty } = state.selection
  const has = (name: string) =>
    empty
      ? markType(name).isInSet(state.storedMarks ?? $from.marks()) !== undefined
      : state.doc.rangeHasMark(from, to, markType(name))
  for (const name of ['strong', 'em', 'underline', 'strike', 'code', 'link'] as const) if (has(name)) active.add(name)
  const parent = $from.parent
  if (parent.type.name === 'heading') {
    const heading = (['heading1', 'heading2', 'heading3'] as const)[Number(parent.attrs['level']) - 1]
    if (heading) active.add(heading)
  } else if (parent.type.name === 'code_block') active.add('code-block')
  for (let depth = $from.depth; depth > 0; depth--) {
    const name = ANCESTORS[$from.node(depth).type.name]
    if (name) active.add(name)
  }
  return {
    active,
    canUndo: undoCommand(state),
    canRedo: redoCommand(state),
    isInTable: isInTable(state),
    hasSelection: !empty,
    linkHref: String(linkAt(state)?.attrs['href'] ?? ''),
  }
}

function hasAncestor(state: EditorState, name: string): boolean {
  const { $from } = state.selection
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type.name === name) return true
  return false
}

function linkAt(state: EditorState) {
  const { $from, from, to, empty } = state.selection
  if (empty) return markType('link').isInSet($from.marks())
  let found = undefined
  state.doc.nodesBetween(from, to, (child) => {
    found ??= markType('link').isInSet(child.marks)
  })
  return found as ReturnType<MarkType['isInSet']>
}

/** Links the selection; without one, writes the address as linked text; without an address, removes the link. */
export function setLink(address: string): Command {
  return (state, dispatch) => {
    const { from, to, empty } = state.selection
    if (!address) {
      dispatch?.(state.tr.removeMark(from, to, markType('link')))
      return true
    }
    // Some browsers take blanks in a host name, so that any sentence would be an address.
    const href = /\s/.test(address) ? undefined : (safeHref(address) ?? safeHref(`https://${address}`))
    if (href === undefined) return false
    const mark = markType('link').create({ href })
    dispatch?.(empty ? state.tr.insert(from, noteSchema.text(address, [mark])) : state.tr.addMark(from, to, mark))
    return true
  }
}
