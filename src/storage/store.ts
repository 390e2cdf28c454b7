/**
 * The ordered key-value store that a peer keeps its rooms in. It knows nothing of rooms or entries: keys are strings
 * in the order of their UTF-16 code units, values are bytes or, for what must never leave the platform (device keys),
 * structured-cloneable values.
 */
import { accepted, rejected, type Result } from '../base/result.ts'

export type StoredValue =
  | Uint8Array
  | CryptoKey
  | string
  | number
  | boolean
  | null
  | readonly StoredValue[]
  | { readonly [field: string]: StoredValue }

export type Change =
  | { readonly kind: 'put'; readonly key: string; readonly value: StoredValue }
  | { readonly kind: 'delete'; readonly key: string }
  /** Deletes every key with from <= key < to. */
  | { readonly kind: 'delete-range'; readonly from: string; readonly to: string }

export interface RangeQuery {
  /** The first key wanted. */
  readonly from: string
  /** The first key no longer wanted. */
  readonly to: string
  readonly limit?: number
  /** From the last key down. */
  readonly reverse?: boolean
}

export type StoredEntry = readonly [key: string, value: StoredValue]

/** `full`: no room left on the disk; `closed`: closed by us or taken away by the platform; `failed`: anything else. */
export type StoreFailure = 'full' | 'closed' | 'failed'

export interface WriteOptions {
  /** True for what must survive a power cut (own entries, before a peer sees them); false: a crash of the process. */
  readonly durable: boolean
}

/** A read of a store that is closed or broken. Writes say so in their result instead. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly failure: StoreFailure

  constructor(failure: StoreFailure, options?: ErrorOptions) {
    super(`the store is not readable: ${failure}`, options)
    this.failure = failure
  }
}

/**
 * Writes take effect in the order of the calls, each whole or not at all. A read sees every write that had been
 * resolved before it, and what it returns is the reader's own copy.
 */
export interface Store {
  /** False when all is lost with the page: the user has to be told. */
  readonly persistent: boolean
  /** Throws `StoreError` when the store is closed or cannot be read. */
  get(key: string): Promise<StoredValue | undefined>
  /** Entries with from <= key < to in key order, or in reverse, at most `limit`. Throws like `get`. */
  range(query: RangeQuery): Promise<readonly StoredEntry[]>
  /** All changes or none. Resolves when they are as safe as `options` asks. */
  write(changes: readonly Change[], options: WriteOptions): Promise<Result<void, StoreFailure>>
  /** Waits for the writes under way. Closing twice is harmless. */
  close(): Promise<void>
}

export const written = (): Result<void, StoreFailure> => accepted(undefined)

/**
 * A copy that nobody else can change. Bytes are sliced: a structured clone of a view would take the whole buffer under
 * it along.
 */
export const copyOf = (value: StoredValue): StoredValue =>
  value instanceof Uint8Array ? value.slice() : structuredClone(value)

/** Says which failure an exception of the platform's storage means. */
export function failureOf(error: unknown): {
  readonly ok: false
  readonly reason: StoreFailure
  readonly detail?: string
} {
  const name = error instanceof Error ? error.name : 'unknown'
  const detail = error instanceof Error ? `${name}: ${error.message}` : name
  if (name === 'QuotaExceededError') return rejected('full', detail)
  if (name === 'InvalidStateError') return rejected('closed', detail)
  return rejected('failed', detail)
}
