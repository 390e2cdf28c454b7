import { LitElement, html, nothing, type PropertyValues } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { DocumentId, Note, PersonSummary, Room } from '../../src/index.ts'
import { roomHash } from '../route/route.ts'
import '../avatar/avatar.ts'
import { EMPTY_STATUS, type NoteStatus } from '../bindings/note-commands.ts'
import { NoteEditor, type ReadOnlyReason } from '../bindings/note-editor.ts'
import { TitleBinding } from '../bindings/title-binding.ts'
import '../dialog/dialog.ts'
import { arrowLeftIcon, infoIcon } from '../icons.ts'
import { lockIcon } from '../later-icons.ts'
import { personName } from '../people/person-name.ts'
import { controls } from '../theme/controls.styles.ts'
import { editorStyles } from './editor.styles.ts'
import { notePageStyles } from './note-page.styles.ts'
import { noteProgress } from './note-progress.ts'
import './note-toolbar.ts'
import type { NoteCommandEvent, NoteToolbar } from './note-toolbar.ts'

const READ_ONLY_TEXTS: Readonly<Record<ReadOnlyReason, string>> = {
  role: 'You can read this note. To write in it, ask an admin of the room for the role of a writer.',
  'newer-schema': 'This note was made with a newer Parley. You can read it; reload this page to edit.',
  'unknown-content':
    'Part of this note needs a newer Parley, so you can read the rest but not edit. Nothing of it is lost; reload this page to try again.',
}

/** To writers: their role is not what keeps them from this note. */
const NARROWED =
  'You can read this note. Only some of the writers may write in it; “Who can write” says who, and an admin can add you.'

/** To those who are no longer in the room: there is nobody whom they could ask for a role. */
const REMOVED = 'You can read your copy of this note. To write in it, you have to be in the room.'

/** To those whose device was ended: no role would help. */
const REVOKED =
  'Another of your devices has revoked this one. You can read the copy of this note that is here; write on your other devices.'

/** One note: title, tools, the editor, and who else is in it. Loaded when the first note opens. */
@customElement('parley-note-page')
export class NotePage extends LitElement {
  static override readonly styles = [controls, notePageStyles, editorStyles]

  @property({ attribute: false }) room: Room | undefined
  @property() noteId: DocumentId | undefined
  @state() private isMissing = false
  @state() private isOpen = false
  @state() private status: NoteStatus = EMPTY_STATUS
  @state() private readOnly: ReadOnlyReason | undefined
  @state() private here: readonly PersonSummary[] = []
  @state() private linkProblem = ''
  @state() private isLinking = false
  @state() private isChoosingWriters = false
  @query('#title') private readonly titleField: HTMLInputElement | undefined
  @query('parley-note-toolbar') private readonly toolbar: NoteToolbar | undefined
  @query('.mount') private readonly mount: HTMLElement | undefined
  #editor: NoteEditor | undefined
  #close = () => {}

  override connectedCallback(): void {
    super.connectedCallback()
    this.addEventListener('keydown', this.#onKeydown)
    if (this.hasUpdated) void this.#open()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.removeEventListener('keydown', this.#onKeydown)
    this.#close()
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('noteId') && this.noteId !== undefined) void this.#open()
  }

  protected override render() {
    const room = this.room
    if (!room) return nothing
    const back = html`<a class="back" href=${roomHash(room.id, 'notes')}>${arrowLeftIcon}<span>All notes</span></a>`
    if (this.isMissing)
      return html`<div class="page">
        <div class="top">${back}</div>
        <p class="muted">This note isn't on this device yet. It opens by itself when somebody who has it appears.</p>
      </div>`
    return html`
      <div class="bar ${this.readOnly ? 'reading' : ''}">
        <div class="top">
          ${back} ${this.#people()}
          <button class="quiet writers" @click=${this.#onWriters}>${lockIcon}Who can write</button>
        </div>
        ${
          this.readOnly
            ? html`<p class="read-only" role="status">
                ${lockIcon}<span>${this.#readOnlyText(room, this.readOnly)}</span>
              </p>`
            : html`<parley-note-toolbar
                .status=${this.status}
                @parley-note-command=${this.#onCommand}
              ></parley-note-toolbar>`
        }
        <parley-note-progress .room=${room} .noteId=${this.noteId}></parley-note-progress>
      </div>
      <div class="page" ?aria-busy=${!this.isOpen}>
        <input
          id="title"
          aria-label="Note title"
          placeholder="Untitled"
          maxlength="200"
          dir="auto"
          autocomplete="off"
          ?readonly=${this.readOnly !== undefined}
          @keydown=${this.#onTitleKey}
        />
        <div class="mount" data-placeholder=${this.isOpen ? 'Write something…' : 'Opening…'}></div>
      </div>
      ${this.isLinking ? this.#linkDialog() : nothing} ${this.isChoosingWriters ? this.#writersDialog(room) : nothing}
    `
  }

  #readOnlyText(room: Room, reason: ReadOnlyReason): string {
    if (reason === 'role' && room.status === 'removed') return REMOVED
    if (reason === 'role' && !room.can('act')) return REVOKED
    return reason === 'role' && room.can('chat') ? NARROWED : READ_ONLY_TEXTS[reason]
  }

  #people() {
    return html`<div
      class="here"
      role="group"
      aria-label=${this.here.length > 0 ? `In this note: ${this.here.map((person) => personName(person)).join(', ')}` : 'Nobody else is in this note'}
    >
      ${this.here.map(
        (person) =>
          html`<parley-avatar .personId=${person.id} .name=${person.name} title=${personName(person)}></parley-avatar>`,
      )}
    </div>`
  }

