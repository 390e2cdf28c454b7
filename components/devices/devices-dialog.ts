import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Devices, DeviceSummary, Peer } from '../../src/index.ts'
import '../dialog/dialog.ts'
import { infoIcon, keyRoundIcon, monitorIcon, plusIcon, triangleAlertIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText, fullTimeText } from '../theme/time-text.ts'
import { NAME_LENGTH_MAX, textOf } from '../welcome/welcome.ts'
import './add-device.ts'
import './device-removal.ts'
import { PAIRING_TEXTS } from './device-text.ts'
import { DevicesController } from './devices-controller.ts'
import { devicesStyles } from './devices-dialog.styles.ts'
import { stillLoading } from './still-loading.ts'
import './recovery-phrase.ts'

type Page =
  | { readonly name: 'list' | 'add' | 'phrase' }
  | { readonly name: 'rename' | 'revoke'; readonly device: DeviceSummary }

const LIST: Page = { name: 'list' }

/** The devices on which I am myself: the list, a new one, another name, and the end of one that is lost. */
@customElement('parley-devices-dialog')
export class DevicesDialog extends LitElement {
  static override readonly styles = [controls, devicesStyles]

  @property({ attribute: false }) peer: Peer | undefined
  @state() private page: Page = LIST
  @state() private problem = ''
  readonly #devices = new DevicesController(this)

  protected override willUpdate(): void {
    this.#devices.follow(this.peer)
  }

  /** The button that led here is gone: the focus goes to the start of the new page. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('page') || changed.get('page') === undefined) return
    const first = this.renderRoot.querySelector<HTMLElement>('[data-first]')
    first?.focus()
  }

  protected override render() {
    const { devices, isMissing } = this.#devices
    return html`<parley-dialog
      heading=${this.#heading()}
      @close=${() => this.dispatchEvent(new Event('close'))}
      @parley-back=${this.#onBack}
    >
      ${devices ? this.#content(devices) : stillLoading(isMissing)}
    </parley-dialog>`
  }

  #heading(): string {
    switch (this.page.name) {
      case 'add':
        return 'Add a device'
      case 'phrase':
        return 'Recovery phrase'
      case 'rename':
        return `Rename ${this.page.device.name}`
      case 'revoke':
        return `Revoke ${this.page.device.name}?`
      default:
        return 'My devices'
    }
  }

  #content(devices: Devices) {
    const { page } = this
    switch (page.name) {
      case 'add':
        return html`<parley-add-device .devices=${devices}></parley-add-device>`
      case 'phrase':
        return html`<parley-recovery-phrase .peer=${this.peer} has-back></parley-recovery-phrase>`
      case 'rename':
        return this.#renameForm(devices, page.device)
      case 'revoke':
        return html`<parley-device-removal .devices=${devices} .device=${page.device}></parley-device-removal>`
      default:
        return this.#list(devices)
    }
  }

  #list(devices: Devices) {
    const isEnded = devices.isThisRevoked
    const problem = devices.pairingProblem
    return html`<div class="page">
      ${
        isEnded
          ? html`<p class="warning" role="alert">
              ${triangleAlertIcon}<span
                >Another of your devices has revoked this one: nobody takes what you write here. Copy what you need and
                go on there.</span
              >
            </p>`
          : nothing
      }
      <p class="muted small">You are the same person on all of these. Those above can end those below.</p>
      <ul class="list" aria-label="My devices">
        ${devices.list.map((device) => this.#row(device))}
      </ul>
      <div class="buttons">
        <button class="quiet" @click=${() => this.#open({ name: 'phrase' })}>${keyRoundIcon}Recovery phrase</button>
        <button
          class="primary"
          data-first
          aria-disabled=${isEnded || problem !== undefined}
          aria-describedby=${problem === undefined ? nothing : 'too-far'}
          @click=${this.#onAdd}
        >
          ${plusIcon}Add a device
        </button>
      </div>
      ${problem === undefined ? nothing : html`<p id="too-far" class="muted small">${PAIRING_TEXTS[problem]}</p>`}
    </div>`
  }

  #row(device: DeviceSummary) {
    const { name, isThis, isRevoked, mayRevoke } = device
    return html`<li class=${isRevoked ? 'ended' : ''}>
      ${monitorIcon}
      <div>
        <p>
          <bdi class="device">${name}</bdi
          >${isThis && name !== 'This device' ? html` <span class="muted small">This device</span>` : nothing}
        </p>
        <p class="muted small">${this.#about(device)}</p>
      </div>
      <div class="actions">
        <button class="quiet" aria-label="Rename ${name}" @click=${() => this.#open({ name: 'rename', device })}>
          Rename
        </button>
        ${
          mayRevoke
            ? html`<button
                class="quiet end"
                aria-label="Revoke ${name}"
                @click=${() => this.#open({ name: 'revoke', device })}
              >
                Revoke
              </button>`
            : nothing
        }
      </div>
    </li>`
  }

  #about({ addedBy, lastWrittenAtMs, isRevoked, isThis }: DeviceSummary) {
    const origin =
      addedBy === 'identity'
        ? isThis && this.#devices.devices?.holdsPhrase
          ? 'Has your recovery phrase'
          : 'Added where your recovery phrase is'
        : addedBy === 'me'
          ? 'Added by this device'
          : html`Added by <bdi>${addedBy}</bdi>`
    const written =
      lastWrittenAtMs === undefined
        ? isThis
          ? nothing
          : ' · nothing written yet that this device knows of'
        : html` · wrote <span title=${fullTimeText(lastWrittenAtMs)}>${agoText(lastWrittenAtMs, Date.now())}</span>`
    return html`${isRevoked ? 'Revoked · ' : nothing}${origin}${written}`
  }

  #renameForm(devices: Devices, device: DeviceSummary) {
    return html`<form
      novalidate
      @submit=${(event: SubmitEvent) => {
        event.preventDefault()
        void this.#rename(devices, device, textOf(new FormData(event.target as HTMLFormElement), 'name'))
      }}
    >
      <label class="field"
        >Name
        <input name="name" data-first .value=${device.name} maxlength=${NAME_LENGTH_MAX} dir="auto" autocomplete="off"
      /></label>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <p class="muted small">For you to tell your devices apart. Nobody else sees it.</p>
      <div class="buttons">
        <button type="button" class="quiet" @click=${this.#onBack}>Back</button><button class="primary">Save</button>
      </div>
    </form>`
  }

  async #rename(devices: Devices, device: DeviceSummary, name: string): Promise<void> {
    this.problem = name ? '' : 'Give this device a name.'
    if (!name) return
    await devices.rename(name, device.id)
    this.#onBack()
  }

  #open(page: Page): void {
    this.problem = ''
    this.page = page
  }

  readonly #onAdd = (): void => {
    const { devices } = this.#devices
    if (devices && !devices.isThisRevoked && devices.pairingProblem === undefined) this.#open({ name: 'add' })
  }

  readonly #onBack = (): void => this.#open(LIST)
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-devices-dialog': DevicesDialog
  }
}
