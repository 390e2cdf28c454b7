import { Fragment, Schema, type Mark, type Node } from 'prosemirror-model'
import { Transform, canJoin, canSplit, findWrapping, liftTarget } from 'prosemirror-transform'
import { initProseMirrorDoc, updateYFragment } from 'y-prosemirror'
import * as Y from 'yjs'
import { noteSchema } from '../../src/document/guard/schemas.ts'
import type { Random } from './random.ts'
import type { Replica } from './world.ts'

const cellAttributes = {
  colspan: { default: 1 },
  rowspan: { default: 1 },
  colwidth: { default: null },
  align: { default: null },
}

/** An editor's schema with every node and mark of a note. */
export const editorSchema = new Schema({
  nodes: {
    doc: { content: 'block+' },
    paragraph: { group: 'block', content: 'inline*' },
    heading: { group: 'block', content: 'inline*', attrs: { level: { default: 1 } } },
    blockquote: { group: 'block', content: 'block+' },
    bullet_list: { group: 'block', content: 'list_item+' },
    ordered_list: { group: 'block', content: 'list_item+', attrs: { order: { default: 1 } } },
    list_item: { content: 'paragraph block*' },
    task_list: { group: 'block', content: 'task_item+' },
    task_item: { content: 'paragraph block*', attrs: { checked: { default: false } } },
    code_block: { group: 'block', content: 'text*', marks: '', attrs: { language: { default: null } } },
    horizontal_rule: { group: 'block' },
    table: { group: 'block', content: 'table_row+' },
    table_row: { content: '(table_cell | table_header)*' },
    table_cell: { content: 'block+', attrs: cellAttributes },
    table_header: { content: 'block+', attrs: cellAttributes },
    unknown_block: { group: 'block', content: 'block*', attrs: { name: { default: '' }, data: { default: null } } },
    text: { group: 'inline' },
    hard_break: { group: 'inline', inline: true },
    image: { group: 'inline', inline: true, attrs: { alt: { default: null }, title: { default: null }, file: {} } },
    unknown_inline: { group: 'inline', inline: true, attrs: { name: { default: '' }, data: { default: null } } },
  },
  marks: {
    strong: {},
    em: {},
    underline: {},
    strike: {},
    code: {},
    link: { attrs: { href: {}, title: { default: null } } },
  },
})

const WORDS = ['a', 'word ', 'longer text ', 'é', '日本', '😀', '👩‍👩‍👧', ' ', 'x😀y']
const node = (name: string, attributes: object | null, ...children: Node[]): Node =>
  editorSchema.node(name, attributes, children)

function randomMark(random: Random): Mark {
  const name = random.pick(Object.keys(noteSchema.marks))
  return editorSchema.mark(name, name === 'link' ? { href: `https://example.org/${random.below(3)}` } : null)
}

function randomInline(random: Random): Node[] {
  return Array.from({ length: random.below(4) }, () => {
    if (random.chance(0.1)) return node('hard_break', null)
    if (random.chance(0.1)) return node('image', { file: 'f1', alt: 'picture' })
    return editorSchema.text(random.pick(WORDS), random.chance(0.3) ? [randomMark(random)] : [])
  })
}

function randomBlock(random: Random, depth = 0): Node {
  const paragraph = (): Node => node('paragraph', null, ...randomInline(random))
  const blocks = (): Node[] => Array.from({ length: 1 + random.below(2) }, () => randomBlock(random, depth + 1))
  switch (depth > 2 ? 0 : random.below(10)) {
    case 1:
      return node('heading', { level: 1 + random.below(6) }, ...randomInline(random))
    case 2:
      return node('blockquote', null, ...blocks())
    case 3:
      return node(
        'bullet_list',
        null,
        node('list_item', null, paragraph(), ...blocks()),
        node('list_item', null, paragraph()),
      )
    case 4:
      return node('ordered_list', { order: random.below(9) }, node('list_item', null, paragraph()))
    case 5:
      return node('task_list', null, node('task_item', { checked: random.chance(0.5) }, paragraph()))
    case 6:
      return node('code_block', { language: 'js' }, editorSchema.text('let x = 1'))
    case 7:
      return node('horizontal_rule', null)
    case 8: {
      const cell = (name: string): Node =>
        node(name, { colwidth: random.chance(0.3) ? [100] : null, align: 'left' }, paragraph())
      return node(
        'table',
        null,
        node('table_row', null, cell('table_header'), cell('table_header')),
        node('table_row', null, cell('table_cell'), cell('table_cell')),
      )
    }
    default:
      return paragraph()
  }
}

