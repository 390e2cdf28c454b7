import { assert } from '../base/assert.ts'
import { idFromBytes, type FeedId, type OperationHash, type RoomId, type SessionId } from '../base/ids.ts'
import { emptyChain, extendChain, type ChainHead } from '../feed/chain.ts'
import { logIdOf } from '../feed/feed-id.ts'
import { encodeBody, encodeOperation } from './operation-codec.ts'
import { inKeyOrder } from './operation-fields.ts'
import { deviceRevocationBytes, rootSignedBytes, type IdentityKey } from './operation-signatures.ts'
import { ROOT, type DeviceRevokeBody, type Operation, type OperationBody } from './operation.ts'

export interface WrittenOperation {
  readonly bytes: Uint8Array
  readonly hash: OperationHash
  /** The log up to and including this operation: what the session signs. */
  readonly head: ChainHead
}

type WritableBody = Exclude<OperationBody, { kind: 'unknown' }>

/** Appends to one session's own log. Neither stores nor signs the chain: whoever writes does both before publishing. */
export class OperationWriter {
  readonly room: RoomId
  readonly session: SessionId
  readonly log: FeedId
  readonly #now: () => number
  #head: ChainHead

  /** `now` is the clock, in milliseconds since 1970. `head` continues a log that was stored; without it it is new. */
  constructor(room: RoomId, session: SessionId, now: () => number, head?: ChainHead) {
    this.room = room
    this.session = session
    this.log = logIdOf(room, session)
    this.#now = now
    this.#head = head ?? emptyChain(this.log)
  }

  get head(): ChainHead {
    return this.#head
  }

  append(node: OperationHash, body: WritableBody): WrittenOperation {
    const { seq, atMs } = this.#place()
    return this.#extend({ seq, atMs, node, body, rootSignatures: [] })
  }

  /** Appends in the name of the root keys. Nothing else may be appended until it is done: they sign a position. */
  async appendAsRoot(body: WritableBody, rootKeys: readonly IdentityKey[]): Promise<WrittenOperation> {
    const { atMs, ...place } = this.#place()
    const message = rootSignedBytes(place, atMs, body.kind, encodeBody(body))
    const signatures = await Promise.all(
      rootKeys.map(async (root) => ({ key: root.key, signature: await root.sign(message) })),
    )
    return this.#extend({ seq: place.seq, atMs, node: ROOT, body, rootSignatures: inKeyOrder(signatures) })
  }

  /** Ends a device in the name of the person's identity key. Nothing else may be appended until it is done. */
  async appendByIdentity(
    statement: Pick<DeviceRevokeBody, 'device' | 'pins' | 'keep'>,
    identity: Pick<IdentityKey, 'sign'>,
  ): Promise<WrittenOperation> {
    const { atMs, ...place } = this.#place()
    const identitySignature = await identity.sign(deviceRevocationBytes(place, statement))
    const body = { kind: 'device.revoke', ...statement, identitySignature } as const
    return this.#extend({ seq: place.seq, atMs, node: ROOT, body, rootSignatures: [] })
  }

  #place(): { room: RoomId; session: SessionId; seq: number; atMs: number } {
    const atMs = Math.max(0, Math.floor(this.#now()))
    return { room: this.room, session: this.session, seq: this.#head.length, atMs }
  }

  #extend(operation: Operation): WrittenOperation {
    assert(operation.seq === this.#head.length, 'the log went on while its next operation was being signed')
    const bytes = encodeOperation(operation)
    this.#head = extendChain(this.#head, bytes)
    return { bytes, hash: idFromBytes(this.#head.hash), head: this.#head }
  }
}
