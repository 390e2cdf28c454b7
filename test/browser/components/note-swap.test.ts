// What somebody sees of a document that is made anew under them, as after a removal: nothing but what has to go.
import { assert } from 'chai'
import { html } from 'lit'
import * as Y from 'yjs'
import '../../../components/chat/chat.ts'
import '../../../components/chat/message-list.ts'
import '../../../components/notes/note-page.ts'
import { idFromBytes, type DocumentId, type FeedId } from '../../../src/base/ids.ts'
import type { ReceivedEntry } from '../../../src/document/entry-outcome.ts'
import { GuardedDocument } from '../../../src/document/guarded-document.ts'
import { ReadOnlyCopy } from '../../../src/document/note.ts'
import type { ChatMessage, Note } from '../../../src/index.ts'
import { alice, bob, fakeNote, fakeRoom, message } from './fixtures.ts'
import { demand, mount, remount, settled, unmount, until } from './mount.ts'

const DOCUMENT = idFromBytes<DocumentId>(new Uint8Array(32).fill(1))
const feedOf = (client: number): FeedId => idFromBytes(new Uint8Array(32).fill(client))
const ALICE = 11
const BOB = 22

/** A device that writes one feed of the note, without a network: entries are handed over. */
class Device {
  readonly document = new GuardedDocument({ document: DOCUMENT, kind: 'note' })
  readonly log: ReceivedEntry[] = []
  readonly #client: number

  constructor(client: number) {
    this.#client = client
    for (const author of [ALICE, BOB]) this.#register(author, undefined)
    this.document.openOwnFeed(feedOf(client))
  }

  get body(): Y.XmlFragment {
    return this.document.doc.getXmlFragment('body')
  }
  get title(): Y.Text {
    return this.document.doc.getText('title')
  }

  #register(author: number, limit: number | undefined): void {
    this.document.registerFeed({ feed: feedOf(author), client: author, rights: 'write', limit })
  }

  flush(): readonly ReceivedEntry[] {
    const { entries, refused } = this.document.takeLocalChanges({ nowMs: 0 })
    assert.isUndefined(refused)
    const sent = entries.map((entry) => ({ ...entry, receivedAtMs: 0 }))
    this.log.push(...sent)
    return sent
  }

  receive(entries: readonly ReceivedEntry[]): void {
    for (const { outcome } of this.document.receive(entries)) assert.equal(outcome.status, 'applied')
    this.log.push(...entries)
  }

  limit(author: number, limit: number): void {
    if (author !== this.#client) this.flush()
    this.#register(author, limit)
    assert.isTrue(this.document.needsRebuild)
    this.document.rebuild(this.log)
  }
}

/** The device's note, in the shape that the library gives it. */
function noteOf(device: Device, rights: { mayWrite: boolean; copy?: ReadOnlyCopy } = { mayWrite: true }): Note {
  const { note } = fakeNote(device.document.doc)
  const doc = () => (rights.mayWrite ? device.document.doc : (rights.copy ??= new ReadOnlyCopy(device.document)).doc)
  return Object.defineProperties(note, {
    doc: { get: doc },
    body: { get: () => doc().getXmlFragment('body') },
    title: { get: () => doc().getText('title') },
    mayWrite: { get: () => rights.mayWrite },
    on: {
      value: (name: string, listener: () => void) => {
        if (name === 'replaced') return device.document.events.on('replaced', listener)
        rightsListeners.push(listener)
        return () => {}
      },
    },
  })
}

const rightsListeners: (() => void)[] = []

const paragraph = (text: string): Y.XmlElement => {
  const element = new Y.XmlElement('paragraph')
  element.insert(0, [new Y.XmlText(text)])
  return element
}

/** Alice's note of sixty paragraphs, into which Bob has written: above, in the same paragraph, below. */
function written(): { readonly mine: Device; readonly theirs: Device } {
  const [mine, theirs] = [new Device(ALICE), new Device(BOB)]
  mine.title.insert(0, 'Minutes of May')
  mine.body.insert(
    0,
    Array.from({ length: 60 }, (_, index) => paragraph(`Paragraph ${index}: the quick brown fox jumps over the dog.`)),
  )
  theirs.receive(mine.flush())
  theirs.body.insert(
    2,
    Array.from({ length: 12 }, (_, index) => paragraph(`Bob was here ${index}`)),
  )
  theirs.body.insert(70, [paragraph('And here')])
  const middle = theirs.body.get(42)
  assert(middle instanceof Y.XmlElement)
  const words = middle.get(0)
  assert(words instanceof Y.XmlText)
  words.insert(20, 'BOBBOB ')
  theirs.title.insert(0, 'Bob’s ')
  mine.receive(theirs.flush())
  return { mine, theirs }
}

