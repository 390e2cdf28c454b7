/**
 * Operations without their encoding: what the evaluator sees after the door, made fast enough for tens of thousands of
 * histories. Names are random ids, so that no order of hashes is an accident of the order of writing.
 */
import { sha256 } from '../../src/crypto/hash.ts'
import { concatBytes, utf8 } from '../../src/base/bytes.ts'
import {
  idFromBytes,
  idToBytes,
  type DeviceId,
  type Id,
  type OperationHash,
  type PersonId,
} from '../../src/base/ids.ts'
import type { ChainHead } from '../../src/feed/chain.ts'
import { AccessLog } from '../../src/access/access-log.ts'
import type { AccessState } from '../../src/access/access-state.ts'
import { decodeGenesis, encodeGenesis, type ReceivedGenesis } from '../../src/access/genesis.ts'
import { ROOT, type OperationBody } from '../../src/access/operation.ts'
import type { SessionBinding, VerifiedLogRange } from '../../src/access/verify-log.ts'

type Certificate = SessionBinding['certificate']

/** mulberry32: small, seeded, good enough to choose with. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Written {
  readonly hash: OperationHash
  readonly head: ChainHead
  readonly range: VerifiedLogRange
}

export interface WriteOptions {
  readonly isGenuine?: boolean
  /** Forks the log behind an earlier position. */
  readonly after?: ChainHead
  readonly signers?: readonly PersonId[]
}

export class SyntheticSession {
  readonly binding: SessionBinding
  /** All positions of the log, on all branches. */
  readonly heads: ChainHead[] = []
  readonly #room: SyntheticRoom

  constructor(room: SyntheticRoom, certificate: Certificate) {
    const { person, device } = certificate
    this.#room = room
    this.binding = { session: room.id(), log: room.id(), person, device, certificate }
    this.append(ROOT, { kind: 'session', certificate: certificate.bytes, nonce: new Uint8Array(16) })
  }

  get head(): ChainHead {
    return this.heads.at(-1) ?? { length: 0, hash: new Uint8Array(32) }
  }

  append(
    node: OperationHash,
    body: OperationBody,
    { isGenuine = true, after, signers = [] }: WriteOptions = {},
  ): Written {
    const before = after ?? this.head
    const hash = this.#room.id<OperationHash>()
    const head = { length: before.length + 1, hash: idToBytes(hash) }
    const rootSignatures = signers.map((key) => ({ key, signature: new Uint8Array(64) }))
    const operation = { seq: before.length, atMs: 0, node, body, rootSignatures, bodyBytes: new Uint8Array(0) }
    const range: VerifiedLogRange = {
      binding: this.binding,
      after: before.length === 0 ? undefined : idFromBytes<OperationHash>(before.hash),
      operations: [{ hash, seq: before.length, operation, isGenuine, sizeBytes: 100 }],
      range: { head, hashes: [head.hash], entries: [] },
    }
    if (after === undefined) this.heads.push(head)
    else this.heads.splice(-1, 0, head)
    this.#room.ranges.push(range)
    return { hash, head, range }
  }
}

const genesisCache = new Map<string, ReceivedGenesis>()

function genesisOf(rootKeys: readonly PersonId[], threshold: number): ReceivedGenesis {
  const name = `${threshold} ${rootKeys.join()}`
  const known = genesisCache.get(name)
  if (known) return known
  const bytes = encodeGenesis({ rootKeys, threshold, salt: new Uint8Array(32), policy: new Uint8Array(0) })
  const decoded = decodeGenesis(bytes)
  if (!decoded.ok) throw new Error(decoded.reason)
  genesisCache.set(name, decoded.value)
  return decoded.value
}

const people = new Map<string, PersonId>()

/** The same for one name in all rooms. */
export function personNamed(name: string): PersonId {
  const known = people.get(name) ?? idFromBytes<PersonId>(sha256(utf8(name)))
  people.set(name, known)
  return known
}

export class SyntheticRoom {
  readonly ranges: VerifiedLogRange[] = []
  readonly genesis: ReceivedGenesis
  readonly random: () => number

  constructor(random: () => number, rootKeys: readonly PersonId[] = [personNamed('root')], threshold = 1) {
    this.random = random
    this.genesis = genesisOf(rootKeys, threshold)
  }

  // The caller says what the id is of.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  id<T extends Id<string>>(): T {
    const bytes = new Uint8Array(32)
    const words = new Uint32Array(bytes.buffer)
    for (let i = 0; i < 3; i++) words[i] = this.random() * 2 ** 32
    words[7] = this.ranges.length
    return idFromBytes<T>(bytes)
  }

  /** As it is after the door found its signatures good. */
  certificate(person: PersonId, serial: number, issuer?: Certificate, device = this.id<DeviceId>()): Certificate {
    const chain = issuer ? [issuer, ...issuer.chain] : []
    const sealKey = new Uint8Array(32)
    const before = issuer ? issuer.bytes : concatBytes(Uint8Array.of(2), idToBytes(person))
    const bytes = concatBytes(before, idToBytes(device), sealKey, Uint8Array.of(serial), new Uint8Array(64))
    return { person, device, sealKey, serial, issuer: issuer?.device, chain, bytes }
  }

  session(certificate: Certificate): SyntheticSession {
    return new SyntheticSession(this, certificate)
  }

  log(ranges: readonly VerifiedLogRange[] = this.ranges): AccessLog {
    const log = new AccessLog({ genesis: this.genesis })
    // As from our own storage, which is not bounded: so nothing is evaluated before all is there.
    let waiting = ranges
    while (waiting.length > 0) {
      const left = waiting.filter((range) => !log.add(range).ok)
      if (left.length === waiting.length) throw new Error('nothing more can be added')
      waiting = left
    }
    return log
  }

  evaluate(): AccessState {
    return this.log().evaluate()
  }
}
