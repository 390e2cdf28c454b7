import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { ChatMessage, MessageId, PersonSummary } from '../../src/index.ts'
import { messageCircleIcon, share2Icon } from '../icons.ts'
import { ShareEvent } from '../people/share-event.ts'
import { controls } from '../theme/controls.styles.ts'
import './announcer.ts'
import type { ChatReplyEvent, ChatStartEditEvent } from './chat-events.ts'
import './composer.ts'
import type { ComposeMode, Composer } from './composer.ts'
import type { MessageList } from './message-list.ts'

/** The chat of a room: list, who is typing, composer, and what ties them (answering, editing). */
@customElement('parley-chat')
export class Chat extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template: minmax(0, 1fr) auto auto / minmax(0, 1fr);
        position: relative;
        block-size: 100%;
      }
      .typing {
        inline-size: 100%;
        max-inline-size: 860px;
        min-block-size: 22px;
        margin: 0 auto;
        padding: 0 var(--space-5);
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        color: var(--text-muted);
        font-size: var(--size-small);
      }
      .empty {
        display: grid;
        gap: var(--space-3);
        place-content: center;
        justify-items: center;
        padding: var(--space-5);
        text-align: center;
      }
      .empty > .icon {
        inline-size: 40px;
        block-size: 40px;
        stroke-width: 1.25;
        color: var(--accent);
      }
      .empty h2 {
        font-size: 1.25rem;
        font-weight: 650;
        letter-spacing: -0.015em;
      }
      .empty p {
        max-inline-size: 38ch;
        color: var(--text-muted);
        text-wrap: balance;
      }
    `,
  ]

  @property({ attribute: false }) messages: readonly ChatMessage[] = []
  @property() firstUnread: MessageId | undefined
  @property({ attribute: false }) typing: readonly PersonSummary[] = []
  @property() draft = ''
  @property() roomId = ''
  @property() roomName = ''
  @property({ type: Boolean, attribute: 'can-write' }) canWrite = false
  @property({ type: Boolean, attribute: 'can-invite' }) canInvite = false
  @property({ type: Boolean, attribute: 'is-joining' }) isJoining = false
  /** Nobody gets what would be written here. */
  @property({ type: Boolean, attribute: 'is-refused' }) isRefused = false
  /** People in the room besides me, here or not. */
  @property({ type: Number, attribute: 'others-count' }) othersCount = 0
  @state() private mode: ComposeMode = { kind: 'new' }
  /** Without its methods until its code is there; it begins with the newest message in view. */
  @query('parley-message-list') private readonly list: Partial<MessageList> | undefined
  @query('parley-composer') private readonly composer: Composer | undefined

  /** Back to where one writes, with the newest message in view. */
  goToNewest(): void {
    this.list?.scrollToNewest?.()
    this.composer?.focus()
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('roomId')) this.mode = { kind: 'new' }
    // A room that was just started, or that nobody has let us into yet, is shown without.
    if (this.messages.length > 0) void import('./message-list.ts')
  }

  protected override updated(changed: PropertyValues<this>): void {
    // What I have sent is where I am, wherever I had scrolled to.
    const before = changed.get('messages')
    if (before && this.messages.length > before.length && this.messages.at(-1)?.mine) this.list?.scrollToNewest?.()
  }

  protected override render() {
    return html`
      ${
        this.messages.length === 0
          ? this.#empty()
          : html`<parley-message-list
              .messages=${this.messages}
              .firstUnread=${this.firstUnread}
              .canWrite=${this.canWrite}
              @parley-chat-reply=${this.#onReply}
              @parley-chat-start-edit=${this.#onStartEdit}
            ></parley-message-list>`
      }
      <p class="typing" aria-hidden="true">${this.#typingText()}</p>
      ${this.isRefused ? nothing : this.#writing()}
      <parley-announcer .messages=${this.messages}></parley-announcer>
    `
  }

  #writing() {
    return html`<parley-composer
      .mode=${this.mode}
      .draft=${this.draft}
      .roomId=${this.roomId}
      .canWrite=${this.canWrite}
      .placeholder=${`Message ${this.roomName}`}
      @parley-compose-end=${this.#onComposeEnd}
      @parley-edit-last=${this.#onEditLast}
      @keydown=${this.#onComposerKey}
    ></parley-composer>`
  }

  #empty() {
    const [heading, text] = this.#emptyTexts()
    return html`<div class="empty">
      ${messageCircleIcon}
      <h2>${heading}</h2>
      <p>${text}</p>
      <div role="list" aria-label="Messages" class="visually-hidden"></div>
      ${
        this.canInvite && this.othersCount === 0
          ? html`<button class="primary" @click=${this.#onShare}>${share2Icon}Invite people</button>`
          : nothing
      }
    </div>`
  }

  #emptyTexts(): readonly [heading: string, text: string] {
    if (this.isJoining) return ['Almost there', 'The messages of this room appear here as soon as you are let in.']
    if (this.isRefused) return ['Not let in', 'What is written in this room stays among those who are in it.']
    if (this.othersCount > 0)
      return ['No messages yet', this.canWrite ? 'Say hello.' : 'What the people of this room write appears here.']
    return [
      'Only you so far',
      'Send the invite to the people you want here. What you write now is waiting for them when they come.',
    ]
  }

  #typingText() {
    const names = this.typing.map((person) => person.name || 'Somebody')
    if (names.length === 0) return nothing
    if (names.length > 3) return 'Several people are typing…'
    return `${new Intl.ListFormat().format(names)} ${names.length === 1 ? 'is' : 'are'} typing…`
  }

  #find(id: MessageId): ChatMessage | undefined {
    return this.messages.findLast((message) => message.id === id)
  }

  readonly #onShare = (): void => {
    this.dispatchEvent(new ShareEvent())
  }

  readonly #onReply = (event: ChatReplyEvent): void => {
    const message = this.#find(event.id)
    if (message) this.mode = { kind: 'reply', message }
  }

  readonly #onStartEdit = (event: ChatStartEditEvent): void => this.#edit(this.#find(event.id))

  readonly #onEditLast = (): void => this.#edit(this.messages.findLast((message) => message.mine && !message.redacted))

  #edit(message: ChatMessage | undefined): void {
    if (message) this.mode = { kind: 'edit', message }
  }

  readonly #onComposeEnd = (): void => {
    this.mode = { kind: 'new' }
    this.composer?.focus()
  }

  readonly #onComposerKey = (event: KeyboardEvent): void => {
    if (event.key === 'PageUp') this.list?.focusNewest?.()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-chat': Chat
  }
}
