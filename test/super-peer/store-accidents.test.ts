import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { LevelStore } from '../../src/super-peer/level-store.ts'
import { seeded } from '../transport/seeded-random.ts'

const KILLS = 4
const SEED = 41

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-accident-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const valueOf = (i: number): Uint8Array => new Uint8Array(8_192).fill(i)

/** Writes in a process of its own that is killed when it has acknowledged `killAfter` writes. */
async function writeUntilKilled(folder: string, killAfter: number): Promise<number> {
  const script = new URL('full-disk-child.ts', import.meta.url).pathname
  const args = ['--import', 'tsx', script, folder, '100000']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let stored = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('stored')) continue
    stored++
    if (stored === killAfter) child.kill('SIGKILL')
  }
  return stored
}

test('[ST2] whatever was acknowledged before a kill -9 is there afterwards', { timeout: 120_000 }, async (t) => {
  const random = seeded(SEED)
  for (let round = 0; round < KILLS; round++) {
    const folder = await newFolder(t)
    const killAfter = 1 + Math.floor(random() * 400)
    const stored = await writeUntilKilled(folder, killAfter)
    assert.ok(stored >= killAfter)
    const opened = await LevelStore.open(folder)
    assert.ok(opened.ok, `seed ${SEED}, round ${round}: opens`)
    for (let i = 0; i < stored; i++)
      assert.deepEqual(await opened.value.get(`value/${i}`), valueOf(i), `seed ${SEED}, round ${round}, value ${i}`)
    await opened.value.close()
  }
})

/** A folder with a few hundred values, partly in tables and partly in the log. */
async function filledFolder(t: TestContext): Promise<string> {
  const folder = await newFolder(t)
  const opened = await LevelStore.open(folder)
  assert.ok(opened.ok)
  for (let i = 0; i < 300; i++) await opened.value.write([{ kind: 'put', key: `value/${i}`, value: valueOf(i) }])
  await opened.value.compact()
  for (let i = 300; i < 320; i++) await opened.value.write([{ kind: 'put', key: `value/${i}`, value: valueOf(i) }])
  await opened.value.close()
  return folder
}

async function damage(folder: string, ending: RegExp, change: (bytes: Buffer) => Buffer): Promise<number> {
  const names = (await readdir(folder)).filter((name) => ending.test(name))
  for (const name of names) await writeFile(join(folder, name), change(await readFile(join(folder, name))))
  return names.length
}

async function count(store: LevelStore): Promise<{ readonly whole: number; readonly wrong: number }> {
  let whole = 0
  let wrong = 0
  for (let i = 0; i < 320; i++) {
    const value = await store.get(`value/${i}`).catch(() => undefined)
    if (value instanceof Uint8Array && Buffer.compare(value, valueOf(i)) === 0) whole++
    else if (value !== undefined) wrong++
  }
  return { whole, wrong }
}

test('[ST4] a lost or garbled index of files is mended, and everything is there', async (t) => {
  for (const change of [
    (): Buffer => Buffer.alloc(0),
    (bytes: Buffer): Buffer => Buffer.from(bytes.map((b) => b ^ 85)),
  ]) {
    const folder = await filledFolder(t)
    assert.ok((await damage(folder, /^MANIFEST/, change)) > 0)
    const sentences: string[] = []
    const opened = await LevelStore.open(folder, { onRepair: (sentence) => void sentences.push(sentence) })
    assert.ok(opened.ok)
    assert.equal(sentences.length, 1)
    assert.deepEqual(await count(opened.value), { whole: 320, wrong: 0 })
    await opened.value.close()
  }
})

test('[ST4] of a damaged table what is whole is there, and nothing wrong is given out', async (t) => {
  const folder = await filledFolder(t)
  const flip = (bytes: Buffer): Buffer => {
    const middle = Math.floor(bytes.length / 2)
    for (let i = middle; i < middle + 2_000 && i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ 0xff
    return bytes
  }
  assert.ok((await damage(folder, /\.ldb$/, flip)) > 0)
  const opened = await LevelStore.open(folder)
  assert.ok(opened.ok)
  const { whole, wrong } = await count(opened.value)
  assert.equal(wrong, 0)
  assert.ok(whole > 250 && whole < 320, `${whole} of 320`)
  await opened.value.close()
})
