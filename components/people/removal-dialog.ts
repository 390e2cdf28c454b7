import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { AccessChange, AccessMember, ChangePreview, PersonWrite, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText, fullTimeText } from '../theme/time-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { AccessController } from './access-controller.ts'
import { changeEffects, changeEffectsStyles } from './change-effects.ts'
import { isolatedName, namesOf, personName } from './person-name.ts'
import { removalStyles } from './removal-dialog.styles.ts'

type Removal = Extract<AccessChange, { type: 'remove' | 'ban' }>
type Keep = 'all' | 'before' | 'nothing'

/** Enough to find a recent moment; who wants to go further back takes everything. */
const WRITES_SHOWN_MAX = 200

/**
 * Removing or banning a person: what becomes of what they wrote, shown by a dry run before anything is done. Nothing is
 * written until the user says so, and what was chosen stays when it is refused.
 */
@customElement('parley-removal-dialog')
export class RemovalDialog extends LitElement {
  static override readonly styles = [controls, changeEffectsStyles, removalStyles]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) member: AccessMember | undefined
  @property() mode: 'remove' | 'ban' = 'remove'
  @state() private keep: Keep = 'all'
  /** The first of their writings that goes. */
  @state() private firstToGo: string | undefined
  @state() private withInvitees = false
  @state() private isBusy = false
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  readonly #access = new AccessController(this)
  /** As it was when the dialog opened, so that the list does not move under the pointer. */
  #writes: readonly PersonWrite[] = []

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#access.follow(this.room)
    if (changed.has('member') && this.member && this.room)
      this.#writes = this.room.access.writesOf(this.member.person.id).slice(0, WRITES_SHOWN_MAX)
  }

  protected override render() {
    const { room, member } = this
    if (!room || !member) return nothing
    const name = personName(member.person)
    const verb = this.mode === 'ban' ? 'Ban' : 'Remove'
    const change = this.#change()
    const preview = change && room.access.preview(change)
    return html`<parley-dialog heading="${verb} ${name} from ${room.name}?" @close=${this.#onClose}>
      <form @submit=${this.#onSubmit} @change=${this.#onChange} novalidate>
        ${this.#modes(member, name)} ${this.#keeping(name)} ${this.#invitees(room, member, name)}
        <div role="status" aria-label="What this does">${this.#effects(member, name, preview)}</div>
        ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="buttons">
          <p class="summary" aria-hidden="true">${preview ? summary(preview) : nothing}</p>
          <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
          <button class="danger" aria-disabled=${this.isBusy}>
            ${this.isBusy ? 'Saving…' : this.mode === 'ban' ? 'Ban now' : 'Remove now'}
          </button>
        </div>
      </form>
    </parley-dialog>`
  }

  #modes({ mayRemove, mayBan }: AccessMember, name: string) {
    const modes = [
      ...(mayRemove
        ? [
            {
              mode: 'remove',
              label: 'Remove',
              hint: 'They may ask to come back by an invite, and one of you has to approve it.',
            } as const,
          ]
        : []),
      ...(mayBan
        ? [{ mode: 'ban', label: 'Ban', hint: 'No invite lets them in until you or somebody above you does.' } as const]
        : []),
    ]
    return html`<fieldset>
      <legend>How</legend>
      ${modes.map(
        ({ mode, label, hint }) =>
          html`<label class="choice">
            <input type="radio" name="mode" value=${mode} .checked=${mode === this.mode} />
            <span>${label} <bdi>${name}</bdi><span class="hint">${hint}</span></span>
          </label>`,
      )}
    </fieldset>`
  }

  #keeping(name: string) {
    const choices = [
      { keep: 'all', label: html`Keep everything we have seen`, hint: 'Only what arrives later is left out.' },
      {
        keep: 'before',
        label: html`Take back from a chosen writing on`,
        hint: 'For when something went wrong at a certain point.',
      },
      { keep: 'nothing', label: html`Take back everything <bdi>${name}</bdi> wrote`, hint: 'As if it had never been.' },
    ] as const
    return html`<fieldset>
      <legend>What <bdi>${name}</bdi> wrote</legend>
      ${choices
        .filter(({ keep }) => keep !== 'before' || this.#writes.length > 0)
        .map(
          ({ keep, label, hint }) =>
            html`<label class="choice">
                <input
                  type="radio"
                  name="keep"
                  value=${keep}
                  .checked=${keep === this.keep}
                  ?autofocus=${keep === 'all'}
                />
                <span>${label}<span class="hint">${hint}</span></span>
              </label>
              ${keep === 'before' && this.keep === 'before' ? this.#writeList() : nothing}`,
        )}
    </fieldset>`
  }

  #writeList() {
    const chosen = this.#writes.findIndex(({ id }) => id === this.firstToGo)
    const nowMs = Date.now()
    return html`<fieldset class="writes">
      <legend>The first writing that goes; everything newer goes with it</legend>
      <div class="scroll" tabindex="-1">
        ${this.#writes.map(
          ({ id, atMs, place, excerpt }, index) =>
            html`<label class="choice ${index <= chosen ? 'goes' : ''}">
              <input type="radio" name="before" value=${id} .checked=${id === this.firstToGo} />
              <span>
                <span class="excerpt" dir="auto">${excerpt || 'A change without words'}</span>
                <span class="hint"
                  ><bdi>${place}</bdi> · <span title=${fullTimeText(atMs)}>${agoText(atMs, nowMs)}</span></span
                >
              </span>
            </label>`,
        )}
      </div>
    </fieldset>`
  }

  #invitees(room: Room, { person }: AccessMember, name: string) {
    // Neither I nor an owner goes with whom they were let in by.
    const invited = room.access.members.filter(
      ({ invitedBy, person: { isMe }, isOwner }) => invitedBy?.id === person.id && !isMe && !isOwner,
    )
    if (invited.length === 0) return nothing
    return html`<label class="choice">
      <input type="checkbox" name="invitees" .checked=${this.withInvitees} />
      <span>
        Also remove those <bdi>${name}</bdi> let in
        <span class="hint">${namesOf(invited.map((member) => member.person))}</span>
      </span>
    </label>`
  }

  #effects({ person, isOwner }: AccessMember, name: string, preview: ChangePreview | undefined) {
    if (!this.#change()) return html`<p class="muted small">Choose the first writing that goes.</p>`
    if (!preview) return html`<p class="problem">${infoIcon}${accessFailureText(isOwner ? 'owner' : 'outranked')}</p>`
    const verb = this.mode === 'ban' ? 'ban' : 'remove'
    const what = preview.keepsReading
      ? 'they keep a copy of what they have read until now, and read nothing new.'
      : 'they read nothing new.'
    const start = html`If you ${verb} <bdi>${name}</bdi>, ${what}
      ${preview.endsOwnership ? html`<bdi>${name}</bdi> also stops being an owner.` : nothing}`
    return changeEffects({ preview, person, start, isAboutWrites: true })
  }

  /** What is chosen; undefined while the moment is not. */
  #change(): Removal | undefined {
    const { member, mode, keep, firstToGo, withInvitees } = this
    if (!member || (keep === 'before' && firstToGo === undefined)) return undefined
    return {
      type: mode,
      person: member.person.id,
      keep:
        keep === 'before' && firstToGo !== undefined ? { before: firstToGo } : keep === 'nothing' ? 'nothing' : 'all',
      ...(withInvitees && { withInvitees }),
    }
  }

  readonly #onChange = (event: Event): void => {
    const field = event.target as HTMLInputElement
    this.problem = ''
    if (field.name === 'mode') this.mode = field.value === 'ban' ? 'ban' : 'remove'
    else if (field.name === 'before') this.firstToGo = field.value
    else if (field.name === 'invitees') this.withInvitees = field.checked
    else if (field.name === 'keep')
      this.keep = field.value === 'before' || field.value === 'nothing' ? field.value : 'all'
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#apply()
  }

  async #apply(): Promise<void> {
    const { room, member } = this
    const change = this.#change()
    if (!room || !member) return
    if (!change) {
      this.problem = 'Choose the first writing that goes.'
      return
    }
    this.isBusy = true
    this.problem = ''
    const applied = await room.access.apply(change)
    this.isBusy = false
    if (!applied.ok) {
      this.problem = accessFailureText(applied.reason)
      return
    }
    this.dispatchEvent(
      new ToastEvent(`${isolatedName(member.person)} was ${change.type === 'ban' ? 'banned' : 'removed'}`),
    )
    this.#close()
  }

  readonly #close = (): void => this.dialog?.close()

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }
}

/** In a few words what the list of effects says, for when it is scrolled away. */
function summary({ kept, dropped }: ChangePreview): string {
  const [stays, goes] = [kept, dropped].map((places) => places.reduce((sum, { count }) => sum + count, 0))
  return `${stays} stay, ${goes} go`
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-removal-dialog': RemovalDialog
  }
}
