import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { PersonSummary, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { AccessController } from './access-controller.ts'
import { changeEffectsStyles } from './change-effects.ts'
import { isolatedName, namesOf, personName } from './person-name.ts'
import { withArticle } from './role-change.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'

/** Asks before somebody becomes the only owner: what that changes for them, for me and for the other owners. */
@customElement('parley-transfer-dialog')
export class TransferDialog extends LitElement {
  static override readonly styles = [
    controls,
    changeEffectsStyles,
    css`
      form {
        display: grid;
        gap: var(--space-4);
      }
      .choice {
        display: flex;
        gap: var(--space-3);
        align-items: center;
        min-block-size: var(--target);
        cursor: pointer;
      }
      .choice input {
        inline-size: 18px;
        block-size: 18px;
        flex: none;
        margin: 0;
        accent-color: var(--accent-solid);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) successor: PersonSummary | undefined
  @state() private isSure = false
  @state() private isBusy = false
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const { room, successor } = this
    if (!room || !successor) return nothing
    return html`<parley-dialog
      heading="Hand ${room.name} over to ${personName(successor)}?"
      @close=${() => this.dispatchEvent(new Event('close'))}
    >
      <form @submit=${this.#onSubmit}>
        ${this.#effects(room, successor)}
        <label class="choice">
          <input type="checkbox" autofocus .checked=${this.isSure} @change=${this.#onSure} />
          <span>I understand that I cannot take this back</span>
        </label>
        ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="buttons">
          <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
          <button class="danger" aria-disabled=${this.isBusy || !this.isSure}>
            ${this.isBusy ? 'Saving…' : 'Hand over'}
          </button>
        </div>
      </form>
    </parley-dialog>`
  }

  /** What follows from the rules for owners; nobody else's standing depends on who they are. */
  #effects(room: Room, successor: PersonSummary) {
    const name = html`<bdi>${personName(successor)}</bdi>`
    const others = room.access.ownership.owners.filter(({ id, isMe }) => id !== successor.id && !isMe)
    const their = room.access.members.find(({ person }) => person.id === successor.id)?.role
    const mine = room.me?.role
    return html`<ul class="effects">
      <li>${name} is the only owner from then on${their === 'admin' ? '' : ', and an admin'}.</li>
      <li>
        You are no longer an owner${mine ? html`; you stay ${withArticle(mine)} of the room` : nothing}. ${name} can
        change that, and can remove you.
      </li>
      ${others.length > 0 ? html`<li class="goes">${namesOf(others, { isStart: true })} no longer ${others.length === 1 ? 'owns' : 'own'} it either.</li>` : nothing}
      <li>Other roles, invites and everything that was written stay as they are.</li>
    </ul>`
  }

  readonly #onSure = (event: Event): void => {
    this.isSure = (event.target as HTMLInputElement).checked
    this.problem = ''
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isSure) this.problem = 'Tick the box first: only the new owner could take this back.'
    else if (!this.isBusy) void this.#apply()
  }

  async #apply(): Promise<void> {
    const { room, successor } = this
    if (!room || !successor) return
    this.isBusy = true
    this.problem = ''
    const handed = await room.access.transferOwnership(successor.id)
    this.isBusy = false
    if (!handed.ok) {
      this.problem =
        handed.reason === 'not-allowed'
          ? 'This takes your own key, on the device that has your recovery phrase; and they must have agreed to own the room.'
          : accessFailureText(handed.reason)
      return
    }
    this.dispatchEvent(new ToastEvent(`${isolatedName(successor)} owns the room now`))
    this.#close()
  }

  readonly #close = (): void => this.dialog?.close()
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-transfer-dialog': TransferDialog
  }
}
