// What every Store promises. Run on each implementation, in Node and in the browser.
import { assert } from 'chai'
import { StoreError, type Change, type Store } from '../../src/storage/store.ts'

/** node:test in Node, mocha in the browser. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: (name: string, body: () => Promise<void>) => unknown
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const put = (key: string, value: Uint8Array = bytes(1)): Change => ({ kind: 'put', key, value })
const relaxed = { durable: false }
const durable = { durable: true }

export function storeContract({ describe, it }: TestRunner, name: string, open: () => Promise<Store>): void {
  describe(`every store: ${name}`, () => {
    describe('reads', () => {
      readingContract(it, open)
    })
    describe('writes', () => {
      writingContract(it, open)
    })
  })
}

const keysOf = async (store: Store, query: { limit?: number; reverse?: boolean } = {}) =>
  (await store.range({ from: 'a', to: 'b', ...query })).map(([key]) => key)

function readingContract(it: TestRunner['it'], open: () => Promise<Store>): void {
  it('gives back what was written, and nothing for a key that was not', async () => {
    const store = await open()
    assert.isTrue((await store.write([put('a', bytes(1, 2, 3))], durable)).ok)
    assert.deepEqual(await store.get('a'), bytes(1, 2, 3))
    assert.isUndefined(await store.get('b'))
    await store.close()
  })

  it('keeps device keys that cannot be exported usable', async () => {
    const store = await open()
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    await store.write([{ kind: 'put', key: 'device', value: { secret: keys.privateKey, made: 7 } }], durable)
    const found = (await store.get('device')) as { secret: CryptoKey; made: number }
    assert.equal(found.made, 7)
    assert.isFalse(found.secret.extractable)
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
    const signature = await crypto.subtle.sign(algorithm, found.secret, bytes(1))
    assert.isTrue(await crypto.subtle.verify(algorithm, keys.publicKey, signature, bytes(1)))
    await store.close()
  })

  it('orders keys by code unit and leaves the end of a range out', async () => {
    const store = await open()
    const inOrder = ['a', 'a/0', 'a/10', 'a/2', 'a/Z', 'a/z', 'a/é', 'a/\ud83d\ude00', 'a/\uffee']
    await store.write(
      [...inOrder, 'b', 'A'].toReversed().map((key) => put(key)),
      relaxed,
    )
    assert.deepEqual(await keysOf(store), inOrder)
    await store.close()
  })

  it('limits a range from the end it starts at', async () => {
    const store = await open()
    await store.write(
      ['a1', 'a2', 'a3', 'a4'].map((key) => put(key)),
      relaxed,
    )
    assert.deepEqual(await keysOf(store, { limit: 2 }), ['a1', 'a2'])
    assert.deepEqual(await keysOf(store, { limit: 2, reverse: true }), ['a4', 'a3'])
    assert.deepEqual(await keysOf(store, { limit: 9, reverse: true }), ['a4', 'a3', 'a2', 'a1'])
    assert.deepEqual(await keysOf(store, { limit: 0 }), [])
    await store.close()
  })

  it('finds nothing in a range that ends before it starts', async () => {
    const store = await open()
    await store.write([put('a')], relaxed)
    assert.deepEqual(await store.range({ from: 'b', to: 'a' }), [])
    assert.deepEqual(await store.range({ from: 'a', to: 'a', reverse: true }), [])
    await store.close()
  })

  it('gives each reader its own copy', async () => {
    const store = await open()
    const value = bytes(1, 2, 3)
    const writing = store.write([put('a', value)], relaxed)
    value[0] = 9
    await writing
    const first = (await store.get('a')) as Uint8Array
    first[1] = 9
    assert.deepEqual(await store.get('a'), bytes(1, 2, 3))
    await store.close()
  })

  it('stores of a partial view only what the view shows', async () => {
    const store = await open()
    await store.write([put('a', new Uint8Array(1_000_000).subarray(5, 8))], relaxed)
    const found = (await store.get('a')) as Uint8Array
    assert.equal(found.buffer.byteLength, 3)
    await store.close()
  })
}

function writingContract(it: TestRunner['it'], open: () => Promise<Store>): void {
  it('applies the changes of one write in their order', async () => {
    const store = await open()
    const changes: Change[] = [put('a1', bytes(1)), put('a1', bytes(2)), put('a2'), { kind: 'delete', key: 'a2' }]
    await store.write(changes, durable)
    assert.deepEqual(await store.get('a1'), bytes(2))
    assert.deepEqual(await keysOf(store), ['a1'])
    await store.close()
  })

  it('applies concurrent writes in the order of the calls', async () => {
    const store = await open()
    const writes = Array.from({ length: 300 }, (_, i) =>
      store.write([put('a', bytes(i & 255, i >> 8)), put(`a/${String(i).padStart(3, '0')}`)], { durable: i % 7 === 0 }),
    )
    assert.isTrue((await Promise.all(writes)).every((result) => result.ok))
    assert.deepEqual(await store.get('a'), bytes(299 & 255, 299 >> 8))
    assert.lengthOf(await keysOf(store), 301)
    await store.close()
  })

  it('deletes a range of keys and leaves its neighbours', async () => {
    const store = await open()
    await store.write(
      ['a1', 'a2', 'a3', 'a4'].map((key) => put(key)),
      relaxed,
    )
    await store.write([{ kind: 'delete-range', from: 'a2', to: 'a4' }], durable)
    assert.deepEqual(await keysOf(store), ['a1', 'a4'])
    await store.write([{ kind: 'delete-range', from: 'a4', to: 'a1' }], durable)
    assert.deepEqual(await keysOf(store), ['a1', 'a4'])
    await store.close()
  })

  it('writes nothing of a write that holds a value which cannot be stored', async () => {
    const store = await open()
    const unstorable = { kind: 'put', key: 'a2', value: () => 1 } as unknown as Change
    const [bad, good] = await Promise.all([
      store.write([put('a1'), unstorable], durable),
      store.write([put('a3')], durable),
    ])
    assert.isFalse(bad.ok)
    assert.isTrue(good.ok)
    assert.deepEqual(await keysOf(store), ['a3'])
    await store.close()
  })

  it('finishes the writes under way when it is closed, and refuses later ones', async () => {
    const store = await open()
    const writing = store.write([put('a')], durable)
    const closing = store.close()
    assert.isTrue((await writing).ok)
    await closing
    await store.close()
    const late = await store.write([put('b')], durable)
    assert.isFalse(late.ok)
    if (!late.ok) assert.equal(late.reason, 'closed')
    const error = await store.get('a').catch((reason: unknown) => reason)
    assert.instanceOf(error, StoreError)
    assert.instanceOf(await store.range({ from: 'a', to: 'b' }).catch((reason: unknown) => reason), StoreError)
  })
}
