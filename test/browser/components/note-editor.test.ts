import { assert } from 'chai'
import { html } from 'lit'
import * as Y from 'yjs'
import { NoteEditor } from '../../../components/bindings/note-editor.ts'
import type { NoteStatus } from '../../../components/bindings/note-commands.ts'
import { fillTemplate } from '../../../components/bindings/note-templates.ts'
import { TitleBinding } from '../../../components/bindings/title-binding.ts'
import '../../../components/notes/note-page.ts'
import { bob, fakeNote, fakeRoom, type FakeNote } from './fixtures.ts'
import { demand, expectAccessible, find, mount, settled, unmount, until } from './mount.ts'

interface Opened {
  readonly editor: NoteEditor
  readonly field: HTMLElement
  readonly status: () => NoteStatus | undefined
}

const open: NoteEditor[] = []

function openEditor({ note }: FakeNote): Opened {
  const place = document.createElement('div')
  document.body.append(place)
  let status: NoteStatus | undefined
  const editor = new NoteEditor(place, note, {
    onStatus: (next) => (status = next),
    onReadOnly: () => {},
    openLink: () => {},
    leave: () => {},
  })
  open.push(editor)
  const field = place.querySelector<HTMLElement>('[role=textbox]')
  assert(field)
  return { editor, field, status: () => status }
}

/** Two documents that give each other their updates at once. */
function connected(): [Y.Doc, Y.Doc] {
  const documents: [Y.Doc, Y.Doc] = [new Y.Doc(), new Y.Doc()]
  for (const [index, document_] of documents.entries())
    document_.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'remote') Y.applyUpdate(documents[1 - index] as Y.Doc, update, 'remote')
    })
  return documents
}

/** Types through the browser's own editing, as a keyboard does. */
async function type(field: HTMLElement, text: string): Promise<void> {
  field.focus()
  document.execCommand('insertText', false, text)
  // The editor reads the page's changes in a task of its own.
  await settled()
}

const paragraph = (text: string): Y.XmlElement => {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(text)])
  return element
}

const bodyOf = (document_: Y.Doc) => document_.getXmlFragment('body').toString()

