import { LitElement, css, html } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { RoomId } from '../../src/index.ts'
import { roomHash } from '../route/route.ts'
import { initials, personColour } from '../theme/person-colour.ts'
import { controls } from '../theme/controls.styles.ts'
import { styleProperties } from '../theme/style-properties.ts'

/** What the list shows of a room. */
export interface RoomListItem {
  readonly id: RoomId
  readonly name: string
  readonly isJoining: boolean
  readonly unreadCount: number
  /** When the last message was written; a room without one stands above the others, since it waits for its first. */
  readonly lastAtMs: number
  /** One line under the name: the last message. */
  readonly summary: string
}

/** The rooms of this person, as links. */
@customElement('parley-room-list')
export class RoomList extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      ul {
        display: grid;
        gap: 2px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      a {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: 0 var(--space-3);
        min-block-size: 56px;
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius);
        color: var(--text);
        text-decoration: none;
        transition: background var(--quick);
      }
      a:hover {
        background: var(--surface-hover);
      }
      a[aria-current='page'] {
        background: var(--surface-active);
      }
      .tile {
        display: grid;
        place-items: center;
        grid-row: span 2;
        inline-size: 36px;
        block-size: 36px;
        border-radius: var(--radius);
        background: var(--tile-colour, #5b605d);
        color: #fff;
        font-size: var(--size-small);
        font-weight: 650;
      }
      .name:not(.summary) {
        font-weight: 550;
        line-height: 1.35;
      }
      .summary {
        grid-column: 2;
        color: var(--text-muted);
        font-size: var(--size-small);
        font-weight: 400;
        line-height: 1.35;
      }
      .count {
        grid-row: 1 / span 2;
        grid-column: 3;
        min-inline-size: 22px;
        padding: 1px 7px;
        border-radius: 11px;
        background: var(--accent-solid);
        color: var(--on-accent);
        font-size: 0.75rem;
        font-weight: 650;
        text-align: center;
      }
    `,
  ]

  @property({ attribute: false }) rooms: readonly RoomListItem[] = []
  @property() current = ''

  protected override render() {
    return html`<ul>
      ${this.rooms.map(
        (room) =>
          html`<li>
            <a href=${roomHash(room.id)} aria-current=${room.id === this.current ? 'page' : 'false'}>
              <span class="tile" aria-hidden="true" ${styleProperties({ '--tile-colour': personColour(room.id).solid })}
                >${initials(room.name) || '…'}</span
              >
              <span class="name" dir="auto">${room.name || 'Unnamed room'}</span>
              <span class="summary name" dir="auto">${room.isJoining ? 'Waiting to be let in' : room.summary}</span>
              ${
                room.unreadCount > 0
                  ? html`<span class="count" aria-label="${room.unreadCount} new">${countText(room.unreadCount)}</span>`
                  : ''
              }
            </a>
          </li>`,
      )}
    </ul>`
  }
}

/** Above this the number says no more than "many". */
const COUNT_MAX = 99
export const countText = (count: number): string => (count > COUNT_MAX ? `${COUNT_MAX}+` : String(count))

declare global {
  interface HTMLElementTagNameMap {
    'parley-room-list': RoomList
  }
}
