import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import type { OperationHash, PersonId } from '../../src/base/ids.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { BODY_CODECS } from '../../src/access/body-codec.ts'
import { encodeMeetingPlaces } from '../../src/access/meeting-places.ts'
import { decodeOperation, encodeOperation } from '../../src/access/operation-codec.ts'
import { ROOT, type Operation, type OperationBody, type Pin } from '../../src/access/operation.ts'
import {
  amend,
  boxFor,
  deviceIdOf,
  epochOf,
  grantTo,
  idOf,
  inviteAs,
  redact,
  remove,
  revokeDevice,
  rotateRoot,
  setPolicy,
  signaturesBy,
  viaInvite,
  writersOf,
} from './room-history.ts'

const known = (body: OperationBody, more: Partial<Operation> = {}): Operation => ({
  seq: 300,
  atMs: 1_700_000_000_000,
  node: idOf<OperationHash>('node'),
  body,
  rootSignatures: [],
  ...more,
})
const session = idOf<Pin['session']>('session')
const onePin: readonly Pin[] = [
  {
    session,
    log: { length: 3, hash: sha256(utf8('log')) },
    feeds: [{ feed: idOf('feed'), length: 2, hash: sha256(utf8('entry')) }],
  },
]
const NO_BYTES = new Uint8Array(0)
const GOLDEN: Readonly<Record<string, Operation>> = {
  session: known({ kind: 'session', certificate: utf8('certificate'), nonce: new Uint8Array(16).fill(7) }),
  grant: known(
    grantTo('ben', 'writer', { scope: [idOf('note')], over: [idOf('removal')], via: viaInvite(idOf('invite')) }),
  ),
  'grant by the root': known(grantTo('ada', 'admin', { maxGrant: 'admin' }), {
    node: ROOT,
    rootSignatures: signaturesBy(['ada', 'ben']),
  }),
  'grant to everyone': known({ ...grantTo('ben', 'reader'), to: '*' }),
  revoke: known(remove('ben', onePin, { mode: 'ban', note: utf8('sealed') })),
  'revoke of a branch': known(
    remove('ben', [{ session, log: { length: 1, hash: sha256(utf8('log')) }, feeds: [] }], {
      target: { type: 'subtree', grant: idOf('grant') },
      scope: [idOf('note')],
    }),
  ),
  'revoke of grants': known(remove('ben', [], { target: { type: 'grants', grants: [idOf('grant')] }, mode: 'demote' })),
  invite: known(inviteAs('reader', { usesMax: 5, expiresAtMs: 1_800_000_000_000, approval: 'manual' })),
  'invite.revoke': known({ kind: 'invite.revoke', invite: idOf('invite'), keep: [idOf('grant')] }),
  'document.create': known({ kind: 'document.create', documentKind: 'note', schemaVersion: 1, policy: NO_BYTES }),
  'feed.open': known({ kind: 'feed.open', document: idOf('note') }),
  epoch: known(epochOf('key', [deviceIdOf('phone')])),
  'epoch after another': known(epochOf('key 2', [], idOf('key'))),
  profile: known({ kind: 'profile', counter: 4, sealed: utf8('sealed') }),
  'room.name': known({ kind: 'room.name', sealed: utf8('sealed'), over: [idOf('name')] }),
  amend: known(amend(idOf('removal'), onePin)),
  'document.writers': known(writersOf(idOf('note'), ['ada'], onePin, [idOf('list')])),
  'document.writers: everybody': known(writersOf(idOf('note'), '*')),
  'policy.set': known(setPolicy('members-admit', 0, [idOf('policy')])),
  'policy.set: meeting places': known({
    kind: 'policy.set',
    key: 'meeting-places',
    value: encodeMeetingPlaces(['wss://tracker.example/', 'nostr+wss://relay.example/']),
    over: [],
  }),
  redact: known(redact(idOf('feed'), 3, 300)),
  'root.rotate': known(rotateRoot(['ada', 'ben'], 2, { keep: [idOf('grant')] })),
  'root.offer': known({ kind: 'root.offer', to: idOf<PersonId>('ben') }),
  'root.accept': known({ kind: 'root.accept', signature: new Uint8Array(64).fill(9) }),
  'device.revoke': known(revokeDevice(deviceIdOf('laptop'), onePin, { keep: [deviceIdOf('tablet')] }), { node: ROOT }),
  'device.revoke by the identity': known(revokeDevice(deviceIdOf('laptop'), [], { byIdentity: true }), { node: ROOT }),
  'epoch.seal': known({ kind: 'epoch.seal', epoch: idOf('key'), boxes: [boxFor(deviceIdOf('phone'))] }),
  'epoch.request': known({ kind: 'epoch.request', epoch: idOf('key'), bad: [idOf('box')] }),
  'join.request': known({ kind: 'join.request', request: utf8('request') }),
  'join.decline': known({ kind: 'join.decline', person: idOf<PersonId>('ben'), requests: [idOf('request')] }),
}
/** The bytes that these have always had. */
const VECTORS = JSON.parse(readFileSync('test/data/operations.json', 'utf8')) as Record<string, string>

describe('known operations', () => {
  it('[A2] are written today as yesterday, byte for byte, and read back', () => {
    assert.deepEqual(Object.keys(VECTORS), Object.keys(GOLDEN))
    for (const [name, written] of Object.entries(GOLDEN)) {
      const hex = VECTORS[name] ?? ''
      assert.equal(toHex(encodeOperation(written)), hex, name)
      const read = decodeOperation(fromHex(hex), written.seq)
      assert(read.ok)
      const { bodyBytes, ...rest } = read.value
      assert.deepEqual([rest, bodyBytes.length > 0], [written, true], name)
    }
  })

  it('[A2] are of every kind', () => {
    const kinds = Object.values(GOLDEN).map(({ body: { kind } }) => kind)
    assert.deepEqual([...new Set(kinds)].toSorted(), Object.keys(BODY_CODECS).toSorted())
  })
})
