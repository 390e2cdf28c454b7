import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/chat/message-list.ts'
import type { MessageList } from '../../../components/chat/message-list.ts'
import type { ChatMessage, MessageId } from '../../../src/index.ts'
import { alice, bob, carol, message, MONDAY_MS } from './fixtures.ts'
import { demand, expectAccessible, findAll, mount, remount, settled, unmount, until } from './mount.ts'

const MINUTE_MS = 60_000
const PEOPLE = [alice, bob, carol]

/** Messages of mixed length, four minutes apart, so that there are groups, days, and rows of every height. */
const many = (count: number, startMs = MONDAY_MS): ChatMessage[] =>
  Array.from({ length: count }, (_, index) =>
    message(PEOPLE[(index >> 2) % 3] ?? alice, `Message ${index} ${'and so on '.repeat((index * 7) % 40)}`, {
      atMs: startMs + index * 4 * MINUTE_MS,
    }),
  )

const list = (messages: readonly ChatMessage[], firstUnread?: MessageId) =>
  html`<parley-message-list
    class="under-test"
    style="height: 600px"
    .messages=${messages}
    .firstUnread=${firstUnread}
    .canWrite=${true}
  ></parley-message-list>`

const scroller = () => demand('.scroller')
const rows = () => findAll('[role=listitem]')
const distanceFromEnd = () => scroller().scrollHeight - scroller().clientHeight - scroller().scrollTop
const topOf = (index: string) => demand(`[aria-posinset='${index}']`).getBoundingClientRect().top

