import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { DocumentId, Member, Peer, Room } from '../../src/index.ts'
import { roomHash, TABS, type PeopleView, type RoomPlace } from '../route/route.ts'
import '../avatar/avatar.ts'
import '../chat/chat.ts'
import type { Chat } from '../chat/chat.ts'
import {
  arrowLeftIcon,
  ellipsisVerticalIcon,
  keyRoundIcon,
  logOutIcon,
  mapPinIcon,
  messageCircleIcon,
  monitorIcon,
  notebookPenIcon,
  paletteIcon,
  share2Icon,
  userPenIcon,
  usersIcon,
  waypointsIcon,
} from '../icons.ts'
import '../menu/menu.ts'
import type { Menu, MenuItem, MenuSelectEvent } from '../menu/menu.ts'
import { controls } from '../theme/controls.styles.ts'
import { connectionSummary } from './connection-summary.ts'
import './connection-line.ts'
import type { OfflineEvent } from './connection-line.ts'
import { ChatActions } from './chat-actions.ts'
import { isDeviceEnded } from '../people/device-standing.ts'
import { RoomController } from './room-controller.ts'
import { roomStyles } from './room.styles.ts'

type OpenDialog =
  | 'share'
  | 'hand'
  | 'devices'
  | 'settings-name'
  | 'settings-places'
  | 'settings-phrase'
  | 'settings-theme'
  | 'settings-leave'

const TAB_LOOKS = {
  chat: { label: 'Chat', icon: messageCircleIcon },
  notes: { label: 'Notes', icon: notebookPenIcon },
  people: { label: 'People', icon: usersIcon },
} as const

const MENU: readonly MenuItem[] = [
  { id: 'settings-name', label: 'Change my name', icon: userPenIcon },
  { id: 'settings-theme', label: 'Appearance', icon: paletteIcon },
  { id: 'network', label: 'Network', icon: waypointsIcon },
  { id: 'settings-places', label: 'Meeting places', icon: mapPinIcon },
  { id: 'devices', label: 'My devices', icon: monitorIcon },
  { id: 'settings-phrase', label: 'Recovery phrase', icon: keyRoundIcon },
  { id: 'settings-leave', label: 'Leave room', icon: logOutIcon, isDanger: true },
]

/** On a device that was revoked there is only a copy to be rid of. */
const MENU_OF_ENDED: readonly MenuItem[] = MENU.map((item) =>
  item.id === 'settings-leave' ? { ...item, label: 'Delete my copy' } : item,
)

/** More faces than this say nothing more in a header. */
const FACES_MAX = 3

/** A dialog whose code is not here stays empty, and appears when it comes. */
async function loadDialog(peer: Peer | undefined, load: () => Promise<unknown>): Promise<void> {
  await peer?.loadRest()
  await load()
}

/** The chat comes with the room; the other tabs, and above all the editor, load when they are first opened. */
async function loadPanel(tab: RoomPlace, note: DocumentId | undefined, peer: Peer | undefined): Promise<void> {
  if (tab === 'chat') return
  await peer?.loadRest()
  if (tab === 'people') await import('./people.ts')
  else if (tab === 'network') await import('../network/network-page.ts')
  else if (tab === 'notes')
    await (note === undefined ? import('../notes/note-list.ts') : import('../notes/note-page.ts'))
}

/** Whether there is anything to say above the panel that its component has to be loaded for. */
const needsNotices = (room: Room, isInNote: boolean): boolean =>
  room.status !== 'member' ||
  room.rejectedEdits.length > 0 ||
  room.isAwaitingKey ||
  !room.can('act') ||
  (!room.can('chat') && !isInNote)

/** Super peers are no people: they keep the room and cannot read it. */
const isPerson = ({ role, person }: Member): boolean => role !== 'relay' || person.isMe

/** Neither in the room nor ever in it: who is in it has no names yet for this device. */
const isOutside = ({ status }: Room): boolean => status === 'joining' || status === 'waiting' || status === 'declined'

/** Nobody will let me in, so nobody would get what I write. */
const isRefused = (room: Room): boolean =>
  room.status === 'declined' || (room.status === 'joining' && room.joinProblem !== undefined)

