import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { AccessChange, PersonSummary, Role, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { AccessController } from './access-controller.ts'
import { changeEffects, changeEffectsStyles } from './change-effects.ts'
import { isolatedName, personName } from './person-name.ts'
import { abilitiesLost, rolesBetween, withArticle } from './role-change.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from './role-names.ts'

/** Asks before a person gets another role, or comes back: what they can do then, and what else changes. */
@customElement('parley-role-dialog')
export class RoleDialog extends LitElement {
  static override readonly styles = [
    controls,
    changeEffectsStyles,
    css`
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
      }
      form {
        display: grid;
        gap: var(--space-4);
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) person: PersonSummary | undefined
  /** The role that was chosen; undefined: the person comes back, and the role is chosen here. */
  @property({ attribute: false }) newRole: Role | undefined
  @state() private readmitAs: Role = 'writer'
  @state() private isBusy = false
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  readonly #access = new AccessController(this)

  /** The roles that somebody may come back with, looked up once: each takes a dry run. */
  #choices: readonly Role[] = []

  protected override willUpdate(): void {
    this.#access.follow(this.room)
    const { room, person } = this
    if (this.hasUpdated || this.newRole || !room || !person) return
    this.#choices = rolesBetween('reader', room.me?.role ?? 'reader').filter(
      (role) => room.access.preview({ type: 'readmit', person: person.id, role }) !== undefined,
    )
    const [strongest] = this.#choices
    if (strongest && !this.#choices.includes(this.readmitAs)) this.readmitAs = strongest
  }

  protected override render() {
    const { room, person } = this
    if (!room || !person) return nothing
    const name = personName(person)
    const change = this.#change(person)
    const preview = room.access.preview(change)
    const heading = this.newRole ? `Make ${name} ${withArticle(this.newRole)}?` : `Let ${name} back in?`
    const lost = preview?.role?.from ? abilitiesLost(preview.role.from, change.role) : ''
    const start = html`<bdi>${name}</bdi> can then
      ${ROLE_ABILITIES[change.role]}${lost ? `, but no longer ${lost}` : ''}.
      ${preview?.endsOwnership ? html`<bdi>${name}</bdi> also stops being an owner.` : nothing}`
    return html`<parley-dialog heading=${heading} @close=${this.#onClose}>
      <form @submit=${this.#onSubmit}>
        ${this.newRole ? nothing : this.#roleField()}
        <div role="status" aria-label="What this does">
          ${
            preview
              ? changeEffects({ preview, person, start, isAboutWrites: false })
              : html`<p class="problem">
                  ${infoIcon}${accessFailureText(this.#isOwner(person) ? 'owner' : 'outranked')}
                </p>`
          }
        </div>
        ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="buttons">
          <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
          <button class="primary" autofocus aria-disabled=${this.isBusy || !preview}>
            ${this.isBusy ? 'Saving…' : this.newRole ? `Make ${withArticle(this.newRole)}` : 'Let back in'}
          </button>
        </div>
      </form>
    </parley-dialog>`
  }

  #roleField() {
    return html`<label class="field"
      >Role
      <select @change=${this.#onRole}>
        ${this.#choices.map(
          (role) => html`<option value=${role} .selected=${role === this.readmitAs}>${ROLE_NAMES[role]}</option>`,
        )}
      </select></label
    >`
  }

  #change({ id }: PersonSummary): Extract<AccessChange, { role: Role }> {
    return this.newRole
      ? { type: 'role', person: id, role: this.newRole }
      : { type: 'readmit', person: id, role: this.readmitAs }
  }

  #isOwner({ id }: PersonSummary): boolean {
    return this.room?.access.ownership.owners.some((owner) => owner.id === id) === true
  }

  readonly #onRole = (event: Event): void => {
    this.readmitAs = (event.target as HTMLSelectElement).value as Role
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#apply()
  }

  async #apply(): Promise<void> {
    const { room, person } = this
    if (!room || !person) return
    const change = this.#change(person)
    if (!room.access.preview(change)) return
    this.isBusy = true
    this.problem = ''
    const applied = await room.access.apply(change)
    this.isBusy = false
    if (!applied.ok) {
      this.problem = accessFailureText(applied.reason)
      return
    }
    const now = change.type === 'role' ? 'is' : 'is back as'
    this.dispatchEvent(
      new ToastEvent(
        `${isolatedName(person)} ${now} ${withArticle(change.role)}${change.type === 'role' ? ' now' : ''}`,
      ),
    )
    this.#close()
  }

  readonly #close = (): void => this.dialog?.close()

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-role-dialog': RoleDialog
  }
}
