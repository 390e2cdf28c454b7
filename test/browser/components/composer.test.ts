import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/chat/chat.ts'
import '../../../components/chat/message-list.ts'
import type { ChatEditEvent, ChatSendEvent } from '../../../components/chat/chat-events.ts'
import type { ChatMessage } from '../../../src/index.ts'
import { alice, bob, message } from './fixtures.ts'
import { demand, expectAccessible, find, findAll, mount, remount, settled, unmount, until } from './mount.ts'

const chat = (messages: readonly ChatMessage[], fields: { draft?: string; canWrite?: boolean; room?: string } = {}) =>
  html`<parley-chat
    .messages=${messages}
    .draft=${fields.draft ?? ''}
    .canWrite=${fields.canWrite ?? true}
    .roomId=${fields.room ?? 'room-1'}
    .roomName=${'Book club'}
  ></parley-chat>`

const field = () => demand<HTMLTextAreaElement>('textarea[aria-label=Message]')

async function type(text: string): Promise<void> {
  field().value = text
  field().dispatchEvent(new Event('input', { bubbles: true }))
  await settled()
}

async function press(key: string, options: KeyboardEventInit = {}): Promise<void> {
  field().dispatchEvent(
    new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true, ...options }),
  )
  await settled()
}

/** Collects events of a type while a test runs, and answers them. */
function collect<Type extends Event>(eventType: string, answer?: (event: Type) => void): Type[] {
  const events: Type[] = []
  const listener = (event: Event) => {
    events.push(event as Type)
    answer?.(event as Type)
  }
  document.addEventListener(eventType, listener)
  release.push(() => document.removeEventListener(eventType, listener))
  return events
}

const release: (() => void)[] = []

