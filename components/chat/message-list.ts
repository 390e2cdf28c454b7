import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { ChatMessage, MessageId } from '../../src/index.ts'
import { arrowDownIcon } from '../later-icons.ts'
import '../menu/menu.ts'
import type { Menu, MenuSelectEvent } from '../menu/menu.ts'
import { countText } from '../room-list/room-list.ts'
import { controls } from '../theme/controls.styles.ts'
import { styleProperties } from '../theme/style-properties.ts'
import { isSameDay } from '../theme/time-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { ChatReactEvent, ChatReadEvent, ChatRedactEvent, ChatReplyEvent, ChatStartEditEvent } from './chat-events.ts'
import { messageListStyles } from './message-list.styles.ts'
import { messageMenu } from './message-menu.ts'
import { renderMessageRow } from './message-row.ts'
import './reaction-picker.ts'
import type { PickReactionEvent, ReactionPicker } from './reaction-picker.ts'
import { RowVirtualizer } from './row-virtualizer.ts'

/** Messages of one author within this time stand under one name. */
const GROUP_MS = 5 * 60_000
/** Rows kept rendered beyond the edges, so that a fling doesn't show gaps. */
const OVERSCAN_ROWS = 8
/** Nearer to the end than this counts as being there. */
const END_THRESHOLD_PX = 80
/** First guesses, corrected by measuring as soon as a row is rendered. */
const ROW_PX = 30
const HEAD_PX = 30
const DAY_PX = 48
const LINE_PX = 22
const LINE_CHARACTERS = 84
/** What was read last stays in view above the first unread message. */
const UNREAD_OFFSET_PX = 160

/** The messages of a room. Only the rows in view, and a few around them, are in the page. */
@customElement('parley-message-list')
export class MessageList extends LitElement {
  static override readonly styles = [controls, messageListStyles]

  @property({ attribute: false }) messages: readonly ChatMessage[] = []
  @property() firstUnread: MessageId | undefined
  @property({ type: Boolean }) canWrite = false
  /** Where the line "New messages" stands: it stays while the messages below it are being read. */
  @state() private unreadMarker: MessageId | undefined
  @state() private activeIndex = -1
  @state() private isAtEnd = true
  @state() private flashed: MessageId | undefined
  @query('.scroller') private readonly scroller: HTMLElement | undefined
  @query('#message-menu') private readonly menu: Menu | undefined
  @query('parley-reaction-picker') private readonly picker: ReactionPicker | undefined
  #hasScrolled = false
  #menuIndex = -1
  #size = ''
  readonly #resizes = new ResizeObserver(() => this.#onResize())