/** One change as an editor makes it. ProseMirror throws if the change does not fit the place; then there is none. */
function change(random: Random, doc: Node): Node {
  const transform = new Transform(doc)
  const size = doc.content.size
  // A selection does not end within a character.
  const whole = (at: number): number =>
    /[\udc00-\udfff]/.test(doc.textBetween(at, Math.min(at + 1, size))) ? at - 1 : at
  const start = random.below(size + 1)
  const from = whole(start)
  const to = whole(Math.min(size, start + random.below(random.chance(0.2) ? size : 6)))
  const range = doc.resolve(from).blockRange(doc.resolve(to))
  switch (random.below(11)) {
    case 0:
    case 1:
    case 2:
      transform.insert(from, editorSchema.text(random.pick(WORDS)))
      break
    case 3:
      transform.delete(from, to)
      break
    case 4:
      transform.addMark(from, to, randomMark(random))
      break
    case 5:
      transform.removeMark(from, to)
      break
    case 6:
      if (canSplit(doc, from)) transform.split(from)
      break
    case 7:
      if (canJoin(doc, from)) transform.join(from)
      break
    case 8: {
      const name = random.pick(['blockquote', 'bullet_list', 'ordered_list'])
      const type = editorSchema.nodes[name]
      const wrapping = range !== null && type !== undefined ? findWrapping(range, type) : null
      if (range !== null && wrapping) transform.wrap(range, wrapping)
      break
    }
    case 9: {
      const target = range === null ? null : liftTarget(range)
      if (range !== null && target !== null) transform.lift(range, target)
      break
    }
    default: {
      // Insert a block, or move one elsewhere.
      const block =
        random.chance(0.7) || doc.childCount === 0 ? randomBlock(random) : doc.child(random.below(doc.childCount))
      const index = random.below(doc.childCount + 1)
      let position = 0
      for (let i = 0; i < index; i++) position += doc.child(i).nodeSize
      if (random.chance(0.3) && index < doc.childCount)
        transform.setNodeAttribute(position, 'level', 1 + random.below(6))
      else transform.insert(position, block)
    }
  }
  return transform.doc
}

/** An editor's change of the note's body, written to the document as y-prosemirror writes it. */
export function editBody(random: Random, replica: Replica): void {
  const body = replica.doc.getXmlFragment('body')
  replica.edit(() => {
    const { doc, meta } = initProseMirrorDoc(body, editorSchema)
    let changed: Node
    try {
      const whole = doc.childCount === 0 ? doc.copy(Fragment.from(randomBlock(random))) : doc
      changed = change(random, whole)
    } catch {
      return
    }
    updateYFragment(replica.doc, body, changed, meta)
  })
}

/** Typing and formatting in the middle of existing texts, without an editor's tidiness. */
export function editTexts(random: Random, replica: Replica): void {
  const texts: Y.Text[] = [replica.doc.getText('title')]
  const walk = (container: Y.XmlFragment): void => {
    for (const child of container.toArray()) {
      if (child instanceof Y.XmlText) texts.push(child)
      else if (child instanceof Y.XmlElement) walk(child)
    }
  }
  walk(replica.doc.getXmlFragment('body'))
  const text = random.pick(texts)
  const at = random.below(text.length + 1)
  const length = random.below(Math.min(6, text.length - at + 1))
  const string = (text.toDelta() as { insert: string }[]).map(({ insert }) => insert).join('')
  const whole = (index: number): boolean => !(/[\udc00-\udfff]/.test(string[index] ?? '') && index > 0)
  if (!whole(at) || !whole(at + length)) return
  replica.edit(() => {
    if (text instanceof Y.XmlText && random.chance(0.4)) {
      const name = random.pick(['strong', 'em', 'link'])
      const value = random.chance(0.4) ? null : name === 'link' ? { href: 'https://example.org/' } : {}
      text.format(at, length, { [name]: value })
    } else if (random.chance(0.3)) text.delete(at, length)
    else text.insert(at, random.pick(WORDS))
  })
}

/** A comment or message in the own lane. */
export function appendToLane(random: Random, replica: Replica): void {
  const lane = replica.doc.getArray(replica.guard.laneOf(replica.world.nameOf(replica.author)))
  replica.edit(() => {
    const messages = Array.from({ length: 1 + random.below(3) }, (_, i) => ({
      kind: 'message',
      text: random.pick(WORDS),
      at: 1_700_000_000_000 + i,
      marks: [1.5, -3, true, null, { deep: [] }],
    }))
    lane.push(messages)
  })
}

/** One honest change of any sort, undoing included. */
export function editAnything(random: Random, replica: Replica, undoing = 0.2): void {
  if (replica.world.schema.kind === 'chat') return appendToLane(random, replica)
  if (random.chance(0.2)) return editTexts(random, replica)
  if (random.chance(0.1)) return appendToLane(random, replica)
  if (random.chance(undoing)) {
    if (random.chance(0.6)) replica.undo.undo()
    else replica.undo.redo()
    return undefined
  }
  return editBody(random, replica)
}
