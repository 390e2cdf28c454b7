import { html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { PersonSummary, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { ConfirmingDialog, type Question } from './confirming-dialog.ts'
import { isolatedName, namesOf, personName } from './person-name.ts'
import { withArticle } from './role-change.ts'

/** Asks before an owner stops being one, another or I: who owns the room then, and what they can still do. */
@customElement('parley-ownership-end-dialog')
export class OwnershipEndDialog extends ConfirmingDialog {
  @property({ attribute: false }) owner: PersonSummary | undefined

  protected override question(room: Room): Question | undefined {
    const { owner } = this
    return (
      owner && {
        heading: owner.isMe
          ? `Give up your ownership of ${room.name}?`
          : `End ${personName(owner)}’s ownership of ${room.name}?`,
        content: this.#effects(room, owner),
        action: owner.isMe ? 'Give up ownership' : 'End ownership',
        looks: 'danger',
        focus: 'cancel',
      }
    )
  }

  protected override async confirm({ access }: Room): Promise<void> {
    const { owner } = this
    if (!owner) return
    await this.settle(owner.isMe ? access.giveUpOwnership() : access.endOwnership(owner.id), {
      done: owner.isMe ? 'You no longer own the room' : `${isolatedName(owner)} no longer owns the room`,
      refused: (reason) => this.#problemText(reason, owner),
    })
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

  #problemText(reason: string, { isMe }: PersonSummary): string {
    if (reason === 'not-allowed') return 'This takes your own key, on the device that has your recovery phrase.'
    if (reason === 'last-owner' && isMe)
      return 'Nobody else owns this room any more. Make somebody else an owner first.'
    return accessFailureText(reason)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-ownership-end-dialog': OwnershipEndDialog
  }
}
