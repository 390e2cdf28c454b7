import { LitElement, css, html, type TemplateResult } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import { controls } from '../theme/controls.styles.ts'

export interface MenuItem {
  readonly id: string
  readonly label: string
  readonly icon?: TemplateResult
  readonly isDanger?: boolean
  /** Makes the item one of a set of choices. */
  readonly isChecked?: boolean
}

/** The user has chosen an item; the menu has closed and given the focus back. */
export class MenuSelectEvent extends Event {
  readonly id: string
  constructor(id: string) {
    super('parley-menu-select')
    this.id = id
  }
}

const MARGIN_PX = 8

/** A menu of actions on the native popover. Arrow keys move, letters jump, Escape closes; a sheet on a phone. */
@customElement('parley-menu')
export class Menu extends LitElement {
  static override readonly styles = [
    controls,
    css`
      [popover] {
        position: fixed;
        inset: auto;
        inset-block-start: var(--menu-top, 0);
        left: var(--menu-left, 0);
        min-inline-size: 208px;
        max-inline-size: calc(100vw - 16px);
        max-block-size: calc(100dvh - 16px);
        margin: 0;
        padding: 6px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--surface-raised);
        color: var(--text);
        box-shadow: var(--shadow);
        overflow: auto;
      }
      button {
        display: flex;
        justify-content: flex-start;
        gap: var(--space-3);
        inline-size: 100%;
        padding: 0 var(--space-3);
        border: 0;
        border-radius: var(--radius-small);
        background: transparent;
        font-weight: 450;
        font-size: var(--size-body);
      }
      button:focus-visible {
        outline-offset: -2px;
      }
      button .icon {
        color: var(--text-muted);
      }
      button.is-danger,
      button.is-danger .icon {
        color: var(--danger);
      }
      .check {
        margin-inline-start: auto;
        color: var(--accent);
      }
      @media (max-width: 719px) {
        [popover]::backdrop {
          background: var(--backdrop);
        }
        [popover] {
          inset: auto 0 0;
          inline-size: auto;
          max-inline-size: none;
          border-radius: var(--radius-large) var(--radius-large) 0 0;
          padding: var(--space-3) var(--space-3) calc(var(--space-3) + env(safe-area-inset-bottom));
        }
        button {
          min-block-size: 48px;
        }
      }
    `,
  ]

  @property({ attribute: false }) items: readonly MenuItem[] = []
  @property() label = ''
  @state() private isOpen = false
  @query('[popover]') private readonly popup: HTMLElement | undefined
  #anchor: HTMLElement | undefined

  /** Opens below the anchor's end, or above it where there is no room, and puts the focus on the first item. */
  async openAt(anchor: HTMLElement): Promise<void> {
    this.#anchor = anchor
    this.isOpen = true
    await this.updateComplete
    const popup = this.popup
    if (!popup?.isConnected) return
    popup.showPopover()
    const box = anchor.getBoundingClientRect()
    const left = Math.min(
      Math.max(MARGIN_PX, box.right - popup.offsetWidth),
      innerWidth - popup.offsetWidth - MARGIN_PX,
    )
    const below = box.bottom + 4
    const isBelow = below + popup.offsetHeight + MARGIN_PX <= innerHeight
    const top = isBelow ? below : Math.max(MARGIN_PX, box.top - popup.offsetHeight - 4)
    popup.style.setProperty('--menu-left', `${left}px`)
    popup.style.setProperty('--menu-top', `${top}px`)
    this.#buttons()[0]?.focus()
  }

  protected override render() {
    return html`<div
      popover
      role="menu"
      aria-label=${this.label}
      @toggle=${this.#onToggle}
      @keydown=${this.#onKeydown}
      @click=${this.#onClick}
    >
      ${this.isOpen ? this.items.map((item) => this.#item(item)) : ''}
    </div>`
  }

  #item(item: MenuItem) {
    const body = html`${item.icon ?? ''}<span>${item.label}</span>`
    const isDanger = item.isDanger ? 'is-danger' : ''
    return item.isChecked === undefined
      ? html`<button role="menuitem" tabindex="-1" data-id=${item.id} class=${isDanger}>${body}</button>`
      : html`<button role="menuitemradio" tabindex="-1" data-id=${item.id} aria-checked=${item.isChecked}>
          ${body}${item.isChecked ? html`<span class="check" aria-hidden="true">✓</span>` : ''}
        </button>`
  }

  #buttons(): HTMLButtonElement[] {
    return [...(this.popup?.querySelectorAll('button') ?? [])]
  }

  readonly #onToggle = (event: Event): void => {
    if ((event as ToggleEvent).newState !== 'closed') return
    this.isOpen = false
    this.#anchor?.setAttribute('aria-expanded', 'false')
    this.dispatchEvent(new Event('close'))
  }

  readonly #onClick = (event: Event): void => {
    const id = (event.target as Element).closest('button')?.dataset['id']
    if (id === undefined) return
    this.popup?.hidePopover()
    this.#anchor?.focus()
    this.dispatchEvent(new MenuSelectEvent(id))
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    const buttons = this.#buttons()
    const current = buttons.findIndex((button) => button.matches(':focus'))
    const next = this.#nextIndex(event.key, current, buttons)
    if (next !== undefined) {
      buttons.at(next % buttons.length)?.focus()
      event.preventDefault()
    } else if (event.key === 'Tab') this.popup?.hidePopover()
    event.stopPropagation()
  }

  #nextIndex(key: string, current: number, buttons: readonly HTMLButtonElement[]): number | undefined {
    if (key === 'ArrowDown') return current + 1
    if (key === 'ArrowUp') return current - 1
    if (key === 'Home') return 0
    if (key === 'End') return -1
    if (key.length !== 1 || key === ' ') return undefined
    const found = buttons.findIndex((button) => button.innerText.trim().toLowerCase().startsWith(key.toLowerCase()))
    return found < 0 ? undefined : found
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-menu': Menu
  }
  interface HTMLElementEventMap {
    'parley-menu-select': MenuSelectEvent
  }
}
