import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Invite, OperationHash } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { dayText, fullTimeText } from '../theme/time-text.ts'
import { personName } from './person-name.ts'
import { ROLE_NAMES } from './role-names.ts'

/** The user has said, and confirmed, that nobody is to come in by an invite any more. */
export class RevokeInviteEvent extends Event {
  readonly hash: OperationHash
  constructor(hash: OperationHash) {
    super('parley-revoke-invite', { bubbles: true, composed: true })
    this.hash = hash
  }
}

/** Whether anybody can still come in by it. */
export const isLive = ({ revoked, usesLeft, expiresAtMs }: Invite, nowMs: number): boolean =>
  !revoked && usesLeft !== 0 && (expiresAtMs === undefined || expiresAtMs > nowMs)

/** The links by which people can come in: what each lets do, how much of it is left, who made it; each can be revoked. */
@customElement('parley-live-invites')
export class LiveInvites extends LitElement {
  static override readonly styles = [
    controls,
    css`
      h3 {
        font-size: var(--size-small);
        font-weight: 600;
        color: var(--text-muted);
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) 0;
        border-block-start: 1px solid var(--line);
        font-size: var(--size-small);
      }
      li p {
        flex: 1 1 180px;
        overflow-wrap: anywhere;
      }
      .buttons {
        display: flex;
        gap: var(--space-1);
        margin-inline-start: auto;
      }
      .facts {
        display: block;
        color: var(--text-muted);
      }
      button {
        min-block-size: 32px;
        font-size: var(--size-small);
      }
      @media (pointer: coarse) {
        button {
          min-block-size: 44px;
        }
      }
    `,
  ]

  @property({ attribute: false }) invites: readonly Invite[] = []
  @state() private confirming: OperationHash | undefined

  /** The button that was pressed is gone: the focus goes on with the question, and back to where it was asked. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('confirming')) return
    const former: unknown = changed.get('confirming')
    if (this.confirming !== undefined) this.renderRoot.querySelector<HTMLElement>('.keep')?.focus()
    else if (typeof former === 'string')
      this.renderRoot.querySelector<HTMLElement>(`[data-invite='${former}']`)?.focus()
  }

  protected override render() {
    const live = this.invites.filter((invite) => isLive(invite, Date.now()))
    if (live.length === 0) return nothing
    return html`<h3 id="live">Links that work</h3>
      <ul aria-labelledby="live">
        ${live.map((invite) => this.#invite(invite))}
      </ul>`
  }

  #invite(invite: Invite) {
    const { hash, role, label } = invite
    const id = `invite-${hash}`
    return html`<li>
      <p id=${id}>
        ${label ? html`<bdi>${label}</bdi> · ` : nothing}${ROLE_NAMES[role]} · ${usesText(invite)}
        <span class="facts">${facts(invite)}</span>
      </p>
      ${
        this.confirming === hash
          ? html`<span class="buttons">
              <button class="quiet keep" aria-describedby=${id} @click=${() => this.#confirm(undefined)}>Keep</button>
              <button class="danger" aria-describedby=${id} @click=${() => this.#revoke(hash)}>Revoke now</button>
            </span>`
          : html`<button data-invite=${hash} aria-describedby=${id} @click=${() => this.#confirm(hash)}>Revoke</button>`
      }
    </li>`
  }

  #confirm(hash: OperationHash | undefined): void {
    this.confirming = hash
  }

  #revoke(hash: OperationHash): void {
    this.confirming = undefined
    this.dispatchEvent(new RevokeInviteEvent(hash))
  }
}

function usesText({ used, usesMax, usesLeft }: Invite): string {
  if (usesMax === undefined) return used === 0 ? 'not used yet' : `used ${used} ${used === 1 ? 'time' : 'times'}`
  return `${usesLeft ?? usesMax} of ${usesMax} left`
}

function facts({ mine, inviter, approval, expiresAtMs }: Invite) {
  const maker = mine ? 'made by you' : inviter ? html`made by <bdi>${personName(inviter)}</bdi>` : nothing
  return html`${maker}${approval === 'manual' ? ' · with approval' : nothing}${
    expiresAtMs === undefined
      ? nothing
      : html` · until <span title=${fullTimeText(expiresAtMs)}>${dayText(expiresAtMs, Date.now())}</span>`
  }`
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-live-invites': LiveInvites
  }
  interface HTMLElementEventMap {
    'parley-revoke-invite': RevokeInviteEvent
  }
}
