import { dropCursor } from 'prosemirror-dropcursor'
import { gapCursor } from 'prosemirror-gapcursor'
import { type Command, EditorState, Plugin } from 'prosemirror-state'
import { tableEditing } from 'prosemirror-tables'
import { EditorView } from 'prosemirror-view'
import {
  initProseMirrorDoc,
  relativePositionToAbsolutePosition,
  yCursorPlugin,
  ySyncPlugin,
  ySyncPluginKey,
  yUndoPlugin,
} from 'y-prosemirror'
import * as Y from 'yjs'
import type { Note } from '../../src/index.ts'
import { COMMANDS, type CommandName, type NoteStatus, noteStatus, setLink } from './note-commands.ts'
import { detachedCopy, isShowable } from './note-content.ts'
import { noteInputRules, noteKeymaps } from './note-keys.ts'
import { noteSchema, safeHref } from './note-schema.ts'
import { preparePastedHtml, pastedHtmlParser } from './pasted-html.ts'
import { type CursorState, PresenceAwareness } from './presence-awareness.ts'
import { FormerPlace } from './former-place.ts'
import { bindingOf, syncState } from './sync-state.ts'
import { TaskItemView } from './task-item-view.ts'

/** What an editor needs of a note. */
export type EditableNote = Pick<Note, 'body' | 'mayWrite' | 'isSchemaSupported' | 'presence' | 'on'>

/** Why the note can only be read, if so. */
export type ReadOnlyReason = 'role' | 'newer-schema' | 'unknown-content'

export interface NoteEditorListener {
  onStatus(status: NoteStatus): void
  onReadOnly(reason: ReadOnlyReason | undefined): void
  openLink(): void
  /** The user wants to get out of the text by keyboard. */
  leave(): void
}

/**
 * An editor on a note's body: ProseMirror for the view, y-prosemirror between it and Yjs. Undo takes back what was
 * written here only. It never lets y-prosemirror delete content that its schema doesn't know: then the note is shown
 * from a copy, read-only, and the note itself stays as it is.
 */
export class NoteEditor {
  readonly #mount: HTMLElement
  readonly #note: EditableNote
  readonly #listener: NoteEditorListener
  readonly #awareness: PresenceAwareness
  readonly #unsubscribe: readonly (() => void)[]
  #view: EditorView | undefined
  /** The note's own body, whether it or a copy of it is bound. */
  #body: Y.XmlFragment | undefined
  #readOnly: ReadOnlyReason | undefined
  #release = () => {}

  constructor(mount: HTMLElement, note: EditableNote, listener: NoteEditorListener) {
    this.#mount = mount
    this.#note = note
    this.#listener = listener
    this.#awareness = new PresenceAwareness(note.presence)
    this.#unsubscribe = [note.on('replaced', () => this.#follow()), note.on('rights', () => this.#follow())]
    this.#bind()
  }

  get readOnly(): ReadOnlyReason | undefined {
    return this.#readOnly
  }

  focus(): void {
    this.#view?.focus()
  }

  run(name: CommandName): void {
    this.#run(COMMANDS[name])
  }

  /** Links the selection; an empty address removes the link. False when the address can't be followed. */
  setLink(address: string): boolean {
    return this.#run(setLink(address))
  }

  destroy(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#release()
    this.#view?.destroy()
    this.#awareness.destroy()
  }

