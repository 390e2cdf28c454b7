import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { NetworkMode, NetworkView, Peer, Room } from '../../src/index.ts'
import { HandAnswerEvent } from '../hand/hand-event.ts'
import { iceServersOfThisPage } from '../open-peer.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { lamp } from '../theme/place-rows.styles.ts'
import '../super-peers/always-there.ts'
import { pageHost, type SuperPeerHost } from '../super-peers/host-super-peer.ts'
import {
  chooseMode,
  dataSaving,
  deviceMode,
  fetchAnyway,
  isSavingWanted,
  setSavingWanted,
  thisDevice,
  type DeviceFacts,
  type ModeReason,
} from './device-mode.ts'
import './door-list.ts'
import './kept-notes.ts'
import './link-table.ts'
import { NetworkController } from './network-controller.ts'
import './network-picture.ts'
import './network-settings.ts'
import type { NetworkSetting, NetworkSettingEvent } from './network-settings.ts'
import { routeSummary } from './network-text.ts'
import './self-test-panel.ts'
import { askForStorage } from './storage-promise.ts'
import { pagePlatform, type TestPlatform } from './test-platform.ts'

const hasRelayIn = (servers: readonly RTCIceServer[]): boolean =>
  servers.flatMap(({ urls }) => urls).some((url) => /^turns?:/.test(url))

