import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { AccessMember, Room, SuperPeerSummary } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'
import { RoleChoiceEvent } from './people-events.ts'
import { personName, shortName } from './person-name.ts'
import { controls } from '../theme/controls.styles.ts'
import { placeRows } from '../theme/place-rows.styles.ts'
import { fullTimeText } from '../theme/time-text.ts'
import { superPeersOf, superPeerWords } from './super-peer-text.ts'

/** The last row is gone, and with it what had the focus. */
export class SuperPeersGoneEvent extends Event {
  constructor() {
    super('parley-super-peers-gone', { bubbles: true, composed: true })
  }
}

/** Minutes pass without an event. */
const LOOK_AGAIN_MS = 30_000

/** The super peers of a room: whether each is here, what it has, and the button that lets it go. */
@customElement('parley-super-peer-list')
export class SuperPeerList extends LitElement {
  static override readonly styles = [
    controls,
    placeRows,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      h3 {
        color: var(--heading-colour, inherit);
        font-size: var(--heading-size, var(--size-small));
        font-weight: 650;
        letter-spacing: -0.01em;
      }
      h3:focus {
        outline: none;
      }
      .who {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .state {
        color: var(--text);
      }
      [data-tone='bad'] .state {
        color: var(--danger);
        font-weight: 550;
      }
      .words {
        overflow-wrap: anywhere;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-1);
      }
      .buttons button {
        padding-inline: var(--space-3);
        font-size: var(--size-small);
      }
      @container (max-width: 420px) {
        .buttons.many {
          grid-column: 2 / -1;
          justify-content: flex-start;
        }
        .buttons.many button {
          margin-inline-start: calc(-1 * var(--space-3));
        }
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property() heading = 'Super peers'
  /** Whether one may be made somebody who reads. That belongs to the list of people. */
  @property({ type: Boolean, attribute: 'may-promote' }) mayPromote = false
  @state() private leaving: AccessMember | undefined
  @query('h3') private readonly headingElement: HTMLElement | undefined
  readonly #following = new FollowController<Room>(this, (room, changed) => {
    const timer = setInterval(changed, LOOK_AGAIN_MS)
    return [
      ...(['safety', 'members', 'connection'] as const).map((event) => room.on(event, changed)),
      room.access.on('change', changed),
      () => clearInterval(timer),
    ]
  })

  protected override willUpdate(): void {
    this.#following.follow(this.room)
  }

  protected override render() {
    const { room, leaving } = this
    if (!room) return nothing
    const members = new Map(room.access.members.map((member) => [member.person.id, member]))
    const peers = superPeersOf(room)
    const nowMs = Date.now()
    return html`<h3 id="heading" tabindex="-1">${this.heading}</h3>
      ${
        peers.length === 0
          ? nothing
          : html`<ul aria-labelledby="heading">
              ${repeat(
                peers,
                ({ person }) => person.id,
                (peer) => this.#row(peer, members.get(peer.person.id), nowMs),
              )}
            </ul>`
      }
      ${
        leaving
          ? html`<parley-super-peer-end-dialog
              .room=${room}
              .member=${leaving}
              @close=${this.#onClose}
            ></parley-super-peer-end-dialog>`
          : nothing
      }`
  }

  #row(peer: SuperPeerSummary, member: AccessMember | undefined, nowMs: number) {
    const { person, lastSeenAtMs } = peer
    const name = personName(person)
    const { tone, state: words, detail } = superPeerWords(peer, nowMs)
    const mayRead = this.mayPromote && (member?.rolesIMayGive.includes('reader') ?? false)
    return html`<li data-tone=${tone}>
      <span class="lamp" data-tone=${tone}></span>
      <div>
        <p class="who">
          <bdi>${shortName(person)}</bdi>
          <span class="key-tag" title="From ${name}'s key: the same in every room">${person.keyTag}</span>
        </p>
        <p class="muted small words">
          <span class="state" title=${lastSeenAtMs === undefined ? nothing : fullTimeText(lastSeenAtMs)}>${words}</span
          >${detail === '' ? nothing : html` · ${detail}`}
        </p>
      </div>
      <div class="buttons ${mayRead ? 'many' : ''}">
        ${
          mayRead
            ? html`<button
                class="quiet"
                aria-label="Let it read…: ${name}"
                @click=${() => this.dispatchEvent(new RoleChoiceEvent(person.id, 'reader'))}
              >
                Let it read…
              </button>`
            : nothing
        }
        ${
          member?.mayRemove === true
            ? html`<button class="quiet" aria-label="Let it go: ${name}" @click=${() => this.#letGo(member)}>
                Let it go
              </button>`
            : nothing
        }
      </div>
    </li>`
  }

  #letGo(member: AccessMember): void {
    void import('./super-peer-end-dialog.ts')
    this.leaving = member
  }

  readonly #onClose = (): void => {
    const gone = this.leaving?.person.id
    this.leaving = undefined
    const left = this.room ? superPeersOf(this.room) : []
    // The row takes the button along from which the dialog was opened.
    if (left.every(({ person }) => person.id !== gone)) this.headingElement?.focus()
    if (left.length === 0) this.dispatchEvent(new SuperPeersGoneEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-super-peer-list': SuperPeerList
  }
  interface HTMLElementEventMap {
    'parley-super-peers-gone': SuperPeersGoneEvent
  }
}
