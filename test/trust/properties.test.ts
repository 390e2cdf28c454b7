import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { PersonId } from '../../src/base/ids.ts'
import { effectOfSetting } from '../../src/trust/effect-of-setting.ts'
import { Heirs } from '../../src/trust/heirs.ts'
import { isTrustAtLeast, OWN_LEVELS } from '../../src/trust/level.ts'
import {
  DEFAULT_PERSON_SETTING,
  TRUST_PRESETS,
  withPersonSetting,
  type TrustSettings,
} from '../../src/trust/settings.ts'
import type { VerifiedStatement } from '../../src/trust/signed-statement.ts'
import { BLOCK_REASONS, STATEMENT_LIFE_MS_MAX, VOUCH_AREAS, type Claim } from '../../src/trust/statement.ts'
import { trustIn, type SharedRoom, type TrustContext } from '../../src/trust/trust-in.ts'
import { hasVoice } from '../../src/trust/voices.ts'
import {
  alice,
  aliceWith,
  bookOf,
  file,
  handsOver,
  NOW_MS,
  person,
  room,
  says,
  settingsWith,
  vouches,
} from './people.ts'

/** Ten people beside Alice: few enough that chance lets them meet. */
const PEOPLE = Array.from({ length: 10 }, (_, index) => person(10 + index))

const anyone = fc.constantFrom(...PEOPLE)
const claim: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ kind: fc.constant('vouch' as const), person: anyone, area: fc.constantFrom(...VOUCH_AREAS) }),
  fc.record({ kind: fc.constant('block' as const), person: anyone, reason: fc.constantFrom(...BLOCK_REASONS) }),
  fc.record({ kind: fc.constant('warn' as const), file: fc.nat(3).map(file), reason: fc.constant('malware' as const) }),
  fc.record({
    kind: fc.constant('withdraw' as const),
    of: fc.constant('vouch' as const),
    person: anyone,
    area: fc.constant('people' as const),
  }),
  fc.record({ kind: fc.constant('withdraw' as const), of: fc.constant('block' as const), person: anyone }),
)
const untilMs = fc.oneof(
  { weight: 4, arbitrary: fc.constant(NOW_MS + STATEMENT_LIFE_MS_MAX) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: NOW_MS * 3 }) },
)
const serial = fc.nat(9)
const statementBy = (issuer: fc.Arbitrary<PersonId>): fc.Arbitrary<VerifiedStatement> =>
  fc
    .record({ issuer, claim, serial, untilMs })
    .filter(({ issuer: by, claim: said }) => !('person' in said) || said.person !== by)
    .map(({ issuer: by, claim: said, ...rest }) => says(by, said, rest))

const setting = fc.record({
  level: fc.option(fc.constantFrom(...OWN_LEVELS), { nil: undefined }),
  isVerified: fc.boolean(),
  followsBlocks: fc.boolean(),
})
const settings: fc.Arbitrary<TrustSettings> = fc
  .record({ preset: fc.constantFrom(...TRUST_PRESETS), each: fc.array(fc.tuple(anyone, setting), { maxLength: 10 }) })
  .map(({ preset, each }) => ({
    preset,
    people: new Map(each.map(([of, set]) => [of, { ...DEFAULT_PERSON_SETTING, ...set }])),
    allowedFiles: new Set(),
  }))
const rooms: fc.Arbitrary<readonly SharedRoom[]> = fc.array(
  fc
    .tuple(fc.constantFrom('open' as const, 'invite-only' as const), fc.option(anyone, { nil: undefined }))
    .map(([admission, inviter]) => room(admission, inviter)),
  { maxLength: 2 },
)
const scene = fc.record({ settings, rooms, statements: fc.array(statementBy(anyone), { maxLength: 25 }) })
type Scene = Readonly<{
  settings: TrustSettings
  rooms: readonly SharedRoom[]
  statements: readonly VerifiedStatement[]
}>

const contextOf = (at: Scene, more: readonly VerifiedStatement[] = [], heirs = new Heirs()): TrustContext => ({
  me: alice,
  settings: at.settings,
  statements: bookOf(...at.statements, ...more),
  heirs,
  rooms: at.rooms,
  nowMs: NOW_MS,
})
const ofStrangers = (at: Scene, statements: readonly VerifiedStatement[]): VerifiedStatement[] =>
  statements.filter(({ issuer }) => !hasVoice(issuer, at.settings))

