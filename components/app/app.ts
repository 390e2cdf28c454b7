import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { InvitePreview, Peer, Result } from '../../src/index.ts'
import { messageCircleIcon, plusIcon, triangleAlertIcon } from '../icons.ts'
import { appStyles } from './app.styles.ts'
import { failureText } from '../failure/failure-text.ts'
import { PeerController } from './peer-controller.ts'
import { roomListItems } from './room-list-item.ts'
import { hasHandOffer, parseRoute, roomHash, type Route } from '../route/route.ts'
import '../avatar/avatar.ts'
import '../join/join.ts'
import type { JoinRoomEvent } from '../join/join.ts'
import '../room-list/room-list.ts'
import { countText, type RoomListItem } from '../room-list/room-list.ts'
import '../room/room.ts'
import { centre } from '../theme/centre.styles.ts'
import { controls } from '../theme/controls.styles.ts'
import '../toasts/toasts.ts'
import { ToastEvent, type Toasts } from '../toasts/toasts.ts'
import '../welcome/welcome.ts'
import type { OpenInviteEvent, StartRoomEvent } from '../welcome/welcome.ts'

/** A screen is painted within this. */
const FIRST_SCREEN_MS = 50
/** The host or the network may be back by then. */
const ASK_AGAIN_MS = 10_000

/** The shell: follows the address bar, opens the peer, and shows the screen that the two make. */
@customElement('parley-app')
export class App extends LitElement {
  static override readonly styles = [controls, centre, appStyles]

  @property({ attribute: false }) openPeer: (() => Promise<Peer>) | undefined
  @property({ attribute: false }) readInvite: ((link: string) => Result<InvitePreview>) | undefined
  @state() private route: Route = parseRoute(location.hash)
  @state() private busy = false
  /** The link with which one came in, if it holds an offer that is to be answered by hand. */
  @state() private handCode = ''
  @state() private openProblem = ''
  /** Who comes back has no rooms yet, and is somebody all the same. */
  @state() private isRecovered = false
  @query('main') private readonly main: HTMLElement | undefined
  @query('parley-toasts') private readonly toasts: Toasts | undefined
  readonly #peer = new PeerController(this)
  #hasAskedForRest = false
  /** Settled when the peer is there, or cannot be. */
  #opening: Promise<void> = Promise.resolve()