describe('composer', () => {
  afterEach(() => {
    for (const end of release.splice(0)) end()
    unmount()
  })

  it('sends with Enter and is empty afterwards', async () => {
    const sent = collect<ChatSendEvent>('parley-chat-send', (event) =>
      event.respondWith(Promise.resolve({ ok: true, value: undefined })),
    )
    await mount(chat([]))
    await type('Hello')
    await press('Enter')
    assert.deepEqual(
      sent.map((event) => event.text),
      ['Hello'],
    )
    assert.equal(field().value, '')
  })

  it('says so when storing takes long, and keeps what is typed meanwhile', async () => {
    let finish: () => void = () => undefined
    collect<ChatSendEvent>('parley-chat-send', (event) =>
      event.respondWith(
        new Promise((resolve) => {
          finish = () => resolve({ ok: true, value: undefined })
        }),
      ),
    )
    const drafts = collect<Event & { text: string }>('parley-chat-draft')
    await mount(chat([]))
    await type('Hello ')
    await press('Enter')
    await type('Hello and then')
    const said = await until('the reason', () => find('[role=status].slow'))
    assert.include(said.textContent, 'still being stored on this device')
    await expectAccessible()
    finish()
    await until('the end of it', () => !find('.slow'))
    assert.equal(field().value, 'and then')
    assert.equal(drafts.at(-1)?.text, 'and then')
  })

  it('makes a new line with Shift and Enter, and leaves Enter to an input method', async () => {
    const sent = collect('parley-chat-send')
    await mount(chat([]))
    await type('こんにちは')
    await press('Enter', { shiftKey: true })
    await press('Enter', { isComposing: true })
    assert.lengthOf(sent, 0)
  })

  it('keeps a refused text and says why it was refused', async () => {
    collect<ChatSendEvent>('parley-chat-send', (event) =>
      event.respondWith(Promise.resolve({ ok: false, reason: 'too-long' })),
    )
    await mount(chat([]))
    await type('much too long')
    await press('Enter')
    assert.equal(field().value, 'much too long')
    assert.include(demand('[role=alert]').textContent, 'too long')
  })

  it('edits my last message on Up in the empty field, and gives the draft back on Escape', async () => {
    const edited = collect<ChatEditEvent>('parley-chat-edit', (event) =>
      event.respondWith(Promise.resolve({ ok: true, value: undefined })),
    )
    const mine = message(alice, 'first version')
    await mount(chat([mine, message(bob, 'not mine')]))
    await press('ArrowUp')
    assert.equal(field().value, 'first version')
    await press('Escape')
    assert.equal(field().value, '')
    await press('ArrowUp')
    await type('second version')
    await press('Enter')
    assert.deepEqual(
      edited.map(({ id, text }) => [id, text]),
      [[mine.id, 'second version']],
    )
  })

  it('answers the message that was chosen, until Escape', async () => {
    const sent = collect<ChatSendEvent>('parley-chat-send', (event) =>
      event.respondWith(Promise.resolve({ ok: true, value: undefined })),
    )
    const question = message(bob, 'Shall we?')
    await mount(chat([question]))
    demand("[aria-posinset='1']").dispatchEvent(new MouseEvent('mouseover', { bubbles: true, composed: true }))
    await settled()
    demand('[data-action=reply]').click()
    await settled()
    assert.include(demand('.context').textContent, 'Reply to Bob')
    await type('Yes')
    await press('Enter')
    assert.equal(sent[0]?.replyTo, question.id)
    assert.isUndefined(find('.context'))
  })

  it('leaves alone what the user has turned to while a message is being stored', async () => {
    let finish = (): void => undefined
    const stored = new Promise<{ ok: true; value: undefined }>((resolve) => {
      finish = () => resolve({ ok: true, value: undefined })
    })
    const drafts = collect<Event & { text: string }>('parley-chat-draft')
    collect<ChatSendEvent>('parley-chat-send', (event) => event.respondWith(stored))
    await mount(chat([message(alice, 'Mine')]))
    await type('hello')
    await press('Enter')
    demand('parley-composer').dispatchEvent(new Event('parley-edit-last', { bubbles: true, composed: true }))
    await settled()
    assert.equal(field().value, 'Mine')
    finish()
    await settled()
    assert.equal(field().value, 'Mine')
    assert.include(demand('.context').textContent, 'Editing')
    assert.equal(drafts.at(-1)?.text, '')
  })

  it('starts with the kept draft and reports every change of it', async () => {
    const drafts = collect<Event & { text: string }>('parley-chat-draft')
    await mount(chat([], { draft: 'half a thou' }))
    assert.equal(field().value, 'half a thou')
    await type('half a thought')
    assert.equal(drafts.at(-1)?.text, 'half a thought')
  })

  it('is empty after sending, though the draft of before comes in late', async () => {
    collect<ChatSendEvent>('parley-chat-send', (event) =>
      event.respondWith(Promise.resolve({ ok: true, value: undefined })),
    )
    await mount(chat([]))
    await type('Hello')
    await press('Enter')
    assert.equal(field().value, '')
    await remount(chat([], { draft: 'Hello' }))
    assert.equal(field().value, '')
  })

  it('leaves what was typed in its room, and takes up the draft of the next', async () => {
    let finish = (): void => undefined
    const stored = new Promise<{ ok: true; value: undefined }>((resolve) => {
      finish = () => resolve({ ok: true, value: undefined })
    })
    collect<ChatSendEvent>('parley-chat-send', (event) => event.respondWith(stored))
    await mount(chat([]))
    await type('for the book club')
    await press('Enter')
    await remount(chat([], { room: 'room-2', draft: 'for the chess club' }))
    assert.equal(field().value, 'for the chess club')
    assert.isFalse(demand<HTMLButtonElement>('button[aria-label=Send]').disabled)
    const drafts = collect<Event & { text: string }>('parley-chat-draft')
    finish()
    await settled()
    assert.equal(field().value, 'for the chess club')
    assert.deepEqual(drafts, [])
  })

  it('gives back what was being written when editing ends, kept or not', async () => {
    await mount(chat([message(alice, 'Mine')]))
    await type('half a thought')
    demand('parley-composer').dispatchEvent(new Event('parley-edit-last', { bubbles: true, composed: true }))
    await settled()
    assert.equal(field().value, 'Mine')
    await press('Escape')
    assert.equal(field().value, 'half a thought')
  })

  it('says that it is typing, and that it has stopped', async () => {
    const typing = collect<Event & { isTyping: boolean }>('parley-chat-typing')
    await mount(chat([]))
    await type('a')
    await type('')
    assert.deepEqual(
      typing.map((event) => event.isTyping),
      [true, false],
    )
  })

  it('tells a reader that they can read, and has no field', async () => {
    await mount(chat([message(bob, 'Hi')], { canWrite: false }))
    assert.isUndefined(find('textarea'))
    assert.include(demand('parley-composer').shadowRoot?.textContent, 'You can read this room')
  })

  it('announces new messages of others once, outside the list', async () => {
    const first = [message(bob, 'old')]
    await mount(chat(first))
    await remount(chat([...first, message(bob, 'one'), message(bob, 'two'), message(alice, 'mine')]))
    const region = demand('parley-announcer')
    while (!region.shadowRoot?.textContent?.includes('2 new messages from Bob')) await settled()
    assert.isUndefined(findAll('[role=list] [aria-live]')[0])
  })

  it('is accessible in both schemes, empty and with an answer begun', async () => {
    await mount(chat([]))
    await expectAccessible()
    await mount(chat([message(alice, 'Mine')]))
    await press('ArrowUp')
    await expectAccessible()
  })
})
