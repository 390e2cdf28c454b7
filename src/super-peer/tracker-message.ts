import { accepted, rejected, type Result } from '../base/result.ts'

/** What a client of the tracker may say. */
export type TrackerMessage =
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly topics: readonly string[] }
  | { readonly type: 'publish'; readonly topic: string; readonly data: unknown }
  | { readonly type: 'ping' }

export type TrackerRejection = 'not-json' | 'shape'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string'

/** Reads one frame. Fields that the protocol does not know are left behind. */
export function parseTrackerMessage(text: string): Result<TrackerMessage, TrackerRejection> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return rejected('not-json')
  }
  if (!isRecord(value)) return rejected('shape', 'not an object')
  const { type, topic, topics, data } = value
  switch (type) {
    case 'subscribe':
    case 'unsubscribe':
      if (!Array.isArray(topics) || !topics.every(isText)) return rejected('shape', 'topics')
      return accepted({ type, topics })
    case 'publish':
      if (!isText(topic)) return rejected('shape', 'topic')
      return accepted({ type, topic, data })
    case 'ping':
      return accepted({ type })
    default:
      return rejected('shape', 'type')
  }
}

/** The sender's and the receiver's name, where `data` is not encrypted and gives them. */
export function namesOf(data: unknown): { readonly from?: string; readonly to?: string } {
  if (!isRecord(data)) return {}
  return { ...(isText(data['from']) ? { from: data['from'] } : {}), ...(isText(data['to']) ? { to: data['to'] } : {}) }
}

/** The frame that hands `data` on. JSON that is nested deeper than the stack can be parsed but not written. */
export function publicationOf(topic: string, data: unknown, clients: number): Result<string, 'nested-too-deep'> {
  try {
    return accepted(JSON.stringify({ type: 'publish', topic, data, clients }))
  } catch (error) {
    if (error instanceof RangeError) return rejected('nested-too-deep')
    throw error
  }
}
