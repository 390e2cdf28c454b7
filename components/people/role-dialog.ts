import { html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { AccessChange, PersonSummary, Role, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { changeEffects } from './change-effects.ts'
import { ConfirmingDialog, type Question } from './confirming-dialog.ts'
import { isolatedName, personName } from './person-name.ts'
import { abilitiesLost, rolesBetween, withArticle } from './role-change.ts'
import { ROLE_ABILITIES, ROLE_NAMES } from './role-names.ts'

/** Asks before a person gets another role, or comes back: what they can do then, and what else changes. */
@customElement('parley-role-dialog')
export class RoleDialog extends ConfirmingDialog {
  @property({ attribute: false }) person: PersonSummary | undefined
  /** The role that was chosen; undefined: the person comes back, and the role is chosen here. */
  @property({ attribute: false }) newRole: Role | undefined
  @state() private readmitAs: Role = 'writer'
  /** The roles that somebody may come back with, looked up once: each takes a dry run. */
  #choices: readonly Role[] = []

  protected override willUpdate(): void {
    super.willUpdate()
    const { room, person } = this
    if (this.hasUpdated || this.newRole || !room || !person) return
    this.#choices = rolesBetween('reader', room.me?.role ?? 'reader').filter(
      (role) => room.access.preview({ type: 'readmit', person: person.id, role }) !== undefined,
    )
    const [strongest] = this.#choices
    if (strongest && !this.#choices.includes(this.readmitAs)) this.readmitAs = strongest
  }

  protected override question(room: Room): Question | undefined {
    const { person } = this
    if (!person) return undefined
    const name = personName(person)
    const change = this.#change(person)
    const preview = room.access.preview(change)
    const heading = this.newRole ? `Make ${name} ${withArticle(this.newRole)}?` : `Let ${name} back in?`
    const lost = preview?.role?.from ? abilitiesLost(preview.role.from, change.role) : ''
    const isLetIn = preview?.role?.from === 'relay'
    const start = html`${isLetIn ? this.#firstReading(name) : nothing} <bdi>${name}</bdi> can then
      ${ROLE_ABILITIES[change.role]}${lost ? `, but no longer ${lost}` : ''}.
      ${preview?.endsOwnership ? html`<bdi>${name}</bdi> also stops being an owner.` : nothing}`
    return {
      heading,
      content: html`${this.newRole ? nothing : this.#roleField()}
        <div role="status" aria-label="What this does">
          ${
            preview
              ? changeEffects({ preview, person, start, isAboutWrites: false })
              : html`<p class="problem">
                  ${infoIcon}${accessFailureText(this.#isOwner(person) ? 'owner' : 'outranked')}
                </p>`
          }
        </div>`,
      action: this.newRole ? `Make ${withArticle(this.newRole)}` : 'Let back in',
      looks: 'primary',
      focus: isLetIn ? 'cancel' : 'action',
      isReady: preview !== undefined,
    }
  }

  #firstReading(name: string) {
    return html`<span class="goes"
      ><bdi>${name}</bdi> is a super peer, which could not read anything so far. From then on it has the room’s keys:
      whoever runs it can read all that was and will be written here, and that cannot be taken back.</span
    >`
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

  protected override async confirm({ access }: Room): Promise<void> {
    const { person } = this
    const change = person && this.#change(person)
    if (!change || !access.preview(change)) return
    const now = change.type === 'role' ? 'is' : 'is back as'
    await this.settle(access.apply(change), {
      done: `${isolatedName(person)} ${now} ${withArticle(change.role)}${change.type === 'role' ? ' now' : ''}`,
      refused: accessFailureText,
    })
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-role-dialog': RoleDialog
  }
}
