import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { describeLink, isDeceptive, type LinkWarning } from '../../src/trust/describe-link.ts'
import { lookAlikeOf, skeletonOf } from '../../src/trust/look-alike.ts'
import { hostInLetters } from '../../src/trust/punycode.ts'
import { hasBidiControls, hasInvisibles, shownNameOf } from '../../src/trust/shown-name.ts'
import { ben, cleo } from './people.ts'

describe('shown names', () => {
  for (const [what, name, shown] of [
    ['an override', 'Ana\u202Enimda', 'Ananimda'],
    ['isolates and marks', '\u2066Ana\u2069\u200F', 'Ana'],
    ['hidden spaces', 'A\u200Bn\u2060a\uFEFF', 'Ana'],
    ['fillers and blank Braille', '\u3164\u2800\u115F', ''],
    ['tags', 'Ana\u{E0041}\u{E007F}', 'Ana'],
    ['a joiner between Latin letters', 'An\u200Da', 'Ana'],
    ['line breaks and controls', 'Ana\n\u0000\u2028Admin', 'Ana Admin'],
    ['space around and within', '  Ana \u00A0\u3000 B ', 'Ana B'],
    ['a pile of marks', `A${'\u0301'.repeat(60)}na`, 'A\u0301\u0301\u0301na'],
    ['half a character', 'A\uD83D', 'A\uFFFD'],
  ] as const)
    test(`[TS53] lose ${what}`, () => assert.equal(shownNameOf(name), shown))

  for (const name of [
    'Đặng Thị',
    'Zoë',
    'אָנָה',
    'نسرین\u200Cجان',
    'क्\u200Dष',
    '👩\u200D👩\u200D👧',
    '❤\uFE0F',
    '1\uFE0F\u20E3',
    '安娜',
    'Ὀδυσσεύς',
  ])
    test(`[TS53] keep all of ${name}`, () => assert.equal(shownNameOf(name), name))

  it('[TS53] stay the same when shown again, and hold nothing hidden', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (name) => {
        const shown = shownNameOf(name)
        assert.equal(hasBidiControls(shown), false)
        assert.equal(hasInvisibles(shown), false)
        assert.equal(shownNameOf(shown), shown)
        assert.ok(!/\p{M}{4}|[\p{Cc}\n]/u.test(shown))
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('look-alikes', () => {
  const known = [
    { person: ben, name: 'Ana Billing' },
    { person: cleo, name: 'Миша' },
  ]
  for (const [how, name] of [
    ['the same letters', 'Ana Billing'],
    ['Cyrillic letters', 'Аnа Billing'],
    ['a Greek capital iota', 'Ana Bi\u0399\u0399ing'],
    ['capital i for l', 'Ana BiIIing'],
    ['a digit for l', 'Ana Bi11ing'],
    ['capitals', 'ANA BILLING'],
    ['wide letters', 'Ａｎａ Billing'],
    ['mathematical letters', '𝐀𝐧𝐚 𝐁𝐢𝐥𝐥𝐢𝐧𝐠'],
    ['accents', 'Aná Billiñg'],
    ['a dot below', 'Anạ Billing'],
    ['hidden spaces', 'An\u200Ba Billing'],
    ['other spacing', 'Ana_Billing.'],
    ['a tick that says verified', 'Ana Billing ✅'],
    ['Cherokee and Lisu capitals', 'ꓮna Ᏼilling'],
  ] as const)
    test(`[TS54] with ${how} are found`, () => assert.equal(lookAlikeOf(name, known)?.person, ben))

  it('[TS54] rn passes for m, and vv for w', () => {
    assert.equal(skeletonOf('Tom'), skeletonOf('Torn'))
    assert.equal(skeletonOf('Ewa'), skeletonOf('Evva'))
  })

  it('[TS54] other names are not, nor the same person under that name', () => {
    for (const name of ['Ana', 'Anna Billing', 'Ben', '', '安娜', 'Маша'])
      assert.equal(lookAlikeOf(name, known), undefined)
    assert.equal(lookAlikeOf('Ana Billing', known, ben), undefined)
    assert.equal(lookAlikeOf('Миша', known)?.person, cleo)
  })

  it('[TS54] names of emoji alone are compared as they are', () => {
    const star = [{ person: ben, name: '⭐' }]
    assert.equal(lookAlikeOf('⭐ ', star)?.person, ben)
    assert.equal(lookAlikeOf('🌙', star), undefined)
    assert.equal(lookAlikeOf('', [{ person: ben, name: '\u200B' }]), undefined)
  })
})

describe('links', () => {
  for (const href of [
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>',
    'blob:https://example.org/5',
    'file:///etc/passwd',
    'vbscript:x',
    'ftp://example.org/',
    'about:blank',
    'chrome://settings',
    'intent://x#Intent;end',
    '//example.org/x',
    'example.org',
    '#/r/room',
    '',
    'https://',
    `https://example.org/${'a'.repeat(5_000)}`,
    '__proto__:x',
    'constructor:x',
  ])
    test(`[TS55] ${href.slice(0, 30)} is no link`, () =>
      assert.deepEqual(describeLink('x', href), { isAllowed: false }))

  const linkCases: readonly (readonly [
    what: string,
    text: string,
    href: string,
    host: string,
    warnings: readonly LinkWarning[],
  ])[] = [
    ['an honest link', 'example.org', 'https://example.org/a', 'example.org', []],
    ['a link with words', 'our page', 'http://example.org/a', 'example.org', []],
    ['the name of a file', 'plan.pdf, made with Node.js', 'https://example.org/a', 'example.org', []],
    ['a link with www', 'www.example.org', 'https://example.org', 'example.org', []],
    ['its own address', 'https://example.org/a?b=c.de', 'https://example.org/a?b=c.de', 'example.org', []],
    ['letters of one script', 'Bücher', 'https://bücher.example/', 'bücher.example', []],
    ['Japanese, which mixes its own', '日本語テスト', 'https://日本語テスト.example', '日本語テスト.example', []],
    ['mail', 'write to me', 'mailto:ana@example.org?subject=hi', 'ana@example.org', []],
    ['another host in the text', 'https://bank.example', 'https://evil.example/', 'evil.example', ['text-differs']],
    ['another host among words', 'see bank.example now', 'https://evil.example/', 'evil.example', ['text-differs']],
    [
      'two hosts, of which one is honest',
      'evil.example = bank.example',
      'https://evil.example/',
      'evil.example',
      ['text-differs'],
    ],
    ['another address of mail', 'ana@bank.example', 'mailto:ana@evil.example', 'ana@evil.example', ['text-differs']],
    ['a host for a user name', 'click', 'https://bank.example@evil.example/', 'evil.example', ['user-name']],
    ['mixed scripts', 'click', 'https://bаnk.example/', 'xn--bnk-6cd.example', ['mixed-scripts']],
    ['Cyrillic that passes for Latin', 'click', 'https://аррӏе.example/', 'xn--80ak6aa92e.example', ['looks-latin']],
    [
      'a host turned around in the text',
      'moc.\u202Eelpmaxe',
      'https://evil.example',
      'evil.example',
      ['text-differs', 'hidden-marks'],
    ],
    [
      'a hidden mark in the text',
      'bank\u200B.example',
      'https://evil.example',
      'evil.example',
      ['text-differs', 'hidden-marks'],
    ],
  ]
  for (const [what, text, href, host, warnings] of linkCases)
    test(`[TS55] ${what}`, () => {
      const link = describeLink(text, href)
      assert.ok(link.isAllowed)
      assert.deepEqual([link.host, [...link.warnings]], [host, warnings])
      assert.equal(isDeceptive(link), warnings.length > 0)
    })

  it('[TS55] no text and address make it throw, nor lead elsewhere than http, https and mailto', () => {
    const href = fc.oneof(
      fc.webUrl(),
      fc.string({ unit: 'binary' }),
      fc
        .tuple(fc.constantFrom('javascript:', 'mailto:', 'https://', 'xn--'), fc.string({ unit: 'binary' }))
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), href, (text, address) => {
        const link = describeLink(text, address)
        if (link.isAllowed) assert.match(new URL(link.href).protocol, /^(?:https?|mailto):$/)
      }),
      { numRuns: 3_000 },
    )
  })

  it('[TS55] hosts are put into letters as RFC 3492 says', () => {
    assert.equal(hostInLetters('xn--bcher-kva.example'), 'bücher.example')
    assert.equal(hostInLetters('xn--wgv71a119e.jp'), '日本語.jp')
    assert.equal(hostInLetters('xn--ls8h.la'), '💩.la')
    assert.equal(hostInLetters('xn--a-!.example'), 'xn--a-!.example')
    assert.equal(hostInLetters('xn--99999999.example'), 'xn--99999999.example')
  })
})