describe('note editor', () => {
  afterEach(() => {
    for (const editor of open.splice(0)) editor.destroy()
    unmount()
  })

  it('writes what is typed into the document, and shows what others write', async () => {
    const [left, right] = connected()
    const alice = openEditor(fakeNote(left))
    const other = openEditor(fakeNote(right))
    await type(alice.field, 'Hello')
    assert.include(other.field.textContent, 'Hello')
    assert.equal(bodyOf(left), bodyOf(right))
    right.getXmlFragment('body').insert(1, [paragraph('from the other side')])
    assert.include(alice.field.textContent, 'from the other side')
    assert.equal(bodyOf(left), bodyOf(right))
  })

  it('keeps the words of others when the list around them is taken back', async () => {
    const [left, right] = connected()
    const alice = openEditor(fakeNote(left))
    openEditor(fakeNote(right))
    await type(alice.field, 'mine')
    alice.editor.run('bullet-list')
    const theirs = new Y.XmlElement('list_item')
    theirs.insert(0, [paragraph('theirs')])
    const list = right.getXmlFragment('body').get(0)
    assert(list instanceof Y.XmlElement && list.nodeName === 'bullet_list')
    list.insert(1, [theirs])
    for (let steps = 0; steps < 3; steps++) alice.editor.run('undo')
    assert.notInclude(bodyOf(left), 'mine')
    assert.include(bodyOf(left), 'theirs')
    assert.equal(bodyOf(left), bodyOf(right))
  })

  it('undoes only what was written here', async () => {
    const [left, right] = connected()
    const alice = openEditor(fakeNote(left))
    openEditor(fakeNote(right))
    await type(alice.field, 'mine')
    right.getXmlFragment('body').insert(1, [paragraph('theirs')])
    alice.editor.run('undo')
    assert.notInclude(bodyOf(left), 'mine')
    assert.include(bodyOf(left), 'theirs')
    assert.equal(bodyOf(left), bodyOf(right))
    alice.editor.run('redo')
    assert.include(bodyOf(right), 'mine')
  })

  for (const mayWrite of [true, false])
    it(`keeps content that it does not know in a note that ${mayWrite ? 'may be written' : 'is read-only'}`, async () => {
      const document_ = new Y.Doc()
      const body = document_.getXmlFragment('body')
      body.insert(0, [paragraph('before'), new Y.XmlElement('hologram'), paragraph('after')])
      const before = bodyOf(document_)
      let updates = 0
      document_.on('update', () => updates++)
      const { editor, field } = openEditor(fakeNote(document_, { mayWrite }))
      assert.equal(editor.readOnly, mayWrite ? 'unknown-content' : 'role')
      assert.equal(field.contentEditable, 'false')
      assert.include(field.textContent, 'after')
      await settled()
      assert.equal(bodyOf(document_), before)
      assert.equal(updates, 0)
    })

  it('keeps unknown content that arrives while it is open, and goes on read-only', async () => {
    const [left, right] = connected()
    const { editor, field } = openEditor(fakeNote(left))
    await type(field, 'known')
    right.getXmlFragment('body').insert(1, [new Y.XmlElement('hologram')])
    await until('read-only', () => editor.readOnly === 'unknown-content')
    assert.include(bodyOf(left), 'hologram')
    assert.equal(bodyOf(left), bodyOf(right))
    right.getXmlFragment('body').insert(2, [paragraph('still followed')])
    assert.include(field.textContent, 'still followed')
  })

  it('keeps a misplaced node and an unknown mark that arrive', async () => {
    for (const spoil of [
      (body: Y.XmlFragment) => body.insert(0, [new Y.XmlElement('list_item')]),
      (body: Y.XmlFragment) => ((body.get(0) as Y.XmlElement).get(0) as Y.XmlText).format(0, 2, { blink: true }),
    ]) {
      const [left, right] = connected()
      const { editor, field } = openEditor(fakeNote(left))
      await type(field, 'text')
      spoil(right.getXmlFragment('body'))
      const expected = bodyOf(right)
      await until('read-only', () => editor.readOnly === 'unknown-content')
      assert.equal(bodyOf(left), expected)
      editor.destroy()
      open.splice(open.indexOf(editor), 1)
    }
  })

  it('goes on with another document under it, with focus and caret where they were', async () => {
    const document_ = new Y.Doc()
    const note = fakeNote(document_)
    const { editor, field } = openEditor(note)
    await type(field, 'Hello world')
    const selection = getSelection()
    assert(selection)
    selection.collapse(field.querySelector('p')?.firstChild ?? null, 5)
    await settled()
    const rebuilt = new Y.Doc()
    Y.applyUpdate(rebuilt, Y.encodeStateAsUpdate(document_))
    note.replace(rebuilt)
    assert.isTrue(field.matches(':focus'))
    await type(field, ',')
    assert.include(bodyOf(rebuilt), 'Hello, world')
    assert.notInclude(bodyOf(document_), 'Hello,')
    editor.run('undo')
    assert.include(bodyOf(rebuilt), 'Hello world')
  })

  it('shows where others are, and survives positions that mean nothing', async () => {
    const document_ = new Y.Doc()
    const note = fakeNote(document_)
    const { field } = openEditor(note)
    await type(field, 'Hello')
    const text = (document_.getXmlFragment('body').get(0) as Y.XmlElement).get(0) as Y.XmlText
    const at = (index: number) =>
      Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, index)) as unknown
    const show = (state: unknown) => note.setPresence([{ person: bob, clientId: 7, state }])
    show({ cursor: { anchor: at(1), head: at(3) }, user: { name: 'Somebody else' } })
    await until('the cursor', () => field.querySelector('.cursor-name')?.textContent === 'Bob')
    const nonsense = [
      null,
      'text',
      { cursor: { anchor: {}, head: {} } },
      { cursor: { anchor: { item: { client: -1, clock: 1.5 } }, head: at(1) } },
      { cursor: { anchor: { tname: 'elsewhere' }, head: { tname: 'elsewhere' } } },
      { cursor: { anchor: { item: { client: 999, clock: 999 } }, head: { type: { client: 999, clock: 1 } } } },
    ]
    for (const state of nonsense) {
      show(state)
      await settled()
    }
    assert.isFalse(document_.share.has('elsewhere'))
    assert.isNull(field.querySelector('.cursor-name'))
    await type(field, '!')
    assert.include(bodyOf(document_), '!')
  })

  it('makes a list of Markdown as it is typed, and a heading from the toolbar', async () => {
    const document_ = new Y.Doc()
    const { editor, field, status } = openEditor(fakeNote(document_))
    await type(field, '-')
    await type(field, ' ')
    await type(field, 'milk')
    assert.isNotNull(field.querySelector('ul li'))
    assert.isTrue(status()?.active.has('bullet-list'))
    editor.run('task-list')
    assert.include(bodyOf(document_), '<task_item checked="false"><paragraph>milk</paragraph></task_item>')
    editor.run('task-list')
    editor.run('heading2')
    assert.include(bodyOf(document_), '<heading level="2">milk</heading>')
  })

  it('inserts a table and adds and removes its rows and columns', () => {
    const document_ = new Y.Doc()
    const { editor, field } = openEditor(fakeNote(document_))
    field.focus()
    editor.run('table')
    editor.run('add-row')
    editor.run('add-column')
    assert.lengthOf(field.querySelectorAll('tr'), 4)
    assert.lengthOf(field.querySelectorAll('tr:first-child > *'), 4)
    editor.run('delete-row')
    editor.run('delete-column')
    assert.lengthOf(field.querySelectorAll('tr'), 3)
    editor.run('delete-table')
    assert.isNull(field.querySelector('table'))
  })

  it('links only what can be followed', () => {
    const document_ = new Y.Doc()
    const { editor, field } = openEditor(fakeNote(document_))
    field.focus()
    assert.isFalse(editor.setLink('javascript:alert(1)'))
    assert.isTrue(editor.setLink('example.org'))
    assert.equal(field.querySelector('a')?.getAttribute('href'), 'https://example.org/')
  })

  it('fills an empty note from a template, once', () => {
    const { note } = fakeNote()
    fillTemplate(note, 'meeting')
    const filled = note.body.toString()
    assert.include(filled, 'What we decided')
    fillTemplate(note, 'checklist')
    assert.equal(note.body.toString(), filled)
  })

  it('has names for a screen reader, and no finding by axe, in both schemes', async () => {
    const note = fakeNote()
    fillTemplate(note.note, 'meeting')
    await mount(
      html`<parley-note-page .room=${fakeRoom({ note: note.note }).room} .noteId=${'note-1'}></parley-note-page>`,
    )
    await until('the editor', () => find('[role=textbox][aria-label=Note]'))
    demand("input[aria-label='Note title']")
    await expectAccessible()
  })

  it('is left with Escape for the tools, and they for it; the page stays', async () => {
    const { note } = fakeNote()
    fillTemplate(note, 'checklist')
    await mount(html`<parley-note-page .room=${fakeRoom({ note }).room} .noteId=${'note-1'}></parley-note-page>`)
    const field = await until<HTMLElement>('the editor', () => find('[role=textbox][aria-label=Note]'))
    const place = location.hash
    // With the code that a keyboard gives: by it the editor takes the key for itself.
    const escape = () =>
      new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27, bubbles: true, composed: true, cancelable: true })
    field.focus()
    field.dispatchEvent(escape())
    const tool = demand('[aria-label=Bold]')
    assert.isTrue(tool.matches(':focus'))
    tool.dispatchEvent(escape())
    assert.isTrue(field.matches(':focus'))
    const title = demand('#title')
    title.focus()
    title.dispatchEvent(escape())
    assert.isTrue(tool.matches(':focus'))
    assert.equal(location.hash, place)
  })
})

