import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { LevelStore } from '../../src/super-peer/level-store.ts'

const WRITES = 100
/** In units of 1,024 bytes: half of what is going to be written. */
const FILE_SIZE_MAX = 400

const canLimit = process.platform === 'linux'

test(
  '[ST3] a full disk loses nothing that was acknowledged, and is gone on with when there is room',
  {
    skip: canLimit ? false : 'limits of file sizes are set as Linux does',
    timeout: 60_000,
  },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-full-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const script = new URL('full-disk-child.ts', import.meta.url).pathname
    // The limit makes writes fail as a full disk does, and can be lifted from outside.
    const command = `ulimit -S -f ${FILE_SIZE_MAX}; exec "${process.execPath}" --import tsx "${script}" "${folder}" ${WRITES}`
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const said: string[] = []
    const lines = createInterface({ input: child.stdout })
    let isFull = false
    for await (const line of lines) {
      said.push(line)
      if (line !== 'problem full' || isFull) continue
      isFull = true
      assert.ok(said.length < WRITES, 'it was full before all was written')
      execFileSync('prlimit', [`--pid=${child.pid}`, '--fsize=unlimited'])
    }
    if (child.exitCode === null) await once(child, 'exit')
    assert.ok(isFull)
    assert.ok(said.includes('goes on'))
    assert.deepEqual(
      said.filter((line) => /^(stored|refused)/.test(line)),
      Array.from({ length: WRITES }, (_, i) => `stored ${i}`),
    )
    const opened = await LevelStore.open(folder)
    assert.ok(opened.ok)
    for (let i = 0; i < WRITES; i++)
      assert.deepEqual(await opened.value.get(`value/${i}`), new Uint8Array(8_192).fill(i), `value ${i}`)
    await opened.value.close()
  },
)
