/** Bounds of one operation. They belong to the format: changing one changes what replicas agree on. */

/** Everybody keeps every operation for ever, so one must stay small. */
export const OPERATION_BYTES_MAX = 64 * 1024
/** A certificate carries those of its issuers: eight steps of less than 200 bytes each. */
export const CERTIFICATE_BYTES_MAX = 2048
/** Documents that one right may list; more are the whole room. */
export const SCOPE_DOCUMENTS_MAX = 512
/** Revocations that one grant may overrule: how often one person can leave and come back. */
export const OVER_MAX = 512
/** Admissions that one operation may keep: what fits into an operation. More take several operations. */
export const KEEP_MAX = 1900
/** Grants that one revocation may name. */
export const TARGET_GRANTS_MAX = 512
/** Sessions that one revocation may pin: a person's devices and browsers over the years. */
export const PINS_MAX = 512
/** Feeds that one pin may list; of a session with more, amendments keep the rest. */
export const PIN_FEEDS_MAX = 1024
/** Names, labels and reasons are a line or two, sealed. */
export const SEALED_BYTES_MAX = 2048
/** Reserved fields stay small until they mean something. */
export const RESERVED_BYTES_MAX = 4096
/** Root keys of a room: a council, not a membership. */
export const ROOT_KEYS_MAX = 16
/** Depth of the tree of grants. Honest rooms need three or four; paths are compared step by step. */
export const DEPTH_MAX = 16
/** Boxes of one operation: 112 bytes each, so that it stays under 64 KiB. More devices take several operations. */
export const BOXES_MAX = 500
/** The key of the epoch before, sealed: 32 bytes, a nonce and tags. */
export const WRAPPED_KEY_BYTES_MAX = 128
/** Operations with a bad box that one complaint may name: nobody else has made boxes for that device more often. */
export const BAD_BOXES_MAX = 64
/** A certificate, a sealed name and the signatures of a join request. */
export const REQUEST_BYTES_MAX = CERTIFICATE_BYTES_MAX + SEALED_BYTES_MAX + 512
/** Requests that one operation may decline. */
export const DECLINED_MAX = 512
/** People whom a list of writers may name: half of an operation, which leaves room for the pins. */
export const WRITERS_MAX = 1024
/** The name of a setting: a few words. */
export const POLICY_KEY_BYTES_MAX = 64
/** The value of a setting: a choice, a number, a short list. */
export const POLICY_VALUE_BYTES_MAX = 1024
/** Meeting places that a room may name: as many as an invite carries. */
export const MEETING_PLACES_MAX = 8
/** An address with the kind of door before it; eight of them fit into the value of a setting. */
export const MEETING_PLACE_BYTES_MAX = 120
/** Root operations that a rotation may keep: what fits beside the keys. Grants at the root are few. */
export const ROOT_KEEP_MAX = 1024
/** Devices that a revocation may spare of those that its target certified: what one person owns. */
export const DEVICE_KEEP_MAX = 64
