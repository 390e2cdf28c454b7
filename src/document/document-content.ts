import * as Y from 'yjs'
import type { DocumentSchema } from './guard/schema.ts'
import { chatSchema, noteSchema } from './guard/schemas.ts'
import { toHex, utf8 } from '../base/bytes.ts'
import { sha256 } from '../crypto/hash.ts'
import { disableFormattingCleanup } from './guard/health.ts'

export type DocumentKind = 'chat' | 'note'

export const schemaOf = (kind: DocumentKind): DocumentSchema => (kind === 'chat' ? chatSchema : noteSchema)

/**
 * An empty document. Its roots exist from the start, because an update would otherwise make them without a class. The
 * guard needs what was deleted, so nothing is collected.
 */
export function createDocument(kind: DocumentKind, options: { readonly gc: boolean }): Y.Doc {
  const doc = new Y.Doc({ gc: options.gc })
  for (const [name, { type }] of Object.entries(schemaOf(kind).roots)) {
    if (type === 'fragment') doc.getXmlFragment(name)
    else doc.getText(name)
  }
  disableFormattingCleanup(doc)
  return doc
}

/**
 * A hash of all that can be seen in a document: equal on replicas that hold the same entries. Empty roots are left out,
 * because who knows of more feeds has more lanes.
 */
export function contentDigest(doc: Y.Doc): string {
  const roots = [...doc.share.keys()].toSorted()
  const content = roots.map((name) => [name, contentOf(doc.share.get(name))]).filter(([, parts]) => hasParts(parts))
  return toHex(sha256(utf8(JSON.stringify(content))))
}

const hasParts = (parts: unknown): boolean => Array.isArray(parts) && parts.length > 0

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

/** Maps in the order of their keys: the order in which Yjs gives them depends on that of arrival. */
function contentOf(value: unknown): unknown {
  if (value instanceof Y.XmlText || value instanceof Y.Text) {
    const delta = value.toDelta() as readonly Readonly<Record<string, unknown>>[]
    return delta.map((run) => Object.entries(run).map(([key, part]) => [key, sortedValue(part)]))
  }
  if (value instanceof Y.XmlElement) {
    // A hidden first value of an attribute reads as undefined, which is as good as none.
    const attributes = Object.entries(value.getAttributes()).filter(([, part]) => part !== undefined)
    return [value.nodeName, attributes.toSorted(byKey), value.toArray().map(contentOf)]
  }
  if (value instanceof Y.XmlFragment) return value.toArray().map(contentOf)
  if (value instanceof Y.Array) return value.toArray().map(sortedValue)
  return sortedValue(value)
}

function sortedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.entries(value)
    .toSorted(byKey)
    .map(([key, part]) => [key, sortedValue(part)])
}
