import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { watchPolicy } from './policy-watch.ts'

/** How long a person would wait before calling it broken; a limit, not a delay. */
const PATIENCE_MS = 60_000

/** One user's browser, driven by the roles and names that a screen reader hears. */
export class ParleyPage {
  readonly page: Page
  /** What the browser complained about: a test that expects none asserts on this. */
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
  }

  /** A browser context of its own: no shared storage, no shared BroadcastChannel. */
  static async open(browser: Browser, url: string): Promise<ParleyPage> {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })
    await watchPolicy(context)
    return ParleyPage.openIn(context, url)
  }
  static async openIn(context: BrowserContext, url: string): Promise<ParleyPage> {
    const parley = new ParleyPage(await context.newPage())
    await parley.page.goto(url)
    return parley
  }

  get message(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }
  get messages(): Locator {
    return this.page.getByRole('list', { name: 'Messages' })
  }
  get connection(): Locator {
    return this.page.getByRole('status', { name: 'Connection' })
  }
  get note(): Locator {
    return this.page.getByRole('textbox', { name: 'Note', exact: true })
  }
  /** The sentence that those read whom nobody has let in yet. */
  get waiting(): Locator {
    return this.page.getByText('You are waiting to be let in').first()
  }
  get offlineSwitch(): Locator {
    return this.page.getByRole('switch', { name: 'Work offline' })
  }
  get people(): Locator {
    return this.page.getByRole('list', { name: 'People' }).getByRole('listitem')
  }
  get noteTitle(): Locator {
    return this.page.getByRole('textbox', { name: 'Note title' })
  }

  async startRoom(names: { readonly me: string; readonly room: string }): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(names.me)
    await this.page.getByRole('textbox', { name: 'Room name' }).fill(names.room)
    await this.page.getByRole('button', { name: 'Start a room' }).click()
    await this.message.waitFor()
  }

  /** Opens the share sheet, takes a link for the role or makes one, and closes the sheet. */
  async inviteLink(role: 'Reader' | 'Writer' | 'Moderator' | 'Admin' = 'Writer'): Promise<string> {
    await this.page.getByRole('button', { name: 'Share', exact: true }).click()
    await this.page.getByRole('combobox', { name: 'Role', exact: true }).selectOption({ label: role })
    const field = this.page.getByRole('textbox', { name: 'Invite link' })
    const make = this.page.getByRole('button', { name: 'Make link' })
    // There may be one already that does the same.
    await field.or(make).waitFor()
    if (await make.isVisible()) await make.click()
    const link = await field.inputValue()
    await this.page.keyboard.press('Escape')
    return link
  }

  async join(link: string, me: string): Promise<void> {
    await this.page.goto(link)
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(me)
    await this.page.getByRole('button', { name: 'Join' }).click()
    await this.page.getByRole('tab', { name: 'Chat' }).waitFor()
  }

  /** Joins with a link that lets write, and waits until somebody has let us in. */
  async joinAsWriter(link: string, me: string): Promise<void> {
    await this.join(link, me)
    await this.waiting.waitFor({ state: 'detached' })
    await this.message.waitFor()
  }

  /** Sends, and waits until the message is stored on this device. */
  async send(text: string): Promise<void> {
    await this.message.fill(text)
    await this.page.getByRole('button', { name: 'Send' }).click()
    await this.composerIsEmpty()
  }
  /** A message that has left the composer is stored on this device. */
  async composerIsEmpty(): Promise<void> {
    const field = await this.message.elementHandle()
    await this.page
      .waitForFunction((input) => input instanceof HTMLTextAreaElement && input.value === '', field)
      .catch(async () => assert.fail(`not sent: ${await this.page.locator('body').ariaSnapshot()}`))
  }
  async sees(text: string): Promise<void> {
    await this.messages.getByText(text, { exact: false }).first().waitFor()
  }
  async isConnectedTo(count: number): Promise<void> {
    await this.connection.filter({ hasText: new RegExp(`\\b${count} connected`) }).waitFor()
  }
  async openTab(name: 'Chat' | 'Notes' | 'People'): Promise<void> {
    await this.page.getByRole('tab', { name }).click()
  }
  /** A row of the chat by what is written in it. */
  row(text: string): Locator {
    return this.messages.getByRole('listitem').filter({ hasText: text })
  }
  roleOf(name: string): Locator {
    return this.page.getByRole('combobox', { name: `Role of ${name}` })
  }
  /** Removes or bans somebody, keeping what was seen of theirs. */
  async remove(name: string, how: 'Remove' | 'Ban' = 'Remove'): Promise<void> {
    await this.openTab('People')
    await this.page.getByRole('button', { name: `${how} ${name}` }).click()
    await this.page.getByRole('button', { name: `${how} now` }).click()
    // Her name may stand on as that of somebody's host.
    await this.people
      .filter({ has: this.page.getByRole('button', { name: `Ban ${name}` }) })
      .waitFor({ state: 'detached' })
  }
  /** The four characters of a person's key as the chat shows them beside the name. */
  async keyTagOf(name: string): Promise<string> {
    return (await this.messages.getByTitle(`From ${name}'s key`).first().innerText()).trim()
  }

  /** Makes a note, names it, and leaves the caret in its body. */
  async newNote(title: string): Promise<void> {
    await this.openTab('Notes')
    await this.page.getByRole('button', { name: 'New note' }).click()
    await this.noteTitle.fill(title)
    await this.note.click()
  }
  async openNote(title: string): Promise<void> {
    await this.openTab('Notes')
    await this.page.getByRole('list', { name: 'Notes' }).getByRole('link', { name: title }).click()
    await this.note.waitFor()
  }
  async noteShows(text: string): Promise<void> {
    await this.note.getByText(text).first().waitFor()
  }
  /** Puts the caret behind the last character of the note. */
  async caretToEnd(): Promise<void> {
    await this.note.click()
    await this.page.keyboard.press('ControlOrMeta+End')
  }

  /** The same address in another tab of the same browser. */
  anotherTab(): Promise<ParleyPage> {
    return ParleyPage.openIn(this.page.context(), this.page.url())
  }
  close(): Promise<void> {
    return this.page.context().close()
  }
}
