import { idFromBytes, type FeedId, type OperationHash, type RoomId, type SessionId } from '../base/ids.ts'
import { emptyChain, extendChain, type ChainHead } from '../feed/chain.ts'
import { logIdOf } from '../feed/feed-id.ts'
import { rootSignedBytes } from './genesis.ts'
import { encodeBody, encodeOperation } from './operation-codec.ts'
import { ROOT, type OperationBody } from './operation.ts'

export interface WrittenOperation {
  readonly bytes: Uint8Array
  readonly hash: OperationHash
  /** The log up to and including this operation: what the session signs. */
  readonly head: ChainHead
}

export interface RootKey {
  /** Its place among the genesis' root keys. */
  readonly key: number
  sign(message: Uint8Array): Promise<Uint8Array>
}

type WritableBody = Exclude<OperationBody, { kind: 'unknown' }>

/** Appends to one session's own log. Neither stores nor signs the chain: whoever writes does both before publishing. */
export class OperationWriter {
  readonly room: RoomId
  readonly session: SessionId
  readonly log: FeedId
  #head: ChainHead

  /** `head` continues a log that was stored; without it the log is new. */
  constructor(room: RoomId, session: SessionId, head?: ChainHead) {
    this.room = room
    this.session = session
    this.log = logIdOf(room, session)
    this.#head = head ?? emptyChain(this.log)
  }

  get head(): ChainHead {
    return this.#head
  }

  append(node: OperationHash, body: WritableBody): WrittenOperation {
    return this.#extend(encodeOperation({ seq: this.#head.length, node, body, rootSignatures: [] }))
  }

  /** Appends in the name of the root keys. Give them in the order of the genesis. */
  async appendAsRoot(body: WritableBody, rootKeys: readonly RootKey[]): Promise<WrittenOperation> {
    const seq = this.#head.length
    const message = rootSignedBytes(this.room, this.session, seq, body.kind, encodeBody(body))
    const rootSignatures = await Promise.all(
      rootKeys.map(async (root) => ({ key: root.key, signature: await root.sign(message) })),
    )
    return this.#extend(encodeOperation({ seq, node: ROOT, body, rootSignatures }))
  }

  #extend(bytes: Uint8Array): WrittenOperation {
    this.#head = extendChain(this.#head, bytes)
    return { bytes, hash: idFromBytes(this.#head.hash), head: this.#head }
  }
}
