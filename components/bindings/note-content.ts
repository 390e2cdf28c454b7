import * as Y from 'yjs'
import { noteSchema } from './note-schema.ts'

/**
 * Whether binding an editor would keep all of a note's content. y-prosemirror deletes the nodes that its schema
 * refuses, as an edit of the person who merely looks, so what fails here is shown from a copy instead.
 * Empty containers pass: their clean-up loses nothing.
 */
export function isShowable(parent: Y.XmlFragment): boolean {
  const type = parent instanceof Y.XmlElement ? noteSchema.nodes[parent.nodeName] : noteSchema.nodes['doc']
  if (!type) return false
  return parent.toArray().every((child) => {
    if (child instanceof Y.XmlText) return type.inlineContent ? isTextShowable(child, type.name) : child.length === 0
    if (!(child instanceof Y.XmlElement)) return false
    const childType = noteSchema.nodes[child.nodeName]
    if (!childType || childType === type.schema.topNodeType || childType.isText) return false
    // The schema's contents are choices that repeat, so what may stand first may stand anywhere.
    return type.contentMatch.matchType(childType) !== null && isShowable(child)
  })
}

function isTextShowable(text: Y.XmlText, parent: string): boolean {
  const type = noteSchema.nodes[parent]
  const parts = text.toDelta() as readonly unknown[]
  return parts.every((part) => {
    if (typeof part !== 'object' || part === null || !('insert' in part) || typeof part.insert !== 'string')
      return false
    const attributes: unknown = 'attributes' in part ? part.attributes : undefined
    if (typeof attributes !== 'object' || attributes === null) return true
    return Object.keys(attributes).every((name) => {
      const mark = noteSchema.marks[name]
      return mark !== undefined && Boolean(type?.allowsMarkType(mark))
    })
  })
}

/** A copy that follows the original and never writes back. Returns it with the function that ends following. */
export function detachedCopy(original: Y.XmlFragment): { readonly body: Y.XmlFragment; release(): void } {
  const source = original.doc
  if (!source) throw new Error('the note has no document')
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(source))
  const follow = (update: Uint8Array) => Y.applyUpdate(copy, update)
  source.on('update', follow)
  const name = Y.findRootTypeKey(original)
  return {
    body: copy.getXmlFragment(name),
    release() {
      source.off('update', follow)
      copy.destroy()
    },
  }
}
