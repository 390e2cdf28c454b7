import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { NoteSummary, Room } from '../../src/index.ts'
import { failureText } from '../failure/failure-text.ts'
import { noteHash } from '../route/route.ts'
import { infoIcon, notebookPenIcon, plusIcon } from '../icons.ts'
import { lockIcon } from '../later-icons.ts'
import { personName } from '../people/person-name.ts'
import { controls } from '../theme/controls.styles.ts'
import { page } from '../theme/page.styles.ts'
import { agoText } from '../theme/time-text.ts'

const TEMPLATES = [
  { id: 'blank', label: 'Blank', about: 'An empty page' },
  { id: 'meeting', label: 'Meeting notes', about: 'Who, what, decisions' },
  { id: 'checklist', label: 'Checklist', about: 'Things to tick off' },
] as const

/** The notes of a room, newest first, and the way to a new one. */
@customElement('parley-note-list')
export class NoteList extends LitElement {
  static override readonly styles = [
    controls,
    page,
    css`
      ul {
        display: grid;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        border-block-end: 1px solid var(--line);
      }
      li a {
        display: grid;
        gap: 1px;
        margin-inline: calc(-1 * var(--space-3));
        padding: var(--space-3);
        border-radius: var(--radius);
        color: var(--text);
        text-decoration: none;
        transition: background var(--quick);
      }
      li a:hover {
        background: var(--surface-hover);
      }
      .title {
        font-weight: 600;
      }
      .about {
        display: flex;
        align-items: center;
        gap: 5px;
        color: var(--text-muted);
        font-size: var(--size-small);
      }
      .about .icon {
        inline-size: 13px;
        block-size: 13px;
      }
      .empty {
        display: grid;
        gap: var(--space-3);
        justify-items: center;
        padding-block: var(--space-6) 0;
        text-align: center;
      }
      .empty > .icon {
        inline-size: 40px;
        block-size: 40px;
        stroke-width: 1.25;
        color: var(--accent);
      }
      .empty h3 {
        font-size: 1.25rem;
        font-weight: 650;
        letter-spacing: -0.015em;
      }
      .empty p {
        max-inline-size: 38ch;
        color: var(--text-muted);
        text-wrap: balance;
      }
      .templates {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
        gap: var(--space-3);
        inline-size: 100%;
        padding-block-start: var(--space-3);
      }
      .templates button {
        display: grid;
        justify-content: start;
        justify-items: start;
        align-content: center;
        gap: 0;
        min-block-size: 72px;
        padding-inline: var(--space-4);
        text-align: start;
      }
      .templates small {
        color: var(--text-muted);
        font-size: var(--size-small);
        font-weight: 400;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) notes: readonly NoteSummary[] = []
  @state() private busy = false
  @state() private problem = ''

  protected override render() {
    const room = this.room
    if (!room) return nothing
    const notes = this.notes.toSorted((left, right) => right.updatedAtMs - left.updatedAtMs)
    const mayCreate = room.can('create-note')
    return html`<div class="column">
      <div class="header">
        <h2>Notes</h2>
        ${
          mayCreate
            ? html`<button
                class=${notes.length > 0 ? '' : 'primary'}
                ?disabled=${this.busy}
                @click=${() => this.#create('blank')}
              >
                ${plusIcon}New note
              </button>`
            : nothing
        }
      </div>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      ${
        notes.length > 0
          ? html`<ul aria-label="Notes">
              ${notes.map((note) => this.#note(room, note))}
            </ul>`
          : this.#empty(mayCreate)
      }
    </div>`
  }

  #note(room: Room, note: NoteSummary) {
    const isAbsent = !note.isKept && note.updatedAtMs === 0
    const untitled = isAbsent ? 'Note (not on this device yet)' : 'Untitled'
    const changed = isAbsent ? 'Fetched when you open it' : `Changed ${agoText(note.updatedAtMs, Date.now())}`
    // What was changed since is not known here.
    const kept = note.isKept || isAbsent ? '' : ' · newer changes when you open it'
    const by = note.createdBy.isMe ? 'you' : personName(note.createdBy)
    return html`<li>
      <a href=${noteHash(room.id, note.id)}>
        <span class="title name" dir="auto">${note.title || untitled}</span>
        <span class="about">
          ${note.mayWrite ? nothing : lockIcon}
          <span>${changed} · by <bdi>${by}</bdi>${kept}${note.mayWrite ? '' : ' · you can read it'}</span>
        </span>
      </a>
    </li>`
  }

  #empty(mayCreate: boolean) {
    return html`<div class="empty">
      ${notebookPenIcon}
      <h3>No notes yet</h3>
      <p>
        ${mayCreate ? 'Write together in real time, also without a network. Start from:' : 'Notes that the writers of this room make appear here.'}
      </p>
      ${
        mayCreate
          ? html`<div class="templates">
              ${TEMPLATES.map(
                ({ id, label, about }) =>
                  html`<button ?disabled=${this.busy} @click=${() => this.#create(id)}>
                    <span>${label}</span><small>${about}</small>
                  </button>`,
              )}
            </div>`
          : nothing
      }
    </div>`
  }

  async #create(template: (typeof TEMPLATES)[number]['id']): Promise<void> {
    const room = this.room
    if (!room || this.busy) return
    this.busy = true
    this.problem = ''
    try {
      const made = await room.createNote()
      if (!made.ok) {
        this.problem = failureText(made.reason)
        return
      }
      const note = made.value
      if (template !== 'blank') (await import('../bindings/note-templates.ts')).fillTemplate(note, template)
      note.close()
      location.hash = noteHash(room.id, note.id)
    } finally {
      this.busy = false
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-note-list': NoteList
  }
}
