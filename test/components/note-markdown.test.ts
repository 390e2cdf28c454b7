import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { noteMarkdown } from '../../components/bindings/note-markdown.ts'

type Part = Y.XmlElement | Y.XmlText

const element = (name: string, attributes: Record<string, unknown>, ...children: Part[]): Y.XmlElement => {
  const made = new Y.XmlElement<Record<string, never>>(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value as never)
  made.insert(0, children)
  return made
}
const text = (...parts: (string | [string, object])[]): Y.XmlText => {
  const made = new Y.XmlText()
  made.applyDelta(
    parts.map((part) => (typeof part === 'string' ? { insert: part } : { insert: part[0], attributes: part[1] })),
  )
  return made
}
const paragraph = (...parts: (string | [string, object])[]): Y.XmlElement => element('paragraph', {}, text(...parts))

function markdownOf(...blocks: Part[]): string {
  const body = new Y.Doc().getXmlFragment('body')
  body.insert(0, blocks)
  return noteMarkdown(body)
}

test('a note becomes Markdown, block by block', () => {
  const item = (words: string, ...more: Part[]) => element('list_item', {}, paragraph(words), ...more)
  const row = (...cells: string[]) =>
    element('table_row', {}, ...cells.map((cell) => element('table_cell', {}, paragraph(cell))))
  assert.equal(
    markdownOf(
      element('heading', { level: 2 }, text('Thursday')),
      paragraph('Bring ', ['bread ', { strong: {}, em: {} }], 'and ', ['cheese', { link: { href: 'https://e.org/' } }]),
      element(
        'bullet_list',
        {},
        item('one', element('ordered_list', { order: 3 }, item('three'), item('four'))),
        item('two'),
      ),
      element(
        'task_list',
        {},
        element('task_item', { checked: true }, paragraph('done')),
        element('task_item', { checked: 'false' }, paragraph('open')),
      ),
      element('blockquote', {}, paragraph('said'), paragraph('twice')),
      element('code_block', {}, text('let x\nlet y')),
      element('horizontal_rule', {}),
      element('table', {}, row('a', 'b|c'), row('1', '2')),
    ),
    [
      '## Thursday',
      'Bring ***bread*** and [cheese](https://e.org/)',
      '- one\n  3. three\n  4. four\n- two',
      '- [x] done\n- [ ] open',
      '> said\n> \n> twice',
      '```\nlet x\nlet y\n```',
      '---',
      '| a | b\\|c |\n| --- | --- |\n| 1 | 2 |',
    ].join('\n\n'),
  )
})

test('what this version does not know is given by its words, and no depth is too great', () => {
  assert.equal(markdownOf(element('poll', { of: 'later' }, paragraph('Tea or coffee?'))), 'Tea or coffee?')
  assert.equal(markdownOf(element('paragraph', {}, text('a'), element('hard_break', {}), text('b'))), 'a  \nb')
  let deep = paragraph('deep')
  for (let depth = 0; depth < 300; depth++) deep = element('blockquote', {}, deep)
  assert.ok(!markdownOf(deep, paragraph('shallow')).includes('deep'))
})
