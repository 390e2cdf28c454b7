import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as Y from 'yjs'
import { contentDigest } from '../../src/document/document-content.ts'
import type { ReceivedEntry } from '../../src/document/entry-outcome.ts'
import { expandUpdate } from '../../src/document/update-body.ts'
import { clientNamed, Replica } from './replica.ts'
import { applyPatches, automergePaper, friendsForever } from './trace.ts'

const title = (replica: Replica): Y.Text => replica.doc.getText('title')

describe('real input', () => {
  it('two authors of one text end on what they ended on', () => {
    const { txns, endContent } = friendsForever()
    const names = ['Alice', 'Bob']
    const authors = names.map((name) => new Replica(name, 'note', names))
    /** For each author and edit the number of the author's entries up to it. */
    const entryCounts: number[] = []
    const delivered = [0, 0]
    /** The other's entries that an edit has seen, through all that it stands on. */
    const seen: number[] = []
    for (const [index, { agent, parents, patches }] of txns.entries()) {
      const author = authors[agent]
      const other = authors[1 - agent]
      assert(author && other)
      let needed = 0
      for (const parent of parents) {
        const isOwn = txns[parent]?.agent === agent
        needed = Math.max(needed, (isOwn ? seen[parent] : entryCounts[parent]) ?? 0)
      }
      seen[index] = needed
      const have = delivered[agent] ?? 0
      if (needed > have) {
        author.receive(other.log.filter(({ feed }) => feed === other.feed).slice(have, needed))
        delivered[agent] = needed
      }
      author.doc.transact(() => applyPatches(title(author), patches))
      author.flush()
      entryCounts[index] = author.document.lengthOf(author.feed)
    }
    for (const [i, author] of authors.entries()) {
      const other = authors[1 - i]
      assert(other)
      author.receive(other.log.filter(({ feed }) => feed === other.feed))
    }
    const texts = authors.map((author) => title(author).toString())
    assert.equal(texts[0], texts[1])
    assert.equal(texts[0], endContent)
  })

  it('a paper, typed in batches of ten edits, reaches a reader whole', () => {
    const { txns, endContent } = automergePaper()
    const author = new Replica('Alice', 'note', ['Alice', 'Bob'])
    const entries: ReceivedEntry[] = []
    const updates: Uint8Array[] = []
    for (let i = 0; i < txns.length; i += 10) {
      author.doc.transact(() => {
        for (const { patches } of txns.slice(i, i + 10)) applyPatches(title(author), patches)
      })
      const from = author.document.publishedClock
      for (const entry of author.flush()) {
        entries.push(entry)
        const update = expandUpdate(entry.body, clientNamed('Alice'), from)
        assert(update.ok)
        updates.push(update.value)
      }
    }
    const raw = new Y.Doc()
    raw.getText('title')
    const rawStart = performance.now()
    for (const update of updates) Y.applyUpdate(raw, update)
    const rawMs = performance.now() - rawStart
    const single = new Replica('Bob', 'note', ['Alice', 'Bob'])
    const singleStart = performance.now()
    for (const entry of entries) single.receive([entry])
    const singleMs = performance.now() - singleStart
    const paged = new Replica('Bob', 'note', ['Alice', 'Bob'])
    const pagedStart = performance.now()
    for (let i = 0; i < entries.length; i += 100) paged.receive(entries.slice(i, i + 100))
    const pagedMs = performance.now() - pagedStart
    const rebuildStart = performance.now()
    paged.document.rebuild(entries)
    const rebuildMs = performance.now() - rebuildStart
    const bytes = entries.reduce((sum, { body }) => sum + body.length, 0)
    const rawBytes = updates.reduce((sum, { length }) => sum + length, 0)
    console.log(
      `${entries.length} entries, ${bytes} bytes of bodies for ${rawBytes} of updates; raw Yjs ${Math.round(rawMs)} ms, ` +
        `guarded one by one ${Math.round(singleMs)} ms, in pages of 100 ${Math.round(pagedMs)} ms, ` +
        `rebuilt ${Math.round(rebuildMs)} ms`,
    )
    for (const replica of [author, single, paged]) assert.equal(title(replica).toString(), endContent)
    assert.equal(contentDigest(single.doc), contentDigest(author.doc))
  })
})
