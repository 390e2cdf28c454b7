import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Member } from '../../src/index.ts'
import '../avatar/avatar.ts'
import { share2Icon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from './role-names.ts'
import { ShareEvent } from './share-event.ts'

const PATH_TEXTS: Readonly<Record<string, string>> = {
  direct: 'connected directly',
  relayed: 'connected through a relay',
  tab: 'on this device',
  'this device': 'on this device',
}

/** Who is in the room, as what, brought by whom, and whether they are here now. */
@customElement('parley-people')
export class People extends LitElement {
  static override readonly styles = [
    controls,
    page,
    css`
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--space-3);
        padding: var(--space-3) 0;
        border-block-end: 1px solid var(--line);
        --avatar-size: 40px;
      }
      .who {
        display: flex;
        align-items: baseline;
        gap: 6px;
        min-inline-size: 0;
        font-weight: 600;
      }
      .you {
        color: var(--text-muted);
        font-weight: 400;
      }
      .about {
        color: var(--text-muted);
        font-size: var(--size-small);
      }
      .role {
        padding: 2px 10px;
        border: 1px solid var(--line);
        border-radius: 12px;
        color: var(--text-muted);
        font-size: var(--size-small);
        font-weight: 500;
      }
    `,
  ]

  @property({ attribute: false }) members: readonly Member[] = []
  @property({ type: Boolean }) isJoining = false
  @property({ type: Boolean }) canInvite = false

  protected override render() {
    const onlineCount = this.members.filter((member) => member.online || member.person.isMe).length
    return html`<div class="column">
      <div class="header">
        <div>
          <h2>People</h2>
          ${
            this.isJoining
              ? nothing
              : html`<p class="muted small">${this.members.length} in this room · ${onlineCount} here now</p>`
          }
        </div>
        ${this.canInvite ? html`<button @click=${this.#onInvite}>${share2Icon}Invite</button>` : nothing}
      </div>
      ${
        this.isJoining
          ? html`<p class="muted">Who is in the room shows as soon as one of them is reached.</p>`
          : nothing
      }
      <ul aria-label="People">
        ${this.members.map((member) => this.#member(member))}
      </ul>
    </div>`
  }

  #member(member: Member) {
    const { person, role, online } = member
    const name = person.name || 'Unnamed'
    return html`<li>
      <parley-avatar .personId=${person.id} .name=${person.name} .online=${online || person.isMe}></parley-avatar>
      <div>
        <p class="who">
          <bdi class="name">${name}</bdi>
          <span class="key-tag" title="From ${name}'s key: the same in every room">${person.keyTag}</span>
          ${person.isMe ? html`<span class="you">you</span>` : nothing}
        </p>
        <p class="about">${this.#about(member)}</p>
      </div>
      <span class="role" title="Can ${ROLE_ABILITIES[role]}">${ROLE_NAMES[role]}</span>
    </li>`
  }

  #about({ person, online, path, roundTripMs, invitedBy }: Member) {
    const presence = person.isMe ? 'here' : !online ? 'not here now' : ((path && PATH_TEXTS[path]) ?? 'here')
    const time = online && roundTripMs !== undefined ? `${Math.round(roundTripMs)} ms` : ''
    const by = invitedBy
      ? html` · invited by <bdi>${invitedBy.isMe ? 'you' : invitedBy.name || invitedBy.keyTag}</bdi>`
      : nothing
    return html`${[presence, time].filter(Boolean).join(' · ')}${by}`
  }

  readonly #onInvite = (): void => {
    this.dispatchEvent(new ShareEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-people': People
  }
}
