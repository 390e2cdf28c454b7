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

/** Asks before an owner stops being one, another or I: who owns the room then, and what they can still do. */
@customElement('parley-ownership-end-dialog')
export class OwnershipEndDialog extends LitElement {
  static override readonly styles = [
    controls,
    changeEffectsStyles,
    css`
      form {
        display: grid;
        gap: var(--space-4);
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
  @property({ attribute: false }) owner: PersonSummary | undefined
  @state() private isBusy = false
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const { room, owner } = this
    if (!room || !owner) return nothing
    const action = owner.isMe ? 'Give up ownership' : 'End ownership'
    const heading = owner.isMe
      ? `Give up your ownership of ${room.name}?`
      : `End ${personName(owner)}’s ownership of ${room.name}?`
    return html`<parley-dialog heading=${heading} @close=${() => this.dispatchEvent(new Event('close'))}>
      <form @submit=${this.#onSubmit}>
        ${this.#effects(room, owner)}
        ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="buttons">
          <button type="button" class="quiet" autofocus @click=${this.#close}>Cancel</button>
          <button class="danger" aria-disabled=${this.isBusy}>${this.isBusy ? 'Saving…' : action}</button>
        </div>
      </form>
    </parley-dialog>`
  }

  #effects(room: Room, owner: PersonSummary) {
    const name = html`<bdi>${personName(owner)}</bdi>`
    const others = room.access.ownership.owners.filter(({ id }) => id !== owner.id)
    const role = room.access.members.find(({ person }) => person.id === owner.id)?.role
    const verb = others.length === 1 && others[0]?.isMe !== true ? 'owns' : 'own'
    const stays = role ? html`; ${owner.isMe ? 'you' : 'they'} stay ${withArticle(role)} of it` : nothing
    return html`<ul class="effects">
      <li>
        ${owner.isMe ? 'You no longer own' : html`${name} no longer owns`} the room${stays}.
        ${owner.isMe ? html`${namesOf(others, { isStart: true })} can change that, and can remove you.` : nothing}
      </li>
      ${
        others.length > 0
          ? html`<li>
              ${namesOf(others, { isStart: true })} ${verb} it from then
              on${others.length === 1 && !owner.isMe ? ', with nobody beside you' : ''}.
            </li>`
          : nothing
      }
      <li>
        ${
          owner.isMe
            ? 'To own it again you have to be asked by an owner.'
            : html`To own it again ${name} has to be asked by an owner.`
        }
      </li>
    </ul>`
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#apply()
  }

  async #apply(): Promise<void> {
    const { room, owner } = this
    if (!room || !owner) return
    this.isBusy = true
    this.problem = ''
    const ended = await (owner.isMe ? room.access.giveUpOwnership() : room.access.endOwnership(owner.id))
    this.isBusy = false
    if (!ended.ok) {
      this.problem = this.#problemText(ended.reason, owner)
      return
    }
    const text = owner.isMe ? 'You no longer own the room' : `${isolatedName(owner)} no longer owns the room`
    this.dispatchEvent(new ToastEvent(text))
    this.#close()
  }

  #problemText(reason: string, { isMe }: PersonSummary): string {
    if (reason === 'not-allowed') return 'This takes your own key, on the device that has your recovery phrase.'
    if (reason === 'last-owner' && isMe)
      return 'Nobody else owns this room any more. Make somebody else an owner first.'
    return accessFailureText(reason)
  }

  readonly #close = (): void => this.dialog?.close()
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-ownership-end-dialog': OwnershipEndDialog
  }
}
