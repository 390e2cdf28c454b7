import * as Y from 'yjs'
import { createDocument } from './document-content.ts'
import type { GuardedDocument } from './guarded-document.ts'
import { textOfFragment, textOfType } from './plain-text.ts'

/**
 * The version of the note schema that this code writes. A document says at its creation which one it has; a device with
 * an older one shows it read-only, since an editor deletes the nodes that it does not know.
 */
export const NOTE_SCHEMA_VERSION = 1

export const BODY_ROOT = 'body'
export const TITLE_ROOT = 'title'

export const bodyOf = (doc: Y.Doc): Y.XmlFragment => doc.getXmlFragment(BODY_ROOT)
export const titleOf = (doc: Y.Doc): Y.Text => doc.getText(TITLE_ROOT)

/** The title in one line, or an empty text. */
export const noteTitle = (doc: Y.Doc): string => textOfType(titleOf(doc)).replace(/\s+/gu, ' ').trim()

/** Title and body without any formatting, one line a block. */
export function noteText(doc: Y.Doc): string {
  const title = noteTitle(doc)
  const body = textOfFragment(bodyOf(doc))
  return title === '' ? body : body === '' ? title : `${title}\n\n${body}`
}

/**
 * A copy of a note for those who may not write. It follows the note and nothing flows back: an editor that is bound to
 * it may change it as it likes, as it does with nodes that it does not know, even when it shows them read-only.
 */
export class ReadOnlyCopy {
  readonly #source: GuardedDocument
  readonly #stopFollowing: () => void
  #followed: Y.Doc
  #doc: Y.Doc
  readonly #follow = (update: Uint8Array): void => {
    try {
      Y.applyUpdate(this.#doc, update, this)
    } catch (error) {
      // An observer of the copy threw. It must not reach the note, which would never send an event again.
      this.#source.events.emit('failed', error)
    }
  }

  /** `onReplaced` is called when `doc` is another object, since the note was rebuilt. */
  constructor(source: GuardedDocument, onReplaced: (doc: Y.Doc) => void = () => {}) {
    this.#source = source
    this.#followed = source.doc
    this.#doc = this.#copy()
    this.#stopFollowing = source.events.on('replaced', () => {
      this.#release()
      this.#followed = source.doc
      this.#doc = this.#copy()
      onReplaced(this.#doc)
    })
  }

  get doc(): Y.Doc {
    return this.#doc
  }

  close(): void {
    this.#stopFollowing()
    this.#release()
  }

  #copy(): Y.Doc {
    const doc = createDocument(this.#source.kind, { gc: true })
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(this.#followed), this)
    this.#followed.on('update', this.#follow)
    return doc
  }

  #release(): void {
    this.#followed.off('update', this.#follow)
    this.#doc.destroy()
  }
}
