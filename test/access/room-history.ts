/** Builds access logs for the evaluator's tests: real encodings and hashes, signatures taken as checked. */
import assert from 'node:assert/strict'
import { utf8 } from '../../src/base/bytes.ts'
import {
  idFromBytes,
  idToBytes,
  type DeviceId,
  type DocumentId,
  type EpochId,
  type FeedId,
  type Id,
  type OperationHash,
  type PersonId,
} from '../../src/base/ids.ts'
import { sha256 } from '../../src/crypto/hash.ts'
import { emptyChain, extendChain, type ChainHead } from '../../src/feed/chain.ts'
import { logIdOf, sessionIdOf } from '../../src/feed/feed-id.ts'
import type { DeviceCertificate } from '../../src/identity/device-certificate.ts'
import { AccessLog, type AccessLogOptions } from '../../src/access/access-log.ts'
import { decodeGenesis, encodeGenesis, type ReceivedGenesis } from '../../src/access/genesis.ts'
import { decodeOperation, encodeOperation } from '../../src/access/operation-codec.ts'
import {
  ROOT,
  type DeviceRevokeBody,
  type EpochBody,
  type GrantBody,
  type InviteBody,
  type KeyBox,
  type OperationBody,
  type Pin,
  type RevokeBody,
  type RootRotateBody,
  type RootSignature,
} from '../../src/access/operation.ts'
import type { Role } from '../../src/access/role.ts'
import type { SessionBinding, VerifiedLogRange } from '../../src/access/verify-log.ts'

// The caller says what the id is of: a test's names stand for anything.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export const idOf = <T extends Id<string>>(name: string): T => idFromBytes<T>(sha256(utf8(name)))

const NO_BYTES = new Uint8Array(0)
/** A signature that nobody made; the histories take what `isGenuine` says for checked. */
const SIGNATURE = new Uint8Array(64)

export const note: OperationBody = {
  kind: 'document.create',
  documentKind: 'note',
  schemaVersion: 1,
  policy: NO_BYTES,
}
export const profile = (counter: number, text = 'name'): OperationBody => ({
  kind: 'profile',
  counter,
  sealed: utf8(text),
})
/** A document's id is the hash of what made it. */
export const documentOf = ({ hash }: { readonly hash: OperationHash }): DocumentId => idFromBytes(idToBytes(hash))

export const deviceIdOf = (name: string): DeviceId => idOf<DeviceId>(`device ${name}`)

/** A certificate as it is after its signatures were found good. `issuer` undefined: by the identity key. */
export function certificateOf(
  person: PersonId,
  name: string,
  { serial = 0, issuer }: { readonly serial?: number; readonly issuer?: DeviceCertificate | undefined } = {},
): DeviceCertificate {
  const chain = issuer ? [issuer, ...issuer.chain] : []
  const path = [...chain.map((step) => `${step.device} ${step.serial}`), serial].join(' ')
  return {
    person,
    device: deviceIdOf(name),
    sealKey: sha256(utf8(`seal key ${name}`)),
    serial,
    issuer: issuer?.device,
    chain,
    bytes: utf8(`${name} ${path}`),
  }
}

export interface Placed {
  readonly hash: OperationHash
  readonly head: ChainHead
  readonly range: VerifiedLogRange
}

export interface AppendOptions {
  readonly isGenuine?: boolean
  /** Forks the log behind an earlier position. */
  readonly after?: ChainHead
  readonly atMs?: number
  /** Whose root keys signed, by name. */
  readonly signers?: readonly string[]
}

export interface SessionOptions {
  /** The device, by name; else one of its own for the session. */
  readonly device?: string
  readonly serial?: number
  /** The session's device was certified by the device of this certificate. */
  readonly issuer?: DeviceCertificate | undefined
}

export class TestSession {
  readonly binding: SessionBinding
  readonly #history: RoomHistory
  head: ChainHead

  constructor(history: RoomHistory, person: PersonId, name: string, options: SessionOptions = {}) {
    const certificate = certificateOf(person, options.device ?? name, options)
    const { device } = certificate
    const nonce = sha256(utf8(name)).subarray(0, 16)
    const session = sessionIdOf(device, nonce)
    const log = logIdOf(history.genesis.room, session)
    this.#history = history
    this.binding = { session, device, person, log, certificate }
    this.head = emptyChain(log)
    this.append(ROOT, { kind: 'session', certificate: certificate.bytes, nonce })
  }

  append(node: OperationHash, body: OperationBody, options: AppendOptions = {}): Placed {
    const before = options.after ?? this.head
    const rootSignatures = signaturesBy(options.signers ?? [])
    const bytes = encodeOperation({ seq: before.length, atMs: options.atMs ?? 0, node, body, rootSignatures })
    return this.appendBytes(bytes, options)
  }

