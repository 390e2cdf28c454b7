import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Heirs } from '../../src/trust/heirs.ts'
import { StatementBook, STATEMENTS_MAX, STATEMENTS_PER_ISSUER_MAX } from '../../src/trust/statement-book.ts'
import { vouchSlot } from '../../src/trust/statement.ts'
import { ben, blocks, cleo, eve, handsOver, NOW_MS, person, says, settingsWith, vouches } from './people.ts'

const DAY_MS = 24 * 3_600_000

describe('what a book keeps', () => {
  it('[TS34] so many statements of one issuer, whose old ones can still be renewed', () => {
    const book = new StatementBook()
    for (let index = 0; index < STATEMENTS_PER_ISSUER_MAX; index++)
      assert.equal(book.add(vouches(ben, person(100 + index))), 'added')
    assert.equal(book.add(vouches(ben, eve)), 'full')
    assert.equal(book.add(vouches(ben, person(100), { serial: 2 })), 'added')
    assert.equal(book.add(vouches(cleo, eve)), 'added')
    assert.equal(book.size, STATEMENTS_PER_ISSUER_MAX + 1)
  })

  it('[TS34] those of people with a voice, when strangers fill it', () => {
    const voices = new Set([ben])
    const book = new StatementBook({ counts: (issuer) => voices.has(issuer) })
    book.add(vouches(ben, eve))
    for (let index = 0; index < STATEMENTS_MAX + 500; index++) book.add(vouches(person(1_000 + index), eve))
    assert.equal(book.size, STATEMENTS_MAX)
    assert.ok(book.said(ben, vouchSlot(eve, 'people')))
    assert.equal(book.issuersAbout(eve).size, STATEMENTS_MAX)
  })

  it('[TS34] what was replaced does not come back after what replaced it is forgotten', () => {
    const book = new StatementBook()
    const vouch = vouches(ben, eve, { serial: 1, untilMs: NOW_MS + 100 * DAY_MS })
    book.add(vouch)
    const withdrawal = { kind: 'withdraw', of: 'vouch', person: eve, area: 'people' } as const
    book.add(says(ben, withdrawal, { serial: 2, untilMs: NOW_MS + DAY_MS }))
    book.forgetExpired(NOW_MS + 50 * DAY_MS)
    assert.equal(book.add(vouch), 'older')
    book.forgetExpired(NOW_MS + 100 * DAY_MS)
    assert.equal(book.size, 0)
    assert.equal(book.issuersAbout(eve).size, 0)
  })

  it('[TS34] an issuer is about a subject until the last of their statements about it is gone', () => {
    const book = new StatementBook()
    book.add(vouches(ben, eve, { untilMs: NOW_MS + DAY_MS }))
    book.add(blocks(ben, eve, { untilMs: NOW_MS + 2 * DAY_MS }))
    book.forgetExpired(NOW_MS + DAY_MS)
    assert.deepEqual([...book.issuersAbout(eve)], [ben])
    book.forgetExpired(NOW_MS + 2 * DAY_MS)
    assert.deepEqual([...book.issuersAbout(eve)], [])
  })
})

describe('what is kept of key changes', () => {
  it('[TS6] is bounded, and those of people with a level stay', () => {
    const heirs = new Heirs({ counts: (one) => one === ben })
    heirs.add(handsOver(ben, cleo))
    for (let index = 0; index < 5_000; index++) heirs.add(handsOver(person(1_000 + index), person(20_000 + index)))
    const settings = settingsWith([
      [ben, 'known'],
      [person(1_000), 'trusted'],
    ])
    assert.equal(heirs.inheritanceOf(cleo, settings)?.level, 'known')
    assert.equal(heirs.inheritanceOf(person(20_000), settings), undefined)
    assert.deepEqual(heirs.add(handsOver(ben, eve)), 'added')
    assert.deepEqual(heirs.add(handsOver(ben, person(7))), 'full')
  })
})
