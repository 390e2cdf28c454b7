import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PersonId } from '../../src/base/ids.ts'
import { aliceRoom, grantTo, idOf, leave, remove } from './room-history.ts'

const bobsId = idOf<PersonId>('bob')

describe('why somebody is no member', () => {
  it('[A30] is the ban, also of somebody whose role was changed before', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const target = { type: 'grants', grants: [bobs.hash] } as const
    const demotion = alice.append(admin, remove('bob', [], { mode: 'demote', target }))
    alice.append(admin, grantTo('bob', 'reader', { over: [demotion.hash] }))
    assert.equal(history.evaluate().removalOf(bobsId), undefined)
    const ban = alice.append(admin, remove('bob', [], { mode: 'ban' }))
    assert.equal(history.evaluate().removalOf(bobsId)?.hash, ban.hash)
  })

  it('[A30] is the removal, also of somebody who had left and come back', () => {
    const { history, alice, admin } = aliceRoom()
    const bobs = alice.append(admin, grantTo('bob', 'writer'))
    const left = history.session('bob').append(bobs.hash, leave('bob', []))
    alice.append(admin, grantTo('bob', 'writer', { over: [left.hash] }))
    const kick = alice.append(admin, remove('bob', []))
    const state = history.evaluate()
    assert.equal(state.removalOf(bobsId)?.hash, kick.hash)
    assert.equal(state.hasLeft(bobsId), false)
  })

  it('[A30] is the leaving of somebody who had been removed and let in again', () => {
    const { history, alice, admin } = aliceRoom()
    alice.append(admin, grantTo('bob', 'writer'))
    const kick = alice.append(admin, remove('bob', []))
    const again = alice.append(admin, grantTo('bob', 'writer', { over: [kick.hash] }))
    history.session('bob').append(again.hash, leave('bob', []))
    assert.equal(history.evaluate().hasLeft(bobsId), true)
  })
})