/** One room: header, connection line, and the three tabs. The only component below the shell that talks to the peer. */
@customElement('parley-room')
export class RoomScreen extends LitElement {
  static override readonly styles = [controls, roomStyles]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  @property() tab: RoomPlace = 'chat'
  @property() view: PeopleView = 'people'
  @property() noteId: DocumentId | undefined
  /** What somebody has shown us so that we can come in by hand; it is answered at once. */
  @property() handCode = ''
  @state() private openDialog: OpenDialog | undefined
  @query('parley-menu') private readonly menu: Menu | undefined
  @query('parley-chat') private readonly chat: Chat | undefined
  readonly #room = new RoomController(this)
  readonly #chat = new ChatActions(this, () => this.room)

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#room.follow(this.room)
    if (changed.has('handCode') && this.handCode !== '' && this.openDialog !== 'hand') this.#answerByHand(this.handCode)
    if (changed.has('room') || changed.has('tab') || changed.has('noteId')) {
      void loadPanel(this.tab, this.noteId, this.peer)
    }
  }

  protected override render() {
    const room = this.room
    if (!room) return nothing
    return html`
      ${this.#header(room)}
      <parley-connection-line
        .summary=${connectionSummary(room)}
        .offline=${room.connection.isOffline}
        .href=${roomHash(room.id, 'network')}
        @parley-offline=${this.#onOffline}
        ><parley-safety hidden .room=${room}></parley-safety
      ></parley-connection-line>
      ${this.#tabs()} ${this.#notices(room)}
      ${
        this.tab === 'network'
          ? html`<section id="panel" aria-label="Network">${this.#panel(room)}</section>`
          : html`<section role="tabpanel" id="panel" aria-labelledby="tab-${this.tab}">${this.#panel(room)}</section>`
      }
      ${this.#dialog(room)}
    `
  }

  #header(room: Room) {
    const people = room.members.filter(isPerson)
    const others = people.filter((member) => !member.person.isMe)
    const isOnline = (member: Member): boolean => member.online && !isDeviceEnded(room)
    const faces = [...others.filter(isOnline), ...others.filter((member) => !isOnline(member))]
    const count = people.length
    return html`<header>
      <a class="back" href="#/" aria-label="All rooms">${arrowLeftIcon}</a>
      <h1 class="name" dir="auto">${room.name || 'Unnamed room'}</h1>
      <a class="faces" ?hidden=${count < 2 || isOutside(room)} href=${roomHash(room.id, 'people')}>
        ${faces
          .slice(0, FACES_MAX)
          .map(
            (member) =>
              html`<parley-avatar
                .personId=${member.person.id}
                .name=${member.person.name}
                .online=${isOnline(member)}
              ></parley-avatar>`,
          )}
        <span class="count">${count}</span>
        <span class="visually-hidden">${count === 1 ? 'person' : 'people'} in this room</span>
      </a>
      <button class="share" ?hidden=${!room.can('invite')} @click=${this.#onShare}>
        ${share2Icon}<span>Share</span>
      </button>
      <button
        class="quiet square"
        aria-label="Room menu"
        aria-haspopup="menu"
        aria-expanded="false"
        @click=${this.#onMenu}
      >
        ${ellipsisVerticalIcon}
      </button>
      <parley-menu
        label="Room menu"
        .items=${isDeviceEnded(room) ? MENU_OF_ENDED : MENU}
        @parley-menu-select=${this.#onMenuSelect}
      ></parley-menu>
    </header>`
  }

  #tabs() {
    const requestCount = this.#requestCount
    return html`<div class="tabs" role="tablist" aria-label="Room" @keydown=${this.#onTabKey}>
        ${TABS.map(
          (tab) =>
            html`<button
              role="tab"
              id="tab-${tab}"
              aria-controls="panel"
              aria-selected=${tab === this.tab}
              aria-describedby=${tab === 'people' && requestCount > 0 ? 'requests' : nothing}
              tabindex=${tab === this.#currentTab ? 0 : -1}
              data-tab=${tab}
              @click=${this.#onTab}
            >
              ${TAB_LOOKS[tab].icon}<span>${TAB_LOOKS[tab].label}</span>${
                tab === 'people' && requestCount > 0
                  ? html`<span class="requests" aria-hidden="true">${requestCount}</span>`
                  : nothing
              }
            </button>`,
        )}
      </div>
      <span id="requests" hidden>${requestCount} waiting to be let in</span>`
  }

  /** How many wait for me to let them in: they would wait for long if only their list said so. */
  get #requestCount(): number {
    const role = this.room?.me?.role
    const mayDecide = role === 'admin' || role === 'moderator'
    return mayDecide && this.room?.hasAccess === true ? this.room.access.requests.length : 0
  }

  /** Where the tabs are entered by the keyboard: beside them stands what is none of them. */
  get #currentTab() {
    return this.tab === 'network' ? TABS[0] : this.tab
  }

  #notices(room: Room) {
    const isInNote = this.noteId !== undefined
    if (!needsNotices(room, isInNote)) return nothing
    void import('./room-notices.ts')
    return html`<parley-room-notices
      .room=${room}
      .isInNote=${isInNote}
      @parley-leave=${this.#onLeave}
      @parley-hand-answer=${this.#onHandAnswer}
    ></parley-room-notices>`
  }

  #panel(room: Room) {
    switch (this.tab) {
      case 'chat':
        return html`<parley-chat
          .messages=${room.chat.messages}
          .firstUnread=${room.chat.firstUnread}
          .typing=${room.chat.typing}
          .draft=${room.chat.draft.text}
          .roomId=${room.id}
          .roomName=${room.name}
          .isJoining=${isOutside(room) && !isRefused(room)}
          .isRefused=${isRefused(room)}
          .othersCount=${room.members.filter((member) => isPerson(member) && !member.person.isMe).length}
          .canInvite=${room.can('invite')}
          .canWrite=${room.can('chat')}
          @parley-share=${this.#onShare}
        ></parley-chat>`
      case 'notes':
        return this.noteId === undefined
          ? html`<parley-note-list .room=${room} .notes=${room.notes}></parley-note-list>`
          : html`<parley-note-page .room=${room} .noteId=${this.noteId}></parley-note-page>`
      case 'network':
        return html`<parley-network
          .peer=${this.peer}
          .room=${room}
          @parley-hand-answer=${this.#onHandAnswer}
        ></parley-network>`
      default:
        return html`<parley-people .room=${room} .view=${this.view} @parley-share=${this.#onShare}></parley-people>`
    }
  }

  #dialog(room: Room) {
    switch (this.openDialog) {
      case undefined:
        return nothing
      case 'share':
        return html`<parley-share-sheet
          .room=${room}
          .invites=${room.invites}
          @close=${this.#onDialogClose}
        ></parley-share-sheet>`
      case 'hand':
        return html`<parley-hand-answer
          .peer=${this.peer}
          .room=${room}
          .code=${this.handCode}
          @close=${this.#onDialogClose}
        ></parley-hand-answer>`
      case 'devices':
        return html`<parley-devices-dialog .peer=${this.peer} @close=${this.#onDialogClose}></parley-devices-dialog>`
      default:
        return html`<parley-room-settings
          .peer=${this.peer}
          .room=${room}
          .page=${this.openDialog}
          @close=${this.#onDialogClose}
        ></parley-room-settings>`
    }
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('keydown', this.#onKeydown)
    this.#chat.listen()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('keydown', this.#onKeydown)
    this.#chat.release()
  }

  /** Escape leads back from the messages to where one writes. */
  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || this.openDialog || !this.room) return
    if (this.tab === 'chat') this.chat?.goToNewest()
  }

  readonly #onOffline = (event: OfflineEvent): void => this.room?.connection.setOffline(event.isOffline)

  readonly #onShare = (): void => {
    void loadDialog(this.peer, () => import('../people/share-sheet.ts'))
    this.openDialog = 'share'
  }

  readonly #onDialogClose = (): void => {
    this.openDialog = undefined
  }

  readonly #onMenu = (event: Event): void => {
    const button = event.currentTarget as HTMLElement
    button.setAttribute('aria-expanded', 'true')
    void this.menu?.openAt(button)
  }

  readonly #onMenuSelect = ({ id }: MenuSelectEvent): void => {
    if (id === 'network' && this.room) location.hash = roomHash(this.room.id, id)
    else this.#openSettings(id as OpenDialog)
  }

  readonly #onHandAnswer = (): void => this.#answerByHand('')

  #answerByHand(code: string): void {
    void import('../hand/hand-answer.ts')
    this.handCode = code
    this.openDialog = 'hand'
  }

  readonly #onLeave = (): void => this.#openSettings('settings-leave')

  #openSettings(dialog: OpenDialog | undefined): void {
    if (dialog === 'devices') void import('../devices/devices-dialog.ts')
    else void loadDialog(this.peer, () => import('./room-settings.ts'))
    this.openDialog = dialog
  }

  readonly #onTab = (event: Event): void => {
    const tab = TABS.find((name) => name === (event.currentTarget as HTMLElement).dataset['tab'])
    if (tab && this.room) location.hash = roomHash(this.room.id, tab)
  }

  readonly #onTabKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = TABS[(TABS.indexOf(this.#currentTab) + step + TABS.length) % TABS.length]
    if (!next || !this.room) return
    this.renderRoot.querySelector<HTMLElement>(`#tab-${next}`)?.focus()
    location.hash = roomHash(this.room.id, next)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-room': RoomScreen
  }
}
