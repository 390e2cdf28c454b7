import type { OperationHash, PersonId } from '../base/ids.ts'
import type { LoggedOperation } from './logged-operation.ts'
import type { RootRotateBody } from './operation.ts'

/** The root keys of a room at one time of its history. */
export interface RootGeneration {
  readonly keys: readonly PersonId[]
  readonly threshold: number
}

interface Ended extends RootGeneration {
  /** What was signed by these keys and stays; undefined for the newest. */
  readonly kept: ReadonlySet<OperationHash> | undefined
}

/**
 * The root keys, generation after generation. A rotation that enough keys of a generation signed ends it. Of several,
 * those come first that no other one builds upon, then the smallest hash; each is used once.
 */
export class RootGenerations {
  readonly #first: RootGeneration
  #generations: readonly Ended[]
  #rotations: ReadonlySet<OperationHash> = new Set()

  constructor({ rootKeys, threshold }: Pick<RootRotateBody, 'rootKeys' | 'threshold'>) {
    this.#first = { keys: rootKeys, threshold }
    this.#generations = [{ ...this.#first, kept: undefined }]
  }

  get newest(): RootGeneration {
    return this.#generations.at(-1) ?? this.#first
  }

  /** Takes all rotations that are held, genuine ones under the root node. */
  update(candidates: readonly LoggedOperation[]): void {
    const waiting = new Map<OperationHash, { operation: LoggedOperation; body: RootRotateBody }>()
    for (const operation of candidates) {
      const body = operation.operation?.body
      if (body?.kind === 'root.rotate') waiting.set(operation.hash, { operation, body })
    }
    const generations: Ended[] = []
    const used = new Set<OperationHash>()
    let current = this.#first
    for (;;) {
      const generation = current
      const signed = [...waiting.values()].filter(
        ({ operation, body }) => isSignedBy(operation, generation) && successor(body, generation) !== undefined,
      )
      const hashes = new Set(signed.map(({ operation }) => operation.hash))
      const [next] = signed
        .filter(({ body }) => !body.keep.some((hash) => hashes.has(hash)))
        .toSorted((a, b) => (a.operation.hash < b.operation.hash ? -1 : 1))
      generations.push({ ...generation, kept: next && new Set(next.body.keep) })
      if (next === undefined) break
      used.add(next.operation.hash)
      waiting.delete(next.operation.hash)
      current = successor(next.body, generation) ?? generation
    }
    this.#generations = generations
    this.#rotations = used
  }

  /** Whether an operation counts as the root keys': enough of one generation signed, and it was not ended since. */
  isByRoot(operation: LoggedOperation): boolean {
    if (operation.operation?.body.kind === 'root.rotate') return this.#rotations.has(operation.hash)
    return this.#generations.some(
      (generation) =>
        (generation.kept === undefined || generation.kept.has(operation.hash)) && isSignedBy(operation, generation),
    )
  }
}

function isSignedBy({ operation }: LoggedOperation, { keys, threshold }: RootGeneration): boolean {
  const signers = operation?.rootSignatures ?? []
  return signers.length >= threshold && signers.length > 0 && signers.every(({ key }) => keys.includes(key))
}

/**
 * What a rotation makes of a generation. Of its keys those count that the generation has or that agreed: another rotation
 * may have ended one meanwhile, which must not save those that this one ends. Undefined where too few are left.
 */
function successor(
  { rootKeys, threshold, consents }: RootRotateBody,
  { keys }: RootGeneration,
): RootGeneration | undefined {
  const left = rootKeys.filter((key) => keys.includes(key) || consents.some((consent) => consent.key === key))
  return left.length > 0 && left.length >= threshold ? { keys: left, threshold } : undefined
}
