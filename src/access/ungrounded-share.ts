import type { FeedId, PersonId } from '../base/ids.ts'
import type { SessionBinding, VerifiedOperation } from './verify-log.ts'

/** What one source may make us hold for people that nobody has let in. */
export const UNGROUNDED_OPERATIONS_MAX = 1000
export const UNGROUNDED_BYTES_MAX = 1024 * 1024

/** Of a log whose person holds no grant yet: who gave it to us, and how much it takes. */
interface Ungrounded {
  readonly source: string
  readonly person: PersonId
  operations: number
  bytes: number
}

/** Bounds what is held for people without a grant, by who gave it to us. */
export class UngroundedShare {
  readonly #logs = new Map<FeedId, Ungrounded>()
  /** By source: what all its ungrounded logs take. */
  readonly #shares = new Map<string, { operations: number; bytes: number }>()

  /**
   * Whether there is room for the operations; then they are counted. `isGrounded` tells whether somebody has let the
   * person in: asked only when a share is used up, because it may need an evaluation.
   */
  makeRoom(
    binding: SessionBinding,
    fresh: readonly VerifiedOperation[],
    { source, isKnown, isGrounded }: { source: string; isKnown: boolean; isGrounded: (person: PersonId) => boolean },
  ): boolean {
    const held = this.#logs.get(binding.log)
    if (held === undefined && isKnown) return true
    const bytes = fresh.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    const entry: Ungrounded = held ?? { source, person: binding.person, operations: 0, bytes: 0 }
    if (!this.#fits(entry.source, fresh.length, bytes)) {
      this.#ground(isGrounded)
      if (isGrounded(binding.person)) return true
      if (!this.#fits(entry.source, fresh.length, bytes)) return false
    }
    entry.operations += fresh.length
    entry.bytes += bytes
    this.#logs.set(binding.log, entry)
    this.#charge(entry.source, fresh.length, bytes)
    return true
  }

  #fits(source: string, operations: number, bytes: number): boolean {
    const share = this.#shares.get(source)
    return (
      (share?.operations ?? 0) + operations <= UNGROUNDED_OPERATIONS_MAX &&
      (share?.bytes ?? 0) + bytes <= UNGROUNDED_BYTES_MAX
    )
  }

  #charge(source: string, operations: number, bytes: number): void {
    const share = this.#shares.get(source) ?? { operations: 0, bytes: 0 }
    share.operations += operations
    share.bytes += bytes
    if (share.operations > 0) this.#shares.set(source, share)
    else this.#shares.delete(source)
  }

  /** Stops counting those who have been let in since. */
  #ground(isGrounded: (person: PersonId) => boolean): void {
    for (const [id, { source, person, operations, bytes }] of this.#logs) {
      if (!isGrounded(person)) continue
      this.#logs.delete(id)
      this.#charge(source, -operations, -bytes)
    }
  }
}
