/** The root keys from the genesis on, said as directly as possible. */
import type { ReceivedGenesis } from '../../src/access/genesis.ts'
import type { RootRotateBody } from '../../src/access/operation.ts'
import type { NaiveOperation } from './naive-operation.ts'

interface Generation {
  readonly keys: readonly string[]
  readonly threshold: number
  /** The rotation that ended it. */
  readonly endedBy: NaiveOperation | undefined
}

export interface NaiveRoot {
  readonly keys: readonly string[]
  readonly threshold: number
  readonly rotations: ReadonlySet<string>
  counts(operation: NaiveOperation): boolean
}

const isSignedBy = ({ signers }: NaiveOperation, keys: readonly string[], threshold: number): boolean =>
  signers.length >= threshold && signers.every((signer) => keys.includes(signer))

/** Of the keys that a rotation names, those that hold the room already and those that agreed. */
const keysAfter = (
  { rootKeys, consents }: Pick<RootRotateBody, 'rootKeys' | 'consents'>,
  keys: readonly string[],
): readonly string[] => rootKeys.filter((key) => keys.includes(key) || consents.some((consent) => consent.key === key))

const keeps = (keep: readonly string[], hash: string): boolean => keep.includes(hash)

export function naiveRoot(
  { rootKeys, threshold }: Pick<ReceivedGenesis, 'rootKeys' | 'threshold'>,
  operations: readonly NaiveOperation[],
  root: string,
): NaiveRoot {
  const generations: Generation[] = []
  let newest: Pick<Generation, 'keys' | 'threshold'> = { keys: rootKeys, threshold }
  for (;;) {
    const { keys } = newest
    const candidates = operations
      .filter(({ body, genuine, node }) => body?.kind === 'root.rotate' && genuine && node === root)
      .filter((rotation) => isSignedBy(rotation, keys, newest.threshold))
      .filter((rotation) => generations.every(({ endedBy }) => endedBy !== rotation))
      .filter(({ body }) => {
        if (body?.kind !== 'root.rotate') return false
        return keysAfter(body, keys).length >= Math.max(1, body.threshold)
      })
    // One that keeps another was written after it, and has to wait for it.
    const [first] = candidates
      .filter(({ body }) => body?.kind === 'root.rotate' && !candidates.some(({ hash }) => keeps(body.keep, hash)))
      .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
    generations.push({ ...newest, endedBy: first })
    if (first?.body?.kind !== 'root.rotate') break
    newest = { keys: keysAfter(first.body, keys), threshold: first.body.threshold }
  }
  const isKept = ({ hash }: NaiveOperation, { endedBy }: Generation): boolean =>
    endedBy?.body?.kind !== 'root.rotate' || keeps(endedBy.body.keep, hash)
  return {
    ...newest,
    rotations: new Set(generations.flatMap(({ endedBy }) => (endedBy ? [endedBy.hash] : []))),
    counts: (operation) =>
      generations.some(
        (generation) => isSignedBy(operation, generation.keys, generation.threshold) && isKept(operation, generation),
      ),
  }
}
