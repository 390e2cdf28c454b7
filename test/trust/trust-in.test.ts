import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { effectOfSetting } from '../../src/trust/effect-of-setting.ts'
import { fileWarnings } from '../../src/trust/file-warnings.ts'
import { Heirs } from '../../src/trust/heirs.ts'
import { withPersonSetting } from '../../src/trust/settings.ts'
import { STATEMENT_CLOCK_SKEW_MS_MAX, STATEMENT_LIFE_MS_MAX } from '../../src/trust/statement.ts'
import { trustIn } from '../../src/trust/trust-in.ts'
import {
  alice,
  aliceWith,
  ben,
  blocks,
  bookOf,
  cleo,
  dan,
  eve,
  file,
  handsOver,
  mallory,
  NOW_MS,
  person,
  room,
  says,
  settingsWith,
  vouches,
  warns,
  type Levels,
} from './people.ts'

const benTrusted: Levels = [[ben, 'trusted']]
const twoKnown: Levels = [
  [ben, 'known'],
  [cleo, 'known'],
]

describe('my own setting', () => {
  it('[TS1] is the level, whatever others say', () => {
    const statements = [vouches(ben, eve), blocks(cleo, eve)]
    for (const level of ['blocked', 'unknown', 'known', 'trusted'] as const) {
      const settings = withPersonSetting(settingsWith([...benTrusted, [cleo, 'trusted'], [eve, level]]), cleo, {
        followsBlocks: true,
      })
      const trust = trustIn(eve, aliceWith(settings, statements, { rooms: [room('invite-only', ben)] }))
      assert.equal(trust.level, level)
      assert.deepEqual(trust.reasons[0], { kind: 'own-setting', level })
      assert.equal(trust.isCollapsed, level === 'unknown')
    }
  })

  it('[TS1] of Unknown is not lifted by the preset Relaxed', () => {
    const settings = settingsWith([[eve, 'unknown']], { preset: 'relaxed' })
    assert.equal(trustIn(eve, aliceWith(settings)).level, 'unknown')
    assert.equal(trustIn(mallory, aliceWith(settings)).level, 'introduced')
    assert.deepEqual(trustIn(mallory, aliceWith(settings)).reasons, [{ kind: 'preset-floor' }])
  })

  it('[TS1] is not needed for me', () => {
    const trust = trustIn(alice, aliceWith(settingsWith(twoKnown), [blocks(ben, alice), blocks(cleo, alice)]))
    assert.equal(trust.level, 'trusted')
    assert.equal(trust.isCollapsed, false)
    assert.deepEqual(trust.reasons[0], { kind: 'me' })
  })

  it('[TS7] verified changes no level', () => {
    const settings = withPersonSetting(settingsWith(), eve, { isVerified: true })
    const { level, isVerified } = trustIn(eve, aliceWith(settings))
    assert.deepEqual([level, isVerified], ['unknown', true])
  })
})

