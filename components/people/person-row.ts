import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { AccessMember, PersonHeldWritings, PersonSummary } from '../../src/index.ts'
import '../avatar/avatar.ts'
import { controls } from '../theme/controls.styles.ts'
import './held-notice.ts'
import { RemovalEvent, RoleChoiceEvent } from './people-events.ts'
import { namesOf, personName, shortName } from './person-name.ts'
import { openPickerByKey } from './picker-keys.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from './role-names.ts'

const PATH_TEXTS: Readonly<Record<string, string>> = {
  direct: 'connected directly',
  relayed: 'connected through a relay',
  tab: 'on this device',
  'this device': 'on this device',
}

/** More names than this in one line are counted, and listed when the line is opened. */
const REMOVERS_SHOWN_MAX = 3

/** One person of a room: who they are, whether they are here, who can remove them, and what I can do about them. */
@customElement('parley-person-row')
export class PersonRow extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--space-2) var(--space-3);
        padding: var(--space-3) 0;
        border-block-end: 1px solid var(--line);
        --avatar-size: 40px;
      }
      .who {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0 6px;
        min-inline-size: 0;
        font-weight: 600;
      }
      .you {
        color: var(--text-muted);
        font-weight: 400;
      }
      .about,
      summary,
      details p {
        color: var(--text-muted);
        font-size: var(--size-small);
        overflow-wrap: anywhere;
      }
      summary {
        min-block-size: 24px;
        border-radius: var(--radius-small);
        cursor: pointer;
      }
      summary:focus-visible {
        outline: 2px solid var(--accent);
        outline-offset: 2px;
      }
      .actions {
        display: flex;
        align-items: center;
        gap: var(--space-1);
      }
      .role {
        padding: 2px 10px;
        border: 1px solid var(--line);
        border-radius: 12px;
        color: var(--text-muted);
        font-size: var(--size-small);
        font-weight: 500;
      }
      select {
        inline-size: auto;
        min-inline-size: 0;
        min-block-size: var(--target);
        padding-block: 0;
        font-size: max(var(--size-small), 0.8125rem);
      }
      .actions button {
        padding-inline: var(--space-3);
        font-size: var(--size-small);
      }
      .actions button:hover {
        color: var(--danger);
      }
      /* The list is the container: the row stands in a column, whatever the width of the page. */
      @container (max-width: 600px) {
        :host {
          grid-template-columns: auto minmax(0, 1fr);
        }
        .actions.many {
          grid-column: 1 / -1;
        }
        .actions:not(.many) {
          grid-column: 2;
        }
        .many select {
          flex: 1;
          /* Smaller type would make a phone zoom in when the field gets the focus. */
          font-size: 1rem;
        }
      }
    `,
  ]

  @property({ attribute: false }) member: AccessMember | undefined
  /** What they wrote that is left out, if I may let it in. */
  @property({ attribute: false }) held: PersonHeldWritings | undefined
  /** This device was revoked: links that it still has say nothing about who is in the room. */
  @property({ type: Boolean, attribute: 'is-cut-off' }) isCutOff = false

  protected override render() {
    const { member } = this
    if (!member) return nothing
    const { person, online } = member
    const name = personName(person)
    return html`<parley-avatar
        .personId=${person.id}
        .name=${person.name}
        .online=${!this.isCutOff && (online || person.isMe)}
      ></parley-avatar>
      <div>
        <p class="who">
          <bdi class="name">${shortName(person)}</bdi>
          <span class="key-tag" title="From ${name}'s key: the same in every room">${person.keyTag}</span>
          ${person.isMe ? html`<span class="you">you</span>` : nothing}
        </p>
        <p class="about">${about(member, this.isCutOff)}</p>
        ${removers(member)} ${this.held ? html`<parley-held-notice .held=${this.held}></parley-held-notice>` : nothing}
      </div>
      ${this.#actions(member, name)}`
  }

  #actions({ person, role, rolesIMayGive, mayRemove, mayBan, isOwner }: AccessMember, name: string) {
    const roles = rolesIMayGive.includes(role) ? rolesIMayGive : [role, ...rolesIMayGive]
    const hasActions = rolesIMayGive.length > 0 || mayRemove || mayBan
    return html`<div class="actions ${hasActions ? 'many' : ''}">
      ${isOwner ? html`<span class="role" title="Stands above everybody who is no owner">Owner</span>` : nothing}
      ${
        rolesIMayGive.length > 0
          ? html`<select aria-label="Role of ${name}" @change=${this.#onRole} @keydown=${openPickerByKey}>
              ${roles.map((choice) => html`<option value=${choice} .selected=${choice === role}>${ROLE_NAMES[choice]}</option>`)}
            </select>`
          : html`<span
              class="role"
              title="Can ${ROLE_ABILITIES[role]}${person.isMe ? `. Only ${isOwner ? 'another owner' : 'somebody above you'} can change your role.` : ''}"
              >${ROLE_NAMES[role]}</span
            >`
      }
      ${mayRemove ? html`<button class="quiet" aria-label="Remove ${name}" @click=${this.#onRemove}>Remove</button>` : nothing}
      ${mayBan ? html`<button class="quiet" aria-label="Ban ${name}" @click=${this.#onBan}>Ban</button>` : nothing}
    </div>`
  }

  readonly #onRole = (event: Event): void => {
    const { member } = this
    const select = event.target as HTMLSelectElement
    const chosen = member?.rolesIMayGive.find((role) => role === select.value)
    // The field shows the role that holds: the choice may be asked about first, or refused.
    if (member) select.value = member.role
    if (member && chosen && chosen !== member.role) this.dispatchEvent(new RoleChoiceEvent(member.person.id, chosen))
  }

  readonly #onRemove = (): void => this.#remove('remove')

  readonly #onBan = (): void => this.#remove('ban')

  #remove(mode: 'remove' | 'ban'): void {
    if (this.member) this.dispatchEvent(new RemovalEvent(this.member.person.id, mode))
  }
}

function about({ person, online, path, roundTripMs, invitedBy }: AccessMember, isCutOff: boolean) {
  const inviter = invitedBy && html`invited by <bdi>${invitedBy.isMe ? 'you' : personName(invitedBy)}</bdi>`
  if (isCutOff) return inviter ?? nothing
  const presence = person.isMe ? 'here' : !online ? 'not here now' : ((path && PATH_TEXTS[path]) ?? 'here')
  // My other tabs and devices are me, and how far they are says nothing about me.
  const time = online && !person.isMe && roundTripMs !== undefined ? `${Math.round(roundTripMs)} ms` : ''
  return html`${[presence, time].filter(Boolean).join(' · ')}${inviter ? html` · ${inviter}` : nothing}`
}

const canRemove = (people: readonly PersonSummary[], target: PersonSummary) =>
  html`${namesOf(people, { isStart: true })} can remove <bdi>${target.isMe ? 'you' : personName(target)}</bdi>`

function removers({ person, removableBy, isOwner }: AccessMember) {
  if (removableBy.length === 0)
    return html`<p class="about">Nobody can remove <bdi>${person.isMe ? 'you' : personName(person)}</bdi></p>`
  if (isOwner)
    return html`<p class="about">
      Only another owner can remove <bdi>${person.isMe ? 'you' : personName(person)}</bdi>: ${namesOf(removableBy)}
    </p>`
  if (removableBy.length <= REMOVERS_SHOWN_MAX) return html`<p class="about">${canRemove(removableBy, person)}</p>`
  const isMine = removableBy.some(({ isMe }) => isMe)
  return html`<details>
    <summary>
      ${removableBy.length} people${isMine ? ', you among them,' : ''} can remove
      <bdi>${person.isMe ? 'you' : personName(person)}</bdi>
    </summary>
    <p>${namesOf(removableBy, { isStart: true })}</p>
  </details>`
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-person-row': PersonRow
  }
}
