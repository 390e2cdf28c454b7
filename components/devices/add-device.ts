import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Devices, PairingOffer, PairingState, Unsubscribe } from '../../src/index.ts'
import { infoIcon } from '../icons.ts'
import { copyIcon } from '../later-icons.ts'
import '../qr-code/qr-code.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { BackEvent } from './back-event.ts'
import { groupedNumber, PAIRING_TEXTS } from './device-text.ts'
import { devicesStyles } from './devices-dialog.styles.ts'

/** Adding a device: a code to scan or type there, then a question here. Nothing is handed over before the answer. */
@customElement('parley-add-device')
export class AddDevice extends LitElement {
  static override readonly styles = [
    controls,
    devicesStyles,
    css`
      .whole:focus {
        outline: none;
      }
      parley-qr-code {
        inline-size: min(232px, 100%);
        margin-inline: auto;
      }
      ol {
        margin: 0;
        padding-inline-start: var(--space-5);
      }
      .code {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: center;
        gap: var(--space-2);
      }
      code,
      .number {
        font-family: var(--font-mono);
        font-size: var(--size-body);
        letter-spacing: 0.03em;
        text-align: center;
        overflow-wrap: break-word;
        text-wrap: balance;
      }
      .number {
        font-size: var(--size-title);
        font-weight: 600;
      }
    `,
  ]

  @property({ attribute: false }) devices: Devices | undefined
  @state() private offer: PairingOffer | undefined
  @state() private isBusy = false
  #unsubscribe: Unsubscribe = () => {}
  #shown: PairingState | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    // Not in the constructor: what it is to offer comes with the first render.
    void this.updateComplete.then(() => this.#start())
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    // Who looks away offers nothing any more.
    this.offer?.cancel()
    this.#unsubscribe()
  }

  /** The button that had the focus may be gone with the former state. */
  protected override updated(): void {
    const current = this.offer?.state
    if (current !== this.#shown) this.renderRoot.querySelector<HTMLElement>('.whole')?.focus()
    this.#shown = current
  }

  protected override render() {
    const { offer } = this
    if (!offer) return html`<p class="muted" role="status">Preparing…</p>`
    return html`<div class="page whole" tabindex="-1">${this.#state(offer)}</div>`
  }

  #state(offer: PairingOffer) {
    switch (offer.state) {
      case 'waiting':
        return this.#waiting(offer)
      case 'asking':
        return this.#asking(offer)
      case 'done':
        return html`<p role="status">
            ${offer.newDeviceName ? html`<bdi>${offer.newDeviceName}</bdi>` : 'The device'} was added. Your rooms appear
            there, and what was written comes from everybody who has it.
          </p>
          <div class="buttons"><button class="primary" @click=${this.#onBack}>Done</button></div>`
      default:
        return html`<p class="problem" role="alert">${infoIcon}${PAIRING_TEXTS[offer.problem ?? 'lost']}</p>
          <div class="buttons">
            <button class="quiet" @click=${this.#onBack}>Back</button>
            <button class="primary" @click=${this.#onAgain}>Show a new code</button>
          </div>`
    }
  }

  #waiting({ link, code }: PairingOffer) {
    return html`<ol class="small">
        <li>Open Parley on the new device, in a browser without rooms of its own.</li>
        <li>Choose “I already use Parley” there.</li>
        <li>Scan this picture, or type the code.</li>
      </ol>
      <parley-qr-code .text=${link} label="Code that adds a device"></parley-qr-code>
      <p class="code">
        <code>${code}</code>
        <button class="quiet square" aria-label="Copy the code" @click=${() => this.#copy(code)}>${copyIcon}</button>
      </p>
      <p class="muted small">
        Whoever has the code can ask to be added, so show it to nobody. It works once, for ten minutes, while this stays
        open.
      </p>
      <div class="buttons"><button class="quiet" @click=${this.#onBack}>Cancel</button></div>`
  }

  #asking({ newDeviceName, checkNumber }: PairingOffer) {
    return html`<div role="alert" class="page">
        <p>Add <bdi>“${newDeviceName ?? 'Device'}”</bdi>? It becomes you, in all your rooms.</p>
        ${
          checkNumber === undefined
            ? nothing
            : html`<p class="muted small">The new device has to show the same number:</p>
                <p class="number">${groupedNumber(checkNumber)}</p>`
        }
      </div>
      <div class="buttons">
        <button class="quiet" @click=${this.#onDecline}>Don't add it</button>
        <button class="primary" aria-disabled=${this.isBusy} @click=${this.#onAccept}>
          ${this.isBusy ? 'Adding…' : 'Add it'}
        </button>
      </div>`
  }

  async #start(): Promise<void> {
    this.#unsubscribe()
    const offer = await this.devices?.startPairing()
    if (!offer) return
    if (!this.isConnected) return offer.cancel()
    this.#unsubscribe = offer.on('change', () => this.requestUpdate())
    this.offer = offer
  }

  readonly #onAgain = (): void => void this.#start()

  readonly #onAccept = async (): Promise<void> => {
    if (this.isBusy) return
    this.isBusy = true
    // What comes of it is the offer's state.
    await this.offer?.accept()
    this.isBusy = false
  }

  readonly #onDecline = (): void => this.offer?.cancel()

  readonly #onBack = (): void => {
    this.dispatchEvent(new BackEvent())
  }

  async #copy(code: string): Promise<void> {
    await navigator.clipboard.writeText(code)
    this.dispatchEvent(new ToastEvent('Copied'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-add-device': AddDevice
  }
}
