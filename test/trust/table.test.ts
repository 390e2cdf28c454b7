import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { idFromBytes, type PersonId } from '../../src/base/ids.ts'
import { allowanceFor } from '../../src/trust/allowance-for.ts'
import { ALLOWANCES, STORED_QUOTA_SHARE, UNKNOWN_ATTACHMENTS_MAX } from '../../src/trust/allowance-table.ts'
import type { AllowanceKind } from '../../src/trust/allowance.ts'
import { TRUST_LEVELS } from '../../src/trust/level.ts'
import {
  DEFAULT_TRUST_SETTINGS,
  personSettingFrom,
  trustSettingsFrom,
  withPersonSetting,
} from '../../src/trust/settings.ts'
import { readTable, type Fields } from './table-words.ts'

const KINDS = Object.keys(ALLOWANCES) as AllowanceKind[]
const ben = idFromBytes<PersonId>(new Uint8Array(32).fill(7))
const cells = readTable()

describe('the table, cell by cell', () => {
  for (const { kind, level, words, fields } of cells)
    test(`[TS20] ${kind} of ${level} people: ${words}`, () => {
      assert.deepEqual(allowanceFor(level, kind, DEFAULT_TRUST_SETTINGS), fields)
    })

  it('[TS20] has a cell in words for every kind and level', () => {
    const named = new Set(cells.map(({ kind, level }) => `${kind} ${level}`))
    const all = KINDS.flatMap((kind) => TRUST_LEVELS.slice(1).map((level) => `${kind} ${level}`))
    assert.deepEqual([...named].toSorted(), all.toSorted())
  })

  it('[TS20] keeps 60 % of the quota for what others wrote, and takes five attachments from Unknown people', () => {
    assert.equal(STORED_QUOTA_SHARE, 0.6)
    assert.equal(UNKNOWN_ATTACHMENTS_MAX, 5)
  })
})

/** The words of each field from the least to the most that they allow. */
const ORDERS: readonly (readonly string[])[] = [
  ['none', 'simple', 'full'],
  ['hidden', 'held', 'gated', 'shown'],
  ['none', 'sheet', 'once-per-host', 'if-deceptive'],
  ['none', 'text', 'picture'],
  ['hidden', 'sealed', 'thumbhash', 'image'],
  ['never', 'hold-to-confirm', 'ask', 'two-steps', 'tap', 'auto'],
  ['generated', 'shown'],
  ['new-person', 'for-a-day', 'none'],
  ['one-tap', 'menu'],
  ['none', 'count', 'name', 'full'],
  ['none', 'badge', 'alert'],
  ['off', 'request', 'request-with-badge', 'normal', 'one-tap'],
  ['none', 'text', 'all'],
  ['none', 'opened', 'pre-seed'],
  ['none', 'hidden-if-set', 'direct'],
]

function allowsAtLeast(more: Fields[string], less: Fields[string] | undefined): boolean {
  if (typeof more !== 'string' || typeof less !== 'string') return Number(more) >= Number(less)
  const order = ORDERS.find((words) => words.includes(more) && words.includes(less))
  assert.ok(order, `no order of ${less} and ${more}`)
  return order.indexOf(more) >= order.indexOf(less)
}