  override connectedCallback(): void {
    super.connectedCallback()
    window.addEventListener('hashchange', this.#onHashChange)
    window.addEventListener('keydown', this.#onKeydown)
    this.addEventListener('parley-toast', this.#onToast)
    this.addEventListener('parley-recovered', this.#onRecovered)
    this.addEventListener('parley-start-room', this.#onStartRoom)
    this.addEventListener('parley-open-invite', this.#onOpenInvite)
    this.addEventListener('parley-join-room', this.#onJoinRoom)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    window.removeEventListener('hashchange', this.#onHashChange)
    window.removeEventListener('keydown', this.#onKeydown)
    this.removeEventListener('parley-toast', this.#onToast)
    this.removeEventListener('parley-recovered', this.#onRecovered)
    this.removeEventListener('parley-start-room', this.#onStartRoom)
    this.removeEventListener('parley-open-invite', this.#onOpenInvite)
    this.removeEventListener('parley-join-room', this.#onJoinRoom)
  }

  protected override firstUpdated(): void {
    this.#opening = this.#open()
  }

  protected override render() {
    const peer = this.#peer.peer
    const rooms = roomListItems(this.#peer.rooms)
    const current = this.route.screen === 'room' ? this.route.room : ''
    return html`
      ${
        peer?.storageProblem
          ? html`<p class="banner" role="alert">${triangleAlertIcon}<span>${peer.storageProblem}</span></p>`
          : nothing
      }
      <div class="frame" data-screen=${this.route.screen}>
        ${
          rooms.length > 0
            ? html`<nav aria-label="Rooms">
                <a class="brand" href="#/">${messageCircleIcon}<span>Parley</span></a>
                <parley-room-list .rooms=${rooms} .current=${current}></parley-room-list>
                <a class="another" href="#/">${plusIcon}<span>Start or join another</span></a>
              </nav>`
            : nothing
        }
        <main tabindex="-1">${this.#screen(rooms)}</main>
      </div>
      <parley-toasts></parley-toasts>
    `
  }

  #screen(rooms: readonly RoomListItem[]) {
    const peer = this.#peer.peer
    if (this.openProblem)
      return html`<div class="centre" role="alert">
        <h1>Parley could not start</h1>
        <p>${this.openProblem}</p>
        <button class="primary" @click=${this.#reload}>Reload</button>
      </div>`
    switch (this.route.screen) {
      case 'welcome':
        return html`<parley-welcome .rooms=${rooms} .name=${peer?.me.name ?? ''} .busy=${this.busy}></parley-welcome>`
      case 'join':
        return this.#joinScreen(this.route.link)
      case 'pair':
        void import('../devices/pair-screen.ts')
        return html`<parley-pair .peer=${peer} .code=${this.route.code}></parley-pair>`
      case 'devices':
        void import('../devices/devices-dialog.ts')
        return html`<parley-devices-dialog .peer=${peer} @close=${this.#onDevicesClose}></parley-devices-dialog>`
      default:
        return this.#roomScreen(this.route)
    }
  }

  #joinScreen(link: string) {
    const read = this.readInvite?.(link)
    return html`<parley-join
      .preview=${read?.ok ? read.value : undefined}
      .problem=${read && !read.ok ? read.reason : ''}
      .link=${location.href}
      .name=${this.#peer.peer?.me.name ?? ''}
      .busy=${this.busy}
      .isKnown=${this.isRecovered || this.#peer.rooms.length > 0}
    ></parley-join>`
  }

  #roomScreen(route: Extract<Route, { screen: 'room' }>) {
    const peer = this.#peer.peer
    if (!peer) return html`<p class="centre muted" role="status">Opening…</p>`
    const room = peer.room(route.room)
    if (room?.status === 'left' && room.isLeavingUnheard) {
      void import('../room/left-room.ts')
      return html`<parley-left-room .peer=${peer} .room=${room}></parley-left-room>`
    }
    if (!room || room.status === 'left')
      return html`<div class="centre">
        <h1>This room isn't on this device</h1>
        <p class="muted">You may have left it, or opened it in another browser. Ask somebody in it for an invite.</p>
        <p><a href="#/">Go to my rooms</a></p>
      </div>`
    return html`<parley-room
      .peer=${peer}
      .room=${room}
      .tab=${route.tab}
      .view=${route.view ?? 'people'}
      .noteId=${route.note}
      .handCode=${this.handCode}
    ></parley-room>`
  }

  async #open(): Promise<void> {
    if (!this.openPeer) return
    try {
      this.#peer.follow(await this.openPeer())
    } catch (error) {
      this.openProblem =
        'Something in this browser stopped it. Reload the page; if that does not help, try another browser.'
      throw error
    }
  }

  /** The tab of the browser says how much is unread, in all rooms, and where one is. */
  protected override updated(changed: PropertyValues): void {
    this.#keepFocus(changed.get('route'))
    const unread = roomListItems(this.#peer.rooms).reduce((sum, { unreadCount }) => sum + unreadCount, 0)
    const room = this.route.screen === 'room' ? this.#peer.peer?.room(this.route.room) : undefined
    const place = room?.name ? `${room.name} · Parley` : 'Parley'
    document.title = unread > 0 ? `(${countText(unread)}) ${place}` : place
    if (this.#peer.rooms.length > 0 && !this.busy) this.#loadRest()
  }

  /** Has the code fetched that the first screen of a room can do without, when that screen is painted. */
  #loadRest(): void {
    if (this.#hasAskedForRest) return
    this.#hasAskedForRest = true
    const load = async (): Promise<void> => {
      const { peer } = this.#peer
      const [{ startBackground }] = await Promise.all([
        import('./background.ts'),
        peer?.loadRest(),
        import('../chat/message-list.ts'),
      ])
      if (peer) startBackground(peer)
    }
    setTimeout(() => {
      load().catch(() => {
        this.toasts?.show('Part of Parley could not be loaded, so nobody can be reached yet.')
        setTimeout(() => {
          this.#hasAskedForRest = false
          this.requestUpdate()
        }, ASK_AGAIN_MS)
      })
    }, FIRST_SCREEN_MS)
  }

  /** The button that led to another screen went with the old one: who uses the keyboard goes on in the new one. */
  #keepFocus(former: Route | undefined): void {
    if (former && former.screen !== this.route.screen && !this.shadowRoot?.activeElement) this.main?.focus()
  }

  /** Alt with an arrow goes to the next room, with Shift to the next that has something unread. */
  readonly #onKeydown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step === 0 || !event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return
    const { route } = this
    const rooms = roomListItems(this.#peer.rooms)
    const current = route.screen === 'room' ? rooms.findIndex((room) => room.id === route.room) : -1
    // From outside the rooms, down leads to the first and up to the last.
    const from = current < 0 && step < 0 ? 0 : current
    const ways = rooms.map((_, index) => rooms.at((from + step * (index + 1)) % rooms.length))
    const next = ways.find((room) => room && (!event.shiftKey || room.unreadCount > 0))
    if (!next) return
    event.preventDefault()
    location.hash = roomHash(next.id)
  }

  readonly #reload = (): void => location.reload()

  readonly #onHashChange = (): void => {
    this.route = parseRoute(location.hash)
  }

  readonly #onToast = (event: ToastEvent): void => this.toasts?.show(event.text)

  readonly #onRecovered = (): void => {
    this.isRecovered = true
  }

  readonly #onDevicesClose = (): void => {
    location.hash = '#/'
  }

  readonly #onOpenInvite = (event: OpenInviteEvent): void => {
    location.hash = event.hash
  }

  readonly #onStartRoom = (event: StartRoomEvent): void => {
    void this.#whileBusy(async (peer) => {
      const created = await peer.createRoom({ name: event.roomName, myName: event.myName })
      if (created.ok) location.hash = roomHash(created.value.id)
      else this.toasts?.show(failureText(created.reason))
    })
  }

  readonly #onJoinRoom = (event: JoinRoomEvent): void => {
    const { route } = this
    if (route.screen !== 'join') return
    void this.#whileBusy(async (peer) => {
      const joined = await peer.joinRoom({ link: this.#fullLink(route.link), myName: event.myName })
      // Replaced, not pushed: going back should not lead to an invite that has been used.
      if (joined.ok) {
        this.handCode = hasHandOffer(route.link) ? route.link : ''
        history.replaceState(null, '', roomHash(joined.value.id))
        this.#onHashChange()
      } else this.toasts?.show(failureText(joined.reason))
    })
  }

  #fullLink(hash: string): string {
    return new URL(hash, location.href).href
  }

  async #whileBusy(work: (peer: Peer) => Promise<void>): Promise<void> {
    if (this.busy) return
    this.busy = true
    try {
      // Whoever is quicker than the storage waits for it; why it does not open, the screen says.
      await this.#opening
      const { peer } = this.#peer
      if (peer) await work(peer)
    } catch (error) {
      this.toasts?.show('That did not work. Nothing is lost: try again, or reload the page.')
      throw error
    } finally {
      this.busy = false
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-app': App
  }
}
