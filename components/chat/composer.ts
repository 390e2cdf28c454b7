import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { ChatMessage } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import { infoIcon, sendHorizontalIcon, xIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ChatDraftEvent, ChatEditEvent, ChatSendEvent, ChatTypingEvent } from './chat-events.ts'
import { plainText } from './plain-text.ts'

/** Keeps `typing` honest: said again while keys are pressed, taken back after this long without one. */
const TYPING_REST_MS = 4_000
/** Signing and storing take longer when a room is taken in for the first time; what takes that long is explained. */
const SLOW_MS = 1_000
/** Longer than the line that shows what is answered or edited. */
const CONTEXT_LENGTH_MAX = 120

export type ComposeMode =
  | { readonly kind: 'new' }
  | { readonly kind: 'reply'; readonly message: ChatMessage }
  | { readonly kind: 'edit'; readonly message: ChatMessage }

/** The user is done with answering or editing. */
export class ComposeEndEvent extends Event {
  constructor() {
    super('parley-compose-end', { bubbles: true, composed: true })
  }
}

/** The user pressed Up in an empty field: the last own message is to be edited. */
export class EditLastEvent extends Event {
  constructor() {
    super('parley-edit-last', { bubbles: true, composed: true })
  }
}

const keyOf = (mode: ComposeMode): string => (mode.kind === 'new' ? 'new' : `${mode.kind} ${mode.message.id}`)

