import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { AccessLevel, AccessMap as Map, AccessPlace, AccessRow, Room } from '../../src/index.ts'
import { messageCircleIcon } from '../icons.ts'
import { pencilIcon } from '../later-icons.ts'
import { AccessController } from '../people/access-controller.ts'
import { personName } from '../people/person-name.ts'
import { ROLE_NAMES } from '../people/role-names.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { eyeIcon, minusIcon, shieldIcon } from './access-icons.ts'

/** A word and a sign for each level: colour alone would say nothing to some. */
const LEVELS: Readonly<Record<AccessLevel, { readonly word: string; readonly icon: unknown }>> = {
  none: { word: 'No access', icon: minusIcon },
  read: { word: 'Reads', icon: eyeIcon },
  comment: { word: 'Comments', icon: messageCircleIcon },
  write: { word: 'Writes', icon: pencilIcon },
  manage: { word: 'Manages', icon: shieldIcon },
}

const mayWrite = (level: AccessLevel | undefined): boolean => level === 'write' || level === 'manage'

/** People by places: who may do what where, and who may write in one of them. */
@customElement('parley-access-map')
export class AccessMap extends LitElement {
  static override readonly styles = [
    controls,
    page,
    css`
      :host {
        container-type: inline-size;
      }
      .column {
        max-inline-size: none;
        inline-size: fit-content;
        min-inline-size: min(720px, 100%);
        max-inline-size: 100%;
      }
      h2:focus {
        outline: none;
      }
      .filters {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 280px));
        gap: var(--space-3);
      }
      .frame {
        overflow: auto;
        max-block-size: 70vh;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
      table {
        border-collapse: separate;
        border-spacing: 0;
        font-size: var(--size-small);
        inline-size: 100%;
      }
      th,
      td {
        padding: var(--space-2) var(--space-3);
        border-block-end: 1px solid var(--line);
        text-align: start;
        white-space: nowrap;
      }
      tbody tr:last-child > * {
        border-block-end: 0;
      }
      thead th {
        position: sticky;
        inset-block-start: 0;
        z-index: 1;
        max-inline-size: 160px;
        overflow: hidden;
        text-overflow: ellipsis;
        background: var(--surface-sunken);
        font-weight: 600;
      }
      tbody th,
      thead th:first-child {
        position: sticky;
        inset-inline-start: 0;
        max-inline-size: 200px;
        background: var(--surface);
        border-inline-end: 1px solid var(--line);
      }
      thead th:first-child {
        z-index: 2;
        background: var(--surface-sunken);
      }
      tbody th {
        font-weight: 600;
      }
      .about {
        display: block;
        color: var(--text-muted);
        font-weight: 400;
      }
      .name {
        display: block;
      }
      .level {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      .level .icon {
        inline-size: 15px;
        block-size: 15px;
      }
      [data-level='none'] {
        color: var(--text-muted);
      }
      [data-level='write'],
      [data-level='manage'] {
        color: var(--accent);
        font-weight: 550;
      }
      .chosen {
        background: var(--surface-active);
      }
      @container (max-width: 520px) {
        .filters {
          grid-template-columns: minmax(0, 1fr);
        }
        tbody th,
        thead th:first-child {
          max-inline-size: 120px;
        }
        th,
        td {
          padding-inline: var(--space-2);
        }
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  /** The place of which only those who write there are shown; empty for everybody. */
  @state() private place = ''
  @state() private sought = ''

  /** On a phone few of the columns are in sight: the one that is asked about has to be. */
  protected override updated(changed: PropertyValues): void {
    if (!changed.has('place')) return
    this.renderRoot.querySelector('thead .chosen')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }

  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const map = this.room?.access.map
    if (!map) return nothing
    const at = map.places.findIndex(({ id }) => id === this.place)
    const sought = this.sought.trim().toLocaleLowerCase()
    const rows = map.rows.filter(
      (row) =>
        (at < 0 || mayWrite(row.cells[at])) &&
        (sought === '' || personName(row.person).toLocaleLowerCase().includes(sought)),
    )
    return html`<div class="column">
      <div>
        <h2 tabindex="-1">Access map</h2>
        <p class="muted small">Who may do what, by what this device knows. Everybody's device decides the same.</p>
      </div>
      <div class="filters">
        <label class="field">
          Who can write here
          <select @change=${this.#onPlace}>
            <option value="" ?selected=${at < 0}>Everybody and everywhere</option>
            ${map.places.map(
              ({ id, title }) => html`<option value=${id} ?selected=${id === this.place}>${title}</option>`,
            )}
          </select>
        </label>
        <label class="field">
          Find a person
          <input type="search" .value=${this.sought} autocomplete="off" spellcheck="false" @input=${this.#onSought} />
        </label>
      </div>
      <p class="muted small" role="status">${this.#count(rows.length, map.places[at])}</p>
      ${rows.length === 0 ? this.#nobody(sought) : this.#table(map, rows, at)}
    </div>`
  }

  #count(count: number, place: AccessPlace | undefined): string {
    const people = count === 1 ? '1 person' : `${count} people`
    return place ? `${people} can write in ${place.title}` : people
  }

  #nobody(sought: string) {
    return html`<p class="muted">
      ${sought ? `Nobody here is called “${this.sought.trim()}”.` : 'Nobody can write here.'}
      <button @click=${this.#onReset}>Show everybody</button>
    </p>`
  }

  #table({ places }: Map, rows: readonly AccessRow[], at: number) {
    return html`<div class="frame" role="region" aria-label="Access map" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Person</th>
            ${places.map(
              ({ title }, index) =>
                html`<th scope="col" class=${index === at ? 'chosen' : ''} title=${title}><bdi>${title}</bdi></th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${repeat(
            rows,
            ({ person }) => person.id,
            (row) => this.#row(row, at),
          )}
        </tbody>
      </table>
    </div>`
  }

  #row({ person, role, cells }: AccessRow, at: number) {
    return html`<tr>
      <th scope="row">
        <span class="name" title=${personName(person)}>${personName(person)}</span>
        <span class="about">${ROLE_NAMES[role]}${person.isMe ? ', you' : ''}</span>
      </th>
      ${cells.map((level, index) => {
        const { word, icon } = LEVELS[level]
        return html`<td class=${index === at ? 'chosen' : ''} data-level=${level}>
          <span class="level">${icon}${word}</span>
        </td>`
      })}
    </tr>`
  }

  readonly #onPlace = (event: Event): void => {
    this.place = (event.target as HTMLSelectElement).value
  }

  readonly #onSought = (event: Event): void => {
    this.sought = (event.target as HTMLInputElement).value
  }

  readonly #onReset = (): void => {
    this.place = ''
    this.sought = ''
    // The button goes with the sentence that it stood behind.
    this.renderRoot.querySelector<HTMLElement>('[type=search]')?.focus()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-access-map': AccessMap
  }
}
