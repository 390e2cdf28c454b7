import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { DocumentId, NoteWriters, PersonId, PersonSummary, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { AccessController } from '../people/access-controller.ts'
import { changeEffectsStyles } from '../people/change-effects.ts'
import { namesOf, personName } from '../people/person-name.ts'
import { removalStyles } from '../people/removal-dialog.styles.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'

type Writer = NoteWriters['people'][number]

/** From here on one looks for a name rather than through the list. */
const SEARCH_FROM_COUNT = 12

const OVERRULED =
  'It is saved, but a narrower list by somebody above you is still in force. Ask them to let more people write here.'

const REFUSED = 'That was not possible: too many people are listed, or your role has just changed. Choose fewer people.'

/** Who may write in one note: everybody whose role lets them, or only some of these. */
@customElement('parley-writers-dialog')
export class WritersDialog extends LitElement {
  static override readonly styles = [
    controls,
    changeEffectsStyles,
    removalStyles,
    css`
      ul.people {
        max-block-size: 260px;
        margin: 0;
        padding: var(--space-1);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        list-style: none;
        overflow: auto;
      }
      .choice:has(:disabled) {
        cursor: default;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property() noteId: DocumentId | undefined
  @property() noteTitle = ''
  @state() private isNarrowed = false
  /** Whom the user ticked or not, where that is not what is in force. */
  @state() private ticks: ReadonlyMap<PersonId, boolean> = new Map()
  @state() private search = ''
  @state() private isBusy = false
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
    if (!this.hasUpdated && this.room && this.noteId)
      this.isNarrowed = this.room.access.writersOf(this.noteId).isNarrowed
  }

  protected override render() {
    const { room, noteId } = this
    if (!room || noteId === undefined) return nothing
    const writers = room.access.writersOf(noteId)
    return html`<parley-dialog
      heading="Who can write in ${this.noteTitle || 'this note'}"
      @close=${() => this.dispatchEvent(new Event('close'))}
    >
      ${writers.mayNarrow ? this.#form(writers) : this.#list(writers)}
    </parley-dialog>`
  }

  /** For those who may look and not decide. */
  #list({ isNarrowed, people }: NoteWriters) {
    const able = people.filter(({ mayWrite }) => mayWrite).map(({ person }) => person)
    return html`<p>
        ${isNarrowed ? 'Only some of the writers may write here:' : 'Everybody who may write in the room may write here:'}
        ${namesOf(able)}.
      </p>
      <p class="muted small">A moderator or admin of the room can change this.</p>
      <div class="buttons"><button class="primary" autofocus @click=${this.#close}>Done</button></div>`
  }

  #form(writers: NoteWriters) {
    return html`<form @submit=${this.#onSubmit} novalidate>
      <fieldset>
        <legend>Who can write here</legend>
        <label class="choice">
          <input
            type="radio"
            name="who"
            value="everyone"
            autofocus
            .checked=${!this.isNarrowed}
            @change=${this.#onWho}
          />
          <span>Everybody who can write in the room<span class="hint">As their roles say.</span></span>
        </label>
        <label class="choice">
          <input type="radio" name="who" value="some" .checked=${this.isNarrowed} @change=${this.#onWho} />
          <span
            >Only these people<span class="hint"
              >The list narrows only: it gives nobody a right that their role does not.</span
            ></span
          >
        </label>
        ${this.isNarrowed ? this.#choices(writers.people) : nothing}
      </fieldset>
      <div role="status" aria-label="What this does">${this.#effects(writers)}</div>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <div class="buttons">
        <button type="button" class="quiet" @click=${this.#close}>Cancel</button>
        <button class="primary" aria-disabled=${this.isBusy}>${this.isBusy ? 'Saving…' : 'Save'}</button>
      </div>
    </form>`
  }

  #choices(people: readonly Writer[]) {
    const wanted = this.search.trim().toLocaleLowerCase()
    const found = people.filter(({ person }) => personName(person).toLocaleLowerCase().includes(wanted))
    return html`${
        people.length >= SEARCH_FROM_COUNT
          ? html`<label class="field"
              >Find a person
              <input type="search" autocomplete="off" dir="auto" .value=${this.search} @input=${this.#onSearch}
            /></label>`
          : nothing
      }
      <ul class="people" aria-label="Writers">
        ${repeat(
          found,
          ({ person }) => person.id,
          (writer) => this.#choice(writer),
        )}
      </ul>
      ${found.length === 0 ? html`<p class="muted small">Nobody among the writers has that name.</p>` : nothing}`
  }

  #choice(writer: Writer) {
    const { person, isFixed } = writer
    const why = person.isMe ? 'You decide about the list.' : 'Stands above you, so your list does not bind them.'
    return html`<li>
      <label class="choice">
        <input
          type="checkbox"
          name="person"
          value=${person.id}
          ?disabled=${isFixed}
          .checked=${this.#isTicked(writer)}
          @change=${this.#onTick}
        />
        <span>
          <bdi>${personName(person)}</bdi> <span class="key-tag">${person.keyTag}</span>
          ${isFixed ? html`<span class="hint">${why}</span>` : nothing}
        </span>
      </label>
    </li>`
  }

  /** The dry run: who loses the right to write here, and who gets it back. */
  #effects({ people }: NoteWriters) {
    const losing = this.#peopleOf(people, (writer) => writer.mayWrite && !this.#willWrite(writer))
    const gaining = this.#peopleOf(people, (writer) => !writer.mayWrite && this.#willWrite(writer))
    if (losing.length === 0 && gaining.length === 0) return html`<p class="muted small">Nobody's right changes.</p>`
    return html`<ul class="effects">
      ${
        losing.length > 0
          ? html`<li>
              ${namesOf(losing, { isStart: true })} can no longer write here; what they wrote until now stays.
            </li>`
          : nothing
      }
      ${gaining.length > 0 ? html`<li>${namesOf(gaining, { isStart: true })} can write here again.</li>` : nothing}
    </ul>`
  }

  #peopleOf(people: readonly Writer[], isMeant: (writer: Writer) => boolean): readonly PersonSummary[] {
    return people.filter(isMeant).map(({ person }) => person)
  }

  #isTicked({ person, mayWrite, isFixed }: Writer): boolean {
    return isFixed ? mayWrite : (this.ticks.get(person.id) ?? mayWrite)
  }

  #willWrite(writer: Writer): boolean {
    return this.isNarrowed || writer.isFixed ? this.#isTicked(writer) : true
  }

  readonly #onWho = (event: Event): void => {
    this.isNarrowed = (event.target as HTMLInputElement).value === 'some'
    this.problem = ''
  }

  readonly #onTick = (event: Event): void => {
    const box = event.target as HTMLInputElement
    this.ticks = new Map(this.ticks).set(box.value as PersonId, box.checked)
    this.problem = ''
  }

  readonly #onSearch = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#save()
  }

  async #save(): Promise<void> {
    const { room, noteId } = this
    if (!room || noteId === undefined) return
    const { people } = room.access.writersOf(noteId)
    const wanted = people.filter((writer) => this.#willWrite(writer)).map(({ person }) => person.id)
    this.isBusy = true
    this.problem = ''
    const saved = await room.access.setWriters(noteId, this.isNarrowed ? wanted : 'everyone')
    this.isBusy = false
    if (!saved.ok) {
      this.problem = saved.reason === 'not-allowed' ? REFUSED : accessFailureText(saved.reason)
      return
    }
    const able = new Set(
      room.access.writersOf(noteId).people.flatMap((writer) => (writer.mayWrite ? writer.person.id : [])),
    )
    if (wanted.every((person) => able.has(person))) {
      this.dispatchEvent(new ToastEvent('Who can write was changed'))
      this.#close()
    } else this.problem = OVERRULED
  }

  readonly #close = (): void => this.dialog?.close()
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-writers-dialog': WritersDialog
  }
}
