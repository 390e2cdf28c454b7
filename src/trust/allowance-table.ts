import {
  GIGABYTE,
  KILOBYTE,
  MEGABYTE,
  MEGAPIXEL,
  NO_LIMIT,
  type AllowanceColumns,
  type FileAllowance,
} from './allowance.ts'

/** Of those whose text has no other limit, so that a stolen device cannot freeze this one: ten messages a second. */
export const FLOOD_PER_MINUTE_MAX = 600
/** Attachments of one message from an Unknown person. */
export const UNKNOWN_ATTACHMENTS_MAX = 5
/** Of the space that this device gives to all rooms, what goes to what other people wrote. */
export const STORED_QUOTA_SHARE = 0.6

const NO_FILE: FileAllowance = { fetch: 'never', sizeBytesMax: 0, autoKeepBytesMax: 0 }
const NO_MENTION = { notify: 'none', perMessageMax: 0, perHourMax: 0, passesMentionsOnly: false } as const
const NO_REQUEST_LIMIT = { requestsMax: NO_LIMIT, charactersMax: NO_LIMIT }

const upTo = (fetch: FileAllowance['fetch'], sizeBytesMax: number, autoKeepBytesMax = 0): FileAllowance => ({
  fetch,
  sizeBytesMax,
  autoKeepBytesMax,
})

/**
 * The one table that every layer asks: network, storage, notifications, rendering. It is the preset Balanced; the other
 * presets and the user's own changes are laid over it by `allowanceFor`. From left to right no cell allows less.
 */
