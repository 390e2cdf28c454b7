import { LitElement, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { LogEvent, LogKind, PersonId, PersonSummary, Room } from '../../src/index.ts'
import { AccessController } from '../people/access-controller.ts'
import { personName } from '../people/person-name.ts'
import { ROLE_NAMES } from '../people/role-names.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { dayText, fullTimeText, isSameDay, timeText } from '../theme/time-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { downloadIcon } from './access-icons.ts'
import { accessLogStyles } from './access-log.styles.ts'

const KIND_NAMES: Readonly<Record<LogKind, string>> = {
  role: 'Roles',
  removal: 'Removals',
  invite: 'Invites',
  request: 'Requests',
  document: 'Notes and who may write',
  room: 'The room',
  ownership: 'Ownership',
  device: 'Devices',
  key: 'Keys',
  name: 'Names',
}

/** Events shown at once; a room of years has thousands, and nobody reads them in one go. */
const PAGE_EVENTS = 100

const countText = (count: number, total: number): string =>
  `${count === total ? '' : `${count} of `}${total} ${total === 1 ? 'event' : 'events'}`

const sentence = ({ author, text }: LogEvent) =>
  html`<span><bdi class="who">${author.isMe ? 'You' : personName(author)}</bdi> <bdi>${text}</bdi></span>`

const proof = ({ hash, isEffective, why }: LogEvent) =>
  html`<p>${isEffective ? 'It counts: its author had the right when it was signed.' : (why ?? 'It does not count.')}</p>
    <p class="hash">Signed act <code>${hash}</code></p>`

/** Every signed act in the room, newest first: to look through, to ask about a day, and to take away. */
@customElement('parley-access-log')
export class AccessLog extends LitElement {
  static override readonly styles = [controls, page, accessLogStyles]

  @property({ attribute: false }) room: Room | undefined
  @state() private kind = ''
  @state() private person = ''
  @state() private sought = ''
  @state() private shown = PAGE_EVENTS
  /** What the field for a date holds: local time, without a zone. */
  @state() private moment = ''

  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const { room } = this
    if (!room) return nothing
    const all = room.access.log
    const events = all.filter((event) => this.#isWanted(event))
    return html`<div class="column">
      <div class="header">
        <div>
          <h2 tabindex="-1">Log</h2>
          <p class="muted small">
            Every act is signed by its author's device. The times are what those devices claimed.
          </p>
        </div>
        <button ?disabled=${all.length === 0} @click=${this.#onExport}>${downloadIcon}Export</button>
      </div>
      ${this.#question(room)} ${this.#filters(all)}
      <p class="muted small" role="status">${countText(events.length, all.length)}</p>
      ${
        events.length === 0
          ? html`<p class="muted">
              Nothing in the log matches. <button @click=${this.#onReset}>Show everything</button>
            </p>`
          : this.#list(events.slice(0, this.shown))
      }
      ${
        events.length > this.shown
          ? html`<button @click=${this.#onMore}>
              Show ${Math.min(PAGE_EVENTS, events.length - this.shown)} older
            </button>`
          : nothing
      }
    </div>`
  }

  /** "Who could write on 3 May?" */
  #question(room: Room) {
    const atMs = this.moment === '' ? Number.NaN : new Date(this.moment).getTime()
    const writers = Number.isNaN(atMs) ? undefined : room.access.writersAt(atMs)
    return html`<section aria-label="Who could write">
      <label class="field">
        Who could write on
        <input type="datetime-local" .value=${this.moment} @input=${this.#onMoment} />
      </label>
      ${
        writers === undefined
          ? nothing
          : html`<div class="answer" role="status">
              ${
                writers.length === 0
                  ? html`<p>Nobody: by the log, the room did not exist then, or nobody had a right to write.</p>`
                  : html`<p>On ${fullTimeText(atMs)} these could write:</p>
                      <ul>
                        ${writers.map(
                          ({ person, role, places }) =>
                            html`<li>
                              <bdi>${personName(person)}</bdi>, ${ROLE_NAMES[role]}: <bdi>${places.join(', ')}</bdi>
                            </li>`,
                        )}
                      </ul>`
              }
            </div>`
      }
    </section>`
  }

  #filters(events: readonly LogEvent[]) {
    const people = new Map<PersonId, PersonSummary>()
    const kinds = new Set<LogKind>()
    for (const { author, about, kind } of events.flatMap((event) => [event, ...(event.details ?? [])])) {
      people.set(author.id, author)
      if (about) people.set(about.id, about)
      kinds.add(kind)
    }
    return html`<div class="filters">
      <label class="field">
        Person
        <select @change=${this.#onPerson}>
          <option value="" ?selected=${this.person === ''}>Everybody</option>
          ${[...people.values()].map(
            (person) =>
              html`<option value=${person.id} ?selected=${person.id === this.person}>${personName(person)}</option>`,
          )}
        </select>
      </label>
      <label class="field">
        About
        <select @change=${this.#onKind}>
          <option value="" ?selected=${this.kind === ''}>Everything</option>
          ${[...kinds].map((kind) => html`<option value=${kind} ?selected=${kind === this.kind}>${KIND_NAMES[kind]}</option>`)}
        </select>
      </label>
      <label class="field">
        Find
        <input type="search" .value=${this.sought} autocomplete="off" spellcheck="false" @input=${this.#onSought} />
      </label>
    </div>`
  }

  #list(events: readonly LogEvent[]) {
    const nowMs = Date.now()
    return html`<ol aria-label="Events">
      ${repeat(
        events,
        ({ hash }) => hash,
        (event, index) => {
          const former = events[index - 1]
          const isNewDay = former === undefined || !isSameDay(former.atMs, event.atMs)
          return html`${isNewDay ? html`<li class="day">${dayText(event.atMs, nowMs)}</li>` : nothing}
          ${this.#event(event)}`
        },
      )}
    </ol>`
  }

  #event(event: LogEvent) {
    const { atMs, isEffective, details = [] } = event
    const count = details.length === 1 ? '1 detail' : `${details.length} details`
    return html`<li class=${isEffective ? '' : 'idle'}>
      <time datetime=${new Date(atMs).toISOString()} title=${fullTimeText(atMs)}>${timeText(atMs)}</time>
      <details>
        <summary>
          ${sentence(event)} ${isEffective ? nothing : html`<span class="badge">Does not count</span>`}
          ${details.length > 0 ? html`<span class="muted small">${count}</span>` : nothing}
        </summary>
        ${proof(event)}
        ${
          details.length > 0
            ? html`<ul aria-label="Signed with it">
                ${details.map((detail) => html`<li>${sentence(detail)} ${proof(detail)}</li>`)}
              </ul>`
            : nothing
        }
      </details>
    </li>`
  }

  #isWanted(event: LogEvent): boolean {
    return [event, ...(event.details ?? [])].some((part) => this.#isSought(part))
  }

  #isSought({ kind, author, about, text }: LogEvent): boolean {
    if (this.kind !== '' && kind !== this.kind) return false
    if (this.person !== '' && author.id !== this.person && about?.id !== this.person) return false
    const sought = this.sought.trim().toLocaleLowerCase()
    return sought === '' || `${personName(author)} ${text}`.toLocaleLowerCase().includes(sought)
  }

  readonly #onPerson = (event: Event): void => {
    this.person = (event.target as HTMLSelectElement).value
    this.shown = PAGE_EVENTS
  }
  readonly #onKind = (event: Event): void => {
    this.kind = (event.target as HTMLSelectElement).value
    this.shown = PAGE_EVENTS
  }
  readonly #onSought = (event: Event): void => {
    this.sought = (event.target as HTMLInputElement).value
    this.shown = PAGE_EVENTS
  }
  readonly #onMoment = (event: Event): void => {
    this.moment = (event.target as HTMLInputElement).value
  }
  readonly #onMore = (): void => {
    this.shown += PAGE_EVENTS
  }
  readonly #onReset = (): void => {
    this.kind = ''
    this.person = ''
    this.sought = ''
    // The button goes with the sentence that it stood behind.
    this.renderRoot.querySelector<HTMLElement>('[type=search]')?.focus()
  }

  readonly #onExport = async (): Promise<void> => {
    const { room } = this
    if (!room) return
    const url = URL.createObjectURL(new Blob([await room.access.exportLog()], { type: 'application/jsonl' }))
    const link = document.createElement('a')
    link.href = url
    link.download = `${room.name || 'room'} log.jsonl`
    link.click()
    URL.revokeObjectURL(url)
    this.dispatchEvent(new ToastEvent('Log exported'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-access-log': AccessLog
  }
}