  /** In the name of the root keys. Without names, the history's one key `root` signed. */
  appendAsRoot(body: OperationBody, signers: readonly string[] = ['root'], options: AppendOptions = {}): Placed {
    return this.append(ROOT, body, { ...options, signers })
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

  pin(heads: Pin['feeds'] = []): Pin {
    return { session: this.binding.session, log: this.head, feeds: heads }
  }
}

/** As the wire wants them: in the order of the keys, each once. */
export const signaturesBy = (names: readonly string[]): readonly RootSignature[] =>
  [...new Set(names)]
    .map((name) => ({ key: idOf<PersonId>(name), signature: SIGNATURE }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))

/** All ranges of a room in the order they were written, one operation each. */
export class RoomHistory {
  readonly genesis: ReceivedGenesis
  readonly #ranges = new Map<OperationHash, VerifiedLogRange>()

  /** The holders of the root keys, by name. */
  constructor(rootKeys: readonly string[] = ['root'], threshold = 1) {
    const keys = rootKeys.map((name) => idOf<PersonId>(name))
    const decoded = decodeGenesis(
      encodeGenesis({ rootKeys: keys, threshold, salt: new Uint8Array(32), policy: new Uint8Array(0) }),
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

  session(person: string, name = `${person} 1`, options: SessionOptions = {}): TestSession {
    return new TestSession(this, idOf(person), name, options)
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

/** Removes a person: `kick` of the whole room unless `more` says otherwise. */
export const remove = (person: string, pins: readonly Pin[], more: Partial<RevokeBody> = {}): RevokeBody => ({
  kind: 'revoke',
  target: { type: 'person', person: idOf<PersonId>(person) },
  scope: '*',
  pins,
  mode: 'kick',
  note: NO_BYTES,
  ...more,
})

export const leave = (person: string, pins: readonly Pin[]): RevokeBody => remove(person, pins, { mode: 'leave' })

export const amend = (revocation: OperationHash, pins: readonly Pin[]): OperationBody => ({
  kind: 'amend',
  revocation,
  pins,
})

/** Narrows a document to these people, by name. */
export const writersOf = (
  document: DocumentId,
  people: '*' | readonly string[],
  pins: readonly Pin[] = [],
  over: readonly OperationHash[] = [],
): OperationBody => ({
  kind: 'document.writers',
  document,
  people: people === '*' ? '*' : people.map((name) => idOf<PersonId>(name)),
  pins,
  over,
})

export const setPolicy = (key: string, value: number, over: readonly OperationHash[] = []): OperationBody => ({
  kind: 'policy.set',
  key,
  value: Uint8Array.of(value),
  over,
})

export const redact = (feed: FeedId, from: number, to: number): OperationBody => ({ kind: 'redact', feed, from, to })

/** Rotates to the root keys of these people, all of whom agree. */
export const rotateRoot = (
  names: readonly string[],
  threshold = 1,
  more: Partial<RootRotateBody> = {},
): RootRotateBody => ({
  kind: 'root.rotate',
  rootKeys: names.map((name) => idOf<PersonId>(name)),
  threshold,
  keep: [],
  consents: signaturesBy(names),
  ...more,
})

/** In a device's name; `byIdentity` in the name of the person's identity key. */
export const revokeDevice = (
  device: DeviceId,
  pins: readonly Pin[],
  { keep = [], byIdentity = false }: { readonly keep?: readonly DeviceId[]; readonly byIdentity?: boolean } = {},
): DeviceRevokeBody => ({
  kind: 'device.revoke',
  device,
  pins,
  keep,
  identitySignature: byIdentity ? SIGNATURE : NO_BYTES,
})

export const boxFor = (device: DeviceId): KeyBox => ({
  device,
  encapsulated: sha256(utf8(`for ${device}`)),
  sealed: new Uint8Array(48),
})

/** A new room key, by name, with boxes for the devices. */
export const epochOf = (name: string, devices: readonly DeviceId[] = [], previous?: EpochId): EpochBody => ({
  kind: 'epoch',
  epoch: idOf<EpochId>(name),
  previous,
  wrapped: previous === undefined ? NO_BYTES : new Uint8Array(48),
  boxes: devices.map(boxFor),
})

/** A room with Alice as its admin, by the root keys' grant. */
export function aliceRoom(): { history: RoomHistory; alice: TestSession; admin: OperationHash } {
  const history = new RoomHistory()
  const alice = history.session('alice')
  const { hash } = alice.appendAsRoot(grantTo('alice', 'admin', { maxGrant: 'admin' }))
  return { history, alice, admin: hash }
}
