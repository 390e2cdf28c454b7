import { LitElement, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { Invite, OperationHash, Role, Room } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { infoIcon } from '../icons.ts'
import { copyIcon } from '../later-icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { copyFrom } from '../toasts/copy-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { isLive, type RevokeInviteEvent } from './live-invites.ts'
import './live-invites.ts'
import { openPickerByKey } from './picker-keys.ts'
import '../qr-code/qr-code.ts'
import { decidesAboutOthers, rolesToInviteAs } from './role-change.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from './role-names.ts'
import { roomHash } from '../route/route.ts'
import { shareStyles } from './share-sheet.styles.ts'

const USES = [
  { value: '', label: 'Any number' },
  { value: '1', label: '1 person' },
  { value: '5', label: '5 people' },
  { value: '25', label: '25 people' },
] as const

const EXPIRIES = [
  { value: '', label: 'Never' },
  { value: '1', label: 'In 1 day' },
  { value: '7', label: 'In 7 days' },
  { value: '30', label: 'In 30 days' },
] as const

const DAY_MS = 86_400_000
/** A label tells links apart; what is longer is no label. */
const LABEL_LENGTH_MAX = 60

/**
 * The invite of a room: who may come with it and how, the link, its QR code, and the links that still work. A link is a
 * door: none is made unless somebody asks for it, and one that does what is chosen is shown again.
 */
@customElement('parley-share-sheet')
export class ShareSheet extends LitElement {
  static override readonly styles = [controls, shareStyles]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) invites: readonly Invite[] = []
  @state() private invitedRole: Role = 'writer'
  @state() private uses = ''
  @state() private expiryDays = ''
  @state() private asksApproval = false
  @state() private label = ''
  @state() private invite: Invite | undefined
  @state() private problem = ''
  @state() private isByHand = false
  /** The kinds of link that are on their way, so that choosing the same again does not make a second. */
  @state() private making: ReadonlySet<string> = new Set()
  /** Links that were made while the sheet is open, by what was chosen. */
  readonly #made = new Map<string, OperationHash>()
  /** The button goes with the making: the focus goes on to what one does next. */
  #isJustMade = false
  @query('#link') private readonly field: HTMLInputElement | undefined
  @query('parley-dialog') private readonly dialog: Dialog | undefined

  protected override willUpdate(): void {
    if (this.hasUpdated) return
    const [strongest] = this.#roles
    if (strongest && !this.#roles.includes(this.invitedRole)) this.invitedRole = strongest
    this.invite = this.#matching()
  }

  protected override updated(): void {
    if (!this.#isJustMade || !this.invite) return
    this.#isJustMade = false
    this.renderRoot.querySelector<HTMLElement>('.link button')?.focus()
  }

  protected override render() {
    return html`<parley-dialog heading="Invite to ${this.room?.name ?? ''}" @close=${this.#onClose}>
      <div class="choices">
        <label class="field">
          Role
          <select data-field="role" @change=${this.#onChoice} @keydown=${openPickerByKey}>
            ${this.#roles.map((role) => html`<option value=${role} ?selected=${role === this.invitedRole}>${ROLE_NAMES[role]}</option>`)}
          </select>
        </label>
        ${this.#select('uses', 'Works for', USES, this.uses)}
      </div>
      ${this.#more()}
      <p class="muted small">
        ${
          this.#isApproved
            ? html`Whoever has the link can ask to come in. Once one of you approves, they can
              ${ROLE_ABILITIES[this.invitedRole]}.`
            : html`Whoever has the link can join: they can ${ROLE_ABILITIES[this.invitedRole]}.`
        }
      </p>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      ${this.invite ? this.#link(this.invite) : this.#makeButton()}
      <p class="muted small">
        Rarely online together?
        <a href=${this.room ? roomHash(this.room.id, 'network') : nothing} @click=${this.#onSuperPeers}
          >Add a super peer</a
        >, which stays awake for the room and cannot read it.
      </p>
      <parley-live-invites .invites=${this.invites} @parley-revoke-invite=${this.#onRevoke}></parley-live-invites>
    </parley-dialog>`
  }

  #select(
    field: string,
    label: string,
    options: readonly { readonly value: string; readonly label: string }[],
    chosen: string,
  ) {
    return html`<label class="field">
      ${label}
      <select data-field=${field} @change=${this.#onChoice} @keydown=${openPickerByKey}>
        ${options.map((option) => html`<option value=${option.value} ?selected=${option.value === chosen}>${option.label}</option>`)}
      </select>
    </label>`
  }

  #more() {
    const isForced = decidesAboutOthers(this.invitedRole)
    return html`<details>
      <summary>More choices</summary>
      <div class="more">
        <div class="choices">
          ${this.#select('expiry', 'Expires', EXPIRIES, this.expiryDays)}
          <label class="field"
            >Label
            <input
              data-field="label"
              .value=${this.label}
              maxlength=${LABEL_LENGTH_MAX}
              dir="auto"
              autocomplete="off"
              @change=${this.#onChoice}
          /></label>
        </div>
        <p class="muted small">The label is for the people of this room, to tell links apart. It is not in the link.</p>
        <label class="check">
          <input
            type="checkbox"
            data-field="approval"
            .checked=${this.#isApproved}
            ?disabled=${isForced}
            @change=${this.#onChoice}
          />
          <span>
            Ask before anybody comes in
            <span class="hint">
              ${
                isForced
                  ? 'Always on for moderators and admins, who decide about others.'
                  : 'Those who come wait under Requests until one of you approves.'
              }
            </span>
          </span>
        </label>
      </div>
    </details>`
  }

  #link({ link = '' }: Invite) {
    return html`<div class="link">
        <label class="field"
          >Invite link
          <input id="link" readonly .value=${link} spellcheck="false" @focus=${this.#onFocus} />
        </label>
        <button class="primary" @click=${this.#onCopy}>${copyIcon}Copy link</button>
      </div>
      ${
        this.isByHand
          ? html`<parley-hand-invite .room=${this.room} .inviteLink=${link}></parley-hand-invite>`
          : html`<parley-qr-code .text=${link} label="The invite link as a QR code"></parley-qr-code>
              <div class="by-hand">
                <p class="muted small">No server within reach? Two devices can also be linked by two codes.</p>
                <button @click=${this.#onByHand}>Invite by hand</button>
              </div>`
      }`
  }

  #makeButton() {
    const isBusy = this.making.has(this.#choice)
    return html`<button class="primary" aria-disabled=${isBusy} @click=${this.#onMake}>
      ${isBusy ? 'Making a link…' : 'Make link'}
    </button>`
  }

  get #roles(): readonly Role[] {
    return rolesToInviteAs(this.room?.me?.role ?? 'reader')
  }

  get #isApproved(): boolean {
    return this.asksApproval || decidesAboutOthers(this.invitedRole)
  }

  /** Nothing but role and number was chosen: such a link is shown again when the sheet reopens. */
  get #isPlain(): boolean {
    return this.expiryDays === '' && !this.asksApproval && this.label === ''
  }

  /** What is chosen, as a key. */
  get #choice(): string {
    return JSON.stringify([this.invitedRole, this.uses, this.expiryDays, this.#isApproved, this.label])
  }

  /** A link of this device that does what is chosen. */
  #matching(): Invite | undefined {
    const live = this.invites.filter((invite) => invite.link !== undefined && isLive(invite, Date.now()))
    const made = live.find(({ hash }) => hash === this.#made.get(this.#choice))
    if (made || !this.#isPlain) return made
    const usesMax = this.uses ? Number(this.uses) : undefined
    return live.find(
      (invite) =>
        invite.role === this.invitedRole &&
        invite.usesMax === usesMax &&
        (usesMax === undefined || invite.used === 0) &&
        invite.expiresAtMs === undefined &&
        !invite.label &&
        (invite.approval === 'manual') === this.#isApproved,
    )
  }

  async #make(): Promise<void> {
    const choice = this.#choice
    if (!this.room || this.making.has(choice)) return
    this.making = new Set([...this.making, choice])
    const made = await this.room.createInvite({
      role: this.invitedRole,
      approval: this.#isApproved ? 'manual' : 'auto',
      ...(this.uses && { usesMax: Number(this.uses) }),
      ...(this.expiryDays && { expiresAtMs: Date.now() + Number(this.expiryDays) * DAY_MS }),
      ...(this.label && { label: this.label }),
    })
    this.making = new Set([...this.making].filter((other) => other !== choice))
    if (made.ok) this.#made.set(choice, made.value.hash)
    // Something else was chosen while the signature was made.
    if (this.#choice !== choice) return
    if (made.ok) {
      this.invite = made.value
      this.#isJustMade = true
    } else this.problem = failureText(made.reason)
  }

  readonly #onChoice = (event: Event): void => {
    const field = event.target as HTMLInputElement | HTMLSelectElement
    switch (field.dataset['field']) {
      case 'role':
        this.invitedRole = this.#roles.find((role) => role === field.value) ?? this.invitedRole
        break
      case 'uses':
        this.uses = field.value
        break
      case 'expiry':
        this.expiryDays = field.value
        break
      case 'label':
        this.label = field.value.trim()
        break
      default:
        this.asksApproval = field instanceof HTMLInputElement && field.checked
    }
    this.problem = ''
    this.isByHand = false
    this.invite = this.#matching()
  }

  readonly #onByHand = (): void => {
    void import('../hand/hand-invite.ts')
    this.isByHand = true
  }

  readonly #onMake = (): void => {
    this.problem = ''
    void this.#make()
  }

  readonly #onFocus = (): void => this.field?.select()

  readonly #onCopy = (): void => {
    if (this.field) void copyFrom(this.field, 'Invite link copied')
  }

  readonly #onRevoke = async ({ hash }: RevokeInviteEvent): Promise<void> => {
    const revoked = await this.room?.revokeInvite(hash)
    if (revoked?.ok === false) {
      this.problem = failureText(revoked.reason)
      return
    }
    this.dispatchEvent(new ToastEvent('The link no longer works'))
    // The row goes with its buttons.
    this.dialog?.focusHeading()
    if (this.invite?.hash !== hash) return
    this.invites = this.invites.filter((invite) => invite.hash !== hash)
    this.invite = this.#matching()
  }

  /** The way leads out of the sheet. */
  readonly #onSuperPeers = (): void => this.dialog?.close()

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-share-sheet': ShareSheet
  }
}
