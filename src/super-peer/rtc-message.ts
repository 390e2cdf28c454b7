/**
 * What a process and its WebRTC process say to each other. Both are ours and of one version, but native code runs in one
 * of them: what comes is read as strictly as what comes from a stranger.
 */
import { decode, Writer, type Reader } from '../base/codec.ts'
import { rejected, type Result } from '../base/result.ts'

/** A door's state with a line for each of two dozen trackers, a frame of 16 KiB, a description of half a KiB. */
export const RECORD_BYTES_MAX = 65_536
/**
 * What a frame takes beside its own bytes while it waits to be read: its record, two chunks in the pipe and their places
 * in its queue, as measured with frames of 20 bytes. Without it a million tiny frames would be next to nothing.
 */
export const FRAME_COST_BYTES = 400

interface FieldTypes {
  readonly number: number
  readonly text: string
  readonly bytes: Uint8Array
  readonly flag: boolean
}
type Fields = Readonly<Record<string, keyof FieldTypes>>
type Vocabulary = Readonly<Record<string, Fields>>

/** One of the messages of a vocabulary: its type, and the fields that it has there. */
export type MessageOf<V extends Vocabulary> = {
  [Type in keyof V & string]: { readonly type: Type } & { readonly [Name in keyof V[Type]]: FieldTypes[V[Type][Name]] }
}[keyof V & string]

/** `id` is a dial, an answer or a door, and `link` a link; both are numbered by who makes them and never used again. */
export const COMMANDS = {
  dial: { id: 'number', settings: 'text' },
  answer: { id: 'number', settings: 'text', offer: 'bytes' },
  /** The answer to a dial. */
  accept: { id: 'number', answer: 'bytes' },
  abort: { id: 'number', reason: 'text' },
  door: { id: 'number', settings: 'text', topic: 'text' },
  capacity: { id: 'number', freeSlots: 'number', mayDial: 'flag' },
  /** The settings of a door whose trackers are others now. */
  places: { id: 'number', settings: 'text' },
  stop: { id: 'number' },
  frame: { link: 'number', lane: 'number', frame: 'bytes' },
  /** So many bytes of frames more were taken in, with `FRAME_COST_BYTES` for each. */
  taken: { link: 'number', bytes: 'number' },
  close: { link: 'number', reason: 'text' },
  ping: {},
} as const satisfies Vocabulary

export const REPORTS = {
  ready: {},
  /** There is no WebRTC on this platform. */
  missing: { detail: 'text' },
  /** The offer of a dial, or the answer to somebody's offer. */
  described: { id: 'number', description: 'bytes' },
  /** What `accept` came to; empty when it was taken. */
  accepted: { id: 'number', failure: 'text' },
  /** The dial or answer came to nothing. */
  failed: { id: 'number', reason: 'text' },
  /** A link that belongs to `id`. Its frames may come before it is given out. */
  link: { id: 'number', link: 'number', initiator: 'flag', binding: 'bytes' },
  opened: { id: 'number', link: 'number' },
  health: { id: 'number', health: 'text' },
  stopped: { id: 'number' },
  frame: { link: 'number', lane: 'number', frame: 'bytes' },
  /** The network took so many bytes of the lane's frames more. */
  left: { link: 'number', lane: 'number', bytes: 'number' },
  path: { link: 'number', local: 'text', remote: 'text' },
  disturbed: { link: 'number' },
  closed: { link: 'number', reason: 'text' },
  pong: {},
} as const satisfies Vocabulary

export type Command = MessageOf<typeof COMMANDS>
export type Report = MessageOf<typeof REPORTS>

/** Writes and reads the messages of one vocabulary. */
export class MessageCodec<V extends Vocabulary> {
  readonly #types: readonly (keyof V & string)[]
  readonly #fieldsOf: ReadonlyMap<string, readonly (readonly [string, keyof FieldTypes])[]>

  constructor(vocabulary: V) {
    this.#types = Object.keys(vocabulary)
    this.#fieldsOf = new Map(Object.entries(vocabulary).map(([type, fields]) => [type, Object.entries(fields)]))
  }

  write(message: MessageOf<V>): Uint8Array {
    const writer = new Writer().u8(this.#types.indexOf(message.type))
    const values = message as Readonly<Record<string, FieldTypes[keyof FieldTypes]>>
    for (const [name, kind] of this.#fieldsOf.get(message.type) ?? []) writeField(writer, kind, values[name])
    return writer.finish()
  }

  read(record: Uint8Array): Result<MessageOf<V>, 'malformed'> {
    if (record.length > RECORD_BYTES_MAX) return rejected('malformed', 'too long')
    return decode(record, (reader) => {
      const type = this.#types[reader.u8()] ?? reader.fail('unknown type')
      const fields = this.#fieldsOf.get(type) ?? []
      const values = fields.map(([name, kind]) => [name, readField(reader, kind)] as const)
      return { type, ...Object.fromEntries(values) } as MessageOf<V>
    })
  }
}

function writeField(writer: Writer, kind: keyof FieldTypes, value: unknown): void {
  if (kind === 'number') writer.varuint(value as number)
  else if (kind === 'text') writer.text(value as string)
  else if (kind === 'bytes') writer.bytes(value as Uint8Array)
  else writer.u8(value === true ? 1 : 0)
}

function readField(reader: Reader, kind: keyof FieldTypes): FieldTypes[keyof FieldTypes] {
  if (kind === 'number') return reader.varuint()
  if (kind === 'text') return reader.text(RECORD_BYTES_MAX)
  if (kind === 'bytes') return reader.bytes(RECORD_BYTES_MAX).slice()
  const flag = reader.u8()
  return flag > 1 ? reader.fail('not a flag') : flag === 1
}
