// A check of the tests, for those who change the access log: applies mutations of the code, one at a time, to a copy of
// the project and sees that the property named for it fails. `node test/access/mutations.mjs [words of a property]`.
// It is no part of npm test: it takes minutes. A mutation whose text is no longer there is an error: find it a new one.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const DIFFERENTIAL = 'evaluate-properties'
const AUTHORITY = 'properties-authority'
const REGISTERS = 'properties-registers'

/** [what is broken, file of src/access, text, text instead, test file, test that must fail] */
const MUTATIONS = [
  [
    'what waited for an operation is not looked at again',
    'access-log.ts',
    'for (const waiter of waiting) this.#evaluation.reconsider(waiter)',
    '',
    DIFFERENTIAL,
    'I1 ',
  ],
  [
    'revocations reach everybody, senior or not',
    'revocation-line.ts',
    '(author !== node && compareSeniority(author, node) < 0)',
    'author !== node',
    AUTHORITY,
    'I2 what juniors write changes nothing',
  ],
  [
    'an unknown pin keeps everything',
    'pin-set.ts',
    'pinned.seq + 1 === pin.log.length ? [pinned] : NOTHING',
    "pinned.seq + 1 === pin.log.length ? [pinned] : 'all'",
    AUTHORITY,
    'I3 nothing that a removed member does',
  ],
  [
    'nobody looks at the pins',
    'evaluate.ts',
    "? 'effective' : 'outside-pins'",
    "? 'effective' : 'effective'",
    AUTHORITY,
    'I3 nothing that a removed member does',
  ],
  [
    'an invite lifts a newcomer above who admits them',
    'judge-grant.ts',
    '|| !isAtLeast(node.role, body.role)) return',
    ') return',
    AUTHORITY,
    'I4 no right exceeds',
  ],
  [
    'the right to grant may exceed the role',
    'judge-grant.ts',
    "if (maxGrant !== undefined && !isAtLeast(role, maxGrant)) return 'max-grant'",
    '',
    AUTHORITY,
    'I4 no right exceeds',
  ],
  [
    'a scope may grow on the way down',
    'judge-grant.ts',
    "if (!coversScope(node.documents, body.scope)) return 'scope'",
    '',
    AUTHORITY,
    'I4 no right exceeds',
  ],
  [
    'a revocation also binds who made it, and who is as senior',
    'revocation-line.ts',
    '(author !== node && compareSeniority(author, node) < 0)',
    'compareSeniority(author, node) <= 1',
    AUTHORITY,
    'I5 a revocation touches only',
  ],
  [
    'an operation that was not decoded is looked into',
    'evaluate.ts',
    'const { body } = operation\n    if (body === undefined) return\n    this.work.steps++',
    'const { body } = operation.operation\n    this.work.steps++',
    REGISTERS,
    'I6 garbage',
  ],
  [
    'every change evaluates all again',
    'access-log.ts',
    'if (this.#state && this.#evaluation) {',
    'if (this.#state && this.#evaluation && this.counters.additions < 0) {',
    DIFFERENTIAL,
    'I7 one operation',
  ],
  [
    'a changed invite leaves the grants by it as they were',
    'evaluate.ts',
    'for (const grant of grants) this.#markStale(grant)',
    '',
    DIFFERENTIAL,
    'I7 one operation',
  ],
  [
    'a revocation that comes later is not looked for in what is there',
    'evaluate.ts',
    'this.limits.add(revocation)\n    this.#watch.update(revocation, true)',
    'this.limits.add(revocation)',
    DIFFERENTIAL,
    'I7 one operation',
  ],
  [
    'a log that nothing limits under one grant is not limited under the next',
    'evaluate.ts',
    'this.#wholeLog = undefined\n',
    '\n',
    DIFFERENTIAL,
    '20,000 histories',
  ],
  [
    'a limit is asked for the first operation of a log only',
    'evaluate.ts',
    'if (ofDevice === ALL && tips === ALL) this.#wholeLog',
    'this.#wholeLog',
    DIFFERENTIAL,
    '20,000 histories',
  ],
  [
    'a pin keeps all branches below its length',
    'pin-tips.ts',
    '(!tip.log.isForked || pathTo(tip).has(operation))',
    'true',
    DIFFERENTIAL,
    'I10 all interleavings',
  ],
  [
    'what is sealed decides',
    'key-epochs.ts',
    'for (const { device } of body.boxes) {',
    'for (const { device, sealed } of body.boxes) {\n        if (sealed.length !== 48) continue',
    REGISTERS,
    'I11 who cannot read',
  ],
  [
    'a key that somebody who is out has may be chosen',
    'state-keys.ts',
    'isSafe = false',
    'isSafe = true',
    REGISTERS,
    'I12 after quiescence',
  ],
  [
    'devices that were revoked still count as readers',
    'state-keys.ts',
    'if (limits.length === 0) certificates.set(device, certificate)',
    'certificates.set(device, certificate)',
    REGISTERS,
    'I12 after quiescence',
  ],
  [
    'an invite admits one too many',
    'invite-book.ts',
    'const last = this.#order[this.#usesMax - 1]\n    return',
    'const last = this.#order[this.#usesMax]\n    return',
    REGISTERS,
    'I13 no invite admits',
  ],
  [
    'only grants are said to have lapsed',
    'compare-states.ts',
    "if (outcome === 'effective') lapsed.push(hash)",
    "if (outcome === 'effective' && to.roles.size !== from.roles.size) lapsed.push(hash)",
    REGISTERS,
    'I14 the report',
  ],
  [
    'revocations are walked one by one',
    'revocation-line.ts',
    'if (!summary) {\n      summary = this.#summarize((revocation) => revocation.tips(log), ALL, meet)',
    'if (summary !== null) {\n      summary = this.#summarize((revocation) => revocation.tips(log), ALL, meet)',
    DIFFERENTIAL,
    'I15 the work',
  ],
  [
    'a ban gives way to anybody',
    'limits.ts',
    "body.mode !== 'ban' ||",
    'body.mode.length > 0 ||',
    DIFFERENTIAL,
    '20,000 histories',
  ],
  [
    'a junior amends',
    'revocation.ts',
    'return isSenior && coversScope',
    'return coversScope',
    DIFFERENTIAL,
    '20,000 histories',
  ],
  [
    'a junior’s list replaces a senior’s',
    'senior-register.ts',
    'compareSeniority(replacer, node) > 0',
    'compareSeniority(replacer, node) > 9',
    DIFFERENTIAL,
    '20,000 histories',
  ],
  [
    'a younger device ends an older one',
    'device-standing.ts',
    'comparePaths(author, target) > 0',
    'comparePaths(author, target) > 9e9',
    DIFFERENTIAL,
    '20,000 histories',
  ],
  [
    'what the old root keys signed stays after a rotation',
    'root-generations.ts',
    'generation.kept === undefined ||',
    'true ||',
    DIFFERENTIAL,
    '20,000 histories',
  ],
]

