import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { Invite, OperationHash, Role, Room } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import '../dialog/dialog.ts'
import { copyIcon, infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import './qr-code.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from './role-names.ts'

const ROLES = ['writer', 'reader'] as const satisfies readonly Role[]

const USES = [
  { value: '', label: 'Any number' },
  { value: '1', label: '1 person' },
  { value: '5', label: '5 people' },
  { value: '25', label: '25 people' },
] as const

/** The invite of a room: who may come with it, the link, its QR code, and the links that still work. */
@customElement('parley-share-sheet')
export class ShareSheet extends LitElement {
  static override readonly styles = [
    controls,
    css`
      .choices {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: var(--space-3);
      }
      .link {
        display: flex;
        align-items: flex-end;
        gap: var(--space-2);
      }
      .link label {
        flex: 1;
        min-inline-size: 0;
      }
      .link input {
        font-family: var(--font-mono);
        font-size: var(--size-small);
        text-overflow: ellipsis;
      }
      .link button {
        min-block-size: calc(var(--target) + 6px);
      }
      parley-qr-code {
        inline-size: min(220px, 100%);
        margin: 0 auto;
      }
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
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) 0;
        border-block-start: 1px solid var(--line);
        font-size: var(--size-small);
      }
      li p {
        flex: 1;
      }
      li button {
        min-block-size: 32px;
        font-size: var(--size-small);
      }
      @media (pointer: coarse) {
        li button {
          min-block-size: 44px;
        }
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) invites: readonly Invite[] = []
  @state() private invitedRole: (typeof ROLES)[number] = 'writer'
  @state() private uses = ''
  @state() private invite: Invite | undefined
  @state() private problem = ''
  @state() private confirming: OperationHash | undefined
  /** The kind of link that is on its way, so that choosing the same again does not make a second. */
  #making: string | undefined
  @query('#link') private readonly field: HTMLInputElement | undefined

  protected override firstUpdated(): void {
    void this.#prepare()
  }

  protected override render() {
    return html`<parley-dialog heading="Invite to ${this.room?.name ?? ''}" @close=${this.#onClose}>
      <div class="choices">
        <label class="field">
          Role
          <select @change=${this.#onRole}>
            ${ROLES.map((role) => html`<option value=${role} ?selected=${role === this.invitedRole}>${ROLE_NAMES[role]}</option>`)}
          </select>
        </label>
        <label class="field">
          Works for
          <select @change=${this.#onUses}>
            ${USES.map(({ value, label }) => html`<option value=${value} ?selected=${value === this.uses}>${label}</option>`)}
          </select>
        </label>
      </div>
      <p class="muted small">Whoever has the link can join: they can ${ROLE_ABILITIES[this.invitedRole]}.</p>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : this.#link()}
      ${this.#live()}
    </parley-dialog>`
  }

  #link() {
    const link = this.invite?.link ?? ''
    return html`<div class="link">
        <label class="field"
          >Invite link
          <input
            id="link"
            readonly
            .value=${link}
            placeholder="Making a link…"
            spellcheck="false"
            @focus=${this.#onFocus}
          />
        </label>
        <button class="primary" ?disabled=${!link} @click=${this.#onCopy}>${copyIcon}Copy</button>
      </div>
      ${link ? html`<parley-qr-code .text=${link} label="The invite link as a QR code"></parley-qr-code>` : nothing}`
  }

  #live() {
    const live = this.invites.filter((invite) => !invite.revoked)
    if (live.length === 0) return nothing
    return html`<h3>Links that work</h3>
      <ul>
        ${live.map(
          (invite) =>
            html`<li>
              <p>${ROLE_NAMES[invite.role]} · ${usesText(invite)}</p>
              ${
                this.confirming === invite.hash
                  ? html`<button class="quiet" @click=${() => this.#confirm(undefined)}>Keep</button>
                      <button class="danger" @click=${() => this.#revoke(invite.hash)}>Revoke now</button>`
                  : html`<button @click=${() => this.#confirm(invite.hash)}>Revoke</button>`
              }
            </li>`,
        )}
      </ul>`
  }

  /** Takes a link of this device that does what is chosen, or makes one: opening the sheet twice makes one link. */
  async #prepare(): Promise<void> {
    const usesMax = this.uses ? Number(this.uses) : undefined
    const role = this.invitedRole
    this.problem = ''
    this.invite = this.invites.find(
      (invite) =>
        invite.link !== undefined &&
        !invite.revoked &&
        invite.role === role &&
        invite.usesMax === usesMax &&
        (usesMax === undefined || invite.used === 0),
    )
    if (this.invite || !this.room || this.#making === `${role} ${this.uses}`) return
    this.#making = `${role} ${this.uses}`
    const made = await this.room.createInvite(usesMax === undefined ? { role } : { role, usesMax })
    this.#making = undefined
    if (this.invitedRole !== role || this.uses !== String(usesMax ?? '')) return
    if (made.ok) this.invite = made.value
    else this.problem = failureText(made.reason)
  }

  readonly #onRole = (event: Event): void => {
    const chosen = (event.target as HTMLSelectElement).value
    this.invitedRole = ROLES.find((role) => role === chosen) ?? this.invitedRole
    void this.#prepare()
  }

  readonly #onUses = (event: Event): void => {
    this.uses = (event.target as HTMLSelectElement).value
    void this.#prepare()
  }

  readonly #onFocus = (): void => this.field?.select()

  readonly #onCopy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(this.invite?.link ?? '')
      this.dispatchEvent(new ToastEvent('Invite link copied'))
    } catch {
      // The browser refuses the clipboard: the link is selected, so that the keyboard can take it.
      this.field?.focus()
      this.field?.select()
    }
  }

  #confirm(hash: OperationHash | undefined): void {
    this.confirming = hash
  }

  async #revoke(hash: OperationHash): Promise<void> {
    this.confirming = undefined
    await this.room?.revokeInvite(hash)
    if (this.invite?.hash !== hash) return
    this.invites = this.invites.filter((invite) => invite.hash !== hash)
    await this.#prepare()
  }

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }
}

function usesText({ used, usesMax }: Invite): string {
  if (usesMax === undefined) return used === 0 ? 'not used yet' : `used ${used} ${used === 1 ? 'time' : 'times'}`
  const left = Math.max(0, usesMax - used)
  return `${left} of ${usesMax} left`
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-share-sheet': ShareSheet
  }
}