describe('title binding', () => {
  function bound(text: Y.Text): { field: HTMLInputElement; edit(value: string, caret?: number): void } {
    const field = document.createElement('input')
    document.body.append(field)
    const binding = new TitleBinding(field, text)
    release.push(() => {
      binding.destroy()
      field.remove()
    })
    return {
      field,
      edit(value, caret = value.length) {
        field.focus()
        field.value = value
        field.setSelectionRange(caret, caret)
        field.dispatchEvent(new Event('input'))
      },
    }
  }
  const release: (() => void)[] = []
  afterEach(() => {
    for (const end of release.splice(0)) end()
  })

  it('writes the smallest change', () => {
    const text = new Y.Doc().getText('title')
    text.insert(0, 'Book club')
    const deltas: unknown[] = []
    text.observe((event) => deltas.push(event.delta))
    bound(text).edit('Book, club')
    assert.deepEqual(deltas, [[{ retain: 4 }, { insert: ',' }]])
  })

  it('keeps the caret among the same letters when others write before and after it', () => {
    const text = new Y.Doc().getText('title')
    text.insert(0, 'Book club')
    const { field } = bound(text)
    field.focus()
    field.setSelectionRange(4, 4)
    text.insert(0, 'The ')
    assert.equal(field.value, 'The Book club')
    assert.equal(field.selectionStart, 8)
    text.insert(13, '!')
    assert.equal(field.selectionStart, 8)
    text.delete(0, 6)
    assert.equal(field.selectionStart, 2)
  })

  it('undoes only what was typed here', () => {
    const text = new Y.Doc().getText('title')
    const { field, edit } = bound(text)
    edit('mine')
    text.insert(0, 'theirs ')
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, cancelable: true }))
    assert.equal(text.toString(), 'theirs ')
    assert.equal(field.value, 'theirs ')
  })
})
