import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { NetworkMode } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { form } from '../theme/form.styles.ts'
import type { ModeReason } from './device-mode.ts'

/** What the user wants of the network from now on. Only what was changed is in it. */
export class NetworkSettingEvent extends Event {
  readonly setting: NetworkSetting
  constructor(setting: NetworkSetting) {
    super('parley-network-setting')
    this.setting = setting
  }
}

export type NetworkSetting =
  | { readonly type: 'offline'; readonly isOffline: boolean; readonly where: 'room' | 'everywhere' }
  | { readonly type: 'address'; readonly isHidden: boolean }
  | { readonly type: 'public-networks'; readonly areOn: boolean }
  | { readonly type: 'mode'; readonly mode: NetworkMode }
  | { readonly type: 'save-data'; readonly isOn: boolean }
  | { readonly type: 'fetch'; readonly isAnyway: boolean }
  | { readonly type: 'keep'; readonly keepsAll: boolean }

const MODES: readonly { readonly mode: NetworkMode; readonly label: string; readonly hint: string }[] = [
  { mode: 'normal', label: 'Normal', hint: 'Holds a few links and passes on what others write.' },
  {
    mode: 'super',
    label: 'Super peer while this tab is open',
    hint: 'Holds many links and always lets newcomers in. For a computer on a good line that stays awake.',
  },
  {
    mode: 'edge',
    label: 'Edge only',
    hint: 'Holds few links, passes nothing on, and fetches notes when you open them. Saves power and data; others cannot count on this device.',
  },
]

const REASONS: Readonly<Partial<Record<ModeReason, string>>> = {
  phone: 'Chosen for you, because this is a phone. You can change it.',
  metered: 'Chosen for you, because this network is metered or you asked to save data. You can change it.',
}

const OTHER_TAB_NOTE = html`<p class="note">
  Another tab of this browser is a super peer for as long as it is open. This tab has the links, so it does the work.
</p>`

