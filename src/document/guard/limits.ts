/** What one update and one feed may hold. Every replica must agree on these: a change is a new document kind. */

/** The most that one signed entry carries; larger pastes are split by the sender. */
export const UPDATE_BYTES_MAX = 256 * 1024
/** A chat entry: a message is text, and files travel apart. */
export const CHAT_UPDATE_BYTES_MAX = 32 * 1024
/** What the sender splits into: small enough to share a link with live typing. */
export const SPLIT_BYTES = 48 * 1024
/** Bounds the work of one check and the memory of one integration. */
export const STRUCTS_PER_UPDATE_MAX = 4096
/** UTF-16 units of one run of text. */
export const STRING_UNITS_MAX = 64 * 1024
/** The value of one mark. */
export const JSON_BYTES_MAX = 8 * 1024
/** Nested values: far below the depth at which re-encoding overflows a browser's stack. */
export const VALUE_DEPTH_MAX = 16
/** Parts of one value. */
export const VALUE_NODES_MAX = 4096
/** Names of keys, nodes and marks. */
export const NAME_BYTES_MAX = 256
/** Nested containers: deleting one recurses through all that is in it. */
export const CONTAINER_DEPTH_MAX = 48
/** Bounds the work of one set of deletions. */
export const DELETE_RANGES_MAX = 4096
/** First clock that does not exist: keeps clocks in 31 bits, on which engines compute fastest. */
export const CLOCK_MAX = 2 ** 31
/** Structs of one feed in one document. */
export const FEED_STRUCTS_MAX = 1_000_000
/** Bytes of one feed in one document. */
export const FEED_BYTES_MAX = 64 * 1024 * 1024
/** Items passed over in one check before it is put off: about a millisecond. */
export const WALK_STEPS_MAX = 20_000

/** Assigning these as keys changes an object instead of filling it. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
