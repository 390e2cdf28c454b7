// Text stays text: whatever is written, wherever people write, nothing of it becomes part of the page.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import type { ParleyPage } from './parley-page.ts'
import { NAME_PAYLOADS, PAYLOADS } from './payloads.ts'
import { World } from './world.ts'

const BOUND = { timeout: 300_000 }
/** As many messages as are looked at together: few enough that all of them are on the page. */
const BATCH = 8

/** What is in the page, shadow trees included, that only injected text can have put there. */
const intruders = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const found: string[] = []
    const roots: (Document | ShadowRoot)[] = [document]
    for (const root of roots)
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) roots.push(element.shadowRoot)
        const name = element.localName
        if (
          /^(iframe|object|embed|base|portal|marquee|video|audio|math|noscript)$/.test(name) &&
          !element.closest('body > noscript')
        )
          found.push(name)
        if (name === 'script' && element.parentElement !== document.head) found.push(name)
        for (const { name: attribute, value } of element.attributes) {
          if (/^on/i.test(attribute)) found.push(`${name} ${attribute}`)
          if (/^(href|src|xlink:href|action|formaction|srcdoc|data|poster|background)$/i.test(attribute)) {
            const { protocol, host } = new URL(value, location.href)
            const isLink = name === 'a' && /^(?:https?|mailto):$/.test(protocol)
            const isOurs = host === location.host || isLink
            if (!isOurs && protocol !== 'blob:' && name !== 'use') found.push(`${name} ${attribute}=${value}`)
          }
          if (attribute === 'style' && /url\(|expression/i.test(value)) found.push(`${name} style=${value}`)
        }
      }
    return found
  })

describe('text that hopes to run', () => {
  let world: World
  let ran: unknown[]
  before(async () => {
    world = await World.open()
  })
  afterEach(async () => {
    // That the content policy refused nothing is checked too, for every page of the suite.
    assert.deepEqual(ran.splice(0), [])
    await world.everybodyLeaves()
  })
  after(() => world.close())

  const person = async (): Promise<ParleyPage> => {
    ran = []
    const parley = await world.person()
    await parley.page.exposeFunction('pwned', (which: unknown) => ran.push(which))
    parley.page.on('dialog', (dialog) => ran.push(dialog.message()))
    return parley
  }
  const staysClean = async (...people: readonly ParleyPage[]): Promise<void> => {
    for (const { page, complaints } of people) {
      assert.deepEqual(await intruders(page), [])
      assert.deepEqual(complaints, [])
    }
  }
  const adaAndBen = async (name = 'Ada', room = 'Book club'): Promise<readonly [ada: ParleyPage, ben: ParleyPage]> => {
    const ada = await person()
    const ben = await person()
    await ada.startRoom({ me: name, room })
    await ben.joinAsWriter(await ada.inviteLink(), 'Ben')
    return [ada, ben]
  }

  it('is shown in a message as it was written', BOUND, async () => {
    const [ada, ben] = await adaAndBen()
    for (let begin = 0; begin < PAYLOADS.length; begin += BATCH) {
      for (const payload of PAYLOADS.slice(begin, begin + BATCH)) await ada.send(payload)
      await ada.send(`That was as far as ${begin}.`)
      await ben.sees(`That was as far as ${begin}.`)
      await staysClean(ada, ben)
    }
  })

  it('is text in a note, whether it is typed or pasted as HTML', BOUND, async () => {
    const [ada, ben] = await adaAndBen()
    for (const [index, title] of NAME_PAYLOADS.entries()) {
      await ada.newNote(title)
      const share = PAYLOADS.filter((_, which) => which % NAME_PAYLOADS.length === index)
      for (const payload of share) {
        await ada.page.keyboard.insertText(payload.replaceAll('\n', ' '))
        await ada.page.keyboard.press('Enter')
      }
      await ada.note.evaluate(
        (editor, markup) => {
          const clipboardData = new DataTransfer()
          clipboardData.setData('text/html', markup)
          clipboardData.setData('text/plain', 'plain')
          editor.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
        },
        `<p>pasted ${index}</p>${share.join('<p>between</p>')}`,
      )
      await ada.noteShows(`pasted ${index}`)
      await ben.openNote(title)
      await ben.noteShows(`pasted ${index}`)
      await staysClean(ada, ben)
      await Promise.all([ada.openTab('Chat'), ben.openTab('Chat')])
    }
  })

  for (const payload of NAME_PAYLOADS)
    it(`is a name like any other, of a person and of a room: ${payload}`, BOUND, async () => {
      const [ada, ben] = await adaAndBen(payload, payload)
      // Whoever types is named below the messages, and who wrote beside theirs.
      await ada.send('Hello')
      await ben.sees('Hello')
      await ada.message.fill('About to say')
      await ben.page.getByText(`${payload} is typing`).waitFor()
      await ada.send('Said it')
      await ben.sees('Said it')
      await ben.page.getByRole('heading', { name: payload, exact: true }).first().waitFor()
      await ben.openTab('People')
      await ben.people.filter({ hasText: payload }).first().waitFor()
      await staysClean(ada, ben)
    })

  it('is no invite, and the page says so', BOUND, async () => {
    const ada = await person()
    for (const payload of [...NAME_PAYLOADS, 'i/<img src=x onerror=pwned(80)>', 'javascript:pwned(81)']) {
      await ada.page.goto(`${world.url}/?${encodeURIComponent(payload)}#${payload}`)
      await ada.page.getByRole('heading').first().waitFor()
      await staysClean(ada)
    }
  })
})
