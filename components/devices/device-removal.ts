import { LitElement, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { DeviceKeep, Devices, DeviceSummary } from '../../src/index.ts'
import { changeEffectsStyles } from '../people/change-effects.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { BackEvent } from './back-event.ts'
import { deviceFailureText } from './device-text.ts'
import { devicesStyles } from './devices-dialog.styles.ts'

const CHOICES = [
  { keep: 'all', label: 'Keep everything we have seen', hint: 'For a device that is lost, sold or broken.' },
  {
    keep: 'nothing',
    label: 'Take back everything it wrote',
    hint: 'For when somebody else has written with it. Whom it let into rooms stays there.',
  },
] as const satisfies readonly { keep: DeviceKeep; label: string; hint: string }[]

/** Ending one of my devices: what that does, and what becomes of what it wrote. */
@customElement('parley-device-removal')
export class DeviceRemoval extends LitElement {
  static override readonly styles = [controls, changeEffectsStyles, devicesStyles]

  @property({ attribute: false }) devices: Devices | undefined
  @property({ attribute: false }) device: DeviceSummary | undefined
  @state() private keep: DeviceKeep = 'all'
  @state() private isBusy = false
  @state() private problem = ''

  protected override firstUpdated(): void {
    this.renderRoot.querySelector('input')?.focus()
  }

  protected override render() {
    const { device } = this
    if (!device) return nothing
    const name = html`<bdi>${device.name}</bdi>`
    return html`<form @submit=${this.#onSubmit} @change=${this.#onKeep}>
      <fieldset>
        <legend>What it wrote in your name</legend>
        ${CHOICES.map(
          ({ keep, label, hint }) =>
            html`<label class="choice">
              <input type="radio" name="keep" value=${keep} .checked=${keep === this.keep} />
              <span>${label}<span class="hint">${hint}</span></span>
            </label>`,
        )}
      </fieldset>
      <div role="status" aria-label="What this does">
        <ul class="effects">
          <li>What ${name} writes from now on counts nowhere, in none of your rooms.</li>
          <li>
            ${this.keep === 'all' ? 'What has been seen of it until now stays.' : html`<span class="goes">All that ${name} wrote goes.</span>`}
          </li>
          <li>Your rooms get new keys, which it does not get. It keeps a copy of what it has read until now.</li>
          <li>Devices that it added end with it, except this one.</li>
          <li>This cannot be undone; the device can be added again as a new one.</li>
        </ul>
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <div class="buttons">
        <button type="button" class="quiet" @click=${() => this.dispatchEvent(new BackEvent())}>Back</button>
        <button class="danger" aria-disabled=${this.isBusy}>${this.isBusy ? 'Saving…' : 'Revoke now'}</button>
      </div>
    </form>`
  }

  readonly #onKeep = (event: Event): void => {
    this.keep = (event.target as HTMLInputElement).value === 'nothing' ? 'nothing' : 'all'
    this.problem = ''
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#revoke()
  }

  async #revoke(): Promise<void> {
    const { devices, device } = this
    if (!devices || !device) return
    this.isBusy = true
    this.problem = ''
    const revoked = await devices.revoke(device.id, { keep: this.keep })
    this.isBusy = false
    if (!revoked.ok) {
      this.problem = deviceFailureText(revoked.reason)
      return
    }
    this.dispatchEvent(new ToastEvent(`${device.name} was revoked`))
    this.dispatchEvent(new BackEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-device-removal': DeviceRemoval
  }
}