/** The switches of the network. Those that nobody would heed are not there. */
@customElement('parley-network-settings')
export class NetworkSettings extends LitElement {
  static override readonly styles = [
    controls,
    form,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
      }
      .choices {
        display: grid;
      }
      .note {
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-small);
        background: var(--surface-active);
        font-size: var(--size-small);
      }
    `,
  ]

  @property({ type: Boolean }) offline = false
  /** Of all rooms. Undefined when there is but one. */
  @property({ attribute: false }) isOfflineEverywhere: boolean | undefined
  @property({ attribute: false }) isAddressHidden: boolean | undefined
  @property({ attribute: false }) arePublicNetworksOn: boolean | undefined
  /** Whether the host of this page names a relay. Undefined while it is asked. */
  @property({ attribute: false }) hasRelay: boolean | undefined
  /** Undefined where the browser does not say what a network is like. */
  @property({ attribute: false }) savesData: boolean | undefined
  @property({ attribute: false }) mode: NetworkMode | undefined
  /** Whether this tab does the work for another one that is a super peer. */
  @property({ type: Boolean }) isSuperForTab = false
  /** Why the mode is what it is. */
  @property({ attribute: false }) because: ModeReason = 'usual'
  /** Whether the browser has promised to keep what is stored, as it is asked for a super peer; undefined: it was not. */
  @property({ attribute: false }) isStorageKept: boolean | undefined

  protected override render() {
    return html`<div class="choices">
        ${this.#offline('room', this.offline, 'Work offline in this room')}
        ${
          this.isOfflineEverywhere === undefined
            ? nothing
            : this.#offline('everywhere', this.isOfflineEverywhere, 'Work offline in all rooms')
        }
        ${this.#address()} ${this.#publicNetworks()} ${this.#saveData()}
      </div>
      ${this.mode === undefined ? nothing : this.#modes(this.mode)}`
  }

  #offline(where: 'room' | 'everywhere', isOffline: boolean, label: string) {
    return html`<label class="choice">
      <input
        type="checkbox"
        role="switch"
        name="offline-${where}"
        .checked=${isOffline}
        @change=${(event: Event) =>
          this.#say({ type: 'offline', where, isOffline: (event.target as HTMLInputElement).checked })}
      />
      <span
        >${label}${
          where === 'room'
            ? html`<span class="hint">What you write is kept and delivered when you are back.</span>`
            : nothing
        }</span
      >
    </label>`
  }

  #address() {
    if (this.isAddressHidden === undefined) return nothing
    const relay =
      this.hasRelay === undefined
        ? ''
        : this.hasRelay
          ? ' The host of this page names a relay.'
          : ' The host of this page names none, so until you meet a super peer nobody can reach you.'
    return html`<label class="choice">
      <input
        type="checkbox"
        role="switch"
        name="address"
        .checked=${this.isAddressHidden}
        @change=${(event: Event) =>
          this.#say({ type: 'address', isHidden: (event.target as HTMLInputElement).checked })}
      />
      <span
        >Hide my address
        <span class="hint"
          >Members do not learn where on the internet you are: everything goes through relays (TURN) and super peers,
          which do. It is slower, and needs one of them.${relay} Doors such as trackers still see your address.</span
        ></span
      >
    </label>`
  }

  #publicNetworks() {
    if (this.arePublicNetworksOn === undefined) return nothing
    return html`<label class="choice">
      <input
        type="checkbox"
        role="switch"
        name="public-networks"
        .checked=${this.arePublicNetworksOn}
        @change=${(event: Event) =>
          this.#say({ type: 'public-networks', areOn: (event.target as HTMLInputElement).checked })}
      />
      <span
        >Public networks
        <span class="hint"
          >Members are also met at relays of strangers: Nostr, BitTorrent, MQTT. These see the address of this device
          and that it looks for somebody, but not whom, nor what you write. Both sides need it switched on.</span
        ></span
      >
    </label>`
  }

  #saveData() {
    if (this.savesData === undefined) return nothing
    return html`<label class="choice">
      <input
        type="checkbox"
        role="switch"
        name="save-data"
        .checked=${this.savesData}
        @change=${(event: Event) => this.#say({ type: 'save-data', isOn: (event.target as HTMLInputElement).checked })}
      />
      <span
        >Save data on metered networks
        <span class="hint"
          >There, or when the browser is asked to save data, notes are fetched when you open them. The chat goes
          on.</span
        ></span
      >
    </label>`
  }

  #modes(chosen: NetworkMode) {
    return html`<fieldset>
      <legend>What this device does for the room</legend>
      ${MODES.map(
        ({ mode, label, hint }) =>
          html`<label class="choice">
            <input
              type="radio"
              name="mode"
              value=${mode}
              .checked=${mode === chosen}
              @change=${() => this.#say({ type: 'mode', mode })}
            />
            <span
              >${label}<span class="hint">${hint}</span>${
                mode === chosen && REASONS[this.because] !== undefined
                  ? html`<span class="hint because">${REASONS[this.because]}</span>`
                  : nothing
              }</span
            >
          </label>`,
      )}
      <div role="status">${chosen === 'super' ? this.#superNote() : this.isSuperForTab ? OTHER_TAB_NOTE : nothing}</div>
    </fieldset>`
  }

  #superNote() {
    const storage =
      this.isStorageKept === undefined
        ? ''
        : this.isStorageKept
          ? ' The browser keeps what is stored here.'
          : ' The browser has not promised to keep what is stored here: installing Parley as an app mostly changes that.'
    return html`<p class="note">
      This tab is a super peer for as long as it is open: closing it, or a computer that goes to sleep, ends
      that.${storage}
    </p>`
  }

  #say(setting: NetworkSetting): void {
    this.dispatchEvent(new NetworkSettingEvent(setting))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-network-settings': NetworkSettings
  }
  interface HTMLElementEventMap {
    'parley-network-setting': NetworkSettingEvent
  }
}
