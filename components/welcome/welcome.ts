import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { inviteHash } from '../route/route.ts'
import { failureText } from '../failure/failure-text.ts'
import { infoIcon, messageCircleIcon } from '../icons.ts'
import type { RoomListItem } from '../room-list/room-list.ts'
import '../room-list/room-list.ts'
import { controls } from '../theme/controls.styles.ts'
import { fieldRow } from '../theme/field-row.styles.ts'
import { doorway } from './doorway.styles.ts'

/** Longer names are cut by the field itself; the same caps hold in the room's signed data. */
export const NAME_LENGTH_MAX = 64

export class StartRoomEvent extends Event {
  readonly roomName: string
  readonly myName: string
  constructor(names: { roomName: string; myName: string }) {
    super('parley-start-room', { bubbles: true, composed: true })
    this.roomName = names.roomName
    this.myName = names.myName
  }
}

/** The user wants to go where an invite points; `hash` is its fragment. */
export class OpenInviteEvent extends Event {
  readonly hash: string
  constructor(hash: string) {
    super('parley-open-invite', { bubbles: true, composed: true })
    this.hash = hash
  }
}

/** The first screen: start a room, open an invite, or go on in a room one is in. */
@customElement('parley-welcome')
export class Welcome extends LitElement {
  static override readonly styles = [
    controls,
    doorway,
    fieldRow,
    css`
      header .icon {
        inline-size: 44px;
        block-size: 44px;
        stroke-width: 1.5;
        color: var(--accent);
      }
      #name-hint {
        margin-block-start: calc(var(--space-2) * -1);
      }
      .or {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        color: var(--text-muted);
        font-size: var(--size-small);
      }
      .or::before,
      .or::after {
        content: '';
        flex: 1;
        border-block-start: 1px solid var(--line);
      }
      .rooms {
        display: grid;
        gap: var(--space-2);
        margin-inline: calc(-1 * var(--space-3));
      }
      .rooms h2 {
        padding-inline: var(--space-3);
      }
      @media (min-width: 720px) {
        .rooms {
          display: none;
        }
      }
    `,
  ]

  @property({ attribute: false }) rooms: readonly RoomListItem[] = []
  @property() name = ''
  @property({ type: Boolean }) busy = false
  @state() private startProblem = ''
  /** The field of the form that is still empty. */
  @state() private missing: 'name' | 'room' | undefined
  @state() private inviteProblem = ''

  protected override render() {
    return html`<div class="doorway">
      <header>
        ${messageCircleIcon}
        <h1>Parley</h1>
        <p class="lead" ?hidden=${this.rooms.length > 0}>
          Group chat and shared notes that live on your own devices. No account, no server in the middle.
        </p>
      </header>
      ${
        this.rooms.length > 0
          ? html`<section class="rooms">
              <h2>Your rooms</h2>
              <parley-room-list .rooms=${this.rooms}></parley-room-list>
            </section>`
          : ''
      }
      <form class="card" @submit=${this.#onStart} novalidate>
        <label class="field"
          >Your name
          <input
            name="name"
            .value=${this.name}
            autocomplete="nickname"
            maxlength=${NAME_LENGTH_MAX}
            dir="auto"
            aria-invalid=${this.missing === 'name' ? 'true' : 'false'}
            aria-describedby=${this.missing === 'name' ? 'start-problem' : 'name-hint'}
        /></label>
        <p id="name-hint" class="muted small">The people you invite see this name. You can change it at any time.</p>
        <label class="field"
          >Room name
          <input
            name="room"
            autocomplete="off"
            maxlength=${NAME_LENGTH_MAX}
            placeholder="Book club"
            dir="auto"
            aria-invalid=${this.missing === 'room' ? 'true' : 'false'}
            aria-describedby=${this.missing === 'room' ? 'start-problem' : nothing}
          />
        </label>
        ${this.startProblem ? html`<p id="start-problem" class="problem" role="alert">${infoIcon}${this.startProblem}</p>` : ''}
        <button class="primary large" ?disabled=${this.busy}>Start a room</button>
      </form>
      <p class="or">or</p>
      <form class="field-row" @submit=${this.#onInvite} novalidate>
        <label class="field"
          >Have an invite?
          <input
            name="invite"
            autocomplete="off"
            spellcheck="false"
            placeholder="Paste the link here"
            aria-invalid=${this.inviteProblem ? 'true' : 'false'}
            aria-describedby="invite-problem"
        /></label>
        <button>Open</button>
      </form>
      <p id="invite-problem" class="problem" role="alert" ?hidden=${!this.inviteProblem}>
        ${infoIcon}${this.inviteProblem}
      </p>
      ${
        this.rooms.length > 0
          ? html`<a class="small" href="#/devices">My devices</a>`
          : html`<a class="small" href="#/pair">I already use Parley</a>`
      }
    </div>`
  }

  readonly #onStart = (event: SubmitEvent): void => {
    event.preventDefault()
    const data = new FormData(event.target as HTMLFormElement)
    const myName = textOf(data, 'name')
    const roomName = textOf(data, 'room')
    this.startProblem = !myName
      ? 'Type the name that others will see.'
      : !roomName
        ? 'Give the room a name, so that people know what they are invited to.'
        : ''
    this.missing = !myName ? 'name' : !roomName ? 'room' : undefined
    if (this.missing) this.renderRoot.querySelector<HTMLInputElement>(`[name=${this.missing}]`)?.focus()
    else this.dispatchEvent(new StartRoomEvent({ roomName, myName }))
  }

  readonly #onInvite = (event: SubmitEvent): void => {
    event.preventDefault()
    const hash = inviteHash(textOf(new FormData(event.target as HTMLFormElement), 'invite'))
    this.inviteProblem = hash ? '' : failureText('not-an-invite')
    if (hash) this.dispatchEvent(new OpenInviteEvent(hash))
  }
}

/** A text field of a form, without the blanks around it. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-welcome': Welcome
  }
  interface HTMLElementEventMap {
    'parley-start-room': StartRoomEvent
    'parley-open-invite': OpenInviteEvent
  }
}
