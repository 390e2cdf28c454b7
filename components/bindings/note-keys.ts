import {
  chainCommands,
  createParagraphNear,
  exitCode,
  liftEmptyBlock,
  newlineInCode,
  splitBlock,
  baseKeymap,
} from 'prosemirror-commands'
import { InputRule, inputRules, textblockTypeInputRule, undoInputRule, wrappingInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import type { MarkType, NodeType } from 'prosemirror-model'
import { liftListItem, sinkListItem, splitListItem } from 'prosemirror-schema-list'
import type { Command, Plugin } from 'prosemirror-state'
import { goToNextCell } from 'prosemirror-tables'
import { COMMANDS, markType } from './note-commands.ts'
import { noteSchema } from './note-schema.ts'

const { nodes } = noteSchema
const required = (name: string): NodeType => {
  const type = nodes[name]
  if (!type) throw new Error(`the note schema has no node ${name}`)
  return type
}
const listItem = required('list_item')
const taskItem = required('task_item')

const insertHardBreak: Command = (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(required('hard_break').create()).scrollIntoView())
  return true
}

const insertTab: Command = (state, dispatch) => {
  if (!state.selection.$from.parent.type.spec.code) return false
  dispatch?.(state.tr.insertText('\t').scrollIntoView())
  return true
}

/** Marks what stands between two signs, and removes the signs: **bold**. */
function markRule(pattern: RegExp, type: MarkType): InputRule {
  return new InputRule(pattern, (state, match, start, end) => {
    const text = match[2]
    if (!text || !state.doc.resolve(start).parent.type.allowsMarkType(type)) return null
    const from = start + (match[1]?.length ?? 0)
    return state.tr
      .insertText(text, from, end)
      .addMark(from, from + text.length, type.create())
      .removeStoredMark(type)
  })
}

/** Markdown as it is typed: headings, lists, tasks, quotes, code, rules, and marks. */
export function noteInputRules(): Plugin {
  return inputRules({
    rules: [
      textblockTypeInputRule(/^(#{1,3})\s$/, required('heading'), (match) => ({ level: match[1]?.length ?? 1 })),
      textblockTypeInputRule(/^```$/, required('code_block')),
      wrappingInputRule(/^\s*>\s$/, required('blockquote')),
      wrappingInputRule(/^\s*\[([ x]?)\]\s$/, required('task_list')),
      wrappingInputRule(/^\s*[-*+]\s$/, required('bullet_list')),
      wrappingInputRule(
        /^(\d{1,4})\.\s$/,
        required('ordered_list'),
        (match) => ({ order: Number(match[1]) }),
        (match, node) => node.childCount + Number(node.attrs['order']) === Number(match[1]),
      ),
      new InputRule(/^---$/, (state, _match, start, end) =>
        state.tr.delete(start, end).insert(start - 1, required('horizontal_rule').create()),
      ),
      markRule(/(^|\s)\*\*([^*\s](?:[^*]*[^*\s])?)\*\*$/, markType('strong')),
      markRule(/(^|\s)\*([^*\s](?:[^*]*[^*\s])?)\*$/, markType('em')),
      markRule(/(^|\s)~~([^~]+)~~$/, markType('strike')),
      markRule(/(^|\s)`([^`]+)`$/, markType('code')),
    ],
  })
}

/** The keys of the editor. Tab indents in lists and moves between cells, so Escape leads out: `leave` is told of it. */
export function noteKeymaps(actions: { openLink(): void; leave(): void }): Plugin[] {
  const own = keymap({
    // The view takes this key for itself, so nobody above it can tell whether it was meant for something else.
    Escape: () => {
      actions.leave()
      return true
    },
    Tab: chainCommands(goToNextCell(1), sinkListItem(listItem), sinkListItem(taskItem), insertTab),
    'Shift-Tab': chainCommands(goToNextCell(-1), liftListItem(listItem), liftListItem(taskItem)),
    'Mod-z': COMMANDS.undo,
    'Mod-y': COMMANDS.redo,
    'Mod-Shift-z': COMMANDS.redo,
    'Mod-b': COMMANDS.strong,
    'Mod-i': COMMANDS.em,
    'Mod-u': COMMANDS.underline,
    'Mod-Shift-x': COMMANDS.strike,
    'Mod-e': COMMANDS.code,
    'Mod-k': () => {
      actions.openLink()
      return true
    },
    'Mod-Alt-0': COMMANDS.paragraph,
    'Mod-Alt-1': COMMANDS.heading1,
    'Mod-Alt-2': COMMANDS.heading2,
    'Mod-Alt-3': COMMANDS.heading3,
    'Mod-Shift-7': COMMANDS['ordered-list'],
    'Mod-Shift-8': COMMANDS['bullet-list'],
    'Mod-Shift-9': COMMANDS['task-list'],
    'Mod-Shift-.': COMMANDS.blockquote,
    'Mod-Enter': exitCode,
    'Shift-Enter': chainCommands(exitCode, insertHardBreak),
    Backspace: undoInputRule,
    Enter: chainCommands(
      newlineInCode,
      splitListItem(listItem),
      splitListItem(taskItem, { checked: false }),
      createParagraphNear,
      liftEmptyBlock,
      splitBlock,
    ),
  })
  return [own, keymap(baseKeymap)]
}
