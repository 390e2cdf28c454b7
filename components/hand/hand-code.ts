import { LitElement, css, html } from 'lit'
import { customElement, property, query } from 'lit/decorators.js'
import { copyIcon } from '../later-icons.ts'
import '../qr-code/qr-code.ts'
import { controls } from '../theme/controls.styles.ts'
import { fieldRow } from '../theme/field-row.styles.ts'
import { copyFrom } from '../toasts/copy-text.ts'

/** A code to be brought to somebody: to copy, or to scan. */
@customElement('parley-hand-code')
export class HandCode extends LitElement {
  static override readonly styles = [
    controls,
    fieldRow,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
      }
      input {
        font-family: var(--font-mono);
        font-size: var(--size-small);
        text-overflow: ellipsis;
      }
      parley-qr-code {
        inline-size: min(280px, 100%);
        margin: 0 auto;
      }
    `,
  ]

  @property() label = ''
  @property() code = ''
  @query('input') private readonly field: HTMLInputElement | undefined

  protected override render() {
    return html`<div class="field-row">
        <label class="field"
          >${this.label} <input readonly .value=${this.code} spellcheck="false" @focus=${this.#onFocus}
        /></label>
        <button class="primary" aria-label="Copy ${this.label.toLowerCase()}" @click=${this.#onCopy}>
          ${copyIcon}Copy
        </button>
      </div>
      <parley-qr-code .text=${this.code} label="${this.label} as a QR code"></parley-qr-code>`
  }

  readonly #onFocus = (): void => this.field?.select()

  readonly #onCopy = (): void => {
    if (this.field) void copyFrom(this.field, `${this.label} copied`)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-hand-code': HandCode
  }
}
