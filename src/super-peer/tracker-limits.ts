/** What one tracker grants its clients. Every number is a bound on memory or on work that a stranger can cause. */
export interface TrackerLimits {
  readonly frameBytesMax: number
  readonly topicsPerClientMax: number
  readonly topicLengthMax: number
  readonly topicsMax: number
  readonly namesPerClientMax: number
  readonly nameLengthMax: number
  readonly strikesMax: number
  readonly tokensBurst: number
  readonly tokensPerSecond: number
  readonly bytesPerToken: number
  readonly droppedMax: number
  readonly connectionsPerAddressMax: number
  readonly connectionsMax: number
  readonly queuedBytesMax: number
  readonly heartbeatIntervalMs: number
}

export const TRACKER_LIMITS: TrackerLimits = {
  /** Bytes. A session description with its candidates, encrypted and in base64, has 2 to 6 KiB. */
  frameBytesMax: 64 * 1024,
  /** A page subscribes to two topics for each open room, and to four while its name changes. */
  topicsPerClientMax: 128,
  /** UTF-16 units. Ours have 43; stock applications use titles. */
  topicLengthMax: 256,
  /** About 100 bytes each when empty of clients, so some 5 MB at worst. */
  topicsMax: 50_000,
  /** y-webrtc draws one name per room and page load. */
  namesPerClientMax: 256,
  /** UTF-16 units. y-webrtc's are UUIDs of 36. */
  nameLengthMax: 64,
  /** Malformed frames before the door closes: one may be an accident of a version, five are not. */
  strikesMax: 5,
  /** Joining a room of 20 stock clients is about 20 offers with 8 candidates each. */
  tokensBurst: 400,
  /** Steady state of a client is one ping in 15 s; this leaves room for a link a second with all its candidates. */
  tokensPerSecond: 20,
  /** A message costs a token for every started 4 KiB, so the largest frames cost 16. */
  bytesPerToken: 4 * 1024,
  /** Dropped messages in a row before the client is closed: a page in a tight loop, not one that was hasty. */
  droppedMax: 1_000,
  /** An office, a school or a phone network behind one address. */
  connectionsPerAddressMax: 256,
  /** About 20 KB each with their buffers, 160 MB at worst. */
  connectionsMax: 8_192,
  /** Bytes waiting in one client's socket: sixteen of the largest frames. */
  queuedBytesMax: 1024 * 1024,
  /** Stock servers use the same; routers forget an idle TCP connection after a minute or more. */
  heartbeatIntervalMs: 30_000,
}
