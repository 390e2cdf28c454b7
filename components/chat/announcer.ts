import { LitElement, css, html, type PropertyValues } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { ChatMessage } from '../../src/index.ts'

/** At most one announcement in this time, however many messages come. */
const REST_MS = 2_000

/**
 * Says to a screen reader that messages have come. Apart from the list, because a list that recycles its rows would
 * be read again whenever it scrolls.
 */
@customElement('parley-announcer')
export class Announcer extends LitElement {
  static override readonly styles = css`
    :host {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  `

  @property({ attribute: false }) messages: readonly ChatMessage[] = []
  @state() private text = ''
  #announcedCount: number | undefined
  #pending: ChatMessage[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('messages')) return
    const count = this.messages.length
    // What was there when the room was opened is not news.
    if (this.#announcedCount !== undefined && count > this.#announcedCount)
      this.#pending.push(...this.messages.slice(this.#announcedCount).filter((message) => !message.mine))
    this.#announcedCount = count
    if (this.#pending.length > 0) this.#timer ??= setTimeout(this.#announce, REST_MS)
  }

  protected override render() {
    return html`<p role="status" aria-live="polite" aria-label="New messages">${this.text}</p>`
  }

  readonly #announce = (): void => {
    this.#timer = undefined
    const names = [...new Set(this.#pending.map((message) => message.author.name || 'somebody'))]
    const count = this.#pending.length
    const from = names.length > 2 ? `${names.length} people` : names.join(' and ')
    this.text = count === 1 ? `New message from ${from}` : `${count} new messages from ${from}`
    this.#pending = []
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-announcer': Announcer
  }
}
