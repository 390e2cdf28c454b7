import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { JoinRequestSummary, Room } from '../../src/index.ts'
import '../avatar/avatar.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText, fullTimeText } from '../theme/time-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { AccessController } from './access-controller.ts'
import { personName, shortName } from './person-name.ts'
import { decidesAboutOthers, withArticle } from './role-change.ts'
import { ROLE_ABILITIES } from './role-names.ts'

/** A request was answered, and the button that had the focus went with it. */
export class RequestAnsweredEvent extends Event {
  constructor() {
    super('parley-request-answered', { bubbles: true, composed: true })
  }
}

/** The people who wait to be let in, each with the two answers. */
@customElement('parley-request-list')
export class RequestList extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        align-items: center;
        gap: var(--space-2) var(--space-3);
        padding: var(--space-3) 0;
        border-block-end: 1px solid var(--line);
        --avatar-size: 40px;
      }
      li:last-child {
        border-block-end: 0;
      }
      .who {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .problem {
        grid-column: 1 / -1;
      }
      .buttons {
        display: flex;
        gap: var(--space-2);
      }
      @container (max-width: 600px) {
        .buttons {
          grid-column: 1 / -1;
        }
        .buttons button {
          flex: 1;
        }
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  /** Requests whose answer is being written. */
  @state() private answering: ReadonlySet<string> = new Set()
  @state() private problems: ReadonlyMap<string, string> = new Map()
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    const { requests } = room.access
    if (requests.length === 0) return nothing
    const role = room.me?.role
    const mayDecide = role !== undefined && decidesAboutOthers(role)
    return html`${
        mayDecide ? nothing : html`<p class="muted small">A moderator or admin of the room decides about these.</p>`
      }
      <ul aria-label="Requests">
        ${repeat(
          requests,
          ({ id }) => id,
          (request) => this.#request(request, mayDecide),
        )}
      </ul>`
  }

  #request(request: JoinRequestSummary, mayDecide: boolean) {
    const { id, person, role, atMs, note } = request
    const name = personName(person)
    const isBusy = this.answering.has(id)
    const problem = this.problems.get(id)
    return html`<li>
      <parley-avatar .personId=${person.id} .name=${person.name}></parley-avatar>
      <div>
        <p class="who"><bdi>${shortName(person)}</bdi> <span class="key-tag">${person.keyTag}</span></p>
        <p class="muted small">
          Asked <span title=${fullTimeText(atMs)}>${agoText(atMs, Date.now())}</span> to come in as
          ${withArticle(role)}, who can ${ROLE_ABILITIES[role]}
        </p>
        ${note ? html`<p class="muted small">By the link <bdi>${note}</bdi></p>` : nothing}
      </div>
      ${
        mayDecide
          ? html`<div class="buttons">
              <button aria-label="Decline ${name}" aria-disabled=${isBusy} @click=${() => this.#answer(request, false)}>
                Decline
              </button>
              <button
                class="primary"
                aria-label="Approve ${name}"
                aria-disabled=${isBusy}
                @click=${() => this.#answer(request, true)}
              >
                ${isBusy ? 'Saving…' : 'Approve'}
              </button>
            </div>`
          : nothing
      }
      ${problem ? html`<p class="problem" role="alert">${infoIcon}${problem}</p>` : nothing}
    </li>`
  }

  async #answer({ id, person }: JoinRequestSummary, isApproved: boolean): Promise<void> {
    const access = this.room?.access
    if (!access || this.answering.has(id)) return
    this.answering = new Set([...this.answering, id])
    this.problems = new Map([...this.problems].filter(([other]) => other !== id))
    const answered = await (isApproved ? access.approve(id) : access.decline(id))
    this.answering = new Set([...this.answering].filter((other) => other !== id))
    if (!answered.ok) {
      this.problems = new Map([...this.problems, [id, accessFailureText(answered.reason)]])
      return
    }
    const name = personName(person)
    this.dispatchEvent(new ToastEvent(isApproved ? `${name} is in the room now` : `${name} was not let in`))
    this.dispatchEvent(new RequestAnsweredEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-request-list': RequestList
  }
  interface HTMLElementEventMap {
    'parley-request-answered': RequestAnsweredEvent
  }
}
