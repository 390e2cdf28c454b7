import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ClassicLevel } from 'classic-level'
import { platformClock } from '../../src/transport/clock.ts'
import { repairFolder } from '../../src/super-peer/level-folder.ts'
import { LevelStore } from '../../src/super-peer/level-store.ts'
import { storeContract } from '../storage/store-contract.ts'

/** More than fit on a stack as arguments. */
const RANGE_KEYS = 150_000

const folders: string[] = []
const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-level-'))
  folders.push(folder)
  return folder
}
const openIn = async (folder: string): Promise<LevelStore> => {
  const opened = await LevelStore.open(folder)
  assert.ok(opened.ok)
  return opened.value
}
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

storeContract({ describe, it }, 'a folder', async () => openIn(await newFolder()))

describe('the store in a folder', () => {
  it('[ST1] has after a restart what it had before', async () => {
    const folder = await newFolder()
    const before = await openIn(folder)
    const device = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    await before.write([
      { kind: 'put', key: 'a', value: Uint8Array.of(1, 2) },
      { kind: 'put', key: 'b', value: { list: [1, 'two', null, true], keys: { ...device } } },
    ])
    await before.close()
    const later = await openIn(folder)
    assert.deepEqual(await later.get('a'), Uint8Array.of(1, 2))
    const kept = (await later.get('b')) as unknown as { list: unknown[]; keys: CryptoKeyPair }
    assert.deepEqual(kept.list, [1, 'two', null, true])
    assert.equal(kept.keys.privateKey.extractable, false)
    const signature = await crypto.subtle.sign('Ed25519', kept.keys.privateKey, Uint8Array.of(9))
    assert.ok(await crypto.subtle.verify('Ed25519', device.publicKey, signature, Uint8Array.of(9)))
    await later.close()
  })

  it('[ST5] is refused to a second program while the first has it', async () => {
    const folder = await newFolder()
    const first = await openIn(folder)
    const second = await LevelStore.open(folder)
    assert.equal(second.ok, false)
    if (!second.ok) assert.equal(second.reason, 'busy')
    await first.close()
    await (await openIn(folder)).close()
  })

  it('[ST6] is put back by copying its folder', async () => {
    const folder = await newFolder()
    const before = await openIn(folder)
    await before.write([{ kind: 'put', key: 'a', value: Uint8Array.of(1, 2) }])
    await before.close()
    const backup = await newFolder()
    await cp(folder, backup, { recursive: true })
    await rm(folder, { recursive: true })
    await cp(backup, folder, { recursive: true })
    const later = await openIn(folder)
    assert.deepEqual(await later.get('a'), Uint8Array.of(1, 2))
    await later.close()
  })

  it('[ST3] deletes a range of very many', async () => {
    const store = await openIn(await newFolder())
    const keys = Array.from({ length: RANGE_KEYS }, (_, i) => `room/${i}`)
    await store.write(keys.map((key) => ({ kind: 'put', key, value: true })))
    const results = await Promise.all([
      store.write([
        { kind: 'put', key: 'room/new', value: true },
        { kind: 'delete-range', from: 'room/', to: 'room/~' },
      ]),
      store.write([{ kind: 'put', key: 'other', value: true }]),
    ])
    assert.ok(results.every(({ ok }) => ok))
    assert.deepEqual(await store.range({ from: '', to: '~' }), [['other', true]])
    await store.close()
  })

  it('[ST3] refuses what no disk could write, and goes on with the rest', async (t) => {
    const store = await openIn(await newFolder())
    const { batch } = ClassicLevel.prototype
    const failing = function (this: ClassicLevel, ...given: unknown[]): unknown {
      const operations = given[0] as readonly { readonly key: Uint8Array }[]
      if (operations.some(({ key }) => key.length > 100)) throw new RangeError('Maximum call stack size exceeded')
      return Reflect.apply(batch, this, given)
    }
    t.mock.method(ClassicLevel.prototype, 'batch', failing as unknown as typeof batch)
    const put = (key: string): Promise<{ readonly ok: boolean }> => store.write([{ kind: 'put', key, value: true }])
    const results = await Promise.all([put('a'), put('b'.repeat(100)), put('c')])
    assert.deepEqual(
      results.map(({ ok }) => ok),
      [true, false, true],
    )
    assert.ok((await put('d')).ok)
    assert.equal((await store.range({ from: '', to: '~' })).length, 3)
    await store.close()
  })

  it('[ST3] is read while the disk does not let it be opened again, and goes on when it does', async (t) => {
    const folder = await newFolder()
    const problems: (string | undefined)[] = []
    const clock = { ...platformClock, after: (_: number, run: () => void) => platformClock.after(20, run) }
    const opened = await LevelStore.open(folder, {
      clock,
      onProblem: (problem) => {
        problems.push(problem?.failure)
      },
    })
    assert.ok(opened.ok)
    const store = opened.value
    await store.write([{ kind: 'put', key: 'a', value: 1 }])
    let isFull = true
    const noRoom = (): Error =>
      Object.assign(new Error('IO error: No space left on device'), { code: 'LEVEL_IO_ERROR' })
    for (const name of ['batch', 'open'] as const) {
      const former = ClassicLevel.prototype[name]
      const failing = function (this: ClassicLevel, ...given: unknown[]): unknown {
        return isFull ? Promise.reject(noRoom()) : Reflect.apply(former, this, given)
      }
      t.mock.method(ClassicLevel.prototype, name, failing as unknown as typeof former)
    }
    // This disk lets a trial pass, so the database is closed and stays so: whoever reads waits.
    const second = store.write([{ kind: 'put', key: 'b', value: 2 }])
    while (problems.length < 3) await new Promise((resolve) => setImmediate(resolve))
    const reading = store.get('a')
    isFull = false
    assert.equal(await reading, 1)
    assert.ok((await second).ok)
    assert.equal(await store.get('b'), 2)
    assert.equal(problems.at(-1), undefined)
    await store.close()
  })

  it('[ST4] writes what follows from a repair with it, also when a former start was killed in between', async () => {
    const folder = await newFolder()
    const before = await openIn(folder)
    await before.write([
      { kind: 'put', key: 'session/1', value: 1 },
      { kind: 'put', key: 'kept', value: 2 },
    ])
    await before.close()
    await repairFolder(ClassicLevel, folder)
    const opened = await LevelStore.open(folder, {
      afterRepair: [
        { kind: 'delete-range', from: 'session/', to: 'session/~' },
        { kind: 'put', key: 'lost', value: true },
      ],
    })
    assert.ok(opened.ok)
    assert.deepEqual(await opened.value.range({ from: '', to: '~' }), [
      ['kept', 2],
      ['lost', true],
    ])
    await opened.value.close()
    assert.ok(!(await readdir(folder)).includes('repair-not-noted'))
  })
})