const wanted = process.argv.slice(2).join(' ')
const copy = mkdtempSync(join(tmpdir(), 'mutations-'))
for (const name of ['src', 'test', 'package.json', 'tsconfig.json']) cpSync(name, join(copy, name), { recursive: true })
symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'))

/** Whether the test passes in the copy; throws if it was not even run. */
function passes(file, test) {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--test', '--test-force-exit', `--test-name-pattern=${test}`, `test/access/${file}.test.ts`],
    { cwd: copy, encoding: 'utf8', maxBuffer: 2 ** 28 },
  )
  const ran = stdout
    .split('\n')
    .some((line) => /^ *(?:not )?ok \d+ - /.test(line) && line.includes(test) && !line.includes('# SKIP'))
  if (!ran) throw new Error(`no test was run for ${test}: ${stdout.slice(0, 2000)}`)
  return status === 0
}

/** Tests that were seen to pass without a mutation: a test that fails anyway catches nothing. */
const sound = new Set()

let survivors = 0
try {
  for (const [broken, file, text, instead, testFile, test] of MUTATIONS) {
    if (wanted !== '' && !`${test} ${broken}`.includes(wanted)) continue
    const path = join(copy, 'src/access', file)
    const original = readFileSync(path, 'utf8')
    if (original.split(text).length !== 2) {
      console.log(`NOT FOUND (once) in ${file}: ${text}`)
      survivors++
      continue
    }
    if (!sound.has(test) && !passes(testFile, test)) throw new Error(`fails as it is: ${test}`)
    sound.add(test)
    writeFileSync(
      path,
      original.replace(text, () => instead),
    )
    const isCaught = !passes(testFile, test)
    writeFileSync(path, original)
    if (!isCaught) survivors++
    console.log(`${isCaught ? 'caught' : 'SURVIVED'}: ${broken} (${test.trim()})`)
  }
} finally {
  rmSync(copy, { recursive: true })
}
process.exitCode = survivors > 0 ? 1 : 0
