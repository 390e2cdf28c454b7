import { LitElement, css, html, nothing, type PropertyValues } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { DocumentId, NoteProgress, Room } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

const WHOLE: NoteProgress = { state: 'here', entriesHere: 0, entriesMissing: 0 }

/** How far the note has come; where nothing is known of that, it is as it is. */
export const noteProgress = (room: Room, note: DocumentId): NoteProgress => room.keeping?.progressOf(note) ?? WHOLE

const entries = (count: number): string => `${count.toLocaleString()} ${count === 1 ? 'entry' : 'entries'}`

function progressText({ state, entriesHere, entriesMissing }: NoteProgress): string {
  if (state === 'fetching')
    return entriesMissing === 0
      ? 'Fetching this note…'
      : `Fetching this note… ${entriesHere.toLocaleString()} of ${entries(entriesHere + entriesMissing)}.`
  const what =
    entriesHere === 0 ? 'This note is not on this device yet' : `${entries(entriesMissing)} of this note are to come`
  return `${what}. It is fetched when somebody who has it appears.`
}

/** Says of a note that was just opened how much of it is still to come, until all of it was here once. */
@customElement('parley-note-progress')
export class NoteProgressLine extends LitElement {
  static override readonly styles = css`
    :host {
      display: block;
    }
    div {
      display: grid;
      gap: var(--space-1);
      padding-block: var(--space-2);
      color: var(--text-muted);
      font-size: var(--size-small);
    }
    p {
      margin: 0;
    }
    progress {
      inline-size: 100%;
      block-size: 4px;
      accent-color: var(--accent);
    }
  `

  @property({ attribute: false }) room: Room | undefined
  @property() noteId: DocumentId | undefined
  #isWhole = false
  #progress: NoteProgress | undefined
  readonly #follow = new FollowController<Room>(this, (room, changed) => [
    room.on('notes', changed),
    room.on('connection', changed),
  ])

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { room, noteId } = this
    this.#follow.follow(room)
    if (changed.has('noteId')) this.#isWhole = false
    if (!room || noteId === undefined || this.#isWhole) return
    this.#progress = noteProgress(room, noteId)
    // What is written from now on comes as it is written.
    this.#isWhole = this.#progress.state === 'here'
  }

  protected override render() {
    if (this.#isWhole || !this.#progress) return nothing
    const { state, entriesHere, entriesMissing } = this.#progress
    const total = entriesHere + entriesMissing
    return html`<div>
      <p role="status">${progressText(this.#progress)}</p>
      ${
        state === 'fetching' && total > 0
          ? html`<progress aria-label="Fetched" max=${total} .value=${entriesHere}></progress>`
          : nothing
      }
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-note-progress': NoteProgressLine
  }
}