describe('message list', () => {
  afterEach(unmount)

  it('renders a window of 10,000 messages and opens at the newest', async () => {
    await mount(list(many(10_000)))
    await until('the end is reached', () => distanceFromEnd() < 2)
    assert.isBelow(rows().length, 80)
    assert.equal(rows().at(-1)?.getAttribute('aria-posinset'), '10000')
    assert.equal(rows().at(-1)?.getAttribute('aria-setsize'), '10000')
  })

  it('shows all of a list that is shorter than its window', async () => {
    const messages = Array.from({ length: 14 }, (_, i) => message(alice, `Line ${i}`, { atMs: MONDAY_MS + i * 1_000 }))
    await mount(html`<parley-message-list style="height: 1600px" .messages=${messages}></parley-message-list>`)
    await settled()
    await settled()
    assert.lengthOf(rows(), 14)
  })

  it('follows new messages while it is at the end', async () => {
    const messages = many(500)
    await mount(list(messages))
    await until('the end is reached', () => distanceFromEnd() < 2)
    await remount(list([...messages, message(bob, 'The newest, in several lines. '.repeat(20))]))
    await until('the end is reached again', () => distanceFromEnd() < 2)
    assert.equal(rows().at(-1)?.getAttribute('aria-posinset'), '501')
  })

  it('keeps the row under the eye where it is when messages come before and after it', async () => {
    const messages = many(600)
    await mount(list(messages))
    await until('the end is reached', () => distanceFromEnd() < 2)
    scroller().scrollTop = scroller().scrollHeight / 2
    await settled()
    await settled()
    const inView = rows().find((row) => row.getBoundingClientRect().top >= scroller().getBoundingClientRect().top)
    const position = Number(inView?.getAttribute('aria-posinset'))
    const before = topOf(String(position))
    await remount(list([...many(50, MONDAY_MS - 300 * MINUTE_MS), ...messages]))
    await settled()
    assert.approximately(topOf(String(position + 50)), before, 2)
    await remount(list([...messages.slice(0), message(bob, 'later')]))
    await settled()
    assert.approximately(topOf(String(position)), before, 2)
  })

  it('moves what is read by as much as it is scrolled, past rows that changed out of sight or were never shown', async () => {
    const messages = many(400).map((one, index) => ({
      ...one,
      text: `Message ${index}\n\nin two paragraphs, which nobody guesses`,
    }))
    await mount(list(messages))
    await until('the end is reached', () => distanceFromEnd() < 2)
    scroller().scrollTop -= 1_000
    await settled()
    scroller().scrollTop = scroller().scrollHeight
    await until('the end is reached', () => distanceFromEnd() < 2 && rows().at(-1)?.ariaPosInSet === '400')
    await settled()
    const shownFrom = Number(rows()[0]?.getAttribute('aria-posinset'))
    const longer = 'In several lines. '.repeat(30)
    const changed = messages.map((one, index) => (index === shownFrom - 6 ? { ...one, text: longer } : one))
    await remount(list(changed))
    await settled()
    // As long as a wheel or a finger goes on, nothing says that the scrolling is over.
    const goesOn = (event: Event): void => {
      event.stopPropagation()
    }
    window.addEventListener('scrollend', goesOn, { capture: true })
    for (let turn = 0; turn < 8; turn++) {
      const top = scroller().getBoundingClientRect().top
      const row = rows().find((one) => one.getBoundingClientRect().top >= top)
      const position = row?.getAttribute('aria-posinset') ?? ''
      const before = topOf(position)
      scroller().scrollTop -= 480
      // Before the next paint, as what is off for a frame is seen.
      await new Promise(requestAnimationFrame)
      await Promise.resolve()
      assert.approximately(topOf(position), before + 480, 2, `turn ${turn}, in the first frame`)
      const boxes = rows().map((one) => one.getBoundingClientRect())
      for (const [index, box] of boxes.entries())
        assert.approximately(box.top, boxes[index - 1]?.bottom ?? box.top, 1, `turn ${turn}, row ${index}`)
      await settled()
      assert.approximately(topOf(position), before + 480, 2, `turn ${turn}`)
    }
    window.removeEventListener('scrollend', goesOn, { capture: true })
  })

  it('offers the way to the newest when it is not in view, with the number of new messages', async () => {
    const messages = many(200)
    await mount(list(messages, messages[150]?.id))
    const button = await until('the button', () => findAll('button.newest')[0])
    assert.include(button.getAttribute('aria-label'), '50 new')
    button.click()
    await until('the end is reached', () => distanceFromEnd() < 2)
    await until('the button is gone', () => findAll('button.newest').length === 0)
  })

  it('opens at the first unread message, under a line that says so', async () => {
    const messages = many(200)
    await mount(list(messages, messages[150]?.id))
    const line = await until('the line', () => findAll('.unread')[0])
    assert.equal(line.closest('[role=listitem]')?.getAttribute('aria-posinset'), '151')
    assert.isBelow(line.getBoundingClientRect().top, 600)
  })

  it('groups messages of one author within five minutes under one name', async () => {
    const at = (minutes: number) => ({ atMs: MONDAY_MS + minutes * MINUTE_MS })
    await mount(
      list([
        message(bob, 'a', at(0)),
        message(bob, 'b', at(4)),
        message(bob, 'c', at(10)),
        message(carol, 'd', at(11)),
      ]),
    )
    assert.deepEqual(
      findAll('.message').map((row) => row.classList.contains('first')),
      [true, false, true, true],
    )
  })

  it('moves through the messages with the arrow keys and opens what can be done with one', async () => {
    await mount(list(many(30)))
    const last = demand("[aria-posinset='30']")
    last.focus()
    last.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true, composed: true }))
    const focused = await until('the focus moves', () => findAll("[aria-posinset='29']:focus")[0])
    let answered: string | undefined
    document.addEventListener('parley-chat-reply', (event) => (answered = (event as unknown as { id: string }).id), {
      once: true,
    })
    focused.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', bubbles: true, composed: true }))
    assert.isDefined(answered)
  })

  it('tells that all is read when the end has been in view', async () => {
    const messages = many(20)
    const read = new Promise<Event>((resolve) => document.addEventListener('parley-chat-read', resolve, { once: true }))
    await mount(list(messages, messages.at(-1)?.id))
    assert.equal(((await read) as unknown as { id: string }).id, messages.at(-1)?.id)
  })

  it('shows the newest of two edits of a message without moving', async () => {
    const messages = many(40)
    const element = await mount<MessageList>(list(messages))
    const last = messages.at(-1)
    assert(last)
    await remount(list([...messages.slice(0, -1), { ...last, text: 'changed', editedAtMs: MONDAY_MS }]))
    assert.include(element.shadowRoot?.textContent, 'changed')
    assert.include(element.shadowRoot?.textContent, 'edited')
  })

  it('is accessible in both schemes', async () => {
    const first = message(bob, 'A **question**, with `code` and https://example.org')
    await mount(
      list([
        first,
        message(alice, 'An answer', {
          replyTo: first.id,
          reactions: [
            { emoji: '👍', people: [bob], mine: false },
            { emoji: '🎉', people: [alice, carol], mine: true },
          ],
        }),
        message(carol, '```\ncode\n```'),
        message(bob, '', { redacted: true }),
        message(alice, 'Waiting', { state: 'waiting' }),
      ]),
    )
    demand("[aria-posinset='1']").dispatchEvent(new MouseEvent('mouseover', { bubbles: true, composed: true }))
    await settled()
    await expectAccessible()
  })
})
