import { simpleDiffString } from 'lib0/diff'
import * as Y from 'yjs'

/**
 * Ties a text field to a shared text: a keystroke becomes the smallest change, a remote change keeps the caret where
 * it was among the letters, and undo takes back only what was typed here.
 */
export class TitleBinding {
  readonly #field: HTMLInputElement
  readonly #text: Y.Text
  readonly #undo: Y.UndoManager

  constructor(field: HTMLInputElement, text: Y.Text) {
    this.#field = field
    this.#text = text
    this.#undo = new Y.UndoManager(text, { trackedOrigins: new Set([this]) })
    field.value = text.toString()
    field.addEventListener('input', this.#onInput)
    field.addEventListener('keydown', this.#onKeydown)
    text.observe(this.#onText)
  }

  destroy(): void {
    this.#field.removeEventListener('input', this.#onInput)
    this.#field.removeEventListener('keydown', this.#onKeydown)
    this.#text.unobserve(this.#onText)
    this.#undo.destroy()
  }

  readonly #onInput = (): void => {
    const { index, remove, insert } = simpleDiffString(this.#text.toString(), this.#field.value)
    this.#text.doc?.transact(() => {
      if (remove > 0) this.#text.delete(index, remove)
      if (insert) this.#text.insert(index, insert)
    }, this)
  }

  readonly #onText = (event: Y.YTextEvent, transaction: Y.Transaction): void => {
    if (transaction.origin === this) return
    const { selectionStart, selectionEnd } = this.#field
    this.#field.value = this.#text.toString()
    if (selectionStart === null || selectionEnd === null || !this.#field.matches(':focus')) return
    this.#field.setSelectionRange(moved(selectionStart, event), moved(selectionEnd, event))
  }

  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 'z' && !event.shiftKey) this.#undo.undo()
    else if (key === 'y' || (key === 'z' && event.shiftKey)) this.#undo.redo()
    else return
    event.preventDefault()
  }
}

/** Where a place in the text is after a change: what was inserted before it pushes it, what was deleted pulls it. */
function moved(place: number, event: Y.YTextEvent): number {
  let index = 0
  let result = place
  for (const part of event.delta) {
    if (index > result) break
    if (part.retain !== undefined) index += part.retain
    else if (typeof part.insert === 'string') {
      if (index < result) result += part.insert.length
      index += part.insert.length
    } else if (part.delete !== undefined) result -= Math.min(part.delete, Math.max(0, result - index))
  }
  return result
}
