import * as Y from 'yjs'

type SharedType = Y.AbstractType<unknown>

/** Everything that two replicas must agree on: every slot's items in their order, what is deleted, and what is shown. */
export function dump(doc: Y.Doc): string {
  const lines: string[] = []
  const roots = [...doc.share].toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, root] of roots) {
    dumpType(root as SharedType, name, lines)
    lines.push(`${name} = ${JSON.stringify(contentOf(root as SharedType))}`)
  }
  return lines.join('\n')
}

/** The order of all items, whether deleted or not. */
export function dumpOrder(doc: Y.Doc): string {
  const lines: string[] = []
  const roots = [...doc.share].toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, root] of roots) dumpType(root as SharedType, name, lines, false)
  return lines.join('\n')
}

function dumpType(type: SharedType, path: string, lines: string[], withDeleted = true): void {
  const inner: Y.Item[] = []
  dumpList(type._start, path, lines, inner, withDeleted)
  for (const [key, last] of [...type._map].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    let first = last
    while (first.left !== null) first = first.left
    dumpList(first, `${path}@${key}`, lines, inner, withDeleted)
  }
  for (const item of inner) {
    dumpType(
      (item.content as Y.ContentType).type as SharedType,
      `${path}/${item.id.client}:${item.id.clock}`,
      lines,
      withDeleted,
    )
  }
}

/** Runs are written as they would be if all that can be joined were joined, since joining depends on history. */
function dumpList(start: Y.Item | null, path: string, lines: string[], inner: Y.Item[], withDeleted: boolean): void {
  const runs: { client: number; from: number; to: number; deleted: boolean }[] = []
  for (let item = start; item !== null; item = item.right) {
    const { client, clock } = item.id
    const deleted = withDeleted && item.deleted
    const last = runs.at(-1)
    if (last?.client === client && last.to === clock && last.deleted === deleted) last.to += item.length
    else runs.push({ client, from: clock, to: clock + item.length, deleted })
    if (item.content instanceof Y.ContentType) inner.push(item)
  }
  const written = runs.map((run) => `${run.client}:${run.from}-${run.to}${run.deleted ? 'x' : ''}`)
  lines.push(`${path}: ${written.join(' ')}`)
}

function contentOf(type: SharedType): unknown {
  if (type instanceof Y.Text) return type.toDelta() as unknown
  if (type instanceof Y.Array) return type.toJSON()
  if (type instanceof Y.XmlElement || type instanceof Y.XmlFragment) {
    const children = (type.toArray() as unknown as SharedType[]).map(contentOf)
    if (!(type instanceof Y.XmlElement)) return children
    const attributes = Object.entries(type.getAttributes())
    return [type.nodeName, attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)), children]
  }
  return 'unknown type'
}
