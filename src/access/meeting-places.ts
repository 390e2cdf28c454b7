/**
 * The doors record: the setting that names where the members of a room meet. It says nothing about what an address
 * looks like, so that later versions may name other kinds of places. The rule is [A40] of SPEC.md.
 */
import { decode, Writer } from '../base/codec.ts'
import type { Result } from '../base/result.ts'
import { MEETING_PLACE_BYTES_MAX, MEETING_PLACES_MAX } from './operation-limits.ts'

/** The key of the setting. */
export const MEETING_PLACES = 'meeting-places'

export const encodeMeetingPlaces = (places: readonly string[]): Uint8Array => {
  const writer = new Writer()
  return writer.list(places, (place) => writer.text(place)).finish()
}

/** `malformed`: more than may be, one that is too long, or no list of texts at all. */
export const decodeMeetingPlaces = (value: Uint8Array): Result<readonly string[], 'malformed'> =>
  decode(value, (reader) => reader.list(MEETING_PLACES_MAX, () => reader.text(MEETING_PLACE_BYTES_MAX)))
