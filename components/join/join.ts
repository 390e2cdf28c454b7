import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { InvitePreview, Role } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import { inviteHash } from '../route/route.ts'
import { infoIcon } from '../icons.ts'
import '../avatar/avatar.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from '../people/role-names.ts'
import { controls } from '../theme/controls.styles.ts'
import { doorway } from '../welcome/doorway.styles.ts'
import { NAME_LENGTH_MAX, OpenInviteEvent, textOf } from '../welcome/welcome.ts'

export class JoinRoomEvent extends Event {
  readonly myName: string
  constructor(myName: string) {
    super('parley-join-room', { bubbles: true, composed: true })
    this.myName = myName
  }
}

const article = (role: Role): string => (/^[AEIOU]/.test(ROLE_NAMES[role]) ? 'an' : 'a')

/** What an invite says, read from the link alone: who asks me to which room, and as what. */
@customElement('parley-join')
export class Join extends LitElement {
  static override readonly styles = [
    controls,
    doorway,
    css`
      parley-avatar {
        --avatar-size: 56px;
        margin-block-end: var(--space-2);
      }
      h1 .key-tag {
        font-size: 0.6em;
        letter-spacing: 0;
      }
    `,
  ]

  @property({ attribute: false }) preview: InvitePreview | undefined
  /** Why the link can't be used: a reason code. */
  @property() problem = ''
  @property() link = ''
  @property() name = ''
  @property({ type: Boolean }) busy = false
  /** This device is somebody's already: it has rooms, or was recovered. */
  @property({ type: Boolean, attribute: 'is-known' }) isKnown = false
  @state() private nameProblem = ''
  /** A person has read that the link is for a machine, and comes in by it all the same. */
  @state() private isRelayAnyway = false

  protected override render() {
    return html`<div class="doorway">${this.preview ? this.#invitation(this.preview) : this.#repair()}</div>`
  }

  #invitation({ inviter, roomName, role }: InvitePreview) {
    if (role === 'relay' && !this.isRelayAnyway) return this.#relay()
    const who = inviter.name || 'Somebody'
    return html`
      <header>
        <parley-avatar .personId=${inviter.id} .name=${inviter.name}></parley-avatar>
        <h1>
          <bdi>${who}</bdi> (<span class="key-tag" title="From ${who}'s key: the same in every room"
            >${inviter.keyTag}</span
          >) invites you to <bdi>${roomName || 'a room'}</bdi> as ${ROLE_NAMES[role]}
        </h1>
        <p class="lead">
          As ${article(role)} ${ROLE_NAMES[role].toLowerCase()} you can ${ROLE_ABILITIES[role]}.
          ${role === 'moderator' || role === 'admin' ? 'Somebody of the room has to approve it first.' : nothing}
        </p>
      </header>
      <form class="card" @submit=${this.#onJoin} novalidate>
        <label class="field"
          >Your name
          <input
            name="name"
            .value=${this.name}
            autocomplete="nickname"
            maxlength=${NAME_LENGTH_MAX}
            dir="auto"
            autofocus
            aria-invalid=${this.nameProblem ? 'true' : 'false'}
            aria-describedby="name-problem"
        /></label>
        <p id="name-problem" class="problem" role="alert" ?hidden=${!this.nameProblem}>
          ${infoIcon}${this.nameProblem}
        </p>
        <button class="primary large" ?disabled=${this.busy}>Join</button>
        <p class="muted small">
          ${
            this.isKnown
              ? 'You come in as who you are: with the key that you have already.'
              : 'No account. A key on this device stands for you, and stays here.'
          }
        </p>
      </form>
    `
  }

  #relay() {
    void import('./relay-invite.ts')
    return html`<parley-relay-invite
      .link=${this.link}
      @parley-relay-anyway=${() => {
        this.isRelayAnyway = true
      }}
    ></parley-relay-invite>`
  }

  #repair() {
    return html`
      <header>
        <h1>This invite can't be opened</h1>
        <p class="lead" role="alert">${failureText(this.problem || 'not-an-invite')}</p>
      </header>
      <form class="card" @submit=${this.#onOpen} novalidate>
        <label class="field"
          >Invite link <input name="invite" .value=${this.link} autocomplete="off" spellcheck="false"
        /></label>
        <button class="primary large">Open</button>
        <p class="small"><a href="#/">Go to my rooms</a></p>
      </form>
    `
  }

  readonly #onJoin = (event: SubmitEvent): void => {
    event.preventDefault()
    const myName = textOf(new FormData(event.target as HTMLFormElement), 'name')
    this.nameProblem = myName ? '' : 'Type the name that others will see.'
    if (myName) this.dispatchEvent(new JoinRoomEvent(myName))
    else this.renderRoot.querySelector('input')?.focus()
  }

  readonly #onOpen = (event: SubmitEvent): void => {
    event.preventDefault()
    const link = textOf(new FormData(event.target as HTMLFormElement), 'invite')
    this.link = link
    const hash = inviteHash(link)
    if (hash) this.dispatchEvent(new OpenInviteEvent(hash))
    else this.problem = 'not-an-invite'
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-join': Join
  }
  interface HTMLElementEventMap {
    'parley-join-room': JoinRoomEvent
  }
}
