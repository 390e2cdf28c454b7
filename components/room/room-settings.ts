import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { Peer, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { failureText } from '../failure/failure-text.ts'
import '../devices/recovery-phrase.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { namesOf } from '../people/person-name.ts'
import { infoIcon, monitorIcon } from '../icons.ts'
import { moonIcon, sunIcon } from '../later-icons.ts'
import { roomHash } from '../route/route.ts'
import { controls } from '../theme/controls.styles.ts'
import { chooseTheme, chosenTheme, type Theme, THEMES } from '../theme/theme.ts'
import { NAME_LENGTH_MAX, textOf } from '../welcome/welcome.ts'
import { isDeviceEnded } from '../people/device-standing.ts'
import './room-settings-places.ts'

export type SettingsPage = 'settings-name' | 'settings-places' | 'settings-phrase' | 'settings-theme' | 'settings-leave'

const HEADINGS: Readonly<Record<SettingsPage, string>> = {
  'settings-name': 'Change my name',
  'settings-places': 'Meeting places',
  'settings-phrase': 'Recovery phrase',
  'settings-theme': 'Appearance',
  'settings-leave': 'Leave this room?',
}

const THEME_LOOKS = {
  system: { label: 'Same as this device', icon: monitorIcon },
  light: { label: 'Light', icon: sunIcon },
  dark: { label: 'Dark', icon: moonIcon },
} as const

/** The dialogs behind the room's menu, loaded when the first of them opens. */
@customElement('parley-room-settings')
export class RoomSettings extends LitElement {
  static override readonly styles = [
    controls,
    css`
      form,
      fieldset {
        display: grid;
        gap: var(--space-4);
        margin: 0;
        padding: 0;
        border: 0;
      }
      fieldset {
        gap: var(--space-1);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
      }
      .warning {
        padding: var(--space-3) var(--space-4);
        border-radius: var(--radius);
        background: var(--warning-surface);
        color: var(--warning-text);
        font-size: var(--size-small);
      }
      .theme {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        min-block-size: 48px;
        padding: 0 var(--space-3);
        border-radius: var(--radius);
        cursor: pointer;
      }
      .theme:hover {
        background: var(--surface-hover);
      }
      .theme input {
        margin-inline-start: auto;
        inline-size: 18px;
        block-size: 18px;
        accent-color: var(--accent-solid);
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  @property() page: SettingsPage = 'settings-name'
  @state() private problem = ''
  @state() private isBusy = false
  @query('parley-dialog') private readonly dialog: Dialog | undefined

  /** As it was when the dialog opened: leaving takes a moment in which one is no member any more. */
  #isMember = true
  /** Then leaving is for the other devices; here is only a copy. */
  #isDeviceEnded = false

  protected override willUpdate(): void {
    if (this.hasUpdated || !this.room) return
    this.#isDeviceEnded = isDeviceEnded(this.room)
    this.#isMember = this.room.status === 'member' && !this.#isDeviceEnded
  }

  protected override render() {
    const isDeleting = this.page === 'settings-leave' && !this.#isMember
    const heading = isDeleting ? 'Delete your copy?' : HEADINGS[this.page]
    return html`<parley-dialog heading=${heading} @close=${this.#onClose}>${this.#page()}</parley-dialog>`
  }

  #page() {
    switch (this.page) {
      case 'settings-name':
        return this.#namePage()
      case 'settings-phrase':
        return html`<parley-recovery-phrase .peer=${this.peer}></parley-recovery-phrase>`
      case 'settings-places':
        return html`<parley-room-places .peer=${this.peer} .room=${this.room}></parley-room-places>`
      case 'settings-theme':
        return this.#themePage()
      default:
        return this.#leavePage()
    }
  }

  #namePage() {
    return html`<form @submit=${this.#onName} novalidate>
      <label class="field"
        >Your name
        <input
          name="name"
          .value=${this.room?.me?.person.name ?? ''}
          maxlength=${NAME_LENGTH_MAX}
          dir="auto"
          autofocus
        />
      </label>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <p class="muted small">
        Everybody in this room sees it. The four characters beside it come from your key and stay.
      </p>
      <div class="buttons">
        <button type="button" class="quiet" @click=${this.#close}>Cancel</button><button class="primary">Save</button>
      </div>
    </form>`
  }

  #themePage() {
    const chosen = chosenTheme()
    return html`<fieldset @change=${this.#onTheme}>
      <legend class="visually-hidden">Appearance</legend>
      ${THEMES.map(
        (theme) =>
          html`<label class="theme">
            ${THEME_LOOKS[theme].icon}${THEME_LOOKS[theme].label}
            <input type="radio" name="theme" value=${theme} .checked=${theme === chosen} />
          </label>`,
      )}
    </fieldset>`
  }

  #leavePage() {
    if (this.problem)
      return html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>
        <div class="buttons">
          <button class="quiet" @click=${this.#close}>Stay</button>
          ${
            this.#isMember
              ? html`<button class="primary" @click=${this.#onChooseOwner}>Choose somebody</button>`
              : nothing
          }
        </div>`
    const isMember = this.#isMember
    return html`<p>${this.#consequence()}</p>
      ${isMember ? this.#ownerWarning() : nothing} ${this.#hearing()}
      <div class="buttons">
        <button class="quiet" autofocus @click=${this.#close}>Stay</button>
        <button class="danger" aria-disabled=${this.isBusy} @click=${this.#onLeave}>
          ${isMember ? 'Leave room' : 'Delete my copy'}
        </button>
      </div>`
  }

  #consequence() {
    const name = html`<bdi>${this.room?.name ?? ''}</bdi>`
    if (this.#isMember)
      return html`You stop getting what is written in ${name}, and your copy on this device is closed. To come back you
      need a new invite.`
    const deleted = html`${name} goes off the list of your rooms, and your copy is deleted from this device.`
    return this.#isDeviceEnded
      ? html`${deleted} You stay in the room on your other devices; to leave it, do so there.`
      : html`${deleted} To come back you need a new invite.`
  }

  /** A departure counts for the others once they hear of it, which takes one of them to be there. */
  #hearing() {
    const { room } = this
    if (room?.isLeavingUnheard === true)
      return html`<p class="warning">
        Nobody has heard yet that you left. Once this copy is deleted nobody will: the others go on seeing you among the
        members.
      </p>`
    if (!room || !this.#isMember || !room.members.some(({ person }) => !person.isMe)) return nothing
    if (room.connection.state === 'offline')
      return html`<p class="muted small">You are offline. The others hear of it when you are online again.</p>`
    return room.connection.peers.some(({ person }) => !person.isMe)
      ? nothing
      : html`<p class="muted small">Nobody else is here now. The others hear of it when one of them is.</p>`
  }

  /** What becomes of the room's ownership; a refusal to leave says the same. */
  #ownerWarning() {
    const access = this.room?.hasAccess === true ? this.room.access : undefined
    if (access?.ownership.iAmOwner !== true || access.members.length < 2) return nothing
    const others = access.ownership.owners.filter(({ isMe }) => !isMe)
    if (others.length > 0)
      return html`<p class="muted small">
        You stop being an owner. ${namesOf(others, { isStart: true })} still ${others.length === 1 ? 'owns' : 'own'} the
        room.
      </p>`
    const hasAdmin = access.members.some(({ person, role }) => !person.isMe && role === 'admin')
    return html`<p class="warning">
      You are the only owner.
      ${
        hasAdmin
          ? 'Once you are gone, nobody owns this room: its admins can manage it, but nobody can put right what goes wrong among them. Hand it over first, under People.'
          : 'Without you nobody would be left who can manage this room. Make somebody else an owner first, under People.'
      }
    </p>`
  }

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }

  readonly #close = (): void => this.dialog?.close()

  readonly #onName = (event: SubmitEvent): void => {
    event.preventDefault()
    void this.#rename(textOf(new FormData(event.target as HTMLFormElement), 'name'))
  }

  async #rename(name: string): Promise<void> {
    this.problem = name ? '' : 'Type the name that others will see.'
    if (!name) return
    const renamed = await this.room?.setMyName(name)
    await this.peer?.setMyName(name)
    if (renamed && !renamed.ok) this.problem = failureText(renamed.reason)
    else this.#close()
  }

  readonly #onTheme = (event: Event): void => {
    const chosen: Theme | undefined = THEMES.find((theme) => theme === (event.target as HTMLInputElement).value)
    if (chosen) chooseTheme(chosen)
  }

  readonly #onLeave = async (): Promise<void> => {
    if (this.isBusy) return
    const { room, peer } = this
    if (!room || !peer) return
    this.isBusy = true
    // Who is no member has nobody to tell, and a copy that cannot be opened any more is of no use.
    const left = await (this.#isMember ? room.leave() : peer.forgetRoom(room.id))
    this.isBusy = false
    if (!left.ok) this.problem = this.#refusal(left.reason)
    else location.hash = '#/'
  }

  /** No role has to do with a copy: only a member's is not deleted, which one may have become again meanwhile. */
  #refusal(reason: string): string {
    if (this.#isMember || reason !== 'not-allowed') return accessFailureText(reason)
    return this.#isDeviceEnded
      ? 'The copy could not be deleted here. Delete the data of this site in the settings of the browser.'
      : 'You are in the room again, so the copy stays. To be rid of it, leave the room first.'
  }

  readonly #onChooseOwner = (): void => {
    if (this.room) location.hash = roomHash(this.room.id, 'people')
    this.#close()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-room-settings': RoomSettings
  }
}
