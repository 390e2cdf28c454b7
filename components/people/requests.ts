import { LitElement, css, html } from 'lit'
import { customElement, property, query } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { AccessController } from './access-controller.ts'
import { userCheckIcon } from './people-icons.ts'
import './request-list.ts'
import { decidesAboutOthers } from './role-change.ts'

/** The view of those who have asked to come in. */
@customElement('parley-requests')
export class Requests extends LitElement {
  static override readonly styles = [
    controls,
    page,
    css`
      h2:focus {
        outline: none;
      }
      .empty {
        display: grid;
        justify-items: center;
        gap: var(--space-3);
        padding: var(--space-6) 0;
        text-align: center;
      }
      .empty .icon {
        inline-size: 40px;
        block-size: 40px;
        stroke-width: 1.25;
        color: var(--accent);
      }
      .empty p {
        max-inline-size: 40ch;
        text-wrap: balance;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @query('h2') private readonly heading: HTMLElement | undefined
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const isEmpty = this.room?.access.requests.length === 0
    const role = this.room?.me?.role
    return html`<div class="column">
      <h2 tabindex="-1">Requests</h2>
      ${
        isEmpty
          ? html`<div class="empty">
              ${userCheckIcon}
              <p class="muted">
                ${
                  role !== undefined && decidesAboutOthers(role)
                    ? 'Nobody is waiting. Those who come by a link that asks for approval appear here, and you let them in.'
                    : 'Moderators and admins see here who asks to come in, and let them in.'
                }
              </p>
            </div>`
          : html`<parley-request-list
              .room=${this.room}
              @parley-request-answered=${this.#onAnswered}
            ></parley-request-list>`
      }
    </div>`
  }

  readonly #onAnswered = (): void => this.heading?.focus()
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-requests': Requests
  }
}
