import type { TrustLevel } from './level.ts'

/**
 * What each level may do, as types: one cell for each kind of content. Sizes are in bytes, and no limit is `NO_LIMIT`, so
 * that every limit compares with `<=`.
 */
export interface Allowances {
  /** Messages of a room. What is over a limit is held back, not lost. */
  readonly text: {
    readonly markup: 'none' | 'simple' | 'full'
    readonly sizeBytesMax: number
    readonly perMinuteMax: number
  }
  /** What becomes of somebody's first message when it is nothing but a picture, a file or a link. */
  readonly firstPost: { readonly onlyMediaOrLink: 'hidden' | 'held' | 'gated' | 'shown' }
  /** `sheet`: shows the real host first. `if-deceptive`: asks when text and target differ or scripts mix. */
  readonly links: { readonly click: 'none' | 'sheet' | 'once-per-host' | 'if-deceptive' }
  /** Made by the sender: a receiver who fetched the page would give their address away. */
  readonly previews: { readonly card: 'none' | 'text' | 'picture' }
  /** `fetch` holds up to `sizeBytesMax` and `pixelsMax`. Beyond them `auto` becomes a tap, and a tap nothing. */
  readonly images: {
    readonly before: 'hidden' | 'sealed' | 'thumbhash' | 'image'
    readonly fetch: 'never' | 'tap' | 'auto'
    readonly sizeBytesMax: number
    readonly pixelsMax: number
  }
  /** Also of custom emoji. */
  readonly avatar: { readonly picture: 'generated' | 'shown' }
  /** Audio, video and voice messages. Up to the sizes they load by themselves. */
  readonly media: {
    readonly fetch: 'never' | 'ask' | 'tap'
    readonly voiceAutoBytesMax: number
    readonly autoBytesMax: number
  }
  readonly filesA: FileAllowance
  readonly filesB: FileAllowance
  readonly filesC: FileAllowance
  /** A note's text merges whoever wrote it, or replicas would differ; it can be marked and reverted. */
  readonly noteEdits: { readonly mark: 'none' | 'for-a-day' | 'new-person'; readonly revert: 'one-tap' | 'menu' }
  /** Cursor, typing, being there. */
  readonly presence: { readonly shown: 'none' | 'count' | 'name' | 'full' }
  readonly mentions: {
    readonly notify: 'none' | 'badge' | 'alert'
    readonly perMessageMax: number
    readonly perHourMax: number
    readonly passesMentionsOnly: boolean
  }
  readonly directMessage: {
    readonly as: 'off' | 'request' | 'request-with-badge' | 'normal'
    readonly requestsMax: number
    readonly charactersMax: number
  }
  readonly roomInvite: { readonly as: 'off' | 'request' | 'request-with-badge' | 'normal' | 'one-tap' }
  /** What this device stores for them. */
  readonly storage: { readonly sizeBytesMax: number; readonly content: 'none' | 'text' | 'all' }
  /** What this device passes on for them; chunks: of no file, of files opened here, or of files before they are opened. */
  readonly relay: { readonly bytesPerSecond: number; readonly chunks: 'none' | 'opened' | 'pre-seed' }
  /** `hidden-if-set`: through a super peer or TURN when the user hides their address. */
  readonly connection: { readonly path: 'none' | 'hidden-if-set' | 'direct' }
  /** How much their vouches, blocks and file warnings count, and whether the user may follow their blocks. */
  readonly statements: { readonly weight: 0 | 1 | 2; readonly mayFollowBlocks: boolean }
}

/** From nothing to a single tap. `hold-to-confirm` is two steps, the second of them held down. */
export interface FileAllowance {
  readonly fetch: 'never' | 'ask' | 'hold-to-confirm' | 'two-steps' | 'tap'
  readonly sizeBytesMax: number
  /** Up to this size it is fetched and kept without being asked for. */
  readonly autoKeepBytesMax: number
}

export type AllowanceKind = keyof Allowances

/** Cells that the user changed, field by field. */
export type AllowanceOverrides = { readonly [Kind in AllowanceKind]?: Partial<Allowances[Kind]> }

export type AllowanceColumns = { readonly [Kind in AllowanceKind]: Readonly<Record<TrustLevel, Allowances[Kind]>> }

export const NO_LIMIT = Number.POSITIVE_INFINITY
export const KILOBYTE = 1024
export const MEGABYTE = 1024 * KILOBYTE
export const GIGABYTE = 1024 * MEGABYTE
export const MEGAPIXEL = 1_000_000
