import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Peer, PairingReason } from '../../src/index.ts'
import { infoIcon, keyRoundIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { form } from '../theme/form.styles.ts'
import { doorway } from '../welcome/doorway.styles.ts'
import { NAME_LENGTH_MAX, textOf } from '../welcome/welcome.ts'
import { canScan, type ScanEvent } from './code-scanner.ts'
import './code-scanner.ts'
import { groupedNumber, likelyDeviceName, PAIRING_TEXTS } from './device-text.ts'
import { DevicesController } from './devices-controller.ts'
import { scanIcon } from './devices-icons.ts'
import { pairScreenStyles } from './pair-screen.styles.ts'
import './recovery-form.ts'

/** `asking`: the other device shows a question. `paired` and `recovered`: this device is mine now. */
type Step = 'code' | 'phrase' | 'searching' | 'asking' | 'paired' | 'recovered'

const HEADINGS: Readonly<Record<Step, string>> = {
  code: 'I already use Parley',
  phrase: 'Use my recovery phrase',
  searching: 'Looking for your other device',
  asking: 'Say yes on your other device',
  paired: 'This device is yours now',
  recovered: 'You are back',
}

/** Makes this device one of mine: by a code that another of my devices shows, or by the recovery phrase. */
@customElement('parley-pair')
export class PairScreen extends LitElement {
  static override readonly styles = [controls, form, doorway, pairScreenStyles]

  @property({ attribute: false }) peer: Peer | undefined
  /** The code of the address, when the picture was scanned by the phone's own camera. */
  @property() code = ''
  @state() private step: Step = 'code'
  @state() private isScanning = false
  @state() private problem = ''
  @state() private checkNumber = ''
  @state() private isDeleting = false
  #deviceName = likelyDeviceName(navigator.userAgent)
  #arePublicNetworksOn = false
  #search: AbortController | undefined
  readonly #devices = new DevicesController(this)

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#search?.abort()
  }

  protected override willUpdate(): void {
    this.#devices.follow(this.peer)
  }

  /** The new step is read out from its start. */
  protected override updated(changed: PropertyValues): void {
    if (changed.has('step') && changed.get('step') !== undefined) this.renderRoot.querySelector('h1')?.focus()
  }

  protected override render() {
    const { peer } = this
    const isTaken = peer !== undefined && peer.rooms.length > 0 && (this.step === 'code' || this.step === 'phrase')
    return html`<div class="doorway">
      <header><h1 tabindex="-1">${HEADINGS[isTaken ? 'code' : this.step]}</h1></header>
      ${!peer ? html`<p class="muted" role="status">Opening…</p>` : isTaken ? this.#taken(peer) : this.#step(peer)}
    </div>`
  }

  #step(peer: Peer) {
    switch (this.step) {
      case 'code':
        return this.#codeForm()
      case 'phrase':
        return html`<parley-recovery-form .peer=${peer} @parley-recovered=${this.#onRecovered}></parley-recovery-form>
          <button class="quiet" @click=${() => this.#go('code')}>Use another device instead</button>`
      case 'searching':
        return html`<p role="status">
            Leave the code open there. Both devices need a network; it can take some seconds until they find each other.
          </p>
          <button @click=${this.#onCancel}>Cancel</button>`
      case 'asking':
        return html`<div role="status">
            <p>It asks whether to add <bdi>“${this.#deviceName}”</bdi>, and has to show this number:</p>
            <p class="number">${groupedNumber(this.checkNumber)}</p>
          </div>
          <button @click=${this.#onCancel}>Cancel</button>`
      case 'paired':
        return this.#paired(peer)
      default:
        return html`<p role="status">
            Open a link to any room of yours, an old invite or a new one, and you are in it again as yourself.
          </p>
          <p class="muted small">
            If your old devices are lost, revoke them under “My devices” once you are in your rooms.
          </p>
          <a href="#/">Go on</a>`
    }
  }

  #paired({ rooms }: Peer) {
    return html`<p role="status">
        ${
          rooms.length === 0
            ? 'There are no rooms yet.'
            : rooms.length === 1
              ? 'Your room is here. What was written comes from everybody who has it.'
              : `Your ${rooms.length} rooms are here. What was written comes from everybody who has it.`
        }
      </p>
      <a href="#/">${rooms.length === 0 ? 'Go on' : 'Go to my rooms'}</a>`
  }

  #codeForm() {
    return html`<p class="lead">
        On your other device open “My devices” in the menu of a room and choose “Add a device”. It shows a code.
      </p>
      <form class="card" @submit=${this.#onSubmit} novalidate>
        ${this.isScanning ? html`<parley-code-scanner @parley-scan=${this.#onScan}></parley-code-scanner>` : nothing}
        <label class="field"
          >Code
          <input
            class="code"
            name="code"
            .value=${this.code}
            autocomplete="off"
            autocapitalize="characters"
            spellcheck="false"
            placeholder="XXXX-XXXX-XXXX-…"
            aria-invalid=${this.problem ? 'true' : 'false'}
            aria-describedby=${this.problem ? 'problem' : nothing}
        /></label>
        <label class="field"
          >Name of this device
          <input name="device" .value=${this.#deviceName} maxlength=${NAME_LENGTH_MAX} autocomplete="off" dir="auto"
        /></label>
        <label class="choice">
          <input
            type="checkbox"
            role="switch"
            name="public-networks"
            .checked=${this.#arePublicNetworksOn}
            @change=${this.#onPublicNetworks}
          />
          <span
            >Look over public networks too
            <span class="hint"
              >Needs “Public networks” switched on at the other device. Relays of strangers then see the address of this
              one.</span
            ></span
          >
        </label>
        ${this.problem ? html`<p id="problem" class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="row">
          ${
            canScan()
              ? html`<button type="button" aria-pressed=${this.isScanning} @click=${this.#onCamera}>
                  ${scanIcon}${this.isScanning ? 'Stop the camera' : 'Scan'}
                </button>`
              : nothing
          }
          <button class="primary">Ask my other device</button>
        </div>
      </form>
      <button class="quiet" @click=${() => this.#go('phrase')}>${keyRoundIcon}Use my recovery phrase instead</button>`
  }

  /** A device is one person's: rooms of somebody else's, or of mine as another, have to go first. */
  #taken({ rooms }: Peer) {
    const open = rooms.filter(({ status }) => status !== 'left')
    const names = open.map(({ name }) => html`<li dir="auto">${name || 'Unnamed room'}</li>`)
    if (open.length > 0)
      return html`<p role="status">There are rooms on this device already:</p>
        <ul class="rooms">
          ${names}
        </ul>
        <p>
          Only a device without rooms can become another of yours. Leave these first, use another browser or profile, or
          invite yourself from the other device.
        </p>
        <a href="#/">Go to my rooms</a>`
    return html`<p>
        This device has copies of rooms that you left. It can become another of yours once they are deleted.
      </p>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <button class="danger" aria-disabled=${this.isDeleting} @click=${this.#onDelete}>Delete them and go on</button>`
  }

  #go(step: Step): void {
    this.problem = ''
    this.isScanning = false
    this.step = step
  }

  readonly #onPublicNetworks = (event: Event): void => {
    this.#arePublicNetworksOn = (event.target as HTMLInputElement).checked
  }

  readonly #onCamera = (): void => {
    this.isScanning = !this.isScanning
  }

  readonly #onScan = (event: ScanEvent): void => {
    this.code = event.text
    this.isScanning = false
    void this.#pair()
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    this.code = textOf(data, 'code')
    this.#deviceName = textOf(data, 'device')
    void this.#pair()
  }

  async #pair(): Promise<void> {
    const { peer } = this
    if (!peer || this.#search) return
    const search = new AbortController()
    this.#search = search
    this.#go('searching')
    const joined = await peer.joinAsDevice({
      code: this.code,
      deviceName: this.#deviceName,
      ...(this.#arePublicNetworksOn && { arePublicNetworksOn: true }),
      signal: search.signal,
      onAsking: (checkNumber) => {
        this.checkNumber = checkNumber
        this.step = 'asking'
      },
    })
    this.#search = undefined
    if (!joined.ok) return this.#refuse(joined.reason)
    this.#go('paired')
    // Going back should not lead to a code that has been used.
    if (this.isConnected && location.hash.startsWith('#/pair/')) history.replaceState(null, '', '#/pair')
  }

  #refuse(reason: PairingReason): void {
    this.#go('code')
    if (reason !== 'cancelled') this.problem = PAIRING_TEXTS[reason]
  }

  readonly #onCancel = (): void => this.#search?.abort()

  readonly #onRecovered = (): void => this.#go('recovered')

  readonly #onDelete = async (): Promise<void> => {
    const { peer } = this
    if (!peer || this.isDeleting) return
    this.isDeleting = true
    this.problem = ''
    for (const { id } of peer.rooms)
      if (!(await peer.forgetRoom(id)).ok) this.problem = 'They could not be deleted. Try again, or reload this page.'
    this.isDeleting = false
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-pair': PairScreen
  }
}
