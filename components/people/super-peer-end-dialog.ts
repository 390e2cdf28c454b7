import { html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { AccessMember, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { ConfirmingDialog, type Question } from './confirming-dialog.ts'
import { isolatedName, personName } from './person-name.ts'
import { superPeersOf } from './super-peer-text.ts'

/** Asks before a super peer is let go: what it keeps then, and whether anything stays awake for the room. */
@customElement('parley-super-peer-end-dialog')
export class SuperPeerEndDialog extends ConfirmingDialog {
  @property({ attribute: false }) member: AccessMember | undefined

  protected override question(room: Room): Question | undefined {
    const { member } = this
    if (!member) return undefined
    const mayGo = room.access.preview({ type: 'remove', person: member.person.id, keep: 'all' }) !== undefined
    return {
      heading: `Let ${personName(member.person)} go?`,
      content: mayGo
        ? this.#effects(room, member)
        : html`<p class="problem">${infoIcon}${accessFailureText('outranked')}</p>`,
      action: 'Let it go',
      looks: 'danger',
      focus: 'cancel',
      isReady: mayGo,
    }
  }

  #effects(room: Room, { person }: AccessMember) {
    const isLast = superPeersOf(room).every((peer) => peer.person.id === person.id)
    return html`<ul class="effects">
      <li><bdi>${personName(person)}</bdi> gets nothing new, and is to delete what it keeps of the room.</li>
      <li>What is written stays as it is. It could not read any of it, and still cannot if it keeps a copy.</li>
      ${
        isLast
          ? html`<li class="goes">
              The room has no super peer then: what is written reaches only those who are here at the same time.
            </li>`
          : nothing
      }
    </ul>`
  }

  protected override async confirm({ access }: Room): Promise<void> {
    const { member } = this
    if (!member) return
    await this.settle(access.apply({ type: 'remove', person: member.person.id, keep: 'all' }), {
      done: `${isolatedName(member.person)} was let go`,
      refused: accessFailureText,
    })
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-super-peer-end-dialog': SuperPeerEndDialog
  }
}