describe('vouches and blocks', () => {
  it('[TS2] one Trusted person or two Known ones introduce somebody', () => {
    const byBen = trustIn(eve, aliceWith(settingsWith(benTrusted), [vouches(ben, eve)]))
    assert.equal(byBen.level, 'introduced')
    assert.deepEqual(byBen.reasons, [{ kind: 'vouched', by: [ben], support: 2 }])
    const byTwo = trustIn(eve, aliceWith(settingsWith(twoKnown), [vouches(ben, eve), vouches(cleo, eve)]))
    assert.equal(byTwo.level, 'introduced')
    assert.deepEqual(byTwo.vouchers, [ben, cleo])
  })

  it('[TS2] one Known person does not, and that is the reason given', () => {
    const trust = trustIn(eve, aliceWith(settingsWith(twoKnown), [vouches(ben, eve)]))
    assert.equal(trust.level, 'unknown')
    assert.deepEqual(trust.reasons, [{ kind: 'vouches-short', by: [ben], support: 1 }])
  })

  it('[TS2] any concern keeps vouches from introducing', () => {
    const levels: Levels = [...benTrusted, [cleo, 'known']]
    const trust = trustIn(eve, aliceWith(settingsWith(levels), [vouches(ben, eve), blocks(cleo, eve)]))
    assert.equal(trust.level, 'unknown')
    assert.deepEqual([trust.support, trust.concern, trust.isCollapsed], [2, 1, false])
    assert.deepEqual(trust.reasons[0], { kind: 'concern', by: [cleo], reasons: ['spam'] })
  })

  it('[TS2] however many vouch, it is Introduced and no more', () => {
    const crowd = Array.from({ length: 50 }, (_, index) => person(100 + index))
    const settings = settingsWith(crowd.map((one) => [one, 'trusted'] as const))
    assert.equal(
      trustIn(
        eve,
        aliceWith(
          settings,
          crowd.map((one) => vouches(one, eve)),
        ),
      ).level,
      'introduced',
    )
  })

  it('[TS3] there is no third hop', () => {
    // Alice trusts Ben, Ben vouches for Cleo and Dan, and these vouch for Eve.
    const statements = [vouches(ben, cleo), vouches(ben, dan), vouches(cleo, eve), vouches(dan, eve)]
    const context = aliceWith(settingsWith(benTrusted), statements)
    assert.equal(trustIn(cleo, context).level, 'introduced')
    assert.equal(trustIn(eve, context).level, 'unknown')
    assert.deepEqual(trustIn(eve, context).reasons, [{ kind: 'nobody' }])
  })

  it('[TS3] nobody vouches for themselves, and a vouch for safety raises nobody', () => {
    const settings = settingsWith([...benTrusted])
    assert.equal(trustIn(eve, aliceWith(settings, [vouches(eve, eve)])).level, 'unknown')
    assert.equal(trustIn(eve, aliceWith(settings, [vouches(ben, eve, { area: 'safety' })])).level, 'unknown')
  })

  it('[TS3] not even one to whom I gave a voice without a level speaks for themselves', () => {
    const settings = withPersonSetting(settingsWith(), eve, { allowances: { statements: { weight: 2 } } })
    const context = aliceWith(settings, [vouches(eve, eve), vouches(eve, dan)])
    assert.equal(trustIn(eve, context).level, 'unknown')
    assert.equal(trustIn(dan, context).level, 'introduced')
  })

  it('[TS3] a voice can be taken from a person whose level stays', () => {
    const settings = withPersonSetting(settingsWith(benTrusted), ben, { allowances: { statements: { weight: 0 } } })
    assert.equal(trustIn(eve, aliceWith(settings, [vouches(ben, eve)])).level, 'unknown')
  })

  it('[TS5] two blocks by Known people fold, and leave the level', () => {
    const statements = [blocks(ben, eve), blocks(cleo, eve, { reason: 'malware' })]
    const settings = settingsWith(twoKnown, { preset: 'relaxed' })
    const trust = trustIn(eve, aliceWith(settings, statements))
    assert.deepEqual([trust.level, trust.isCollapsed, trust.blockers.length], ['introduced', true, 2])
    assert.deepEqual(trust.reasons.at(-1), { kind: 'concern', by: [ben, cleo], reasons: ['spam', 'malware'] })
  })

  it('[TS5] only whose blocks I follow can block, and only while I trust them', () => {
    const follow = (level: 'known' | 'trusted') =>
      withPersonSetting(settingsWith(), ben, { level, followsBlocks: true })
    const blocked = trustIn(eve, aliceWith(follow('trusted'), [blocks(ben, eve)]))
    assert.deepEqual([blocked.level, blocked.isCollapsed], ['blocked', false])
    assert.deepEqual(blocked.reasons[0], { kind: 'followed-block', by: ben, reason: 'spam' })
    assert.equal(trustIn(eve, aliceWith(follow('known'), [blocks(ben, eve)])).level, 'unknown')
  })
})

describe('rooms', () => {
  it('[TS4] an invite-only room is as good as whoever let me in', () => {
    const levelIn = (inviter = ben, levels: Levels = benTrusted) =>
      trustIn(eve, aliceWith(settingsWith(levels), [], { rooms: [room('invite-only', inviter)] })).level
    assert.equal(levelIn(), 'introduced')
    assert.equal(levelIn(ben, [[ben, 'known']]), 'introduced')
    assert.equal(levelIn(alice, []), 'introduced')
    assert.equal(levelIn(cleo), 'unknown')
    assert.equal(levelIn(ben, [[ben, 'blocked']]), 'unknown')
    // Eve let me in, which says nothing about Eve.
    assert.equal(levelIn(eve, []), 'unknown')
  })

  it('[TS4] an open room, or one that nobody I know let me into, has no floor', () => {
    const levelIn = (...rooms: Parameters<typeof room>) =>
      trustIn(eve, aliceWith(settingsWith(benTrusted), [], { rooms: [room(...rooms)] })).level
    assert.equal(levelIn('open', ben), 'unknown')
    assert.equal(levelIn('invite-only', undefined), 'unknown')
  })

  it('[TS4] an inviter who is only introduced makes no floor', () => {
    const context = aliceWith(settingsWith(benTrusted), [vouches(ben, cleo)], { rooms: [room('invite-only', cleo)] })
    assert.equal(trustIn(cleo, context).level, 'introduced')
    assert.equal(trustIn(eve, context).level, 'unknown')
  })
})