/** The network around this device in one room: who, by which way, through which doors, and what to do about it. */
@customElement('parley-network')
export class NetworkPage extends LitElement {
  static override readonly styles = [
    controls,
    page,
    lamp,
    css`
      .column {
        gap: var(--space-5);
      }
      section {
        display: grid;
        gap: var(--space-3);
        min-inline-size: 0;
      }
      h3 {
        font-size: var(--size-large);
        font-weight: 650;
        letter-spacing: -0.01em;
      }
      h2:focus {
        outline: none;
      }
      .summary {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        align-items: baseline;
        gap: 0 var(--space-2);
      }
      .summary p {
        overflow-wrap: anywhere;
      }
      .summary .muted {
        grid-column: 2;
      }
      .by-hand {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2) var(--space-3);
      }
      .by-hand p {
        flex: 1 1 16em;
      }
      .head {
        display: grid;
        gap: var(--space-2);
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  /** For the self-test; this page's by default. */
  @property({ attribute: false }) platform: TestPlatform = pagePlatform(iceServersOfThisPage)
  /** What this device is; the one the page runs on by default. */
  @property({ attribute: false }) device: DeviceFacts = thisDevice
  /** What may be asked of the host of the page. */
  @property({ attribute: false }) host: SuperPeerHost = pageHost
  @state() private hasRelay: boolean | undefined
  @state() private isStorageKept: boolean | undefined
  readonly #network = new NetworkController(this)

  protected override willUpdate(): void {
    this.#network.follow(this.room)
  }

  protected override firstUpdated(): void {
    void this.platform.iceServers().then((servers) => {
      this.hasRelay = hasRelayIn(servers)
    })
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    const view = room.connection.view()
    if (!view) return html`<div class="column"><p class="muted" role="status">Loading…</p></div>`
    return html`<div class="column">
      ${this.#head(view)} ${this.#around(view)}
      <parley-kept-notes
        .keeping=${keptCounts(room)}
        .mode=${view.mode}
        .saving=${dataSaving(this.device)}
        @parley-network-setting=${this.#onSetting}
      ></parley-kept-notes>
      ${
        room.hasAccess
          ? html`<section>
              <parley-always-there .room=${room} .host=${this.host}></parley-always-there>
            </section>`
          : nothing
      }
      <section aria-labelledby="doors">
        <h3 id="doors">Doors</h3>
        <p class="muted small">Where members of this room find each other. Once linked, they need no door.</p>
        ${
          view.isOffline && view.doors.length === 0
            ? html`<p class="muted">They are closed while you are offline.</p>`
            : html`<parley-door-list .doors=${view.doors} .mayTry=${view.mayTryDoors} @parley-try-doors=${this.#onTry}>
              </parley-door-list>`
        }
        ${view.isOffline ? nothing : this.#byHand()}
      </section>
      <section aria-labelledby="test">
        <h3 id="test">Can others reach me?</h3>
        <parley-self-test
          .view=${view}
          .storageProblem=${this.peer?.storageProblem}
          .platform=${this.platform}
        ></parley-self-test>
      </section>
      <section aria-labelledby="switches">
        <h3 id="switches">Switches</h3>
        <parley-network-settings
          .offline=${view.isOffline}
          .isOfflineEverywhere=${this.#isOfflineEverywhere}
          .isAddressHidden=${view.isAddressHidden}
          .arePublicNetworksOn=${view.arePublicNetworksOn}
          .hasRelay=${this.hasRelay}
          .savesData=${this.device.tellsMetered() ? isSavingWanted(this.device) : undefined}
          .mode=${view.mode}
          .isSuperForTab=${view.isSuperForTab === true}
          .because=${this.#because(view)}
          .isStorageKept=${this.isStorageKept}
          @parley-network-setting=${this.#onSetting}
        ></parley-network-settings>
      </section>
    </div>`
  }

  #head(view: NetworkView) {
    const { tone, text, detail } = routeSummary(view)
    return html`<div class="head">
      <h2 tabindex="-1">Network</h2>
      <div class="summary" role="status">
        <span class="lamp" data-tone=${tone}></span>
        <p>${text}</p>
        ${detail === '' ? nothing : html`<p class="muted small">${detail}</p>`}
      </div>
    </div>`
  }

  #around({ links, reach, acquaintanceCount }: NetworkView) {
    return html`<section aria-labelledby="around">
      <h3 id="around">Around you</h3>
      ${
        links.length === 0
          ? html`<p class="muted">No links yet. Everything works here, and is shared as soon as somebody is found.</p>`
          : html`<parley-network-picture .links=${links} .reach=${reach}></parley-network-picture>
              <parley-link-table .links=${links} .reach=${reach}></parley-link-table>`
      }
      ${
        acquaintanceCount === undefined || acquaintanceCount === 0
          ? nothing
          : html`<p class="muted small">
              This device knows ${acquaintanceCount.toLocaleString()} other
              ${acquaintanceCount === 1 ? 'device' : 'devices'} of members that it could link to.
            </p>`
      }
    </section>`
  }

  /** The other side of the share sheet's codes, for those who are in the room already. */
  #byHand() {
    return html`<div class="by-hand">
      <p class="muted small">No door within reach? Another member can show you a code under Share, “Invite by hand”.</p>
      <button @click=${() => this.dispatchEvent(new HandAnswerEvent())}>Answer a code</button>
    </div>`
  }

  /** Why this device does what it does for the room; until that is given to the room, nothing can be said. */
  #because({ mode }: NetworkView): ModeReason {
    const wanted = deviceMode(this.device)
    return wanted.mode === mode ? wanted.because : 'usual'
  }

  get #rooms(): readonly Room[] {
    return this.peer?.rooms.filter(({ status }) => status !== 'left') ?? []
  }

  get #isOfflineEverywhere(): boolean | undefined {
    const rooms = this.#rooms
    return rooms.length < 2 ? undefined : rooms.every(({ connection }) => connection.isOffline)
  }

  readonly #onTry = (): void => this.room?.connection.tryDoors()

  readonly #onSetting = ({ setting }: NetworkSettingEvent): void => {
    // Where one is on the internet, and what one does for others, are of this device and not of one room.
    const rooms = this.#rooms.length > 0 ? this.#rooms : this.room ? [this.room] : []
    if (setting.type === 'mode') this.#setMode(setting.mode, rooms)
    else if (setting.type === 'keep') this.room?.keeping?.setKeepsAll(setting.keepsAll)
    else if (setting.type === 'save-data' || setting.type === 'fetch') this.#setSaving(setting, rooms)
    else if (setting.type === 'public-networks')
      for (const { connection } of rooms) connection.setPublicNetworks(setting.areOn)
    else if (setting.type === 'address')
      for (const { connection } of rooms) connection.setAddressHidden(setting.isHidden)
    else if (setting.where === 'everywhere')
      for (const { connection } of rooms) connection.setOffline(setting.isOffline)
    else this.room?.connection.setOffline(setting.isOffline)
    this.requestUpdate()
  }

  #setSaving(setting: Extract<NetworkSetting, { type: 'save-data' | 'fetch' }>, rooms: readonly Room[]): void {
    if (setting.type === 'fetch') fetchAnyway(setting.isAnyway, this.device)
    else setSavingWanted(setting.isOn, this.device)
    this.#pause(rooms)
  }

  #pause(rooms: readonly Room[]): void {
    const isPaused = dataSaving(this.device) === 'saving'
    for (const { keeping } of rooms) keeping?.setPaused(isPaused)
  }

  #setMode(mode: NetworkMode, rooms: readonly Room[]): void {
    chooseMode(mode, this.device)
    for (const { connection } of rooms) connection.setMode(mode)
    this.#pause(rooms)
    this.isStorageKept = undefined
    if (mode !== 'super') return
    void askForStorage().then((isKept) => {
      this.isStorageKept = isKept
    })
  }
}

/** As they are now: the object that gives them stays the same. */
const keptCounts = ({ keeping }: Room) => keeping && { notKept: keeping.notKept, keepsAll: keeping.keepsAll }

declare global {
  interface HTMLElementTagNameMap {
    'parley-network': NetworkPage
  }
}
