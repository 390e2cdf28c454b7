import { LitElement, css, html } from 'lit'
import { customElement, state } from 'lit/decorators.js'

/** Asks the application to show one short sentence. Any component may send it. */
export class ToastEvent extends Event {
  readonly text: string
  constructor(text: string) {
    super('parley-toast', { bubbles: true, composed: true })
    this.text = text
  }
}

/** Long enough to read two short sentences. */
const SHOWN_MS = 5_000
const SHOWN_MAX = 3

/** Short sentences that come and go, in a polite live region above everything else. */
@customElement('parley-toasts')
export class Toasts extends LitElement {
  static override readonly styles = css`
    :host {
      position: fixed;
      inset: auto 0 calc(88px + env(safe-area-inset-bottom));
      z-index: 10;
      display: grid;
      inline-size: auto;
      block-size: auto;
      margin: 0;
      border: 0;
      background: transparent;
      overflow: visible;
      justify-items: center;
      gap: 8px;
      padding: 0 16px;
      pointer-events: none;
    }
    p {
      margin: 0;
      padding: 10px 16px;
      border-radius: var(--radius);
      background: light-dark(#1b1d1c, #eceeec);
      color: light-dark(#fff, #1b1d1c);
      font-size: var(--size-body);
      box-shadow: var(--shadow);
      animation: rise var(--quick);
    }
    /* At the bottom of a phone are the buttons: of the sheet that is open, and of what can be undone. */
    @media (max-width: 719px) {
      :host {
        inset: calc(64px + env(safe-area-inset-top)) 0 auto;
      }
    }
    @keyframes rise {
      from {
        opacity: 0;
        translate: 0 6px;
      }
    }
  `

  @state() private texts: readonly { key: number; text: string }[] = []
  #lastKey = 0

  override connectedCallback(): void {
    super.connectedCallback()
    this.setAttribute('role', 'status')
    this.setAttribute('aria-label', 'Notices')
    this.popover = 'manual'
    this.showPopover()
  }

  show(text: string): void {
    const key = ++this.#lastKey
    // What was opened last lies on top, so a dialog would hide the sentence about what was done in it.
    this.hidePopover()
    this.showPopover()
    this.texts = [...this.texts, { key, text }].slice(-SHOWN_MAX)
    setTimeout(() => {
      this.texts = this.texts.filter((toast) => toast.key !== key)
    }, SHOWN_MS)
  }

  protected override render() {
    return this.texts.map((toast) => html`<p dir="auto">${toast.text}</p>`)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-toasts': Toasts
  }
  interface HTMLElementEventMap {
    'parley-toast': ToastEvent
  }
}