  #run(command: Command): boolean {
    const view = this.#view
    if (!view) return false
    const hasRun = command(view.state, view.dispatch.bind(view), view)
    view.focus()
    return hasRun
  }

  /** A change of rights is told twice, since the document changes hands with it. */
  #follow(): void {
    if (this.#note.body !== this.#body || this.#reason() !== this.#readOnly) this.#bind()
  }

  /** Binds to what the note is now. The view, its focus, scroll and selection stay when there is one already. */
  #bind(): void {
    // Asked for while the editor was open.
    if (this.#view?.isDestroyed === true) return
    const former = this.#view && new FormerPlace(this.#view)
    const body = this.#boundBody()
    const { doc, mapping } = initProseMirrorDoc(body, noteSchema)
    const state = EditorState.create({
      ...(body.length > 0 ? { doc } : { schema: noteSchema }),
      plugins: this.#plugins(body, mapping),
    })
    if (this.#view && former) former.restore(this.#view, state)
    else this.#view = this.#createView(state)
    const view = this.#view
    // The library's own check reaches for methods that a shadow root doesn't have.
    bindingOf(view.state)._isDomSelectionInView = () => isCaretInView(view)
    this.#listener.onReadOnly(this.#readOnly)
    this.#listener.onStatus(noteStatus(view.state))
  }

  /** The note's own body, or a copy of it where binding it would lose something. */
  #boundBody(): Y.XmlFragment {
    this.#release()
    this.#release = () => {}
    const { body } = this.#note
    this.#body = body
    this.#readOnly = this.#reason()
    if (this.#readOnly === undefined) {
      // Registered before the binding's observer, so that it is asked first.
      const check = (events: readonly Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction) => {
        if (transaction.local || events.every((event) => isEventShowable(event))) return
        if (this.#view) bindingOf(this.#view.state).destroy()
        // After the transaction: a bound copy reads the whole document.
        queueMicrotask(() => this.#bind())
      }
      body.observeDeep(check)
      this.#release = () => body.unobserveDeep(check)
      return body
    }
    if (this.#readOnly === 'role' && isShowable(body)) return body
    const copy = detachedCopy(body)
    this.#release = () => copy.release()
    return copy.body
  }

  #reason(): ReadOnlyReason | undefined {
    if (!this.#note.mayWrite) return 'role'
    if (!this.#note.isSchemaSupported) return 'newer-schema'
    return isShowable(this.#note.body) ? undefined : 'unknown-content'
  }

  #plugins(body: Y.XmlFragment, mapping: ReturnType<typeof initProseMirrorDoc>['mapping']): Plugin[] {
    return [
      ySyncPlugin(body, { mapping }) as Plugin,
      yCursorPlugin(this.#awareness.asAwareness(), {
        cursorBuilder: buildCursor,
        selectionBuilder: (user: CursorState['user']) => ({ class: `cursor-selection colour-${user.colourIndex}` }),
        awarenessStateFilter: (_own: number, _client: number, state: CursorState) => this.#isResolvable(state),
      }) as Plugin,
      // Taking back a list that others have written into must not take their words along.
      yUndoPlugin({ protectedNodes: new Set(Object.keys(noteSchema.nodes)) }) as Plugin,
      noteInputRules(),
      ...noteKeymaps({ openLink: () => this.#listener.openLink(), leave: () => this.#listener.leave() }),
      dropCursor({ color: 'var(--accent)', width: 2 }),
      gapCursor(),
      localTableEditing(),
    ]
  }

  /** A position that somebody else sent may point at anything; one that can't be resolved is no cursor. */
  #isResolvable(state: CursorState): boolean {
    const view = this.#view
    if (!view || !state.cursor) return false
    try {
      return absolute(view.state, state.cursor.anchor) !== null && absolute(view.state, state.cursor.head) !== null
    } catch {
      return false
    }
  }

  #createView(state: EditorState): EditorView {
    return new EditorView(this.#mount, {
      state,
      editable: () => this.#readOnly === undefined,
      attributes: () => ({
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': 'Note',
        'aria-readonly': String(this.#readOnly !== undefined),
        // Without it a note that can only be read couldn't be reached, or scrolled, by keyboard.
        tabindex: '0',
        dir: 'auto',
        translate: 'no',
      }),
      nodeViews: { task_item: (node, view, getPos) => new TaskItemView(node, view, getPos) },
      handlePaste: (view, event) => pasteLink(view, event),
      transformPastedHTML: preparePastedHtml,
      clipboardParser: pastedHtmlParser(state.schema),
      dispatchTransaction: (transaction) => {
        const view = this.#view
        // What was under way when the editor was closed.
        if (!view || view.isDestroyed) return
        view.updateState(view.state.apply(transaction))
        this.#listener.onStatus(noteStatus(view.state))
      },
    })
  }
}

function absolute(state: EditorState, position: unknown): number | null {
  const { doc, type, binding } = syncState(state)
  return relativePositionToAbsolutePosition(doc, type, Y.createRelativePositionFromJSON(position), binding.mapping)
}

/**
 * Table editing that mends irregular tables after edits made here only. Mending what others' edits left would make
 * everybody who looks write the same cells at once, which leaves the table irregular again.
 */
function localTableEditing(): Plugin {
  const { spec } = tableEditing()
  return new Plugin({
    ...spec,
    appendTransaction(transactions, before, after) {
      const isRemote = transactions.some((transaction) => transaction.getMeta(ySyncPluginKey) !== undefined)
      return isRemote ? null : spec.appendTransaction?.call(this, transactions, before, after)
    },
  })
}

/** Whether what a remote change touched can be kept by the editor. */
function isEventShowable(event: Y.YEvent<Y.AbstractType<unknown>>): boolean {
  const { target } = event
  const parent: unknown = target instanceof Y.XmlText ? target.parent : target
  return !(parent instanceof Y.XmlFragment) || isShowable(parent)
}

function isCaretInView(view: EditorView): boolean {
  const caret = view.coordsAtPos(view.state.selection.head)
  return caret.bottom >= 0 && caret.top <= innerHeight
}

function buildCursor(user: CursorState['user']): HTMLElement {
  const caret = document.createElement('span')
  caret.className = `cursor colour-${user.colourIndex}`
  const label = document.createElement('span')
  label.className = 'cursor-name'
  label.textContent = user.name
  // Word joiners keep the caret from taking part in line breaking.
  caret.append('\u2060', label, '\u2060')
  return caret
}

/** An address pasted over selected words links them. */
function pasteLink(view: EditorView, event: ClipboardEvent): boolean {
  const href = safeHref(event.clipboardData?.getData('text/plain').trim())
  if (href === undefined || view.state.selection.empty || view.state.selection.$from.parent.type.spec.code) return false
  return setLink(href)(view.state, view.dispatch.bind(view))
}
