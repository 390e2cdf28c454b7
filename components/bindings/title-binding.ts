import { simpleDiffString } from 'lib0/diff'
import * as Y from 'yjs'
import { survivingPosition } from './surviving-position.ts'

/**
 * Ties a text field to a shared text: a keystroke becomes the smallest change, a remote change keeps the caret where
 * it was among the letters, and undo takes back only what was typed here.
 */
export class TitleBinding {
  readonly #field: HTMLInputElement
  #text: Y.Text
  #undo: Y.UndoManager

  constructor(field: HTMLInputElement, text: Y.Text) {
    this.#field = field
    this.#text = text
    this.#undo = this.#createUndo()
    field.value = text.toString()
    field.addEventListener('input', this.#onInput)
    field.addEventListener('keydown', this.#onKeydown)
    text.observe(this.#onText)
  }

  /** Goes on with a text that takes the other's place; a caret stays at the letters where it was. */
  follow(text: Y.Text): void {
    const former = this.#text
    if (text === former) return
    former.unobserve(this.#onText)
    this.#undo.destroy()
    this.#text = text
    this.#undo = this.#createUndo()
    text.observe(this.#onText)
    const { selectionStart, selectionEnd, value } = this.#field
    const next = text.toString()
    if (next === value) return
    const start = placeIn(text, former, selectionStart)
    const end = placeIn(text, former, selectionEnd)
    this.#field.value = next
    if (this.#field.matches(':focus')) this.#field.setSelectionRange(start, end)
  }

  destroy(): void {
    this.#field.removeEventListener('input', this.#onInput)
    this.#field.removeEventListener('keydown', this.#onKeydown)
    this.#text.unobserve(this.#onText)
    this.#undo.destroy()
  }

  #createUndo(): Y.UndoManager {
    return new Y.UndoManager(this.#text, { trackedOrigins: new Set([this]) })
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

function placeIn(text: Y.Text, former: Y.Text, index: number | null): number {
  if (index === null || !text.doc || !former.doc) return 0
  const relative = Y.createRelativePositionFromTypeIndex(former, Math.min(index, former.length))
  const surviving = survivingPosition(relative, former.doc, text.doc)
  const found = surviving && Y.createAbsolutePositionFromRelativePosition(surviving, text.doc)
  return found?.index ?? 0
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
