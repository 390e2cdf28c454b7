import type { PersonId } from '../base/ids.ts'

/** As many people as the largest room aimed at has, and as many again who come and go. */
const PEOPLE_MAX = 16_384

/**
 * Something about each of the people met last. Keys cost nothing, so whoever makes many of them pushes out what was
 * known of others; those are then met anew, at the lowest rate again.
 */
export class RecentPeople<Value> {
  readonly #values = new Map<PersonId, Value>()

  get size(): number {
    return this.#values.size
  }

  /** Makes this person the one met last. */
  get(person: PersonId): Value | undefined {
    const value = this.#values.get(person)
    if (value === undefined) return undefined
    this.#values.delete(person)
    this.#values.set(person, value)
    return value
  }

  set(person: PersonId, value: Value): void {
    this.#values.delete(person)
    this.#values.set(person, value)
    if (this.#values.size <= PEOPLE_MAX) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      return
    }
  }
}
