/** A super peer that is honest until it is told to lie. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { MemoryStore, Peer } from '../../src/index.ts'
import type { Room } from '../../src/peer/room.ts'
import { nodeEnvironment } from '../../src/super-peer/index.ts'

const HASH_BYTES = 32
/** More than anybody writes in a story. */
const CLAIMED = 400

export class Liar {
  readonly #room: Room

  private constructor(room: Room) {
    this.#room = room
  }

  static async open(t: TestContext, options: { readonly link: string; readonly trackerUrl: string }): Promise<Liar> {
    const node = nodeEnvironment({ trackers: [options.trackerUrl], notice: () => undefined })
    const { environment, doors } = node
    const peer = await Peer.open({ store: new MemoryStore(), environment, doors, isBlind: true, inviteBase: 'parley:' })
    t.after(async () => {
      await peer.close()
      await node.close()
    })
    const joined = await peer.joinRoom({ link: options.link, myName: 'Cupboard' })
    assert.ok(joined.ok)
    return new Liar(joined.value)
  }

  /** From now on it says to have much more of every feed than was written, and gives out none of what it has. */
  lie(): void {
    const { core } = this.#room
    core.read = () => Promise.resolve({ entries: [], hashBefore: undefined })
    const head = { length: CLAIMED, hash: new Uint8Array(HASH_BYTES).fill(7) }
    for (const { heads } of core.documents.values())
      for (const feed of heads.keys()) core.links.tell({ type: 'feed', feed, kind: 'document', head })
  }
}
