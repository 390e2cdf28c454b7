import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes } from '../../src/base/ids.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { decodeGenesis, encodeGenesis } from '../../src/access/genesis.ts'
import { decodeJoinRequest } from '../../src/access/join-request.ts'
import { decodeOperation, encodeOperation } from '../../src/access/operation-codec.ts'
import { REVOKE_MODES, ROOT, type OperationBody } from '../../src/access/operation.ts'
import { ROLES } from '../../src/access/role.ts'
import { aliceRoom, deliver, idOf } from './room-history.ts'

/** Plain objects, as the decoder makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true })
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const someBytes = (maxLength = 40): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const id = bytes(32).map((raw) => idFromBytes<never>(raw))
const ids = fc.uniqueArray(id, { maxLength: 4 })
const role = fc.constantFrom(...ROLES)
const scope = fc.oneof(fc.constant('*' as const), ids)
const whole = fc.maxSafeNat()
const head = record({ length: whole, hash: bytes(32) })
const consent = record({
  certificate: someBytes(),
  inviteKey: bytes(32),
  profileHash: bytes(32),
  inviteSignature: bytes(64),
  deviceSignature: bytes(64),
})
const feeds = fc.oneof(
  record({ vector: bytes(32) }),
  record({ heads: fc.array(record({ feed: id, length: whole, hash: bytes(32) }), { maxLength: 3 }) }),
)
const kindIs = <K extends OperationBody['kind']>(kind: K): fc.Arbitrary<K> => fc.constant(kind)

const body: fc.Arbitrary<OperationBody> = fc.oneof(
  record({ kind: kindIs('session'), certificate: someBytes(), nonce: bytes(16) }),
  record({
    kind: kindIs('grant'),
    to: fc.oneof(fc.constant('*' as const), id),
    role,
    scope,
    maxGrant: fc.option(role, { nil: undefined }),
    over: ids,
    via: fc.option(record({ invite: id, consent }), { nil: undefined }),
  }),
  record({
    kind: kindIs('revoke'),
    target: fc.oneof(
      record({ type: fc.constant('person' as const), person: id }),
      record({ type: fc.constant('grants' as const), grants: ids }),
      record({ type: fc.constant('subtree' as const), grant: id }),
    ),
    scope,
    pins: fc.uniqueArray(record({ session: id, log: head, feeds }), {
      maxLength: 3,
      selector: (pin) => pin.session,
    }),
    mode: fc.constantFrom(...REVOKE_MODES),
    note: someBytes(),
  }),
  record({
    kind: kindIs('invite'),
    inviteKey: bytes(32),
    role,
    scope,
    usesMax: whole,
    expiresAtMs: whole,
    admitBy: fc.constantFrom('inviter' as const, 'any' as const),
    approval: fc.constantFrom('auto' as const, 'manual' as const),
    sealedLabel: someBytes(),
  }),
  record({ kind: kindIs('invite.revoke'), invite: id, keep: ids }),
  record({
    kind: kindIs('document.create'),
    documentKind: fc.constantFrom('chat' as const, 'note' as const),
    schemaVersion: whole,
    policy: someBytes(),
  }),
  record({ kind: kindIs('feed.open'), document: id }),
  record({ kind: kindIs('epoch'), epoch: id }),
  record({ kind: kindIs('profile'), counter: whole, sealed: someBytes() }),
  record({ kind: kindIs('room.name'), sealed: someBytes(), over: ids }),
)
const operation = record({ seq: fc.nat(), node: id, body, rootSignatures: fc.constant([]) })

describe('the operation codec', () => {
  it('[A2] reads back what it wrote, of every kind', () => {
    fc.assert(
      fc.property(operation, (written) => {
        const read = decodeOperation(encodeOperation(written), written.seq)
        assert(read.ok)
        const { bodyBytes, ...rest } = read.value
        assert(bodyBytes.length > 0)
        assert.deepEqual(rest, written)
      }),
      { numRuns: 500 },
    )
  })

  it('[A20] carries root signatures under the root node, in the order of the keys', () => {
    const signature = new Uint8Array(64)
    const epoch: OperationBody = { kind: 'epoch', epoch: idOf('key') }
    const encode = (...keys: number[]): Uint8Array =>
      encodeOperation({ seq: 1, node: ROOT, body: epoch, rootSignatures: keys.map((key) => ({ key, signature })) })
    const read = decodeOperation(encode(0, 2), 1)
    assert(read.ok)
    assert.deepEqual(
      read.value.rootSignatures.map(({ key }) => key),
      [0, 2],
    )
    assert.equal(decodeOperation(encode(1, 1), 1).ok, false)
    assert.equal(decodeOperation(encode(2, 1), 1).ok, false)
  })

  it('[A22] every truncation is a rejection, and no flipped bit throws or reads as the same', () => {
    fc.assert(
      fc.property(operation, (written) => {
        const good = encodeOperation(written)
        for (let length = 0; length < good.length; length++)
          assert.equal(decodeOperation(good.subarray(0, length), written.seq).ok, false)
        for (let bit = 0; bit < good.length * 8; bit++) {
          const bad = good.slice()
          bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7))
          const read = decodeOperation(bad, written.seq)
          if (read.ok && read.value.body.kind !== 'unknown') assert.deepEqual(encodeOperation(read.value), bad)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('[A22] arbitrary bytes are never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 9 }), (noise, kind) => {
        decodeOperation(noise, 0)
        decodeOperation(Uint8Array.of(1, 0, ...new Uint8Array(32), kind, noise.length & 0x7f, ...noise), 0)
        decodeGenesis(noise)
        decodeJoinRequest(noise)
      }),
      { numRuns: 3000 },
    )
  })

  it('[A22] well-typed nonsense is evaluated, not thrown at', () => {
    const step = record({ body, pick: fc.nat(), isGenuine: fc.boolean(), isFork: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { history, alice, admin } = aliceRoom()
        const hashes = [admin, ROOT]
        for (const { body: nonsense, pick, isGenuine, isFork } of steps) {
          const node = hashes[pick % hashes.length] ?? ROOT
          const fork = isFork ? { after: { length: 1, hash: hashOf(history.ranges[0]) } } : {}
          hashes.push(alice.append(node, nonsense, { isGenuine, ...fork }).hash)
        }
        const log = new AccessLog({ genesis: history.genesis })
        deliver(log, history.ranges)
        log.evaluate().digest()
      }),
      { numRuns: 200 },
    )
  })

  it('[A2] refuses an operation over its size, at another position, or with bytes left over', () => {
    const name = (sealed: Uint8Array): Uint8Array =>
      encodeOperation({ seq: 3, node: idOf('node'), body: { kind: 'profile', counter: 1, sealed }, rootSignatures: [] })
    assert.equal(decodeOperation(name(new Uint8Array(2048)), 3).ok, true)
    assert.equal(decodeOperation(name(new Uint8Array(2049)), 3).ok, false)
    assert.equal(decodeOperation(new Uint8Array(64 * 1024 + 1).fill(1), 3).ok, false)
    assert.equal(decodeOperation(name(utf8('Alice')), 4).ok, false)
    assert.equal(decodeOperation(Uint8Array.of(...name(utf8('Alice')), 0), 3).ok, false)
  })
})

const hashOf = (range: { range: { head: { hash: Uint8Array } } } | undefined): Uint8Array =>
  range?.range.head.hash ?? new Uint8Array(32)

describe('the genesis', () => {
  it('[A20] reads back, and its id changes with every byte', () => {
    const good = encodeGenesis({
      rootKeys: [idOf('alice'), idOf('bob')],
      threshold: 2,
      salt: new Uint8Array(32),
      policy: utf8('later'),
    })
    const read = decodeGenesis(good)
    assert(read.ok)
    assert.equal(read.value.threshold, 2)
    for (let i = 0; i < good.length; i++) {
      const bad = good.slice()
      bad[i] = (bad[i] ?? 0) ^ 1
      const other = decodeGenesis(bad)
      assert(!other.ok || other.value.room !== read.value.room)
      assert.equal(decodeGenesis(good.subarray(0, i)).ok, false)
    }
  })

  it('[A20] a threshold of none, over all keys, or a key twice is malformed', () => {
    const salt = new Uint8Array(32)
    const policy = new Uint8Array(0)
    const alice = idOf<never>('alice')
    const encode = (rootKeys: readonly never[], threshold: number): Uint8Array =>
      encodeGenesis({ rootKeys, threshold, salt, policy })
    assert.equal(decodeGenesis(encode([alice], 1)).ok, true)
    for (const bad of [encode([alice], 0), encode([alice], 2), encode([], 0), encode([alice, alice], 1)])
      assert.equal(decodeGenesis(bad).ok, false)
  })
})
