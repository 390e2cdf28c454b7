/** Links that push one feed to us: the second costs a copy of each entry and makes a crash go unnoticed. */
export const COPIES_WANTED = 2
/** For a device that pays for each byte, or that nobody relies on: misses are then asked for. */
export const COPIES_WANTED_METERED = 1
/**
 * How long a tree is kept after its feed's last entry. The next one builds it anew, at three to five copies for each who
 * needs one: people who talk pause for a minute or two, so that a shorter time would make a flood of each message. Much
 * longer, and ways are kept that are no longer the short ones, as links are swapped for nearer ones.
 */
export const TREE_KEPT_MS = 180_000
/** An idle feed's first entry of up to this size goes to everybody, which is what builds the tree. */
export const FLOOD_BYTES_MAX = 1024
/** A larger first entry goes to so many links; the others hear of it and ask if they must. */
export const LARGE_FIRST_LINKS = 3
/** Trees of feeds that are in use. Beyond, the longest idle one is forgotten, which costs one flood. */
export const TREES_MAX = 16_384
/** How often forgotten trees are looked for. */
export const SWEEP_INTERVAL_MS = 10_000
/** One link more is asked to push a feed at most this often, so that its first push can arrive. */
export const THICKEN_INTERVAL_MS = 1_000
/** Pushes of a feed after a prune that are taken as under way; every so many more count as one fault. */
export const PUSHES_AFTER_PRUNE_MAX = 3
/** How long a prune may take to be heard: a slow link's round trip. */
export const PRUNE_GRACE_MS = 2_000

/** What one author's news may be, sustained: faster than anybody types, slower than a program floods. */
export const AUTHOR_ENTRIES_PER_SECOND = 20
export const AUTHOR_ENTRIES_BURST = 200
export const AUTHOR_BYTES_PER_SECOND = 64 * 1024
export const AUTHOR_BYTES_BURST = 10 * AUTHOR_BYTES_PER_SECOND
/** What was written while its author was away may come at once: a day of chat and notes, and not more each day. */
export const CATCH_UP_ENTRIES_BURST = 20_000
export const CATCH_UP_BYTES_BURST = 64 * 1024 * 1024
/** So long after an author wrote faster than passes, what is fetched of him counts like his news. */
export const OVER_BUDGET_KEPT_MS = 60_000
/** Authors whose rate is remembered; one that is forgotten starts with a full burst. */
export const AUTHORS_MAX = 4096

export const SCORE_MAX = 50
export const SCORE_FIRST_DELIVERY = 1
export const SCORE_BROKEN_PROMISE = -5
export const SCORE_PUSHES_AFTER_PRUNE = -2
export const SCORE_BAD_FRAME = -50
export const SCORE_BAD_SIGNATURE = -100
/** A minute halves what was done. */
export const SCORE_HALF_LIFE_MS = 60_000
/** A peer that left to be forgotten comes back to its score. */
export const SCORE_KEPT_MS = 3_600_000
export const SCORES_MAX = 4096
/** Below this nothing is learned from a peer about others. */
export const SCORE_TRUSTED_MIN = 0
/** Below this its link is closed for a while. */
export const SCORE_LINKED_MIN = -20
export const UNLINKED_MS = 60_000
/** Below this it is banned. */
export const SCORE_BEARABLE_MIN = -80
export const BANNED_MS = 3_600_000
