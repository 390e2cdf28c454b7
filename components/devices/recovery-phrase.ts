import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Peer } from '../../src/index.ts'
import { infoIcon, keyRoundIcon } from '../icons.ts'
import { copyIcon } from '../later-icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { BackEvent } from './back-event.ts'
import { deviceFailureText } from './device-text.ts'
import { DevicesController } from './devices-controller.ts'
import { devicesStyles } from './devices-dialog.styles.ts'
import { stillLoading } from './still-loading.ts'

/** The 24 words that are this person: shown when asked for, and taken off this device once they are written down. */
@customElement('parley-recovery-phrase')
export class RecoveryPhrase extends LitElement {
  static override readonly styles = [
    controls,
    devicesStyles,
    css`
      .whole:focus {
        outline: none;
      }
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(104px, 1fr));
        gap: 6px var(--space-3);
        margin: 0;
        padding: var(--space-4);
        border-radius: var(--radius);
        background: var(--surface-sunken);
        font-family: var(--font-mono);
        font-size: var(--size-small);
        list-style: none;
      }
      ol li {
        display: flex;
        gap: 6px;
      }
      ol span {
        min-inline-size: 2ch;
        color: var(--text-muted);
        text-align: end;
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  /** Whether there is a list of devices to go back to. */
  @property({ type: Boolean, attribute: 'has-back' }) hasBack = false
  @state() private phrase = ''
  @state() private isForgetting = false
  @state() private isWritten = false
  @state() private isBusy = false
  @state() private problem = ''
  readonly #devices = new DevicesController(this)

  protected override willUpdate(): void {
    this.#devices.follow(this.peer)
  }

  protected override updated(changed: PropertyValues): void {
    const isMoving = changed.has('isForgetting') && changed.get('isForgetting') !== undefined
    if (isMoving || (changed.has('hasBack') && this.hasBack))
      this.renderRoot.querySelector<HTMLElement>('.whole')?.focus()
  }

  protected override render() {
    const { devices, isMissing } = this.#devices
    if (!devices) return stillLoading(isMissing)
    return html`<div class="page whole" tabindex="-1">
      ${!devices.holdsPhrase ? this.#elsewhere() : this.isForgetting ? this.#forgetting() : this.#words()}
    </div>`
  }

  #elsewhere() {
    return html`<p role="status">
        Your recovery phrase is not on this device. It is where you wrote it down, or on the device that you began with.
      </p>
      <p class="muted small">
        This device writes in your name by itself. To end an older device, or to act as the owner of a room, you need
        the phrase or a device that has it.
      </p>
      ${this.#back()}`
  }

  #words() {
    return html`<p>
        These 24 words are you. With them you get your identity back on another device; whoever else has them can write
        in your name.
      </p>
      ${
        this.phrase
          ? html`<ol aria-label="Recovery phrase" translate="no">
                ${this.phrase.split(' ').map((word, index) => html`<li><span aria-hidden="true">${index + 1}</span>${word}</li>`)}
              </ol>
              <div class="buttons">
                <button @click=${this.#onCopy}>${copyIcon}Copy</button>
                <button @click=${() => this.#toForgetting(true)}>I have written it down…</button>
              </div>
              ${this.#back()}`
          : html`<p class="muted small">Look around first: nobody should see the screen.</p>
              <div class="buttons">
                ${this.hasBack ? html`<button class="quiet" @click=${this.#onBack}>Back</button>` : nothing}
                <button class="primary" @click=${this.#onReveal}>${keyRoundIcon}Show the words</button>
              </div>`
      }`
  }

  /** Without the words nothing can be done for somebody who loses all devices, so this takes a step more. */
  #forgetting() {
    return html`<p>
        You can take the phrase off this device, so that a thief of the device does not get it. Afterwards only your
        note of the words brings it back.
      </p>
      <label class="choice">
        <input type="checkbox" .checked=${this.isWritten} @change=${this.#onWritten} />
        <span>I have the 24 words in a safe place</span>
      </label>
      <p class="muted small">
        You go on writing here as before. Handing over rooms that you own, and ending devices older than this one, then
        takes the words.
      </p>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <div class="buttons">
        <button class="quiet" @click=${() => this.#toForgetting(false)}>Keep it here</button>
        <button class="danger" aria-disabled=${this.isBusy || !this.isWritten} @click=${this.#onForget}>
          Take it off this device
        </button>
      </div>`
  }

  #back() {
    return this.hasBack
      ? html`<div class="buttons"><button class="quiet" @click=${this.#onBack}>Back</button></div>`
      : nothing
  }

  #toForgetting(isForgetting: boolean): void {
    this.isForgetting = isForgetting
    this.isWritten = false
    this.problem = ''
  }

  readonly #onReveal = async (): Promise<void> => {
    this.phrase = (await this.peer?.recoveryPhrase()) ?? ''
  }

  readonly #onCopy = async (): Promise<void> => {
    await navigator.clipboard.writeText(this.phrase)
    this.dispatchEvent(new ToastEvent('Copied'))
  }

  readonly #onWritten = (event: Event): void => {
    this.isWritten = (event.target as HTMLInputElement).checked
    this.problem = ''
  }

  readonly #onForget = async (): Promise<void> => {
    if (this.isBusy) return
    if (!this.isWritten) {
      this.problem = 'Tick the box first: without the words a lost device means a lost identity.'
      return
    }
    this.isBusy = true
    const forgotten = await this.#devices.devices?.forgetPhrase()
    this.isBusy = false
    if (forgotten?.ok === false) {
      this.problem = deviceFailureText('not-stored')
      return
    }
    this.phrase = ''
    this.dispatchEvent(new ToastEvent('The phrase was taken off this device'))
  }

  readonly #onBack = (): void => {
    this.dispatchEvent(new BackEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-recovery-phrase': RecoveryPhrase
  }
}
