import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import '../notice/notice.ts'
import { HandAnswerEvent } from '../hand/hand-event.ts'
import { namesOf, personName } from '../people/person-name.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText } from '../theme/time-text.ts'
import './rejected-edits.ts'
import { RoomController } from './room-controller.ts'
import { fileName, saveTextFile } from './text-file.ts'

/** The user wants to leave the room, and has not been asked yet. */
export class LeaveEvent extends Event {
  constructor() {
    super('parley-leave', { bubbles: true, composed: true })
  }
}

/** More names than this help nobody decide whom to ask. */
const NAMED_MAX = 3

/**
 * What stands between a person and the room: waiting to be let in, refused, removed, only reading, a device that was
 * revoked, a key that is missing; and what they wrote that the others did not accept. Says in each case what to do.
 */
@customElement('parley-room-notices')
export class RoomNotices extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      a {
        color: inherit;
      }
      button {
        font-size: var(--size-small);
        color: var(--text);
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  /** A note says by itself who may write in it. */
  @property({ type: Boolean, attribute: 'is-in-note' }) isInNote = false
  readonly #room = new RoomController(this)

  protected override willUpdate(): void {
    this.#room.follow(this.room)
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    return html`${this.#standing(room)}
    ${room.rejectedEdits.length > 0 ? html`<parley-rejected-edits .room=${room}></parley-rejected-edits>` : nothing}`
  }

  #standing(room: Room) {
    switch (room.status) {
      case 'joining':
        return room.joinProblem === undefined ? this.#joining() : this.#refused(accessFailureText(room.joinProblem))
      case 'waiting':
        return this.#notice(
          html`You asked to come in. You are let in as soon as ${deciders(room)} approves it; you can close this page
          and come back.`,
        )
      case 'declined':
        return this.#refused(accessFailureText('declined'))
      case 'removed':
        return this.#removed(room)
      case 'member':
        return room.can('act') ? this.#inside(room) : this.#deviceEnded()
      default:
        return nothing
    }
  }

  #inside(room: Room) {
    return html`${room.isAwaitingKey ? this.#locked() : nothing}
    ${room.can('chat') || this.isInNote ? nothing : this.#reading(room)}`
  }

  /** What can't be read must not look as if nothing had been written. */
  #locked() {
    return this.#notice(
      html`Some of what was written here is still locked on this device. Its key comes by itself from a member who can
      read it: ask one of them to open this room.`,
    )
  }

  #joining() {
    return html`<parley-notice class="notice">
      <p role="status">You are waiting to be let in. That happens by itself as soon as somebody of the room is here.</p>
      <button slot="actions" @click=${this.#onCode}>Got a code?</button>
    </parley-notice>`
  }

  #reading(room: Room) {
    if (room.me?.role === 'relay')
      return this.#notice(
        html`This browser keeps the room for the others and passes it on while this page is open. It cannot read any of
        it. To read, ask ${deciders(room)}.`,
      )
    const able = room.me?.role === 'commenter' ? 'read and comment' : 'read'
    return this.#notice(html`You can ${able}. Ask ${deciders(room)} to let you write.`)
  }

  #refused(text: string) {
    return html`<parley-notice class="notice" warning>
      <p role="alert">${text}</p>
      <button slot="actions" @click=${this.#onLeave}>Take it off my list</button>
    </parley-notice>`
  }

  #removed(room: Room) {
    const by = room.removedBy
    const verb = by?.mode === 'ban' ? 'banned' : 'removed'
    const who = by
      ? html`You were ${verb} by
          <bdi>${by.person.isMe ? 'yourself' : personName(by.person)}</bdi> ${agoText(by.atMs, Date.now())}.`
      : html`You are no longer in this room.`
    return html`<parley-notice class="notice" warning>
      <p role="alert">
        ${who} Your copy stays readable here.
        ${by && !by.person.isMe ? html`Ask <bdi>${personName(by.person)}</bdi> if this was not meant.` : nothing}
      </p>
      <button slot="actions" @click=${this.#onSave}>Save everything</button>
      <button slot="actions" @click=${this.#onLeave}>Delete my copy</button>
    </parley-notice>`
  }

  /** Nothing new comes and nothing that is written leaves: that must not look like a quiet room. */
  #deviceEnded() {
    return html`<parley-notice class="notice" warning>
      <p role="alert">
        Another of your devices has revoked this one. Nobody takes what you write here, and you get nothing new. Your
        copy stays readable; go on on your other devices.
      </p>
      <button slot="actions" @click=${this.#onSave}>Save everything</button>
      <button slot="actions" @click=${this.#onLeave}>Delete my copy</button>
    </parley-notice>`
  }

  #notice(content: TemplateResult) {
    return html`<parley-notice class="notice"><p role="status">${content}</p></parley-notice>`
  }

  readonly #onSave = async (): Promise<void> => {
    const { room } = this
    if (!room) return
    const { roomText } = await import('./room-text.ts')
    saveTextFile(fileName([room.name, 'chat and notes']), await roomText(room))
  }

  readonly #onCode = (): void => {
    this.dispatchEvent(new HandAnswerEvent())
  }

  readonly #onLeave = (): void => {
    this.dispatchEvent(new LeaveEvent())
  }
}

/**
 * Those who give roles and let people in, by name when they are few. To somebody who is not in the room yet the names
 * are closed, except the one that the link tells.
 */
function deciders(room: Room): TemplateResult {
  const { inviter } = room
  const people = room.members
    .filter(({ person, role }) => !person.isMe && (role === 'admin' || role === 'moderator'))
    .map(({ person }) => (person.name === '' && person.id === inviter?.id ? inviter : person))
  const named = people.filter(({ name }) => name !== '')
  const isTelling = named.length > 0 && named.length <= NAMED_MAX
  return isTelling ? namesOf(named, { type: 'or' }) : html`a moderator or admin of the room`
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-room-notices': RoomNotices
  }
  interface HTMLElementEventMap {
    'parley-leave': LeaveEvent
  }
}
