import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type DocumentId, type FeedId, type OperationHash } from '../../src/base/ids.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import { decodeGenesis, encodeGenesis } from '../../src/access/genesis.ts'
import { decodeJoinRequest } from '../../src/access/join-request.ts'
import { decodeOperation, encodeOperation, kindCodeOf } from '../../src/access/operation-codec.ts'
import { REVOKE_MODES, ROOT, type OperationBody, type Pin, type RootSignature } from '../../src/access/operation.ts'
import { ROLES } from '../../src/access/role.ts'
import {
  aliceRoom,
  amend,
  boxFor,
  deliver,
  deviceIdOf,
  epochOf,
  idOf,
  redact,
  remove,
  revokeDevice,
  rotateRoot,
  setPolicy,
  signaturesBy,
  writersOf,
} from './room-history.ts'
import { stateDigest } from './state-digest.ts'

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
const feeds = fc.array(record({ feed: id, length: whole, hash: bytes(32) }), { maxLength: 3 })
const pins = fc.uniqueArray(record({ session: id, log: head, feeds }), { maxLength: 3, selector: (pin) => pin.session })
const someKeys = fc.uniqueArray(id, { minLength: 1, maxLength: 4 })
const signatures = fc
  .uniqueArray(record({ key: id, signature: bytes(64) }), { maxLength: 3, selector: ({ key }) => key })
  .map((list) => list.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
const boxes = fc.uniqueArray(record({ device: id, encapsulated: bytes(32), sealed: bytes(48) }), {
  maxLength: 3,
  selector: ({ device }) => device,
})
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
    pins,
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
  fc.tuple(id, fc.option(id, { nil: undefined }), someBytes(), boxes).map(([epoch, previous, wrapped, list]) => ({
    kind: 'epoch' as const,
    epoch,
    previous,
    wrapped: previous === undefined ? new Uint8Array(0) : wrapped,
    boxes: list,
  })),
  record({ kind: kindIs('profile'), counter: whole, sealed: someBytes() }),
  record({ kind: kindIs('room.name'), sealed: someBytes(), over: ids }),
  record({ kind: kindIs('amend'), revocation: id, pins }),
  record({
    kind: kindIs('document.writers'),
    document: id,
    people: fc.oneof(fc.constant('*' as const), ids),
    pins,
    over: ids,
  }),
  record({ kind: kindIs('policy.set'), key: fc.string({ maxLength: 16 }), value: someBytes(), over: ids }),
  fc
    .tuple(id, fc.nat(), fc.integer({ min: 1, max: 1000 }))
    .map(([feed, from, count]) => ({ kind: 'redact' as const, feed, from, to: from + count })),
  fc.tuple(someKeys, fc.nat(), ids, signatures).map(([keys, pick, keep, consents]) => ({
    kind: 'root.rotate' as const,
    rootKeys: keys,
    threshold: 1 + (pick % keys.length),
    keep,
    consents,
  })),
  record({ kind: kindIs('root.offer'), to: id }),
  record({ kind: kindIs('root.accept'), signature: bytes(64) }),
  record({
    kind: kindIs('device.revoke'),
    device: id,
    pins,
    keep: ids,
    identitySignature: fc.oneof(bytes(0), bytes(64)),
  }),
  record({ kind: kindIs('epoch.seal'), epoch: id, boxes }),
  record({ kind: kindIs('epoch.request'), epoch: id, bad: ids }),
  record({ kind: kindIs('join.request'), request: someBytes() }),
  record({ kind: kindIs('join.decline'), person: id, requests: ids }),
)
const operation = fc.oneof(
  record({ seq: fc.nat(), atMs: whole, node: id, body, rootSignatures: fc.constant([]) }),
  fc
    .tuple(fc.nat(), whole, body, signatures)
    .map(([seq, atMs, written, list]) => ({ seq, atMs, node: ROOT, body: written, rootSignatures: list }))
    .filter(({ body: { kind } }) => kind !== 'session' && kind !== 'device.revoke'),
)
const KINDS: readonly OperationBody['kind'][] = [
  'session',
  'grant',
  'revoke',
  'invite',
  'invite.revoke',
  'document.create',
  'feed.open',
  'epoch',
  'profile',
  'room.name',
  'amend',
  'document.writers',
  'policy.set',
  'redact',
  'root.rotate',
  'root.offer',
  'root.accept',
  'device.revoke',
  'epoch.seal',
  'epoch.request',
  'join.request',
  'join.decline',
]

