/** What a connection or a door is made with, and how a door does, as text between the two processes. */
import { accepted, rejected, type Result } from '../base/result.ts'
import type { DoorHealth, DoorState } from '../transport/door.ts'
import type { DialOptions } from '../transport/rtc-dial.ts'
import type { TrysteroDoorOptions } from '../transport/trystero-options.ts'
import type { YWebrtcDoorOptions } from '../transport/y-webrtc-door.ts'

export type DialSettings = Pick<DialOptions, 'iceServers' | 'isAddressHidden'>
export type YWebrtcSettings = Omit<YWebrtcDoorOptions, 'platform'>
/** Of a door to a public network. */
export type PublicDoorSettings = Omit<TrysteroDoorOptions, 'platform'>
export type DoorSettings = YWebrtcSettings | PublicDoorSettings

export const writeSettings = (settings: DialSettings | DoorSettings): string => JSON.stringify(settings)

// For the WebRTC process, which reads only what its own parent wrote.
export const readDialSettings = (text: string): DialSettings => JSON.parse(text) as DialSettings
export const readDoorSettings = (text: string): DoorSettings => JSON.parse(text) as DoorSettings

export const writeHealth = (health: DoorHealth): string => JSON.stringify(health)

export function readHealth(text: string): Result<DoorHealth, 'malformed'> {
  let plain: unknown
  try {
    plain = JSON.parse(text)
  } catch {
    return rejected('malformed')
  }
  if (!isObject(plain)) return rejected('malformed')
  const state = readState(plain)
  const { places, lastFailure } = plain
  if (!state || !Array.isArray(places)) return rejected('malformed')
  const read = places.flatMap((each: unknown) => {
    const place = isObject(each) && readState(each)
    return place && isObject(each) && typeof each['place'] === 'string' ? [{ ...place, place: each['place'] }] : []
  })
  if (read.length < places.length) return rejected('malformed')
  return accepted({ ...state, places: read, lastFailure: typeof lastFailure === 'string' ? lastFailure : undefined })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function readState({ state, detail, sinceMs }: Record<string, unknown>): DoorState | undefined {
  const known = (['connecting', 'open', 'failed', 'stopped'] as const).find((name) => name === state)
  return known && typeof detail === 'string' && typeof sinceMs === 'number'
    ? { state: known, detail, sinceMs }
    : undefined
}
