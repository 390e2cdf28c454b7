import * as Y from 'yjs'
import { textOfItem } from './plain-text.ts'
import { expandUpdate } from './update-body.ts'

/**
 * The words in bodies that follow one another and were never taken in, from the clock `from` of `client` on, without
 * those that a later one of them deletes. Of the first `skippedCount` bodies no words are given. A body that cannot be
 * read ends the text.
 */
export function textOfBodies(bodies: readonly Uint8Array[], client: number, from: number, skippedCount = 0): string {
  const items: Y.Item[] = []
  const deletions: ReturnType<typeof Y.createDeleteSet>[] = []
  let clock = from
  for (const [i, body] of bodies.entries()) {
    const update = readBody(body, client, clock)
    if (update === undefined) break
    for (const struct of update.structs) {
      if (i >= skippedCount && struct instanceof Y.Item) items.push(struct)
      clock = struct.id.clock + struct.length
    }
    deletions.push(update.ds)
  }
  const deleted = Y.mergeDeleteSets(deletions)
  const parts: string[] = []
  let end = -1
  for (const item of items) {
    const text = textLeftOf(item, deleted)
    if (text === '') continue
    // What does not go on where the last piece ended was written in another place.
    const isApart = item.origin?.client !== client || item.origin.clock !== end || item.content instanceof Y.ContentAny
    if (parts.length > 0 && isApart) parts.push('\n')
    parts.push(text)
    end = item.id.clock + item.length - 1
  }
  return parts.join('').trim()
}

/** The same for bodies in runs, of which each continues the one before: the words of each run. */
export function textsOfRuns(runs: readonly (readonly Uint8Array[])[], client: number, from: number): readonly string[] {
  let clock = from
  return runs.map((bodies) => {
    const text = textOfBodies(bodies, client, clock)
    for (const body of bodies) {
      const last = readBody(body, client, clock)?.structs.at(-1)
      if (last !== undefined) clock = last.id.clock + last.length
    }
    return text
  })
}

function readBody(body: Uint8Array, client: number, clock: number): ReturnType<typeof Y.decodeUpdate> | undefined {
  const update = expandUpdate(body, client, clock)
  if (!update.ok) return undefined
  try {
    return Y.decodeUpdate(update.value)
  } catch {
    // Not judged yet, so it may be anything.
    return undefined
  }
}

function textLeftOf(item: Y.Item, deleted: ReturnType<typeof Y.createDeleteSet>): string {
  const { content, id } = item
  const isLeft = (offset: number): boolean => !Y.isDeleted(deleted, Y.createID(id.client, id.clock + offset))
  if (content instanceof Y.ContentString) {
    return [...content.str.split('').keys()]
      .filter(isLeft)
      .map((i) => content.str[i] ?? '')
      .join('')
  }
  if (!(content instanceof Y.ContentAny) || item.parentSub !== null) return ''
  return content.arr
    .filter((_, i) => isLeft(i))
    .map(textOfItem)
    .join('\n')
}