/** The field in which messages are written. What it holds survives refusals, other tabs, and closing the page. */
@customElement('parley-composer')
export class Composer extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
        padding: 0 var(--space-4) var(--space-3);
      }
      .box {
        max-inline-size: 828px;
        margin: 0 auto;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius-large);
        background: var(--surface-raised);
        transition: border-color var(--quick);
      }
      .box:focus-within {
        border-color: var(--accent);
        box-shadow: inset 0 0 0 1px var(--accent);
      }
      .line {
        display: flex;
        align-items: flex-end;
        padding: 5px;
      }
      textarea {
        flex: 1;
        min-inline-size: 0;
        min-block-size: var(--target);
        max-block-size: 40dvh;
        padding: calc((var(--target) - 1.5rem) / 2) var(--space-3);
        border: 0;
        border-radius: 11px;
        background: transparent;
        line-height: 1.5rem;
        resize: none;
        overflow: auto;
        field-sizing: content;
      }
      textarea::placeholder {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .line textarea:focus-visible {
        outline: none;
      }
      .send {
        border-radius: 11px;
      }
      .send:disabled {
        background: transparent;
        color: var(--text-muted);
        opacity: 1;
      }
      .context {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        padding: 4px 4px 0 var(--space-4);
        font-size: var(--size-small);
      }
      .context p {
        flex: 1;
        min-inline-size: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        color: var(--text-muted);
      }
      .context strong {
        color: var(--accent);
        font-weight: 600;
      }
      .context button {
        min-block-size: 32px;
        inline-size: 32px;
      }
      .problem,
      .slow {
        max-inline-size: 828px;
        margin: 0 auto var(--space-2);
      }
      .refused {
        max-inline-size: 828px;
        margin: 0 auto;
        padding: var(--space-3);
        border-radius: var(--radius);
        background: var(--surface-sunken);
        color: var(--text-muted);
        text-align: center;
      }
      @media (max-width: 719px) {
        :host {
          padding-inline: var(--space-2);
          padding-block-end: var(--space-2);
        }
      }
    `,
  ]

  @property({ attribute: false }) mode: ComposeMode = { kind: 'new' }
  @property() draft = ''
  /** Where it is written to: what is typed stays with its room. */
  @property() roomId = ''
  @property() placeholder = ''
  @property({ type: Boolean, attribute: 'can-write' }) canWrite = false
  @state() private text = ''
  @state() private problem = ''
  @state() private isSending = false
  @state() private isSlow = false
  @query('textarea') private readonly field: HTMLTextAreaElement | undefined
  #typingTimer: ReturnType<typeof setTimeout> | undefined
  /** Once something was typed, the draft that comes in is an echo of it, and may be an old one. */
  #isTouched = false
  /** What was being written when editing began. */
  #aside = ''

  override focus(): void {
    this.field?.focus()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stopTyping()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('roomId')) return this.#begin()
    const before = changed.get('mode')
    if (changed.has('mode') && this.hasUpdated && this.mode.kind !== before?.kind) {
      this.problem = ''
      if (this.mode.kind === 'edit') {
        this.#aside = this.text
        this.text = this.mode.message.text
      } else if (before?.kind === 'edit') this.text = this.#aside
    }
    // The draft comes from storage, possibly after the first render.
    if (changed.has('draft') && this.mode.kind !== 'edit' && !this.#isTouched) this.text = this.draft
  }

  #begin(): void {
    this.#stopTyping()
    this.#isTouched = false
    this.#aside = ''
    this.text = this.draft
    this.problem = ''
    this.isSending = false
    this.isSlow = false
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('mode') && this.mode.kind !== 'new') this.field?.focus()
  }

  protected override render() {
    if (!this.canWrite) return html`<p class="refused">You can read this room, but not write in it.</p>`
    return html`
      ${this.problem ? html`<p id="problem" class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      ${this.isSlow ? html`<p class="slow muted small" role="status">Your message is still being stored on this device…</p>` : nothing}
      <form class="box" @submit=${this.#onSubmit}>
        ${this.#context()}
        <div class="line">
          <textarea
            aria-label="Message"
            rows="1"
            dir="auto"
            enterkeyhint="send"
            autocomplete="off"
            placeholder=${this.placeholder}
            aria-describedby=${this.problem ? 'problem' : nothing}
            .value=${this.text}
            @input=${this.#onInput}
            @keydown=${this.#onKeydown}
            @blur=${this.#stopTyping}
          ></textarea>
          <button
            class="primary square send"
            aria-label="Send"
            title="Send (Enter)"
            ?disabled=${!this.text.trim() || this.isSending}
          >
            ${sendHorizontalIcon}
          </button>
        </div>
      </form>
    `
  }

  #context() {
    if (this.mode.kind === 'new') return nothing
    const { message } = this.mode
    const label = this.mode.kind === 'edit' ? 'Editing your message' : `Reply to ${message.author.name || 'somebody'}`
    return html`<div class="context">
      <p dir="auto"><strong>${label}</strong> ${plainText(message.text, CONTEXT_LENGTH_MAX)}</p>
      <button type="button" class="quiet square" aria-label="Cancel" title="Cancel (Esc)" @click=${this.#cancel}>
        ${xIcon}
      </button>
    </div>`
  }

  readonly #cancel = (): void => {
    this.dispatchEvent(new ComposeEndEvent())
    this.field?.focus()
  }

  readonly #onInput = (): void => {
    this.text = this.field?.value ?? ''
    this.problem = ''
    if (this.mode.kind === 'edit') return
    this.#isTouched = true
    this.dispatchEvent(new ChatDraftEvent(this.text))
    if (!this.text) {
      this.#stopTyping()
      return
    }
    this.dispatchEvent(new ChatTypingEvent(true))
    clearTimeout(this.#typingTimer)
    this.#typingTimer = setTimeout(this.#stopTyping, TYPING_REST_MS)
  }

  readonly #stopTyping = (): void => {
    if (this.#typingTimer === undefined) return
    clearTimeout(this.#typingTimer)
    this.#typingTimer = undefined
    this.dispatchEvent(new ChatTypingEvent(false))
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    // While a composition is open, Enter belongs to the input method.
    if (event.isComposing) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      void this.#submit()
    } else if (event.key === 'Escape' && this.mode.kind !== 'new') {
      event.preventDefault()
      this.#cancel()
    } else if (event.key === 'ArrowUp' && !this.text && this.mode.kind === 'new') {
      event.preventDefault()
      this.dispatchEvent(new EditLastEvent())
    }
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    void this.#submit()
  }

  async #submit(): Promise<void> {
    const { mode, text: written, roomId } = this
    const text = written.trim()
    if (!text || this.isSending) return
    const request =
      mode.kind === 'edit'
        ? new ChatEditEvent(mode.message.id, text)
        : new ChatSendEvent(text, mode.kind === 'reply' ? mode.message.id : undefined)
    this.isSending = true
    this.dispatchEvent(request)
    const timer = setTimeout(() => {
      this.isSlow = this.roomId === roomId
    }, SLOW_MS)
    try {
      const outcome = await request.outcome
      // The user has gone on to another room; what was refused is that one's draft.
      if (this.roomId !== roomId) return
      if (outcome && !outcome.ok) this.problem = failureText(outcome.reason)
      else this.#sent(mode, written)
    } catch (error) {
      if (this.roomId === roomId) this.problem = failureText('storage')
      throw error
    } finally {
      clearTimeout(timer)
      if (this.roomId === roomId) {
        this.isSending = false
        this.isSlow = false
      }
    }
  }

  /** What was typed since then stays, and so does what the user has turned to meanwhile. */
  #sent(mode: ComposeMode, written: string): void {
    if (keyOf(this.mode) !== keyOf(mode)) {
      if (mode.kind !== 'edit') this.#forgetAside()
      return
    }
    const rest = this.text.startsWith(written) ? this.text.slice(written.length).trimStart() : this.text
    if (!rest) this.#stopTyping()
    this.text = rest
    this.problem = ''
    if (mode.kind !== 'edit') this.dispatchEvent(new ChatDraftEvent(rest))
    if (mode.kind !== 'new') this.dispatchEvent(new ComposeEndEvent())
  }

  #forgetAside(): void {
    this.#isTouched = true
    this.#aside = ''
    this.dispatchEvent(new ChatDraftEvent(''))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-composer': Composer
  }
  interface HTMLElementEventMap {
    'parley-compose-end': ComposeEndEvent
    'parley-edit-last': EditLastEvent
  }
}
