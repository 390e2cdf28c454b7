/** Who stays at a door for newcomers when everybody else has left: drawn by each for himself, without a word. */
import { Writer } from '../base/codec.ts'
import { idToBytes, type SessionId } from '../base/ids.ts'
import { sha256Of } from '../crypto/hash.ts'
import { GREETER_EPOCH_MS, GREETERS_MORE, SMALL_ROOM_MEMBERS } from './door-event.ts'

/** How many greeters a door of a room of that size should have. */
export const greetersWanted = (members: number): number => Math.ceil(Math.log2(Math.max(2, members))) + GREETERS_MORE

/** A number in [0, 1) that everybody can compute of us and we can't choose. */
function lotOf(parts: readonly Uint8Array[]): number {
  const [a = 0, b = 0, c = 0, d = 0] = sha256Of(...parts)
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32
}

/** The number of our epoch: everybody's begin at other times, so that not all greeters change at once. */
export function greeterEpoch(session: SessionId, nowMs: number): number {
  return Math.floor(nowMs / GREETER_EPOCH_MS + lotOf([idToBytes(session)]))
}

/** When the epoch that runs now ends. */
export function greeterEpochEndMs(session: SessionId, nowMs: number): number {
  return (greeterEpoch(session, nowMs) + 1 - lotOf([idToBytes(session)])) * GREETER_EPOCH_MS
}

export function isGreeter(session: SessionId, network: string, members: number, epoch: number): boolean {
  if (members <= SMALL_ROOM_MEMBERS) return true
  const drawn = lotOf([idToBytes(session), new Writer().text(network).varuint(Math.max(0, epoch)).finish()])
  return drawn < greetersWanted(members) / members
}
