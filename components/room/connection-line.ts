import { LitElement, css, html } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { controls } from '../theme/controls.styles.ts'
import { lamp } from '../theme/place-rows.styles.ts'
import { wifiOffIcon } from '../icons.ts'

/** What the line shows, taken from the room's connection. */
export interface ConnectionSummary {
  readonly tone: 'good' | 'waiting' | 'off'
  readonly text: string
  /** A second sentence: what to expect, or what is wrong. */
  readonly detail: string
}

/** The user has turned the switch: true to leave the network, false to come back. */
export class OfflineEvent extends Event {
  readonly isOffline: boolean
  constructor(isOffline: boolean) {
    super('parley-offline', { bubbles: true, composed: true })
    this.isOffline = isOffline
  }
}

/** One line that says whether what is written reaches anybody, with the switch that goes offline. */
@customElement('parley-connection-line')
export class ConnectionLine extends LitElement {
  static override readonly styles = [
    controls,
    lamp,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: 32px;
        padding: 0 var(--space-2) 0 var(--space-4);
        color: var(--text-muted);
        font-size: var(--size-small);
      }
      .status {
        display: flex;
        flex: 1;
        align-items: baseline;
        gap: var(--space-2);
        min-inline-size: 0;
      }
      .lamp {
        flex: none;
        align-self: center;
        --lamp-size: 8px;
      }
      .text {
        color: var(--text);
        font-weight: 500;
        white-space: nowrap;
      }
      a.text {
        display: inline-flex;
        align-items: center;
        min-block-size: 28px;
        text-decoration-color: var(--line-strong);
      }
      .detail {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      button {
        min-block-size: 28px;
        padding: 0 var(--space-2);
        border-radius: var(--radius-small);
        font-size: var(--size-small);
        font-weight: 500;
      }
      button .icon {
        inline-size: 15px;
        block-size: 15px;
      }
      button[aria-checked='true'] {
        background: var(--warning-surface);
        color: var(--warning-text);
      }
      @media (pointer: coarse) {
        button,
        a.text {
          min-block-size: 44px;
        }
      }
      @media (max-width: 719px) {
        :host {
          display: grid;
          grid-template-columns: minmax(0, 1fr) auto;
          column-gap: var(--space-2);
        }
        ::slotted(*) {
          grid-area: 2 / 1 / auto / -1;
          margin-block-start: calc(-1 * var(--space-1));
          padding: 0 0 var(--space-1) var(--space-4);
        }
        .status:has(.detail) {
          display: grid;
          grid-template-columns: auto minmax(0, 1fr);
          gap: 0 var(--space-2);
          padding-block: 4px;
        }
        .detail {
          grid-column: 2;
          white-space: normal;
          line-height: 1.3;
        }
        .text {
          white-space: normal;
        }
      }
    `,
  ]

  @property({ attribute: false }) summary: ConnectionSummary = { tone: 'waiting', text: 'Connecting…', detail: '' }
  @property({ type: Boolean }) offline = false
  /** Where more is said about it. */
  @property() href = ''

  protected override render() {
    const { tone, text, detail } = this.summary
    return html`
      <div class="status" role="status" aria-label="Connection">
        <span class="lamp" data-tone=${tone}></span>
        ${this.href ? html`<a class="text" href=${this.href}>${text}</a>` : html`<span class="text">${text}</span>`}
        ${detail ? html`<span class="detail">${detail}</span>` : ''}
      </div>
      <slot></slot>
      <button
        class="quiet"
        role="switch"
        aria-checked=${this.offline}
        aria-label="Work offline"
        @click=${this.#onToggle}
      >
        ${wifiOffIcon}<span>${this.offline ? 'Go online' : 'Offline'}</span>
      </button>
    `
  }

  readonly #onToggle = (): void => {
    this.dispatchEvent(new OfflineEvent(!this.offline))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-connection-line': ConnectionLine
  }
  interface HTMLElementEventMap {
    'parley-offline': OfflineEvent
  }
}
