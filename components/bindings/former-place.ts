import { type EditorState, Selection, TextSelection } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition } from 'y-prosemirror'
import type * as Y from 'yjs'
import { ScrollHold } from './scroll-hold.ts'
import { survivingPosition } from './surviving-position.ts'
import { syncState } from './sync-state.ts'

/**
 * Where somebody was in a note when its document is replaced: focus, caret or selection, and what they look at. All of
 * it is found again by the letters that stood there, not by counting.
 */
export class FormerPlace {
  readonly #document: Y.Doc
  readonly #anchor: Y.RelativePosition | undefined
  readonly #head: Y.RelativePosition | undefined
  readonly #hadFocus: boolean
  /** The place that must not move in the window. */
  readonly #looked: Y.RelativePosition | undefined
  readonly #hold: ScrollHold

  constructor(view: EditorView) {
    const { doc, type, binding } = syncState(view.state)
    const relative = (position: number): Y.RelativePosition | undefined => {
      try {
        return absolutePositionToRelativePosition(position, type, binding.mapping) as Y.RelativePosition
      } catch {
        // A document in a state that the binding does not expect: the start is as good as any place.
        return undefined
      }
    }
    const { selection } = view.state
    this.#document = doc
    this.#anchor = relative(selection.anchor)
    this.#head = relative(selection.head)
    this.#hadFocus = view.hasFocus()
    const position = lookedAt(view)
    this.#looked = position === undefined ? undefined : relative(position)
    this.#hold = new ScrollHold(view.dom, this.#looked && position !== undefined ? topOf(view, position) : undefined)
  }

  /** Shows `state`, bound to the document that takes the former one's place. */
  restore(view: EditorView, state: EditorState): void {
    const anchor = this.#find(state, this.#anchor)
    const head = this.#find(state, this.#head)
    view.updateState(anchor === undefined || head === undefined ? state : select(state, anchor, head))
    // An editor that turns read-only is still where the keyboard is.
    if (this.#hadFocus && !view.hasFocus()) view.dom.focus({ preventScroll: true })
    this.#hold.release(() => {
      if (view.isDestroyed) return undefined
      const position = this.#find(view.state, this.#looked)
      return position === undefined ? undefined : topOf(view, position)
    })
  }

  #find(state: EditorState, position: Y.RelativePosition | undefined): number | undefined {
    const { doc, type, binding } = syncState(state)
    const surviving = position && survivingPosition(position, this.#document, doc)
    if (surviving === undefined) return undefined
    try {
      const found = relativePositionToAbsolutePosition(doc, type, surviving, binding.mapping)
      return found === null ? undefined : Math.min(Math.max(found, 0), state.doc.content.size)
    } catch {
      return undefined
    }
  }
}

function select(state: EditorState, anchor: number, head: number): EditorState {
  const [$anchor, $head] = [state.doc.resolve(anchor), state.doc.resolve(head)]
  // Between two paragraphs, the end of what is before is nearer to what was being written.
  const selection = anchor === head ? Selection.near($head, -1) : TextSelection.between($anchor, $head)
  return state.apply(state.tr.setSelection(selection))
}

const topOf = (view: EditorView, position: number): number => view.coordsAtPos(position).top

/** The caret, while it can be seen; else what stands in the middle of the window. */
function lookedAt(view: EditorView): number | undefined {
  const { head } = view.state.selection
  const caretPx = topOf(view, head)
  if (view.hasFocus() && caretPx >= 0 && caretPx <= innerHeight) return head
  const { left, top, bottom } = view.dom.getBoundingClientRect()
  const middlePx = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2
  return view.posAtCoords({ left: left + 1, top: middlePx })?.pos
}