async function openPage(note: Note): Promise<{ page: HTMLElement; field: HTMLElement }> {
  const { room } = fakeRoom({ note })
  const page = await mount<HTMLElement>(html`<parley-note-page .room=${room} noteId="note-1"></parley-note-page>`)
  const field = await until('the editor', () => page.shadowRoot?.querySelector<HTMLElement>('[role=textbox]'))
  await settled()
  return { page, field }
}

/** Puts the caret into the paragraph that contains a text, after so many characters. */
async function putCaret(field: HTMLElement, text: string, offset: number): Promise<HTMLElement> {
  const block = [...field.querySelectorAll('p')].find(({ textContent }) => textContent.includes(text))
  assert(block?.firstChild)
  field.focus()
  getSelection()?.setBaseAndExtent(block.firstChild, offset, block.firstChild, offset)
  document.dispatchEvent(new Event('selectionchange'))
  await settled()
  return block
}

async function type(text: string): Promise<void> {
  document.execCommand('insertText', false, text)
  await settled()
}

const focused = (): Element | null => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element
}

const textOf = (body: Y.XmlFragment): string =>
  body
    .toArray()
    .map((block) => String((block as Y.XmlElement).get(0)))
    .join('|')

describe('a note that is made anew', () => {
  afterEach(() => {
    unmount()
    rightsListeners.length = 0
  })

  it('keeps focus, caret and scroll, and typing goes on at once', async () => {
    const { mine } = written()
    const { page, field } = await openPage(noteOf(mine))
    const block = await putCaret(field, 'Paragraph 30:', 36)
    block.scrollIntoView({ block: 'center' })
    await settled()
    const before = { top: block.getBoundingClientRect().top, count: field.querySelectorAll('p').length }
    assert.isAbove(page.scrollTop, 100)
    mine.limit(BOB, 0)
    const now = [...field.querySelectorAll('p')].find(({ textContent }) => textContent.includes('Paragraph 30:'))
    assert(now)
    assert.equal(now.textContent, 'Paragraph 30: the quick brown fox jumps over the dog.')
    assert.isBelow(field.querySelectorAll('p').length, before.count)
    await type('X')
    assert.closeTo(now.getBoundingClientRect().top, before.top, 2)
    assert.isTrue(focused() === field, 'focus stays')
    // After the same letters as before: Bob's seven in front of them are gone.
    assert.include(textOf(mine.body), 'Paragraph 30: the quick brownX fox')
    assert.notInclude(field.textContent, 'Bob was here')
    assert.lengthOf(mine.flush(), 1)
  })

  it('is patched: the elements of what did not change stay', async () => {
    const mine = new Device(ALICE)
    const theirs = new Device(BOB)
    mine.body.insert(0, [paragraph('first'), paragraph('second'), paragraph('third')])
    theirs.receive(mine.flush())
    theirs.body.insert(1, [paragraph('between')])
    mine.receive(theirs.flush())
    const { field } = await openPage(noteOf(mine))
    const before = [...field.querySelectorAll('p')]
    mine.limit(BOB, 0)
    await settled()
    const after = [...field.querySelectorAll('p')]
    assert.deepEqual(
      after.map((element) => before.indexOf(element)),
      [0, 2, 3],
    )
  })

  it('puts a caret whose words are gone beside what stood next to them', async () => {
    const { mine } = written()
    const { field } = await openPage(noteOf(mine))
    await putCaret(field, 'BOBBOB', 24)
    mine.limit(BOB, 0)
    await type('X')
    assert.include(textOf(mine.body), 'Paragraph 30: the quX')
    await putCaret(field, 'Paragraph 0:', 12)
  })

  it('puts a caret whose paragraph is gone into the one before', async () => {
    const { mine } = written()
    const { field } = await openPage(noteOf(mine))
    await putCaret(field, 'Bob was here 5', 4)
    mine.limit(BOB, 0)
    await type('X')
    assert.include(textOf(mine.body), 'Paragraph 1: the quick brown fox jumps over the dog.X')
  })

  it('keeps a selection over several paragraphs', async () => {
    const { mine } = written()
    const { field } = await openPage(noteOf(mine))
    const blocks = [...field.querySelectorAll('p')]
    const from = blocks[0]?.firstChild
    const to = blocks[15]?.firstChild
    assert(from && to)
    field.focus()
    getSelection()?.setBaseAndExtent(from, 5, to, 9)
    await settled()
    mine.limit(BOB, 0)
    await type('-')
    assert.include(textOf(mine.body), 'Parag- ')
    assert.notInclude(textOf(mine.body), 'Paragraph 2:')
  })

  it('keeps what one looks at when the keyboard is elsewhere', async () => {
    const { mine } = written()
    const { page, field } = await openPage(noteOf(mine))
    const block = () =>
      [...field.querySelectorAll('p')].find(({ textContent }) => textContent.includes('Paragraph 40:'))
    block()?.scrollIntoView({ block: 'center' })
    await settled()
    const top = block()?.getBoundingClientRect().top ?? 0
    const { scrollTop } = page
    mine.limit(BOB, 0)
    await settled()
    assert.closeTo(block()?.getBoundingClientRect().top ?? 0, top, 2)
    assert.isBelow(page.scrollTop, scrollTop)
    assert.isTrue(focused() !== field)
  })

  it('keeps the caret in the title', async () => {
    const { mine } = written()
    await openPage(noteOf(mine))
    const title = demand<HTMLInputElement>('#title')
    assert.equal(title.value, 'Bob’s Minutes of May')
    title.focus()
    title.setSelectionRange(13, 16)
    mine.limit(BOB, 0)
    assert.equal(title.value, 'Minutes of May')
    assert.deepEqual([title.selectionStart, title.selectionEnd], [7, 10])
    assert.isTrue(focused() === title, 'focus stays')
    title.setRangeText('in', 8, 10, 'end')
    title.dispatchEvent(new InputEvent('input'))
    assert.equal(mine.title.toString(), 'Minutes in May')
  })

  it('turns read-only in its place when the right to write is gone', async () => {
    const { mine, theirs } = written()
    const rights = { mayWrite: true }
    const { field } = await openPage(noteOf(theirs, rights))
    const block = await putCaret(field, 'Paragraph 30:', 10)
    block.scrollIntoView({ block: 'center' })
    await settled()
    const { top } = block.getBoundingClientRect()
    await type('Y')
    assert.lengthOf(theirs.flush(), 1)
    rights.mayWrite = false
    theirs.limit(BOB, 0)
    for (const listener of rightsListeners) listener()
    await settled()
    assert.equal(field.getAttribute('aria-readonly'), 'true')
    assert.isTrue(focused() === field, 'focus stays')
    const now = [...field.querySelectorAll('p')].find(({ textContent }) => textContent.includes('Paragraph 30:'))
    assert.equal(now?.textContent, 'Paragraph 30: the quick brown fox jumps over the dog.')
    assert.closeTo(now?.getBoundingClientRect().top ?? 0, top, 2)
    assert.equal(mine.title.toString(), 'Bob’s Minutes of May')
  })
})

