import { LitElement, css, html } from 'lit'
import { customElement, query } from 'lit/decorators.js'
import { controls } from '../theme/controls.styles.ts'

/** The set that one press reaches. */
const REACTIONS = ['👍', '❤️', '😂', '🎉', '😮', '😢'] as const

const MARGIN_PX = 8

/** The user has chosen a reaction. */
export class PickReactionEvent extends Event {
  readonly emoji: string
  constructor(emoji: string) {
    super('parley-pick-reaction')
    this.emoji = emoji
  }
}

/** A row of reactions on the native popover. Arrow keys move along it, Escape closes it. */
@customElement('parley-reaction-picker')
export class ReactionPicker extends LitElement {
  static override readonly styles = [
    controls,
    css`
      [popover] {
        position: fixed;
        inset: auto;
        left: var(--picker-left, 0);
        top: var(--picker-top, 0);
        margin: 0;
        padding: 4px;
        border: 1px solid var(--line);
        border-radius: 26px;
        background: var(--surface-raised);
        box-shadow: var(--shadow);
      }
      [popover]:popover-open {
        display: flex;
      }
      button.square {
        inline-size: 40px;
        min-block-size: 40px;
        border-radius: 50%;
        font-size: 1.375rem;
      }
    `,
  ]

  @query('[popover]') private readonly popup: HTMLElement | undefined

  /** Opens above the anchor and puts the focus on the first reaction. */
  openAt(anchor: HTMLElement): void {
    const popup = this.popup
    if (!popup) return
    popup.showPopover()
    const box = anchor.getBoundingClientRect()
    const leftMax = innerWidth - popup.offsetWidth - MARGIN_PX
    popup.style.setProperty(
      '--picker-left',
      `${Math.min(Math.max(MARGIN_PX, box.right - popup.offsetWidth), leftMax)}px`,
    )
    popup.style.setProperty('--picker-top', `${Math.max(MARGIN_PX, box.top - popup.offsetHeight - 4)}px`)
    popup.querySelector('button')?.focus()
  }

  protected override render() {
    return html`<div popover role="toolbar" aria-label="Reactions" @click=${this.#onClick} @keydown=${this.#onKeydown}>
      ${REACTIONS.map(
        (emoji) =>
          html`<button class="quiet square" data-emoji=${emoji} aria-label="React with ${emoji}">${emoji}</button>`,
      )}
    </div>`
  }

  readonly #onClick = (event: Event): void => {
    const emoji = (event.target as Element).closest('button')?.dataset['emoji']
    if (emoji === undefined) return
    this.popup?.hidePopover()
    this.dispatchEvent(new PickReactionEvent(emoji))
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    // The browser closes the popover; nothing else should take this press.
    if (event.key === 'Escape') event.stopPropagation()
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const buttons = [...this.renderRoot.querySelectorAll('button')]
    const current = buttons.findIndex((button) => button.matches(':focus'))
    buttons.at((current + step) % buttons.length)?.focus()
    event.preventDefault()
    event.stopPropagation()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-reaction-picker': ReactionPicker
  }
  interface HTMLElementEventMap {
    'parley-pick-reaction': PickReactionEvent
  }
}
