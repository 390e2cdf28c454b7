import { LitElement, css, html } from 'lit'
import { customElement, property, query } from 'lit/decorators.js'
import { xIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'

/**
 * A modal on the native dialog: focus trap, Escape, and what is behind it made inert come from the browser.
 * Opens when it enters the page; announces with `close` that the user has closed it.
 */
@customElement('parley-dialog')
export class Dialog extends LitElement {
  static override readonly styles = [
    controls,
    css`
      dialog {
        inline-size: min(440px, calc(100vw - 32px));
        max-block-size: min(720px, calc(100dvh - 48px));
        padding: 0;
        border: 1px solid var(--line);
        border-radius: var(--radius-large);
        background: var(--surface-raised);
        color: var(--text);
        box-shadow: var(--shadow);
        overflow: auto;
        overscroll-behavior: contain;
      }
      dialog[tabindex]:focus-visible {
        outline: none;
      }
      dialog::backdrop {
        background: var(--backdrop);
      }
      dialog[open] {
        animation: rise var(--quick);
      }
      @keyframes rise {
        from {
          opacity: 0;
          translate: 0 8px;
        }
      }
      .header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-3);
        padding: var(--space-4) var(--space-3) 0 var(--space-5);
      }
      h2 {
        font-size: var(--size-large);
        font-weight: 650;
        letter-spacing: -0.01em;
        overflow-wrap: anywhere;
      }
      .body {
        display: grid;
        gap: var(--space-4);
        padding: var(--space-3) var(--space-5) var(--space-5);
      }
      @media (max-width: 719px) {
        dialog {
          inline-size: 100vw;
          max-inline-size: none;
          max-block-size: calc(100dvh - 32px);
          margin-block: auto 0;
          border-width: 1px 0 0;
          border-radius: var(--radius-large) var(--radius-large) 0 0;
          padding-block-end: env(safe-area-inset-bottom);
        }
      }
    `,
  ]

  @property() heading = ''
  @query('dialog') private readonly dialog: HTMLDialogElement | undefined

  protected override firstUpdated(): void {
    this.dialog?.showModal()
    // What is put into the slot is no descendant of the dialog, so the browser overlooks its autofocus and takes the
    // close button instead.
    const first = this.querySelector<HTMLElement>('[autofocus]') ?? this.dialog
    first?.focus()
  }

  /** Closes as the user's close button does. */
  close(): void {
    this.dialog?.close()
  }

  /** For when what had the focus is gone, and the dialog stays. */
  focusHeading(): void {
    this.dialog?.focus()
  }

  protected override render() {
    return html`
      <dialog tabindex="-1" aria-labelledby="heading" @close=${this.#onClose} @click=${this.#onBackdrop}>
        <div class="header">
          <h2 id="heading" dir="auto">${this.heading}</h2>
          <button class="quiet square" aria-label="Close" @click=${this.close}>${xIcon}</button>
        </div>
        <div class="body"><slot></slot></div>
      </dialog>
    `
  }

  // Arrow functions: the native events of the inner dialog don't leave the shadow root, so they are said again.
  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }

  readonly #onBackdrop = (event: MouseEvent): void => {
    const box = this.dialog?.getBoundingClientRect()
    if (!box || event.target !== this.dialog) return
    const isInside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
    if (!isInside) this.close()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-dialog': Dialog
  }
}