describe('a chat that is made anew', () => {
  afterEach(() => unmount())

  const chat = (messages: readonly ChatMessage[], canWrite = true) =>
    html`<parley-chat
      .messages=${messages}
      .canWrite=${canWrite}
      .roomId=${'room-1'}
      .roomName=${'Club'}
    ></parley-chat>`

  for (const [first, name] of [
    [alice, 'stays'],
    [bob, 'goes'],
  ] as const)
    it(`keeps draft, focus and place when the topmost message in view ${name}`, async () => {
      const all = Array.from({ length: 120 }, (_, index) => message(index % 3 === 0 ? bob : alice, `Line ${index}.`))
      await mount(chat(all))
      const field = demand<HTMLTextAreaElement>('textarea[aria-label=Message]')
      field.focus()
      field.value = 'half a thought'
      field.dispatchEvent(new Event('input', { bubbles: true }))
      const scroller = demand('.scroller')
      const topPx = (text: string) =>
        [...scroller.querySelectorAll('.row')].find((row) => row.textContent.includes(text))?.getBoundingClientRect()
          .top
      const edgePx = scroller.getBoundingClientRect().top
      const isGone = ({ author }: ChatMessage, index: number) => author === bob && index >= 30
      // Scrolls until the first row that is wholly in view is one of the wanted author's.
      let texts: string[] = []
      for (scroller.scrollTop = 1500; ; scroller.scrollTop -= 20) {
        await settled()
        const inView = all.filter(({ text }) => (topPx(text) ?? -1) >= edgePx)
        texts = inView.filter((each) => !isGone(each, all.indexOf(each))).map(({ text }) => text)
        if (inView[0]?.author === first) break
      }
      const [text = ''] = texts
      const before = topPx(text) ?? 0
      // What Bob wrote later than his tenth line goes, as after a removal.
      await remount(chat(all.filter((each, index) => !isGone(each, index))))
      await settled()
      assert.closeTo(topPx(text) ?? 0, before, 2, text)
      assert.equal(field.value, 'half a thought')
      assert.isTrue(focused() === field, 'focus stays')
    })
})
