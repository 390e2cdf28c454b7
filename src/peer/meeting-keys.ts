import { toHex } from '../base/bytes.ts'
import { idToBytes, type RoomId } from '../base/ids.ts'
import { hkdfSha256 } from '../crypto/hash.ts'

export const MEETING_SECRET_BYTES = 32

/**
 * What members and those who hold a link need to find each other and to talk at all: derived from the room's meeting
 * secret, which is in every link and never changes. It opens nothing that was written; see `KeyRing`. Each purpose has
 * its own key, so that none says anything of another.
 */
export class MeetingKeys {
  readonly secret: Uint8Array

  constructor(secret: Uint8Array) {
    this.secret = secret
  }
  /** Known to whoever may link with members: without it a handshake gets no answer. */
  link(): Uint8Array {
    return hkdfSha256(this.secret, 'parley link 1', 32)
  }
  /** Seals what passes through a door. */
  doorPassword(): string {
    return toHex(hkdfSha256(this.secret, 'parley door 1', 32))
  }
  /** Where members meet at a door. Says nothing of the room to who runs the door. */
  topic(room: RoomId): string {
    return `parley-${toHex(hkdfSha256(this.secret, 'parley topic 1', 16, idToBytes(room)))}`
  }
  /** Seals the name of somebody who asks to be let in, and so holds no key of what is written yet. */
  greeting(): Uint8Array {
    return hkdfSha256(this.secret, 'parley greeting 1', 32)
  }
}
