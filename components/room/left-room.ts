import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Peer, Room } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { centre } from '../theme/centre.styles.ts'
import { RoomController } from './room-controller.ts'

/** A room that I have left and of which nobody else knows it yet: why it is still here, and the way to be rid of it. */
@customElement('parley-left-room')
export class LeftRoom extends LitElement {
  static override readonly styles = [
    controls,
    centre,
    css`
      :host {
        display: block;
        block-size: 100%;
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  @state() private isDeleting = false
  readonly #room = new RoomController(this)

  protected override willUpdate(): void {
    this.#room.follow(this.room)
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    return html`<div class="centre">
        <h1>You left <bdi>${room.name || 'this room'}</bdi></h1>
        <p role="status">
          Nobody has heard yet that you left, so the others still see you among the members.
          ${
            room.connection.isOffline
              ? 'You are offline: go online, and they are told when one of them is there.'
              : 'Parley tells them by itself when one of them is there, now or when you open it again.'
          }
        </p>
        ${room.connection.isOffline ? html`<button class="primary" @click=${this.#onOnline}>Go online</button>` : nothing}
        <button @click=${this.#onDelete}>Delete my copy</button>
        <p><a href="#/">Go to my rooms</a></p>
      </div>
      ${
        this.isDeleting
          ? html`<parley-room-settings
              .peer=${this.peer}
              .room=${room}
              page="settings-leave"
              @close=${this.#onClose}
            ></parley-room-settings>`
          : nothing
      }`
  }

  readonly #onOnline = (): void => this.room?.connection.setOffline(false)

  readonly #onDelete = (): void => {
    void import('./room-settings.ts')
    this.isDeleting = true
  }

  readonly #onClose = (): void => {
    this.isDeleting = false
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-left-room': LeftRoom
  }
}