describe('new keys', () => {
  const heirsOf = (...handovers: readonly ReturnType<typeof handsOver>[]): Heirs => {
    const heirs = new Heirs()
    for (const handover of handovers) heirs.add(handover)
    return heirs
  }
  const settings = withPersonSetting(settingsWith(benTrusted), ben, { isVerified: true })

  it('[TS6] a key without handover is a stranger', () => {
    const { level, isVerified } = trustIn(cleo, aliceWith(settings, [], { heirs: new Heirs() }))
    assert.deepEqual([level, isVerified], ['unknown', false])
  })

  it('[TS6] with the old key signing for it the level stays, and the badge goes', () => {
    const { level, isVerified, reasons } = trustIn(
      cleo,
      aliceWith(settings, [], { heirs: heirsOf(handsOver(ben, cleo)) }),
    )
    assert.deepEqual([level, isVerified], ['trusted', false])
    assert.deepEqual(reasons, [{ kind: 'handed-over', from: ben, level: 'trusted' }])
  })

  it('[TS6] the voice does not pass on', () => {
    const context = aliceWith(settings, [vouches(cleo, eve)], { heirs: heirsOf(handsOver(ben, cleo)) })
    assert.equal(trustIn(eve, context).level, 'unknown')
  })

  it('[TS6] two heirs of one key inherit nothing', () => {
    const heirs = heirsOf(handsOver(ben, cleo), handsOver(ben, mallory))
    for (const one of [cleo, mallory]) {
      const { level, reasons } = trustIn(one, aliceWith(settings, [], { heirs }))
      assert.equal(level, 'unknown')
      assert.deepEqual(reasons, [{ kind: 'handover-disputed', from: ben }])
    }
  })

  it('[TS6] nor do the heirs of these', () => {
    const heirs = heirsOf(handsOver(ben, cleo), handsOver(ben, mallory), handsOver(cleo, dan))
    assert.equal(trustIn(dan, aliceWith(settings, [], { heirs })).level, 'unknown')
  })

  it('[TS6] a handover by a key that I left at Unknown does not undo a block that I follow', () => {
    const follows = withPersonSetting(settingsWith([...benTrusted, [eve, 'unknown']]), ben, { followsBlocks: true })
    const context = aliceWith(follows, [blocks(ben, mallory)], { heirs: heirsOf(handsOver(eve, mallory)) })
    assert.equal(trustIn(mallory, context).level, 'blocked')
  })

  it('[TS6] a block is inherited even so, and my setting for the new key wins', () => {
    const blocked = settingsWith([
      [ben, 'blocked'],
      [dan, 'trusted'],
    ])
    const heirs = heirsOf(handsOver(ben, cleo), handsOver(ben, mallory), handsOver(dan, cleo))
    assert.equal(trustIn(cleo, aliceWith(blocked, [], { heirs })).level, 'blocked')
    const set = withPersonSetting(blocked, cleo, { level: 'known' })
    assert.equal(trustIn(cleo, aliceWith(set, [], { heirs })).level, 'known')
  })

  it('[TS6] goes back four keys, and ends in a circle', () => {
    const keys = Array.from({ length: 6 }, (_, index) => (index === 0 ? ben : person(200 + index)))
    const pairs = keys.slice(1).map((to, index) => handsOver(keys[index] ?? ben, to))
    const levelOf = (index: number) =>
      trustIn(keys[index] ?? ben, aliceWith(settings, [], { heirs: heirsOf(...pairs) })).level
    assert.equal(levelOf(4), 'trusted')
    assert.equal(levelOf(5), 'unknown')
    const circle = heirsOf(handsOver(cleo, dan), handsOver(dan, cleo))
    assert.equal(trustIn(dan, aliceWith(settings, [], { heirs: circle })).level, 'unknown')
  })
})