describe('no way up', () => {
  it('[TS10] strangers do not change the order in which people are named either', () => {
    const [first, second, silent, subject] = [person(30), person(20), person(40), person(10)]
    const mine = settingsWith([
      [first, 'known'],
      [second, 'trusted'],
      [silent, 'known'],
    ])
    const about = [vouches(second, subject), vouches(first, subject)]
    const strangers = Array.from({ length: 5 }, (_, number) => vouches(person(900 + number), subject))
    const [few, many] = [aliceWith(mine, about), aliceWith(mine, [...about, ...strangers])]
    assert.deepEqual(trustIn(subject, many), trustIn(subject, few))
  })

  it('[TS10] nothing that people without a voice sign, each or together, changes anything for anybody', () => {
    fc.assert(
      fc.property(scene, fc.array(statementBy(anyone), { maxLength: 30 }), (at, more) => {
        const [before, after] = [contextOf(at), contextOf(at, ofStrangers(at, more))]
        for (const one of PEOPLE) assert.deepEqual(trustIn(one, after), trustIn(one, before))
      }),
      { numRuns: 1_000 },
    )
  })

  it('[TS10] nobody raises themselves, whatever voice they have', () => {
    fc.assert(
      fc.property(scene, anyone, fc.array(claim, { maxLength: 10 }), (at, one, claims) => {
        const own = claims.filter((said) => !('person' in said) || said.person !== one).map((said) => says(one, said))
        const [before, after] = [trustIn(one, contextOf(at)), trustIn(one, contextOf(at, own))]
        assert.equal(after.level, before.level)
      }),
      { numRuns: 1_000 },
    )
  })

  it('[TS10] keys without a level of mine gain nothing by handing over to each other', () => {
    fc.assert(
      fc.property(scene, fc.array(fc.tuple(anyone, anyone), { maxLength: 12 }), (at, pairs) => {
        const heirs = new Heirs()
        for (const [from, to] of pairs)
          if (from !== to && !isTrustAtLeast(at.settings.people.get(from)?.level ?? 'unknown', 'known'))
            heirs.add(handsOver(from, to))
        for (const one of PEOPLE) {
          const [before, after] = [trustIn(one, contextOf(at)), trustIn(one, contextOf(at, [], heirs))]
          assert.ok(isTrustAtLeast(before.level, after.level))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('[TS10] above Introduced is only whom I set there', () => {
    fc.assert(
      fc.property(scene, (at) => {
        for (const one of PEOPLE) {
          const { level, ownLevel } = trustIn(one, contextOf(at))
          if (isTrustAtLeast(level, 'known')) assert.equal(level, ownLevel)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('[TS10] another block in force never raises anybody, nor unfolds them', () => {
    fc.assert(
      fc.property(scene, anyone, anyone, (at, issuer, subject) => {
        fc.pre(issuer !== subject)
        const block = says(issuer, { kind: 'block', person: subject, reason: 'spam' }, { serial: 10 })
        const [before, after] = [contextOf(at), contextOf(at, [block])]
        for (const one of PEOPLE) {
          const [was, is] = [trustIn(one, before), trustIn(one, after)]
          assert.ok(isTrustAtLeast(was.level, is.level))
          assert.ok(is.isCollapsed || !was.isCollapsed || is.level === 'blocked')
        }
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the bound on an attack by vouches', () => {
  it('[TS10] each stranger introduced has one Trusted or two Known vouchers of mine, and falls with them', () => {
    let introduced = 0
    const vouch = fc
      .tuple(anyone, anyone)
      .filter(([issuer, subject]) => issuer !== subject)
      .map(([issuer, subject]) => vouches(issuer, subject))
    fc.assert(
      fc.property(scene, fc.array(vouch, { maxLength: 30 }), (drawn, more) => {
        const statements = [...drawn.statements.filter((said) => said.claim.kind !== 'block'), ...more]
        const at: Scene = { statements, rooms: [], settings: { ...drawn.settings, preset: 'balanced' } }
        for (const one of PEOPLE) {
          const { level, vouchers } = trustIn(one, contextOf(at))
          if (level !== 'introduced') continue
          introduced++
          const levels = vouchers.map((voucher) => at.settings.people.get(voucher)?.level)
          const known = levels.filter((own) => own === 'known').length
          assert.ok(levels.includes('trusted') || known >= 2)
          let demoted = at.settings
          for (const voucher of vouchers) demoted = withPersonSetting(demoted, voucher, { level: 'unknown' })
          assert.equal(trustIn(one, contextOf({ ...at, settings: demoted })).level, 'unknown')
        }
      }),
      { numRuns: 1_000 },
    )
    assert.ok(introduced > 50, `only ${introduced} were introduced: the property says little`)
  })

  it('[TS8] what is told before a change is what changes', () => {
    fc.assert(
      fc.property(scene, anyone, fc.constantFrom(...OWN_LEVELS), (at, one, level) => {
        const context = contextOf(at)
        const told = effectOfSetting(one, { level }, { ...context, people: PEOPLE, roomsOf: () => at.rooms })
        const after = { ...context, settings: withPersonSetting(at.settings, one, { level }) }
        const changed = PEOPLE.filter((each) => trustIn(each, context).level !== trustIn(each, after).level)
        assert.deepEqual(new Set(told.map((change) => change.person)), new Set(changed))
      }),
      { numRuns: 500 },
    )
  })
})
