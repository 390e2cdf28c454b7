/** Bounds of one operation. They belong to the format: changing one changes what replicas agree on. */

/** Everybody keeps every operation for ever, so one must stay small. */
export const OPERATION_BYTES_MAX = 64 * 1024
/** A person certificate takes 130 bytes; room for later issuers. */
export const CERTIFICATE_BYTES_MAX = 1024
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
/** Feeds that one pin may list; with more, the pin names a head vector. */
export const PIN_FEEDS_MAX = 1024
/** Names, labels and reasons are a line or two, sealed. */
export const SEALED_BYTES_MAX = 2048
/** Reserved fields stay small until they mean something. */
export const RESERVED_BYTES_MAX = 4096
/** Root keys of a room: a council, not a membership. */
export const ROOT_KEYS_MAX = 16
/** Depth of the tree of grants. Honest rooms need three or four; paths are compared step by step. */
export const DEPTH_MAX = 16
