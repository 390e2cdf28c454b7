/** Builds access logs for the evaluator's tests: real encodings and hashes, signatures taken as checked. */
import assert from 'node:assert/strict'
import { utf8 } from '../../src/base/bytes.ts'
import { idFromBytes, type Id, type OperationHash, type PersonId } from '../../src/base/ids.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { emptyChain, extendChain, type ChainHead } from '../../src/feed/chain.ts'
import { logIdOf, sessionIdOf } from '../../src/feed/feed-id.ts'
import { AccessLog, type AccessLogOptions } from '../../src/access/access-log.ts'
import { decodeGenesis, encodeGenesis, type ReceivedGenesis } from '../../src/access/genesis.ts'
import { decodeOperation, encodeOperation } from '../../src/access/operation-codec.ts'
import { ROOT, type GrantBody, type InviteBody, type OperationBody, type Pin } from '../../src/access/operation.ts'
import type { Role } from '../../src/access/role.ts'
import type { SessionBinding, VerifiedLogRange } from '../../src/access/verify-log.ts'

// The caller says what the id is of: a test's names stand for anything.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const idOf = <T extends Id<string>>(name: string): T => idFromBytes<T>(sha256(utf8(name)))

export interface Placed {
  readonly hash: OperationHash
  readonly head: ChainHead
  readonly range: VerifiedLogRange
}

export interface AppendOptions {
  readonly isGenuine?: boolean
  /** Forks the log behind an earlier position. */
  readonly after?: ChainHead
}

export class TestSession {
  readonly binding: SessionBinding
  readonly #history: RoomHistory
  head: ChainHead

  constructor(history: RoomHistory, person: PersonId, name: string) {
    const device = idOf<SessionBinding['device']>(`device ${name}`)
    const nonce = sha256(utf8(name)).subarray(0, 16)
    const session = sessionIdOf(device, nonce)
    const log = logIdOf(history.genesis.room, session)
    this.#history = history
    this.binding = { session, device, person, log }
    this.head = emptyChain(log)
    this.append(ROOT, { kind: 'session', certificate: utf8(name), nonce })
  }

  append(node: OperationHash, body: OperationBody, options: AppendOptions = {}): Placed {
    const before = options.after ?? this.head
    const bytes = encodeOperation({ seq: before.length, node, body, rootSignatures: [] })
    return this.appendBytes(bytes, options)
  }

  appendBytes(bytes: Uint8Array, { isGenuine = true, after }: AppendOptions = {}): Placed {
    const before = after ?? this.head
    const head = extendChain(before, bytes)
    const hash = idFromBytes<OperationHash>(head.hash)
    const known = this.#history.rangeOf(hash)
    if (known) return { hash, head, range: known }
    const decoded = decodeOperation(bytes, before.length)
    const operation = decoded.ok ? decoded.value : undefined
    const range: VerifiedLogRange = {
      binding: this.binding,
      after: before.length === 0 ? undefined : idFromBytes<OperationHash>(before.hash),
      operations: [
        {
          hash,
          seq: before.length,
          operation,
          isGenuine: isGenuine && operation !== undefined,
          sizeBytes: bytes.length,
        },
      ],
      range: { head, hashes: [head.hash], entries: [{ bytes, signature: undefined }] },
    }
    if (after === undefined) this.head = head
    this.#history.write(range)
    return { hash, head, range }
  }

  pin(heads: Pin['feeds'] = { heads: [] }): Pin {
    return { session: this.binding.session, log: this.head, feeds: heads }
  }
}

/** All ranges of a room in the order they were written, one operation each. */
export class RoomHistory {
  readonly genesis: ReceivedGenesis
  readonly #ranges = new Map<OperationHash, VerifiedLogRange>()

  constructor() {
    const rootKeys = [idOf<PersonId>('root')]
    const decoded = decodeGenesis(
      encodeGenesis({ rootKeys, threshold: 1, salt: new Uint8Array(32), policy: new Uint8Array(0) }),
    )
    assert(decoded.ok)
    this.genesis = decoded.value
  }

  get ranges(): VerifiedLogRange[] {
    return [...this.#ranges.values()]
  }
  rangeOf(hash: OperationHash): VerifiedLogRange | undefined {
    return this.#ranges.get(hash)
  }
  write(range: VerifiedLogRange): void {
    const [operation] = range.operations
    if (operation) this.#ranges.set(operation.hash, range)
  }

  session(person: string, name = `${person} 1`): TestSession {
    return new TestSession(this, idOf(person), name)
  }

  /** A log that holds everything, delivered in the order of writing. */
  log(options: Omit<AccessLogOptions, 'genesis'> = {}): AccessLog {
    const log = new AccessLog({ genesis: this.genesis, ...options })
    deliver(log, this.ranges)
    return log
  }

  evaluate(): ReturnType<AccessLog['evaluate']> {
    return this.log().evaluate()
  }
}

/** Delivers in the given order; what does not follow yet is delivered again later. Ends when all of it is held. */
export function deliver(log: AccessLog, ranges: readonly VerifiedLogRange[], onAdded?: () => void): void {
  let waiting = ranges
  while (waiting.length > 0) {
    const left = waiting.filter((range, i) => {
      const outcome = log.add(range, `source ${i}`)
      if (outcome.ok) onAdded?.()
      return !outcome.ok
    })
    assert(left.length < waiting.length, 'nothing more can be delivered')
    waiting = left
  }
}

export function grantTo(person: string, role: Role, more: Partial<GrantBody> = {}): GrantBody {
  const to = idOf<PersonId>(person)
  return { kind: 'grant', to, role, scope: '*', maxGrant: undefined, over: [], via: undefined, ...more }
}

const keyOf = (name: string): Uint8Array => sha256(utf8(`invite key ${name}`))

export function inviteAs(role: Role, more: Partial<InviteBody> = {}, name = ''): InviteBody {
  const open = { kind: 'invite', scope: '*', usesMax: 0, expiresAtMs: 0, admitBy: 'any', approval: 'auto' } as const
  return { ...open, inviteKey: keyOf(name), role, sealedLabel: new Uint8Array(0), ...more }
}

/** How a grant says that its person came by an invite. */
export const viaInvite = (invite: OperationHash, name = ''): NonNullable<GrantBody['via']> => ({
  invite,
  consent: {
    certificate: new Uint8Array(0),
    inviteKey: keyOf(name),
    profileHash: new Uint8Array(32),
    inviteSignature: new Uint8Array(64),
    deviceSignature: new Uint8Array(64),
  },
})

export const leave = (person: string, pins: readonly Pin[]): OperationBody => ({
  kind: 'revoke',
  target: { type: 'person', person: idOf<PersonId>(person) },
  scope: '*',
  pins,
  mode: 'leave',
  note: new Uint8Array(0),
})

/** A room with Alice as its admin, by the root keys' grant. */
export function aliceRoom(): { history: RoomHistory; alice: TestSession; admin: OperationHash } {
  const history = new RoomHistory()
  const alice = history.session('alice')
  const { hash } = alice.append(ROOT, grantTo('alice', 'admin', { maxGrant: 'admin' }))
  return { history, alice, admin: hash }
}
