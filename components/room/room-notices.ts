import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon, triangleAlertIcon } from '../icons.ts'
import { namesOf, personName } from '../people/person-name.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText } from '../theme/time-text.ts'
import { chatText } from './chat-text.ts'
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
 * What stands between a person and the room: waiting to be let in, refused, removed, only reading; and what they wrote
 * that the others did not accept. Says in each case what to do.
 */
@customElement('parley-room-notices')
export class RoomNotices extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .notice {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-4);
        border-block-end: 1px solid var(--line);
        background: var(--surface-active);
        font-size: var(--size-small);
      }
      .notice.warning {
        background: var(--warning-surface);
        color: var(--warning-text);
      }
      .notice p {
        flex: 1 1 220px;
        overflow-wrap: anywhere;
      }
      .warning a {
        color: inherit;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      .buttons button {
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
        return room.can('chat') || this.isInNote ? nothing : this.#reading(room)
      default:
        return nothing
    }
  }

  #joining() {
    return this.#notice(
      html`You are waiting to be let in. That happens by itself as soon as somebody of the room is here.`,
    )
  }

  #reading(room: Room) {
    const able = room.me?.role === 'commenter' ? 'read and comment' : 'read'
    return this.#notice(html`You can ${able}. Ask ${deciders(room)} to let you write.`)
  }

  #refused(text: string) {
    return html`<div class="notice warning" role="alert">
      ${triangleAlertIcon}
      <p>${text}</p>
      <div class="buttons"><button @click=${this.#onLeave}>Take it off my list</button></div>
    </div>`
  }

  #removed(room: Room) {
    const by = room.removedBy
    const verb = by?.mode === 'ban' ? 'banned' : 'removed'
    const who = by
      ? html`You were ${verb} by
          <bdi>${by.person.isMe ? 'yourself' : personName(by.person)}</bdi> ${agoText(by.atMs, Date.now())}.`
      : html`You are no longer in this room.`
    return html`<div class="notice warning" role="alert">
      ${triangleAlertIcon}
      <p>
        ${who} Your copy stays readable here.
        ${by && !by.person.isMe ? html`Ask <bdi>${personName(by.person)}</bdi> if this was not meant.` : nothing}
      </p>
      <div class="buttons">
        <button @click=${this.#onSave}>Save the chat</button>
        <button @click=${this.#onLeave}>Delete my copy</button>
      </div>
    </div>`
  }

  #notice(content: TemplateResult) {
    return html`<div class="notice" role="status">
      ${infoIcon}
      <p>${content}</p>
    </div>`
  }

  readonly #onSave = (): void => {
    if (this.room) saveTextFile(fileName([this.room.name, 'chat']), chatText(this.room))
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
