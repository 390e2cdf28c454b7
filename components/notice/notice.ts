import { LitElement, css, html } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { infoIcon, triangleAlertIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'

/**
 * One thing that is said above the content, with what can be done about it in the slot `actions`. On a small screen it
 * is one line until it is opened: what one came for keeps the screen. A screen reader hears the whole text either way.
 */
@customElement('parley-notice')
export class Notice extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-4);
        border-block-end: 1px solid var(--line);
        background: var(--surface-active);
        font-size: var(--size-small);
      }
      :host([warning]) {
        background: var(--warning-surface);
        color: var(--warning-text);
      }
      .text {
        flex: 1 1 220px;
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      button.more {
        display: none;
        color: inherit;
        font-size: inherit;
      }
      @media (max-width: 719px), (max-height: 479px) {
        :host {
          padding-block: 0;
          padding-inline-end: var(--space-1);
        }
        .text {
          flex-basis: 0;
        }
        .closed ::slotted(p) {
          overflow: hidden;
          text-overflow: ellipsis;
          white-space: nowrap;
        }
        .closed ~ .actions {
          display: none;
        }
        .open {
          padding-block: var(--space-3);
        }
        .actions {
          inline-size: 100%;
          padding-block-end: var(--space-2);
        }
        button.more {
          display: inline-flex;
          align-self: start;
          padding: 0 var(--space-3);
        }
      }
    `,
  ]

  @property({ type: Boolean, reflect: true }) warning = false
  @state() private isOpen = false

  protected override render() {
    return html`${this.warning ? triangleAlertIcon : infoIcon}
      <div class="text ${this.isOpen ? 'open' : 'closed'}"><slot></slot></div>
      <button class="quiet more" aria-expanded=${this.isOpen} @click=${this.#onToggle}>
        ${this.isOpen ? 'Less' : 'More'}
      </button>
      <div class="actions"><slot name="actions"></slot></div>`
  }

  readonly #onToggle = (): void => {
    this.isOpen = !this.isOpen
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-notice': Notice
  }
}
