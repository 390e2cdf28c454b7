// npm run verify: what has to hold before a change is handed over: format, lint, types, tests, size.
import { readFileSync } from 'node:fs'
import { run } from './run.mjs'

const tests = await run('checks and tests', ['test/tools/test.mjs'])
if (tests.ok) {
  // The build, which is part of the tests, fails above the limit; here is how much of it is used.
  const { firstScreen, gzip } = JSON.parse(readFileSync('dist/size.json', 'utf8'))
  for (const [name, bytes] of Object.entries(gzip).toSorted((a, b) => b[1] - a[1]))
    console.log(`${String(bytes).padStart(8)} B  ${name}${firstScreen.files.includes(name) ? '' : '  (later)'}`)
  console.log(`${String(firstScreen.gzipBytes).padStart(8)} B  before the first screen, of ${firstScreen.gzipBytesMax}`)
}
process.exitCode = tests.ok ? 0 : 1
