import { css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { PersonSummary, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { ConfirmingDialog, type Question } from './confirming-dialog.ts'
import { isolatedName, namesOf, personName } from './person-name.ts'
import { withArticle } from './role-change.ts'

/** Asks before somebody becomes the only owner: what that changes for them, for me and for the other owners. */
@customElement('parley-transfer-dialog')
export class TransferDialog extends ConfirmingDialog {
  static override readonly styles = [
    ConfirmingDialog.styles,
    css`
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
    `,
  ]

  @property({ attribute: false }) successor: PersonSummary | undefined
  @state() private isSure = false

  protected override question(room: Room): Question | undefined {
    const { successor } = this
    return (
      successor && {
        heading: `Hand ${room.name} over to ${personName(successor)}?`,
        content: html`${this.#effects(room, successor)}
          <label class="choice">
            <input type="checkbox" autofocus .checked=${this.isSure} @change=${this.#onSure} />
            <span>I understand that I cannot take this back</span>
          </label>`,
        action: 'Hand over',
        looks: 'danger',
        isReady: this.isSure,
      }
    )
  }

  protected override async confirm({ access }: Room): Promise<void> {
    const { successor } = this
    if (!successor) return
    if (!this.isSure) {
      this.problem = 'Tick the box first: only the new owner could take this back.'
      return
    }
    await this.settle(access.transferOwnership(successor.id), {
      done: `${isolatedName(successor)} owns the room now`,
      refused: (reason) =>
        reason === 'not-allowed'
          ? 'This takes your own key, on the device that has your recovery phrase; and they must have agreed to own the room.'
          : accessFailureText(reason),
    })
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
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-transfer-dialog': TransferDialog
  }
}
