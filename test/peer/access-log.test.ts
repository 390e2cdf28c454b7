import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fromBase64url } from '../../src/base/bytes.ts'
import { emptyChain, extendChain, verifyHead } from '../../src/feed/chain.ts'
import type { DeviceId, FeedId } from '../../src/base/ids.ts'
import { idFromBytes } from '../../src/base/ids.ts'
import { logEventsOf } from '../../src/peer/access-events.ts'
import type { Room } from '../../src/peer/room.ts'
import { type AccessScene, agree, idOf, withTrio } from './access-scene.ts'
import { must, texts, until } from './meeting.ts'

describe('the log of a room', () => {
  let scene: AccessScene
  let ada: Room
  let ben: Room
  let cleo: Room
  withTrio((trio) => {
    ;({ scene, ada, ben, cleo } = trio)
  })

  test('says in plain words who did what, the same to everybody', async () => {
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'moderator' }))
    must(await cleo.chat.send('good evening'))
    await until(ada, () => texts(ada).includes('good evening'), 'Cleo')
    must(await ada.access.apply({ type: 'role', person: idOf(cleo), role: 'reader' }))
    await until(ben, () => ben.me?.role === 'moderator', 'the role')
    must(await ben.chat.send('hello'))
    await until(ada, () => texts(ada).includes('hello'), 'Ben')
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    must(await ada.access.apply({ type: 'ban', person: idOf(cleo), keep: 'nothing' }))
    const said = ada.access.log.filter(({ kind }) => kind === 'role' || kind === 'removal')
    const lines = said.map(({ author, text }) => `${author.name} ${text}`)
    assert.match(
      lines.find((line) => line.includes('removed')) ?? '',
      /^Ada removed Ben, keeping what they wrote until \d+ \w+, \d\d:\d\d$/,
    )
    for (const line of [
      'Ada made Ben a moderator',
      'Ada made Cleo a reader',
      'Ada banned Cleo, keeping nothing of what they wrote',
      'Ada let Ben in as a writer',
      'Ada made Ada an admin',
    ])
      assert(lines.includes(line), `${line}: ${lines.join('; ')}`)
    assert(said.every(({ isEffective, why }) => isEffective && why === undefined))
    assert(ada.access.log.every(({ atMs }, i, all) => i === 0 || atMs <= (all[i - 1]?.atMs ?? 0)))
  })

  test('does not date what a removal kept by what somebody wrote after they came back', async () => {
    must(await ben.chat.send('hello'))
    await until(ada, () => texts(ada).includes('hello'), 'Ben')
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    const { log } = ada.core
    assert(log)
    const [removal] = ada.access.log.filter(({ kind }) => kind === 'removal')
    assert(removal)
    const [said] = logEventsOf(log.access, log.state, {
      summaryOf: () => removal.author,
      titleOf: () => '',
      lastWritingAtMs: () => removal.atMs + 1,
      hasWritten: () => true,
    }).filter(({ kind }) => kind === 'removal')
    assert.match(said?.text ?? '', /, keeping what they had written$/)
  })

  test('says nothing of what is kept of somebody who had written nothing', async () => {
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: 'all' }))
    must(await ada.access.apply({ type: 'ban', person: idOf(cleo), keep: 'nothing' }))
    const said = ada.access.log.filter(({ kind }) => kind === 'removal')
    assert.deepEqual(said.map(({ text }) => text).toSorted(), ['banned Cleo', 'removed Ben'])
  })

  test('[R10] is exported so that anybody can check it', async () => {
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'moderator' }))
    await agree(ada, ben, cleo)
    const lines = (await cleo.access.exportLog()).trimEnd().split('\n')
    const records = lines.map((line) => JSON.parse(line) as Record<string, string>)
    assert.equal(records.length, cleo.core.log?.access.size)
    const logs = new Map<string, Record<string, string>[]>()
    for (const record of records) {
      const log = record['log'] ?? ''
      logs.set(log, [...(logs.get(log) ?? []), record])
    }
    for (const [log, operations] of logs) {
      const feed = log as FeedId
      let head = emptyChain(feed)
      let isSigned = false
      for (const { entry, hash, signature, device } of operations.toSorted(
        (a, b) => Number(a['seq']) - Number(b['seq']),
      )) {
        head = extendChain(head, fromBase64url(entry ?? '') ?? assert.fail('no bytes'))
        assert.equal(idFromBytes(head.hash), hash)
        isSigned = signature !== undefined
        if (signature !== undefined)
          assert(await verifyHead(device as DeviceId, feed, head, fromBase64url(signature) ?? new Uint8Array(0)))
      }
      assert(isSigned, 'a signature covers the whole log')
    }
    const promotion = records.find(({ text }) => text === 'made Ben a moderator')
    assert.equal(promotion?.['status'], 'effective')
    assert.match(promotion['author'] ?? '', /^did:key:z/)
  })

  test('answers who could write at a moment', async () => {
    const beforeMs = Date.now()
    scene.skewMs = 60_000
    must(await ada.access.apply({ type: 'role', person: idOf(ben), role: 'reader' }))
    const names = (atMs: number): readonly string[] =>
      ada.access
        .writersAt(atMs)
        .map(({ person }) => person.name)
        .toSorted()
    assert.deepEqual(names(beforeMs), ['Ada', 'Ben', 'Cleo'])
    assert.deepEqual(names(beforeMs + 120_000), ['Ada', 'Cleo'])
    assert.deepEqual(names(0), [])
    assert.deepEqual(ada.access.writersAt(beforeMs)[0]?.places, ['Chat'])
  })

  test('explains an operation and an entry', async () => {
    must(await ben.chat.send('kept'))
    must(await ben.chat.send('dropped'))
    await until(ada, () => texts(ada).length === 2, 'Ben')
    const [newest] = ada.access.writesOf(idOf(ben))
    assert(newest)
    const [feed = '', seq = ''] = newest.id.split('/')
    assert.equal(ada.access.explainEntry(feed as FeedId, Number(seq)).status, 'effective')
    must(await ada.access.apply({ type: 'remove', person: idOf(ben), keep: { before: newest.id } }))
    const explained = ada.access.explainEntry(feed as FeedId, Number(seq))
    assert.equal(explained.status, 'not-effective')
    assert.equal(explained.by?.name, 'Ada')
    assert.match(explained.sentence, /Ada removed them/)
    assert.equal(ada.access.explainEntry(feed as FeedId, 99).status, 'not-effective')
    await until(ben, () => ben.status === 'removed', 'the removal')
    const { log } = ben.core
    assert(log)
    const node = [...log.state.nodes.values()].find(({ holder }) => holder === idOf(ben))
    assert(node)
    const written = must(
      await log.appendUnder(node.hash, {
        kind: 'document.create',
        documentKind: 'note',
        schemaVersion: 1,
        policy: new Uint8Array(0),
      }),
    )
    await until(ada, () => ada.core.log?.access.operation(written.hash) !== undefined, 'what Ben tries')
    const { status, by } = ada.access.explain(written.hash)
    assert.equal(status, 'not-effective')
    assert.equal(by?.name, 'Ada')
  })
})