describe('presets and changed cells', () => {
  for (const preset of ['relaxed', 'balanced', 'strict'] as const)
    test(`[TS20] no level is allowed less than the one below: ${preset}`, () => {
      const settings = { ...DEFAULT_TRUST_SETTINGS, preset }
      for (const kind of KINDS)
        for (const [index, level] of TRUST_LEVELS.slice(1).entries()) {
          const below: Fields = { ...allowanceFor(TRUST_LEVELS[index] ?? 'blocked', kind, settings) }
          for (const [field, value] of Object.entries<Fields[string]>({ ...allowanceFor(level, kind, settings) }))
            assert.ok(allowsAtLeast(value, below[field]), `${kind}.${field} of ${level}`)
        }
    })

  it('[TS22] strict gives no bytes of pictures, media and files by people below Known, and no private messages', () => {
    const settings = { ...DEFAULT_TRUST_SETTINGS, preset: 'strict' } as const
    for (const level of ['unknown', 'introduced'] as const) {
      for (const kind of ['images', 'media', 'filesA', 'filesB', 'filesC'] as const)
        assert.equal(allowanceFor(level, kind, settings).fetch, 'never', `${kind} of ${level}`)
      assert.equal(allowanceFor(level, 'directMessage', settings).as, 'off')
      assert.equal(allowanceFor(level, 'relay', settings).chunks, 'none')
    }
    for (const kind of KINDS)
      for (const level of ['known', 'trusted'] as const)
        assert.deepEqual(allowanceFor(level, kind, settings), ALLOWANCES[kind][level])
  })

  it('[TS21] a changed cell lies over the preset, for one person only and field by field', () => {
    const strict = { ...DEFAULT_TRUST_SETTINGS, preset: 'strict' } as const
    const settings = withPersonSetting(strict, ben, { allowances: { images: { fetch: 'tap', sizeBytesMax: 10 } } })
    assert.deepEqual(allowanceFor('unknown', 'images', settings, ben), {
      before: 'sealed',
      fetch: 'tap',
      sizeBytesMax: 10,
      pixelsMax: 0,
    })
    assert.equal(allowanceFor('unknown', 'images', settings).fetch, 'never')
  })

  it('[TS21] Blocked may do nothing, whatever was allowed before', () => {
    const allowances = { images: { fetch: 'auto', sizeBytesMax: 1e9 }, storage: { content: 'all' } } as const
    const settings = withPersonSetting(DEFAULT_TRUST_SETTINGS, ben, { level: 'blocked', allowances })
    for (const kind of KINDS) assert.deepEqual(allowanceFor('blocked', kind, settings, ben), ALLOWANCES[kind].blocked)
    for (const kind of KINDS)
      for (const value of Object.values<Fields[string]>({ ...ALLOWANCES[kind].blocked })) {
        const least = ORDERS.map(([first]) => first)
        assert.ok(value === 0 || value === false || least.includes(String(value)), `${kind}: ${value}`)
      }
  })
})

describe('stored settings', () => {
  it('[TS23] come back as they were', () => {
    const setting = {
      level: 'known',
      isVerified: true,
      followsBlocks: true,
      allowances: { images: { fetch: 'auto', sizeBytesMax: 5 }, mentions: { passesMentionsOnly: true } },
    } as const
    assert.deepEqual(personSettingFrom(structuredClone(setting)), setting)
    const file = idFromBytes<never>(new Uint8Array(32).fill(9))
    const settings = trustSettingsFrom({ preset: 'strict', people: [[ben, setting]], allowedFiles: [file] })
    assert.deepEqual(settings, { preset: 'strict', people: new Map([[ben, setting]]), allowedFiles: new Set([file]) })
  })

  it('[TS23] whatever is bad is its default', () => {
    const none = { level: undefined, isVerified: false, followsBlocks: false, allowances: {} }
    for (const bad of [
      undefined,
      null,
      3,
      'known',
      [],
      new Map(),
      { level: 'introduced' },
      { level: 'god' },
      { isVerified: 1 },
    ])
      assert.deepEqual(personSettingFrom(bad), none)
    const allowances = {
      images: { fetch: 'teleport', sizeBytesMax: -1, pixelsMax: Number.NaN, before: 'image', unheardOf: 1 },
      statements: { weight: 7, mayFollowBlocks: true },
      text: 'all of it',
      constructor: { name: 'x' },
      storage: { sizeBytesMax: '5' },
    }
    assert.deepEqual(personSettingFrom({ allowances }).allowances, {
      images: { before: 'image' },
      statements: { mayFollowBlocks: true },
    })
    const settings = trustSettingsFrom({
      preset: 'lax',
      people: [['ben', { level: 'trusted' }]],
      allowedFiles: [1, 'x'],
    })
    assert.deepEqual(settings, DEFAULT_TRUST_SETTINGS)
  })

  it('[TS23] an inherited property is no setting', () => {
    const inherited = Object.create({ level: 'trusted', isVerified: true }) as unknown
    assert.equal(personSettingFrom(inherited).level, undefined)
    assert.equal(personSettingFrom(inherited).isVerified, false)
  })
})