export const ALLOWANCES: AllowanceColumns = {
  text: {
    blocked: { markup: 'none', sizeBytesMax: 0, perMinuteMax: 0 },
    unknown: { markup: 'simple', sizeBytesMax: 2 * KILOBYTE, perMinuteMax: 10 },
    introduced: { markup: 'full', sizeBytesMax: 8 * KILOBYTE, perMinuteMax: 30 },
    known: { markup: 'full', sizeBytesMax: 32 * KILOBYTE, perMinuteMax: 120 },
    trusted: { markup: 'full', sizeBytesMax: 64 * KILOBYTE, perMinuteMax: FLOOD_PER_MINUTE_MAX },
  },
  firstPost: {
    blocked: { onlyMediaOrLink: 'hidden' },
    unknown: { onlyMediaOrLink: 'held' },
    introduced: { onlyMediaOrLink: 'gated' },
    known: { onlyMediaOrLink: 'shown' },
    trusted: { onlyMediaOrLink: 'shown' },
  },
  links: {
    blocked: { click: 'none' },
    unknown: { click: 'sheet' },
    introduced: { click: 'once-per-host' },
    known: { click: 'if-deceptive' },
    trusted: { click: 'if-deceptive' },
  },
  previews: {
    blocked: { card: 'none' },
    unknown: { card: 'none' },
    introduced: { card: 'none' },
    known: { card: 'text' },
    trusted: { card: 'picture' },
  },
  images: {
    blocked: { before: 'hidden', fetch: 'never', sizeBytesMax: 0, pixelsMax: 0 },
    unknown: { before: 'sealed', fetch: 'never', sizeBytesMax: 0, pixelsMax: 0 },
    introduced: { before: 'thumbhash', fetch: 'tap', sizeBytesMax: 2 * MEGABYTE, pixelsMax: 12 * MEGAPIXEL },
    known: { before: 'image', fetch: 'auto', sizeBytesMax: 2 * MEGABYTE, pixelsMax: 12 * MEGAPIXEL },
    trusted: { before: 'image', fetch: 'auto', sizeBytesMax: 10 * MEGABYTE, pixelsMax: 40 * MEGAPIXEL },
  },
  avatar: {
    blocked: { picture: 'generated' },
    unknown: { picture: 'generated' },
    introduced: { picture: 'generated' },
    known: { picture: 'shown' },
    trusted: { picture: 'shown' },
  },
  media: {
    blocked: { fetch: 'never', voiceAutoBytesMax: 0, autoBytesMax: 0 },
    unknown: { fetch: 'ask', voiceAutoBytesMax: 0, autoBytesMax: 0 },
    introduced: { fetch: 'tap', voiceAutoBytesMax: 0, autoBytesMax: 0 },
    known: { fetch: 'tap', voiceAutoBytesMax: MEGABYTE, autoBytesMax: 0 },
    trusted: { fetch: 'tap', voiceAutoBytesMax: 5 * MEGABYTE, autoBytesMax: 5 * MEGABYTE },
  },
  filesA: {
    blocked: NO_FILE,
    unknown: upTo('tap', 25 * MEGABYTE),
    introduced: upTo('tap', 100 * MEGABYTE),
    known: upTo('tap', NO_LIMIT),
    trusted: upTo('tap', NO_LIMIT, 20 * MEGABYTE),
  },
  filesB: {
    blocked: NO_FILE,
    unknown: upTo('two-steps', 25 * MEGABYTE),
    introduced: upTo('two-steps', 100 * MEGABYTE),
    known: upTo('tap', 500 * MEGABYTE),
    trusted: upTo('tap', NO_LIMIT),
  },
  filesC: {
    blocked: NO_FILE,
    unknown: NO_FILE,
    introduced: NO_FILE,
    known: upTo('hold-to-confirm', NO_LIMIT),
    trusted: upTo('ask', NO_LIMIT),
  },
  noteEdits: {
    blocked: { mark: 'new-person', revert: 'one-tap' },
    unknown: { mark: 'new-person', revert: 'one-tap' },
    introduced: { mark: 'for-a-day', revert: 'menu' },
    known: { mark: 'none', revert: 'menu' },
    trusted: { mark: 'none', revert: 'menu' },
  },
  presence: {
    blocked: { shown: 'none' },
    unknown: { shown: 'count' },
    introduced: { shown: 'name' },
    known: { shown: 'full' },
    trusted: { shown: 'full' },
  },
  mentions: {
    blocked: NO_MENTION,
    unknown: { notify: 'none', perMessageMax: 3, perHourMax: 0, passesMentionsOnly: false },
    introduced: { notify: 'badge', perMessageMax: 3, perHourMax: 3, passesMentionsOnly: false },
    known: { notify: 'alert', perMessageMax: NO_LIMIT, perHourMax: NO_LIMIT, passesMentionsOnly: false },
    trusted: { notify: 'alert', perMessageMax: NO_LIMIT, perHourMax: NO_LIMIT, passesMentionsOnly: true },
  },
  directMessage: {
    blocked: { as: 'off', requestsMax: 0, charactersMax: 0 },
    unknown: { as: 'request', requestsMax: 1, charactersMax: 500 },
    introduced: { as: 'request-with-badge', requestsMax: 1, charactersMax: 500 },
    known: { as: 'normal', ...NO_REQUEST_LIMIT },
    trusted: { as: 'normal', ...NO_REQUEST_LIMIT },
  },
  roomInvite: {
    blocked: { as: 'off' },
    unknown: { as: 'request' },
    introduced: { as: 'request-with-badge' },
    known: { as: 'normal' },
    trusted: { as: 'one-tap' },
  },
  storage: {
    blocked: { sizeBytesMax: 0, content: 'none' },
    unknown: { sizeBytesMax: 5 * MEGABYTE, content: 'text' },
    introduced: { sizeBytesMax: 25 * MEGABYTE, content: 'all' },
    known: { sizeBytesMax: 250 * MEGABYTE, content: 'all' },
    trusted: { sizeBytesMax: GIGABYTE, content: 'all' },
  },
  relay: {
    blocked: { bytesPerSecond: 0, chunks: 'none' },
    unknown: { bytesPerSecond: 16 * KILOBYTE, chunks: 'none' },
    introduced: { bytesPerSecond: 64 * KILOBYTE, chunks: 'opened' },
    known: { bytesPerSecond: MEGABYTE, chunks: 'opened' },
    trusted: { bytesPerSecond: NO_LIMIT, chunks: 'pre-seed' },
  },
  connection: {
    blocked: { path: 'none' },
    unknown: { path: 'hidden-if-set' },
    introduced: { path: 'hidden-if-set' },
    known: { path: 'direct' },
    trusted: { path: 'direct' },
  },
  statements: {
    blocked: { weight: 0, mayFollowBlocks: false },
    unknown: { weight: 0, mayFollowBlocks: false },
    introduced: { weight: 0, mayFollowBlocks: false },
    known: { weight: 1, mayFollowBlocks: false },
    trusted: { weight: 2, mayFollowBlocks: true },
  },
}
