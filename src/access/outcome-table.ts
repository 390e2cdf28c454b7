import type { LoggedOperation } from './logged-operation.ts'
import type { Outcome } from './outcome.ts'

type Place = Pick<LoggedOperation, 'index'>

/** What became of each operation, by its number: a room has a hundred thousand of them. */
export class OutcomeTable {
  readonly #outcomes: (Outcome | undefined)[] = []

  get({ index }: Place): Outcome | undefined {
    return this.#outcomes[index]
  }

  set({ index }: Place, outcome: Outcome): void {
    // Filled up without gaps, so that it stays a plain list.
    while (this.#outcomes.length < index) this.#outcomes.push(undefined)
    this.#outcomes[index] = outcome
  }

  isEffective({ index }: Place): boolean {
    return this.#outcomes[index] === 'effective'
  }
}
