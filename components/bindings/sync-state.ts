import type { EditorState } from 'prosemirror-state'
import { ySyncPluginKey } from 'y-prosemirror'
import type * as Y from 'yjs'

/** The part of y-prosemirror's plugin state that is used here; its own types leave it open. */
export function syncState(state: EditorState) {
  return ySyncPluginKey.getState(state) as {
    doc: Y.Doc
    type: Y.XmlFragment
    binding: { mapping: Map<Y.AbstractType<unknown>, never>; destroy(): void; _isDomSelectionInView: () => boolean }
  }
}

export const bindingOf = (state: EditorState) => syncState(state).binding