describe('how long a statement counts', () => {
  const levelAt = (untilMs: number): string =>
    trustIn(eve, aliceWith(settingsWith(benTrusted), [vouches(ben, eve, { untilMs })])).level

  it('[TS33] until its time, and never longer than 180 days ahead', () => {
    assert.equal(levelAt(NOW_MS), 'unknown')
    assert.equal(levelAt(NOW_MS + 1), 'introduced')
    const latest = NOW_MS + STATEMENT_LIFE_MS_MAX + STATEMENT_CLOCK_SKEW_MS_MAX
    assert.equal(levelAt(latest), 'introduced')
    assert.equal(levelAt(latest + 1), 'unknown')
    assert.equal(STATEMENT_LIFE_MS_MAX, 180 * 24 * 3_600_000)
  })

  it('[TS33] the same holds of blocks and warnings', () => {
    const untilMs = NOW_MS
    const context = aliceWith(settingsWith(benTrusted), [
      blocks(ben, eve, { untilMs }),
      warns(ben, file(1), { untilMs }),
    ])
    assert.equal(trustIn(eve, context).concern, 0)
    assert.equal(fileWarnings(file(1), context).concern, 0)
  })

  it('[TS32] a withdrawal takes it back at once', () => {
    const withdrawal = says(ben, { kind: 'withdraw', of: 'vouch', person: eve, area: 'people' }, { serial: 2 })
    const context = aliceWith(settingsWith(benTrusted), [vouches(ben, eve), withdrawal])
    assert.equal(trustIn(eve, context).level, 'unknown')
  })
})

describe('warnings about files', () => {
  it('[TS35] by one Trusted person stop a file, and name them', () => {
    const context = aliceWith(settingsWith(benTrusted), [warns(ben, file(1))])
    assert.deepEqual(fileWarnings(file(1), context), {
      warners: [{ person: ben, reason: 'malware' }],
      concern: 2,
      isOverridden: false,
      isStopped: true,
    })
    assert.equal(fileWarnings(file(2), context).isStopped, false)
  })

  it('[TS35] by one Known person is told, by a stranger is not', () => {
    const context = aliceWith(settingsWith([[ben, 'known']]), [warns(ben, file(1)), warns(mallory, file(1))])
    const { warners, isStopped } = fileWarnings(file(1), context)
    assert.deepEqual([warners.length, isStopped], [1, false])
  })

  it('[TS35] can be overridden for this file, and are still told', () => {
    const settings = settingsWith(benTrusted, { allowedFiles: new Set([file(1)]) })
    const { warners, isStopped, isOverridden } = fileWarnings(file(1), aliceWith(settings, [warns(ben, file(1))]))
    assert.deepEqual([warners.length, isStopped, isOverridden], [1, false, true])
  })
})

describe('reasons and effects', () => {
  it('[TS8] lists who falls when a voucher is demoted, by vouches and by rooms', () => {
    const context = aliceWith(settingsWith([...benTrusted, [cleo, 'trusted']]), [
      vouches(ben, eve),
      vouches(ben, dan),
      vouches(cleo, dan),
    ])
    const roomsOf = (one: string) => (one === mallory ? [room('invite-only', ben)] : [])
    const changes = effectOfSetting(ben, { level: 'unknown' }, { ...context, people: [mallory], roomsOf })
    assert.deepEqual(changes, [
      { person: ben, before: 'trusted', after: 'unknown' },
      { person: mallory, before: 'introduced', after: 'unknown' },
      { person: eve, before: 'introduced', after: 'unknown' },
    ])
  })

  it('[TS8] several reasons stand side by side', () => {
    const settings = settingsWith(benTrusted, { preset: 'relaxed' })
    const context = aliceWith(settings, [vouches(ben, eve)], { rooms: [room('invite-only', ben)] })
    assert.deepEqual(
      trustIn(eve, context).reasons.map(({ kind }) => kind),
      ['vouched', 'room-floor', 'preset-floor'],
    )
  })

  it('[TS9] costs two look-ups for each of my people who said something, however many others did', () => {
    const crowd = Array.from({ length: 9_900 }, (_, index) => vouches(person(1_000 + index), eve))
    const statements = bookOf(vouches(ben, eve), blocks(cleo, eve), ...crowd)
    const friends = Array.from({ length: 300 }, (_, index) => [person(50_000 + index), 'known'] as const)
    const context = { ...aliceWith(settingsWith([...twoKnown, ...friends])), statements }
    assert.ok(statements.size > 9_900)
    trustIn(eve, context)
    assert.equal(statements.lookUps, 4)
    trustIn(mallory, context)
    assert.equal(statements.lookUps, 4)
  })
})
