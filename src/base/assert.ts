/** Thrown only for mistakes in our own code, never because of what a peer or a user sent. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** States what must hold if the program is right. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** Closes a `switch` over a union: the compiler refuses it while a case is missing. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`)
}
