import type { Node } from 'prosemirror-model'
import type { EditorView, NodeView } from 'prosemirror-view'

/** A task with a checkbox that can be ticked without placing the caret. */
export class TaskItemView implements NodeView {
  readonly dom: HTMLElement
  readonly contentDOM: HTMLElement
  readonly #box: HTMLInputElement
  #node: Node

  constructor(node: Node, view: EditorView, getPos: () => number | undefined) {
    this.#node = node
    this.dom = document.createElement('li')
    this.#box = document.createElement('input')
    this.#box.type = 'checkbox'
    this.#box.contentEditable = 'false'
    this.#box.setAttribute('aria-label', 'Done')
    this.#box.disabled = !view.editable
    this.#box.addEventListener('change', () => {
      const position = getPos()
      if (position === undefined || !view.editable) this.#show()
      else view.dispatch(view.state.tr.setNodeAttribute(position, 'checked', this.#box.checked))
    })
    this.contentDOM = document.createElement('div')
    this.dom.append(this.#box, this.contentDOM)
    this.#show()
  }

  update(node: Node): boolean {
    if (node.type !== this.#node.type) return false
    this.#node = node
    this.#show()
    return true
  }

  stopEvent(event: Event): boolean {
    return event.target === this.#box
  }

  ignoreMutation(mutation: { readonly target: globalThis.Node }): boolean {
    return !this.contentDOM.contains(mutation.target)
  }

  #show(): void {
    const isChecked = this.#node.attrs['checked'] === true
    this.#box.checked = isChecked
    this.dom.dataset['checked'] = String(isChecked)
  }
}
