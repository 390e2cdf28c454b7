import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, idToBytes, type DocumentId, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import { feedIdOf } from '../../src/feed/feed-id.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import type { OperationBody } from '../../src/access/operation.ts'
import { aliceRoom, grantTo, idOf, type Placed } from './room-history.ts'

const alicesId = idOf<PersonId>('alice')
const bobsId = idOf<PersonId>('bob')
const documentOf = ({ hash }: Placed): DocumentId => idFromBytes(idToBytes(hash))
const note: OperationBody = {
  kind: 'document.create',
  documentKind: 'note',
  schemaVersion: 1,
  policy: new Uint8Array(0),
}
const profile = (counter: number, text = 'name'): OperationBody => ({ kind: 'profile', counter, sealed: utf8(text) })

describe('documents and feeds', () => {
  it('[A15] a reader’s feed is refused with its reason', () => {
    const { history, alice, admin } = aliceRoom()
    const chat = documentOf(alice.append(admin, note))
    const readers = alice.append(admin, grantTo('bob', 'reader'))
    const bob = history.session('bob')
    bob.append(readers.hash, { kind: 'feed.open', document: chat })
    const record = history.evaluate().feeds.get(feedIdOf(bob.binding.session, chat, readers.hash))
    assert.equal(record?.status, 'role')
  })

  it('[A14] a junior’s document is open to seniors, whichever comes first', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const before = history.log()
    before.evaluate()
    const bob = history.session('bob')
    const created = bob.append(bobs.hash, note)
    const opened = alice.append(admin, { kind: 'feed.open', document: documentOf(created) })
    for (const range of [opened.range, ...history.ranges]) before.add(range)
    assert.equal(before.evaluate().explain(opened.hash).reason, 'effective')
    assert.equal(before.evaluate().documents.get(documentOf(created))?.createdBy, bobsId)
    assert.equal(before.evaluate().digest(), history.evaluate().digest())
  })

  it('[A16] of two feeds with one client id the senior’s stands, in any order of arrival', () => {
    const { history, alice, admin } = aliceRoom()
    const chat = documentOf(alice.append(admin, note))
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const junior = history.session('bob').append(bobs.hash, { kind: 'feed.open', document: chat })
    const senior = alice.append(admin, { kind: 'feed.open', document: chat })
    const again = alice.append(admin, { kind: 'feed.open', document: chat })
    const log = history.log({ clientOf: () => 7 })
    assert.equal(log.evaluate().explain(senior.hash).reason, 'effective')
    assert.equal(log.evaluate().explain(junior.hash).reason, 'client-taken')
    assert.equal(log.evaluate().explain(again.hash).reason, 'client-taken')
    const slow = new AccessLog({ genesis: history.genesis, clientOf: () => 7 })
    const juniorFirst = history.ranges.filter(({ binding }) => binding.person === bobsId)
    for (const range of [...history.ranges.slice(0, 4), ...juniorFirst, ...history.ranges]) {
      slow.add(range)
      slow.evaluate()
    }
    assert.equal(slow.evaluate().digest(), log.evaluate().digest())
  })

  it('[A17] the profile with the highest counter is a person’s, whichever session wrote it', () => {
    const { history, alice, admin } = aliceRoom()
    alice.append(admin, profile(2, 'newer'))
    history.session('alice', 'alice 2').append(admin, profile(1, 'older'))
    assert.deepEqual(history.evaluate().profiles.get(alicesId)?.sealed, utf8('newer'))
  })

  it('[A18] the room’s name is the senior’s unless somebody replaced it', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'admin', { maxGrant: 'admin' }))
    const bob = history.session('bob')
    const name = (text: string, over: readonly OperationHash[] = []): OperationBody => ({
      kind: 'room.name',
      sealed: utf8(text),
      over,
    })
    alice.append(admin, name('first'))
    alice.append(admin, name('second'))
    bob.append(bobs.hash, name('at the same time'))
    assert.deepEqual(history.evaluate().roomName?.sealed, utf8('second'))
    bob.append(bobs.hash, name('third', history.evaluate().roomNameOperations))
    assert.deepEqual(history.evaluate().roomName?.sealed, utf8('third'))
  })

  it('[A19] the first room key is the most senior author’s', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    history.session('bob').append(bobs.hash, { kind: 'epoch', epoch: idOf('bobs key') })
    alice.append(admin, { kind: 'epoch', epoch: idOf('alices key') })
    assert.deepEqual(
      history.evaluate().epochs.map(({ epoch }) => epoch),
      [idOf('alices key'), idOf('bobs key')],
    )
  })
})
