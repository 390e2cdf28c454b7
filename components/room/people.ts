import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { PEOPLE_VIEWS, peopleHash, type PeopleView } from '../route/route.ts'
import { controls } from '../theme/controls.styles.ts'
import { AccessController } from '../people/access-controller.ts'
import '../people/people-list.ts'

// The first is not called People: the room's tab is, and two tabs of one name on one screen cannot be told apart by ear.
const VIEW_LABELS: Readonly<Record<PeopleView, string>> = {
  people: 'Members',
  requests: 'Requests',
  map: 'Access map',
  log: 'Log',
}

/** The list comes with the tab; the other views load when they are first opened. */
async function loadView(view: PeopleView): Promise<void> {
  if (view === 'requests') await import('../people/requests.ts')
  else if (view === 'map') await import('../access/access-map.ts')
  else if (view === 'log') await import('../access/access-log.ts')
}

/** The tab of the people: who is here, who asks to come in, who may do what where, and how that came about. */
@customElement('parley-people')
export class People extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template: auto minmax(0, 1fr) / minmax(0, 1fr);
        block-size: 100%;
        container-type: inline-size;
      }
      .views {
        display: flex;
        gap: var(--space-1);
        inline-size: 100%;
        max-inline-size: 720px;
        margin: 0 auto;
        padding: var(--space-2) var(--space-4) 0;
        overflow-x: auto;
        scrollbar-width: none;
      }
      .views button {
        padding: 0 var(--space-2);
        border: 0;
        border-block-end: 2px solid transparent;
        border-radius: var(--radius-small) var(--radius-small) 0 0;
        background: transparent;
        color: var(--text-muted);
        font-size: var(--size-small);
      }
      .views button:hover {
        color: var(--text);
      }
      .views button:focus-visible {
        outline-offset: -2px;
      }
      .views button[aria-selected='true'] {
        border-color: var(--accent);
        color: var(--text);
      }
      .count {
        min-inline-size: 18px;
        padding: 0 5px;
        border-radius: 9px;
        background: var(--accent-solid);
        color: var(--on-accent);
        font-size: 0.75rem;
        line-height: 18px;
        text-align: center;
      }
      @container (max-width: 560px) {
        .views {
          gap: 0;
          padding-inline: var(--space-2);
        }
        .views button {
          flex: 1 0 auto;
          gap: var(--space-1);
          padding: 0 4px;
        }
      }
      [role='tabpanel'] {
        min-block-size: 0;
        min-inline-size: 0;
        overflow: hidden;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property() view: PeopleView = 'people'
  readonly #access = new AccessController(this)

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#access.follow(this.room)
    if (changed.has('view')) void loadView(this.view)
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    const requestCount = room.access.requests.length
    return html`<div class="views" role="tablist" aria-label="People and access" @keydown=${this.#onKey}>
        ${PEOPLE_VIEWS.map(
          (view) =>
            html`<button
              role="tab"
              id="view-${view}"
              aria-controls="view"
              aria-selected=${view === this.view}
              tabindex=${view === this.view ? 0 : -1}
              data-view=${view}
              @click=${this.#onView}
            >
              ${VIEW_LABELS[view]}${
                view === 'requests' && requestCount > 0 ? html`<span class="count">${requestCount}</span>` : nothing
              }
            </button>`,
        )}
      </div>
      <div role="tabpanel" id="view" aria-labelledby="view-${this.view}">${this.#panel(room)}</div>`
  }

  #panel(room: Room) {
    switch (this.view) {
      case 'people':
        return html`<parley-people-list .room=${room}></parley-people-list>`
      case 'requests':
        return html`<parley-requests .room=${room}></parley-requests>`
      case 'map':
        return html`<parley-access-map .room=${room}></parley-access-map>`
      default:
        return html`<parley-access-log .room=${room}></parley-access-log>`
    }
  }

  readonly #onView = (event: Event): void => {
    const view = PEOPLE_VIEWS.find((name) => name === (event.currentTarget as HTMLElement).dataset['view'])
    if (view && this.room) location.hash = peopleHash(this.room.id, view)
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const count = PEOPLE_VIEWS.length
    const current = PEOPLE_VIEWS.indexOf(this.view)
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: current + 1,
      ArrowLeft: current - 1 + count,
      Home: 0,
      End: count - 1,
    }
    const next = PEOPLE_VIEWS[(steps[event.key] ?? Number.NaN) % count]
    if (!next || !this.room) return
    event.preventDefault()
    this.renderRoot.querySelector<HTMLElement>(`#view-${next}`)?.focus()
    location.hash = peopleHash(this.room.id, next)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-people': People
  }
}