describe('the operation codec', () => {
  it('[A2] reads back what it wrote, of every kind', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(operation, (written) => {
        seen.add(written.body.kind)
        const read = decodeOperation(encodeOperation(written), written.seq)
        assert(read.ok)
        const { bodyBytes, ...rest } = read.value
        assert(bodyBytes.length > 0)
        assert.deepEqual(rest, written)
      }),
      { numRuns: 1000 },
    )
    assert.deepEqual([...seen].toSorted(), KINDS.toSorted())
  })

  it('[A2] the number of a kind never changes', () => {
    for (const [code, kind] of KINDS.entries()) assert(kind !== 'unknown' && kindCodeOf(kind) === code, kind)
  })

  it('[A20] carries root signatures under the root node, in the order of the keys, each once', () => {
    const [first, second] = signaturesBy(['ada', 'ben'])
    assert(first && second)
    const encode = (...rootSignatures: RootSignature[]): Uint8Array =>
      encodeOperation({ seq: 1, atMs: 0, node: ROOT, body: epochOf('key'), rootSignatures })
    const read = decodeOperation(encode(first, second), 1)
    assert(read.ok)
    assert.deepEqual(read.value.rootSignatures, [first, second])
    assert.equal(decodeOperation(encode(second, second), 1).ok, false)
    assert.equal(decodeOperation(encode(second, first), 1).ok, false)
  })

  it('[A2] refuses what says one thing twice, nothing at all, or more than there is room for', () => {
    const node = idOf<OperationHash>('node')
    const isRead = (written: OperationBody): boolean =>
      decodeOperation(encodeOperation({ seq: 1, atMs: 0, node, body: written, rootSignatures: [] }), 1).ok
    const phone = deviceIdOf('phone')
    const devices = Array.from({ length: 501 }, (_, i) => deviceIdOf(`${i}`))
    const pin = { session: idOf<Pin['session']>('session'), log: { length: 1, hash: sha256(utf8('x')) } }
    const twice = [
      { ...pin, feeds: [] },
      { ...pin, feeds: [] },
    ]
    const name = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`)
    const document = idOf<DocumentId>('note')
    const feed = idOf<FeedId>('feed')
    const good: OperationBody[] = [
      epochOf('key', devices.slice(0, 500)),
      writersOf(document, name(1024)),
      redact(feed, 3, 4),
      setPolicy('k'.repeat(64), 1),
      rotateRoot(name(16), 16, { consents: [] }),
      revokeDevice(phone, [], { keep: devices.slice(0, 64) }),
    ]
    const bad: OperationBody[] = [
      epochOf('key', devices),
      epochOf('key', [phone, phone]),
      { ...epochOf('key'), wrapped: new Uint8Array(48) },
      { kind: 'epoch.seal', epoch: idOf('key'), boxes: [boxFor(phone), boxFor(phone)] },
      writersOf(document, name(1025)),
      writersOf(document, ['ada', 'ada']),
      amend(node, twice),
      remove('ada', twice),
      redact(feed, 3, 3),
      redact(feed, 4, 3),
      setPolicy('k'.repeat(65), 1),
      rotateRoot([], 0),
      rotateRoot(['ada'], 0),
      rotateRoot(['ada'], 2),
      rotateRoot(['ada', 'ada'], 1),
      rotateRoot(name(17), 1, { consents: [] }),
      revokeDevice(phone, [], { keep: [phone, phone] }),
      revokeDevice(phone, [], { keep: devices.slice(0, 65) }),
    ]
    for (const written of good) assert.equal(isRead(written), true, written.kind)
    for (const [i, written] of bad.entries()) assert.equal(isRead(written), false, `${i}: ${written.kind}`)
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
    // A known kind with noise for a body gets further than noise alone.
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 22 }), (noise, kind) => {
        decodeOperation(noise, 0)
        decodeOperation(Uint8Array.of(1, 0, 0, ...new Uint8Array(32), kind, noise.length & 0x7f, ...noise), 0)
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
        stateDigest(log.evaluate())
      }),
      { numRuns: 200 },
    )
  })

  it('[A2] refuses an operation over its size, at another position, or with bytes left over', () => {
    const name = (sealed: Uint8Array): Uint8Array =>
      encodeOperation({
        seq: 3,
        atMs: 0,
        node: idOf('node'),
        body: { kind: 'profile', counter: 1, sealed },
        rootSignatures: [],
      })
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