  #writersDialog(room: Room) {
    return html`<parley-writers-dialog
      .room=${room}
      .noteId=${this.noteId}
      .noteTitle=${this.titleField?.value ?? ''}
      @close=${this.#onWritersClose}
    ></parley-writers-dialog>`
  }

  #linkDialog() {
    return html`<parley-dialog heading="Link" @close=${this.#onLinkClose}>
      <form @submit=${this.#onLink} novalidate>
        <label class="field"
          >Address
          <input
            name="address"
            .value=${this.status.linkHref}
            inputmode="url"
            placeholder="https://"
            aria-invalid=${this.linkProblem ? 'true' : 'false'}
            autocomplete="off"
            autofocus
          />
        </label>
        ${this.linkProblem ? html`<p class="problem" role="alert">${infoIcon}${this.linkProblem}</p>` : nothing}
        <div class="buttons">
          ${this.status.linkHref ? html`<button type="button" class="quiet" @click=${this.#onUnlink}>Remove link</button>` : nothing}
          <button class="primary">Set link</button>
        </div>
      </form>
    </parley-dialog>`
  }

  async #open(): Promise<void> {
    this.#close()
    const { room, noteId } = this
    if (!room || noteId === undefined) return
    const note = await room.openNote(noteId)
    // Another note may have been chosen, or the page left, while this one was being opened.
    if (this.noteId !== noteId || !this.isConnected) {
      note?.close()
      return
    }
    if (note) await this.#show(note)
    else this.#awaitNote(room)
  }

  #awaitNote(room: Room): void {
    this.isMissing = true
    const unsubscribe = room.on('notes', () => {
      if (room.notes.some((summary) => summary.id === this.noteId)) void this.#open()
    })
    this.#close = () => {
      unsubscribe()
      this.#close = () => {}
    }
  }

  async #show(note: Note): Promise<void> {
    this.isMissing = false
    await this.updateComplete
    const { mount, titleField: field } = this
    if (!mount || !field) return
    const title = new TitleBinding(field, note.title)
    this.#editor = new NoteEditor(mount, note, {
      onStatus: (status) => {
        this.status = status
        this.#markEmpty(note)
      },
      onReadOnly: (reason) => {
        this.readOnly = reason
      },
      openLink: () => this.#openLink(),
      leave: () => this.#focusTools(),
    })
    const onPresence = () => {
      this.here = [...new Map([...note.presence.states.values()].map(({ person }) => [person.id, person])).values()]
    }
    const unsubscribe = [note.presence.on('change', onPresence), note.on('replaced', () => title.follow(note.title))]
    onPresence()
    this.isOpen = true
    // A new note is named first; one that has a name, or whose name is on its way, is read or written.
    const isWhole = this.room && noteProgress(this.room, note.id).state === 'here'
    if (note.title.length === 0 && note.mayWrite && isWhole) field.focus()
    this.#close = () => {
      for (const end of unsubscribe) end()
      title.destroy()
      this.#editor?.destroy()
      this.#editor = undefined
      note.close()
      this.isOpen = false
      this.here = []
      this.#close = () => {}
    }
  }

  #markEmpty(note: Note): void {
    const first = note.body.length > 1 ? undefined : this.mount?.querySelector('.ProseMirror')
    this.mount?.toggleAttribute(
      'data-empty',
      first?.textContent === '' && first.children.length === 1 && first.firstElementChild?.tagName === 'P',
    )
  }

  #openLink(): void {
    this.linkProblem = ''
    this.isLinking = true
  }

  readonly #onCommand = (event: NoteCommandEvent): void => {
    if (event.command === 'link') this.#openLink()
    else this.#editor?.run(event.command)
  }

  /**
   * Escape leads from what is written to the tools, and from them back: nobody who works by keyboard is held here. In a
   * text that can be written in the editor hears it first, and says `leave`.
   */
  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
    const path = event.composedPath()
    if (path.some((target) => target instanceof HTMLDialogElement)) return
    const { toolbar, mount, titleField } = this
    const isInTools = toolbar !== undefined && path.includes(toolbar)
    if (!isInTools && ![mount, titleField].some((part) => part && path.includes(part))) return
    event.preventDefault()
    if (isInTools) this.#editor?.focus()
    else this.#focusTools()
  }

  #focusTools(): void {
    const tools = this.toolbar ?? this.renderRoot.querySelector<HTMLElement>('.back')
    tools?.focus()
  }

  readonly #onTitleKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.isComposing) return
    event.preventDefault()
    this.#editor?.focus()
  }

  readonly #onLink = (event: SubmitEvent): void => {
    event.preventDefault()
    const address = new FormData(event.target as HTMLFormElement).get('address')
    const text = typeof address === 'string' ? address.trim() : ''
    if (this.#editor?.setLink(text)) this.isLinking = false
    else
      this.linkProblem =
        'This is not a web or mail address. Such an address starts with https:// or mailto: and has no blanks.'
  }

  readonly #onWriters = (): void => {
    void import('../access/writers-dialog.ts')
    this.isChoosingWriters = true
  }

  readonly #onWritersClose = (): void => {
    this.isChoosingWriters = false
  }

  readonly #onUnlink = (): void => {
    this.#editor?.setLink('')
    this.isLinking = false
  }

  readonly #onLinkClose = (): void => {
    this.isLinking = false
    this.#editor?.focus()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-note-page': NotePage
  }
}