  get #virtualizer() {
    return this.#rows.virtualizer
  }

  readonly #rows: RowVirtualizer = new RowVirtualizer(this, {
    count: 0,
    getScrollElement: () => this.scroller ?? null,
    estimateSize: (index) => this.#estimate(index),
    getItemKey: (index) => this.messages[index]?.id ?? index,
    overscan: OVERSCAN_ROWS,
    paddingStart: 16,
    paddingEnd: 12,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: END_THRESHOLD_PX,
    initialOffset: () => this.#initialOffset(),
    // Measuring changes what is observed, which a resize observer reports as an error unless it waits for a frame.
    useAnimationFrameWithResizeObserver: true,
  })

  /** Brings the newest message into view. */
  scrollToNewest(): void {
    this.#virtualizer.scrollToEnd()
  }

  /** Brings a message into view and marks it for a moment. */
  show(id: MessageId): void {
    const index = this.messages.findLastIndex((message) => message.id === id)
    if (index < 0) return
    this.#virtualizer.scrollToIndex(index, { align: 'center' })
    this.flashed = id
  }

  /** Puts the focus on the newest message, for the keyboard's way from the composer into the list. */
  focusNewest(): void {
    this.#focusRow(this.messages.length - 1)
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const virtualizer = this.#virtualizer
    if (changed.has('messages'))
      virtualizer.setOptions({
        ...virtualizer.options,
        count: this.messages.length,
        // A new function tells the virtualizer that the keys may have moved.
        getItemKey: (index) => this.messages[index]?.id ?? index,
      })
    if (changed.has('firstUnread') && this.firstUnread !== undefined && this.#mayMoveMarker())
      this.unreadMarker = this.firstUnread
  }

  /** Not while its place is being looked at: what one reads must stay where it is. */
  #mayMoveMarker(): boolean {
    if (!this.#hasScrolled || document.hidden) return true
    return !this.isAtEnd && this.#unreadIndex() > (this.#virtualizer.getVirtualItems().at(-1)?.index ?? 0)
  }

  protected override render() {
    const virtualizer = this.#virtualizer
    const unreadCount = this.#unreadCount()
    return html`
      <div class="scroller" @scroll=${this.#onScroll}>
        <div
          class="rows"
          role="list"
          aria-label="Messages"
          ${styleProperties({ height: `${virtualizer.getTotalSize()}px` })}
          @click=${this.#onClick}
          @keydown=${this.#onKeydown}
          @mouseover=${this.#onPointer}
          @mouseleave=${this.#onLeave}
          @focusin=${this.#onPointer}
        >
          ${repeat(
            virtualizer.getVirtualItems(),
            (item) => item.key,
            (item) => this.#row(item.index, item.start),
          )}
        </div>
      </div>
      ${
        this.isAtEnd
          ? nothing
          : html`<button
              class="newest"
              @click=${this.#onNewest}
              aria-label=${unreadCount > 0 ? `${unreadCount} new, go to the newest` : 'Go to the newest'}
            >
              ${arrowDownIcon}${unreadCount > 0 ? html`<span>${countText(unreadCount)} new</span>` : nothing}
            </button>`
      }
      <parley-menu
        id="message-menu"
        label="Message"
        .items=${messageMenu(this.messages[this.#menuIndex], this.canWrite)}
        @parley-menu-select=${this.#onMenuSelect}
      ></parley-menu>
      <parley-reaction-picker @parley-pick-reaction=${this.#onPick}></parley-reaction-picker>
    `
  }

  #row(index: number, start: number) {
    const message = this.messages[index]
    if (!message) return nothing
    const before = this.messages[index - 1]
    const isFirstOfDay = !before || !isSameDay(before.atMs, message.atMs)
    const isFirstUnread = message.id === this.unreadMarker
    const isFocusable = this.activeIndex < 0 ? index === this.messages.length - 1 : index === this.activeIndex
    return html`<div
      class="row ${message.id === this.flashed ? 'flashed' : ''}"
      role="listitem"
      aria-posinset=${index + 1}
      aria-setsize=${this.messages.length}
      data-index=${index}
      tabindex=${isFocusable ? 0 : -1}
      ${styleProperties({ transform: `translateY(${start}px)` })}
    >
      ${renderMessageRow({
        message,
        isFirstOfDay,
        isFirstUnread,
        isFirstOfGroup: isFirstOfDay || isFirstUnread || !this.#isGrouped(before, message),
        quoted: message.replyTo === undefined ? undefined : this.#find(message.replyTo, index),
        isActive: index === this.activeIndex,
        canWrite: this.canWrite,
        nowMs: Date.now(),
        onTextLoad: this.#onTextLoad,
      })}
    </div>`
  }

  protected override updated(): void {
    const virtualizer = this.#virtualizer
    if (!this.#hasScrolled && this.messages.length > 0 && virtualizer.scrollElement) {
      this.#hasScrolled = true
      const unread = this.#unreadIndex()
      if (unread > 0) virtualizer.scrollToIndex(unread, { align: 'center' })
      else virtualizer.scrollToEnd()
    }
    // Rows that turn out smaller than guessed bring the end nearer without a scroll event.
    if (!this.isAtEnd && this.#hasScrolled && virtualizer.isAtEnd(END_THRESHOLD_PX)) this.isAtEnd = true
    this.#markRead()
  }

  /** The first render is of the rows to be shown first: rendering the oldest ones would measure them for nothing. */
  #initialOffset(): number {
    // As far as it can be scrolled: a list that is shorter than its window never says that it was scrolled to its end.
    const end = Math.max(0, this.#virtualizer.getTotalSize() - this.clientHeight)
    const unread = this.#unreadIndex()
    return unread > 0 ? (this.#virtualizer.measurementsCache[unread]?.start ?? end) - UNREAD_OFFSET_PX : end
  }

  #estimate(index: number): number {
    const message = this.messages[index]
    if (!message) return ROW_PX
    const before = this.messages[index - 1]
    const isDay = !before || !isSameDay(before.atMs, message.atMs)
    const lines = Math.ceil(message.text.length / LINE_CHARACTERS)
    return (
      ROW_PX + (lines - 1) * LINE_PX + (isDay ? DAY_PX : 0) + (isDay || !this.#isGrouped(before, message) ? HEAD_PX : 0)
    )
  }

  #isGrouped(before: ChatMessage | undefined, message: ChatMessage): boolean {
    return (
      before !== undefined &&
      before.author.id === message.author.id &&
      message.atMs - before.atMs < GROUP_MS &&
      message.replyTo === undefined
    )
  }

  /** Answers stand near what they answer, so the search goes backwards from there. */
  #find(id: MessageId, from: number): ChatMessage | undefined {
    for (let index = from - 1; index >= 0; index--) if (this.messages[index]?.id === id) return this.messages[index]
    return this.messages.find((message) => message.id === id)
  }

  #unreadIndex(): number {
    if (this.firstUnread === undefined) return -1
    return this.messages.findLastIndex((message) => message.id === this.firstUnread)
  }

  #unreadCount(): number {
    const index = this.#unreadIndex()
    return index < 0 ? 0 : this.messages.length - index
  }

  #markRead(): void {
    if (this.firstUnread === undefined || document.hidden || !this.isAtEnd) return
    const last = this.messages.at(-1)
    if (last && this.#hasScrolled && this.#virtualizer.isAtEnd(END_THRESHOLD_PX))
      this.dispatchEvent(new ChatReadEvent(last.id))
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('visibilitychange', this.#onVisibility)
    this.#resizes.observe(this)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.#onVisibility)
    this.#resizes.disconnect()
  }

  readonly #onTextLoad = (): void => this.requestUpdate()

  readonly #onVisibility = (): void => this.#markRead()

  /** Whoever reads the newest message goes on reading it when a keyboard comes up or the device is turned. */
  #onResize(): void {
    const size = `${this.clientWidth} ${this.clientHeight}`
    const isFirst = this.#size === ''
    if (size === this.#size) return
    this.#size = size
    if (!isFirst && this.#hasScrolled && this.isAtEnd) this.scrollToNewest()
  }

  readonly #onScroll = (): void => {
    this.isAtEnd = this.#virtualizer.isAtEnd(END_THRESHOLD_PX)
  }

  readonly #onNewest = (): void => {
    this.unreadMarker = undefined
    this.scrollToNewest()
  }

  readonly #onPointer = (event: Event): void => {
    const index = indexOf(event)
    if (index >= 0) this.activeIndex = index
  }

  readonly #onLeave = (): void => {
    if (!this.renderRoot.querySelector('.row:focus-within')) this.activeIndex = -1
  }

  readonly #onClick = (event: Event): void => {
    const button = (event.target as Element).closest<HTMLElement>('[data-action]')
    const index = indexOf(event)
    const message = this.messages[index]
    if (button && message) this.#act(button, index, message)
  }

  #act(button: HTMLElement, index: number, message: ChatMessage): void {
    switch (button.dataset['action']) {
      case 'reply':
        this.dispatchEvent(new ChatReplyEvent(message.id))
        return
      case 'react': {
        const emoji = button.dataset['emoji'] ?? ''
        this.#react(message, emoji)
        return
      }
      case 'pick-reaction':
        this.#menuIndex = index
        this.picker?.openAt(button)
        return
      case 'menu':
        this.#menuIndex = index
        this.requestUpdate()
        void this.menu?.openAt(button)
        return
      case 'show-quoted':
        this.show(button.dataset['quoted'] as MessageId)
        return
      case 'copy-code':
        void this.#copy(button.parentElement?.querySelector('code')?.textContent ?? '')
        return
      default:
    }
  }

  #react(message: ChatMessage, emoji: string): void {
    const isMine = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine)
    this.dispatchEvent(new ChatReactEvent(message.id, { emoji, isOn: !isMine }))
  }

  readonly #onPick = (event: PickReactionEvent): void => {
    const message = this.messages[this.#menuIndex]
    if (message) this.#react(message, event.emoji)
    this.#focusRow(this.#menuIndex)
  }

  readonly #onMenuSelect = (event: MenuSelectEvent): void => {
    const message = this.messages[this.#menuIndex]
    if (!message) return
    if (event.id === 'reply') this.dispatchEvent(new ChatReplyEvent(message.id))
    else if (event.id === 'edit') this.dispatchEvent(new ChatStartEditEvent(message.id))
    else if (event.id === 'redact') this.dispatchEvent(new ChatRedactEvent(message.id))
    else if (event.id === 'copy') void this.#copy(message.text)
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const index = indexOf(event)
    const target = event.target as HTMLElement
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey || !target.classList.contains('row')) return
    const last = this.messages.length - 1
    const moves: Readonly<Record<string, number>> = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: last }
    const move = moves[event.key]
    if (move !== undefined) this.#focusRow(Math.min(Math.max(move, 0), last))
    else if (!this.#keyAction(event.key, target)) return
    event.preventDefault()
  }

  #keyAction(key: string, row: HTMLElement): boolean {
    const actions: Readonly<Record<string, string>> = { r: 'reply', e: 'pick-reaction', m: 'menu', Enter: 'menu' }
    const action = actions[key]
    const button = action && row.querySelector<HTMLElement>(`[data-action=${action}]`)
    if (button) button.click()
    return Boolean(button)
  }

  #focusRow(index: number): void {
    if (index < 0) return
    this.activeIndex = index
    const virtualizer = this.#virtualizer
    virtualizer.scrollToIndex(index)
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`[data-index='${index}']`)?.focus({ preventScroll: true }),
    )
  }

  async #copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text)
    this.dispatchEvent(new ToastEvent('Copied'))
  }
}

// Measuring what was rendered is what asks for the next render; development mode warns of that.
MessageList.disableWarning?.('change-in-update')

/** The row that an event of the list belongs to, or -1. */
function indexOf(event: Event): number {
  return Number((event.target as Element).closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1)
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-message-list': MessageList
  }
}
