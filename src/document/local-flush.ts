import type { FeedId } from '../base/ids.ts'
import type { CutDelta } from '../feed/cut.ts'
import type { GuardReason } from './guard/reasons.ts'

/** An own entry, ready to be sealed, signed and stored. It counts as written from the moment it is handed out. */
export interface LocalEntry {
  readonly feed: FeedId
  readonly seq: number
  readonly cut: CutDelta
  readonly body: Uint8Array
  readonly clockFrom: number
  readonly clockTo: number
}

/** Changes that this document made and that its own guard does not let out. */
export interface RefusedChanges {
  readonly reason: GuardReason | 'no-feed' | 'limit' | 'redacted' | 'cut'
  readonly detail: string | undefined
  /** The words in them, for the user to keep. */
  readonly text: string
}

export interface LocalFlush {
  readonly entries: readonly LocalEntry[]
  /** After this the document must be rebuilt: it shows what nobody else will ever see. */
  readonly refused?: RefusedChanges
}
