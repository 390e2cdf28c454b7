// npm test: all checks and tests, and one closing line for all of them: "N passed, N failed".
// npm test -- node browser   only the named parts; the parts are check, node, browser and e2e.
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { findOrInstallChromium, noBrowser } from './chromium.mjs'
import { run } from './run.mjs'

const PARTS = ['check', 'node', 'browser', 'e2e']
/** Folders of test/ whose tests are not plain Node tests. */
const OTHER_FOLDERS = new Set(['browser', 'e2e', 'tools', 'bench', 'fuzz'])

const asked = process.argv.slice(2)
const unknown = asked.filter((part) => !PARTS.includes(part))
if (unknown.length > 0) {
  console.error(`There is no part called ${unknown.join(', ')}; the parts are ${PARTS.join(', ')}.`)
  process.exit(1)
}
const wanted = (part) => asked.length === 0 || asked.includes(part)

const total = { passed: 0, failed: 0, skipped: 0 }
const broken = []

function add(name, { passed, failed, skipped }, ok) {
  // A program that fails without a failed test (it crashed, a file did not load) is a failure of its own.
  const failures = failed === 0 && !ok ? 1 : failed
  total.passed += passed
  total.failed += failures
  total.skipped += skipped
  if (failures > 0) broken.push(name)
}

async function check(name, args) {
  const { ok } = await run(name, args)
  add(name, { passed: ok ? 1 : 0, failed: 0, skipped: 0 }, ok)
}

/** Node 20's --test knows no globs, so the files are listed. */
const testFiles = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .toSorted()
    : []

const numberIn = (output, pattern) => Number(pattern.exec(output)?.[1] ?? 0)

async function nodeTests(name, files, concurrency) {
  if (files.length === 0) return
  const { ok, output } = await run(name, [
    '--import',
    'tsx',
    '--test',
    '--test-force-exit', // simple-peer leaves a 5 s timer behind
    `--test-concurrency=${concurrency}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=junit',
    `--test-reporter-destination=test-results/${name}.xml`,
    ...files,
  ])
  const passed = numberIn(output, /^ℹ pass (\d+)/m)
  const failed = numberIn(output, /^ℹ fail (\d+)/m) + numberIn(output, /^ℹ cancelled (\d+)/m)
  const skipped = numberIn(output, /^ℹ skipped (\d+)/m) + numberIn(output, /^ℹ todo (\d+)/m)
  add(name, { passed, failed, skipped }, ok && passed > 0)
}

async function browserTests() {
  if (testFiles('test/browser').length === 0) return
  const { ok, output } = await run('browser', ['test/tools/wtr.mjs'])
  const counted = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(output)
  const [passed = 0, failed = 0, skipped = 0] = (counted ?? []).slice(1).map((number) => Number(number ?? 0))
  add('browser', { passed, failed, skipped }, ok && counted !== null)
}

async function testsWithBrowser() {
  const path = await findOrInstallChromium().catch((error) => {
    console.error(error.message)
  })
  if (!path) {
    console.error(noBrowser)
    return add('no browser', { passed: 0, failed: 0, skipped: 0 }, false)
  }
  process.env.CHROME_PATH = path
  if (wanted('browser')) await browserTests()
  if (wanted('e2e')) {
    await check('build', ['node_modules/vite/bin/vite.js', 'build'])
    await nodeTests('e2e', testFiles('test/e2e'), 1)
  }
}

mkdirSync('test-results', { recursive: true })
if (wanted('check')) {
  const tsc = 'node_modules/typescript/bin/tsc'
  await check('types', [tsc])
  await check('types of the service worker', [tsc, '-p', 'components/service-worker'])
  await check('lint', ['node_modules/oxlint/bin/oxlint', '--type-aware'])
  await check('format', ['node_modules/oxfmt/bin/oxfmt', '--check', '.'])
  await check('lock file', ['test/tools/check-lock.mjs'])
}
if (wanted('node')) {
  const folders = readdirSync('test', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !OTHER_FOLDERS.has(entry.name))
    .map((entry) => `test/${entry.name}`)
    .toSorted()
  await nodeTests('node', ['test/architecture.test.ts', ...folders.flatMap(testFiles)], 2)
}
if (wanted('browser') || wanted('e2e')) await testsWithBrowser()

if (broken.length > 0) console.log(`\nFailed: ${broken.join(', ')}`)
if (total.skipped > 0) console.log(`\n${total.skipped} skipped`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
console.log(`\n${total.passed} passed, ${total.failed} failed`)
