// npm run bench: runs the files of test/bench one after the other; each prints its own table.
// npm run bench -- replay   only the files whose name contains the word.
import { existsSync, readdirSync } from 'node:fs'
import { run } from './run.mjs'

const words = process.argv.slice(2)
const names = (existsSync('test/bench') ? readdirSync('test/bench') : [])
  .filter((name) => name.endsWith('.ts') && (words.length === 0 || words.some((word) => name.includes(word))))
  .toSorted()
if (names.length === 0) {
  console.error(
    words.length === 0 ? 'There are no benchmarks in test/bench.' : `No benchmark is called ${words.join(', ')}.`,
  )
  process.exitCode = 1
}
for (const name of names) {
  const { ok } = await run(name.replace(/\.ts$/, ''), ['--expose-gc', '--import', 'tsx', `test/bench/${name}`])
  if (!ok) process.exitCode = 1
}
