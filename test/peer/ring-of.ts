import { ID_BYTES, idFromBytes } from '../../src/base/ids.ts'
import type { EpochId, RoomId } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { EPOCH_KEY_BYTES, epochIdOf, KeyRing } from '../../src/peer/key-ring.ts'
import { MemoryStore } from '../../src/storage/memory-store.ts'

export const newKey = (): Uint8Array => randomBytes(EPOCH_KEY_BYTES)
export const newRoom = (): RoomId => idFromBytes(randomBytes(ID_BYTES))

/** A ring on a store of its own, which writes with what `current` says. */
export async function ringOf(
  keys: readonly Uint8Array[],
  options: { readonly store?: MemoryStore; readonly room?: RoomId } = {},
): Promise<{ ring: KeyRing; write(key: Uint8Array | undefined): void }> {
  let current: EpochId | undefined = keys[0] && epochIdOf(keys[0])
  const { store = new MemoryStore(), room = newRoom() } = options
  const ring = new KeyRing({ store, room, choose: () => current })
  await ring.load()
  await ring.add(keys)
  return {
    ring,
    write: (key) => {
      current = key && epochIdOf(key)
    },
  }
}
