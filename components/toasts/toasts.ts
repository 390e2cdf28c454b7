import { LitElement, css, html, type PropertyValues } from 'lit'
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

/** Where they may stand, the better first: usually at the bottom, but there a phone has its buttons and what is written. */
const PLACES = ['usual', 'other'] as const

/** The element that has the focus, through the shadow roots. */
function focused(): Element | undefined {
  let active = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active && active !== document.body ? active : undefined
}

/** How much of the one is under the other, in square pixels. */
function overlap(a: DOMRect, b: DOMRect): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left)
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
  return Math.max(0, width) * Math.max(0, height)
}

/**
 * Short sentences that come and go, in a polite live region above everything else, and never above what has the focus
 * where there is another place.
 */
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
    :host([data-place='other']) {
      inset: calc(8px + env(safe-area-inset-top)) 0 auto;
    }
    @media (max-width: 719px) {
      :host {
        inset: calc(8px + env(safe-area-inset-top)) 0 auto;
      }
      :host([data-place='other']) {
        inset: auto 0 calc(72px + env(safe-area-inset-bottom));
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

  /** Before the sentence is painted: one that jumps is not read. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('texts') || this.texts.length === 0) return
    const control = focused()?.getBoundingClientRect()
    const places = PLACES.map((place) => {
      this.dataset['place'] = place
      return { place, covered: control ? overlap(this.getBoundingClientRect(), control) : 0 }
    })
    const [best] = places.toSorted((a, b) => a.covered - b.covered)
    this.dataset['place'] = best?.place
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
