/**
 * The wire format of operations: `version, seq, time, node, kind, length of body, body`, and for what is done in the
 * name of the root keys their signatures. A kind or version that this program does not know decodes to `unknown`, so
 * that an old program can keep a new one's log; anything else that is off is malformed.
 */
import { decode, type Reader, Writer } from '../base/codec.ts'
import type { OperationHash } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { BODY_CODECS, type BodyOf, type KnownKind } from './body-codec.ts'
import { readRootSignatures, writeRootSignatures } from './operation-fields.ts'
import { OPERATION_BYTES_MAX } from './operation-limits.ts'
import { ROOT, type Operation, type OperationBody } from './operation.ts'

export type { KnownKind } from './body-codec.ts'

const VERSION = 1

const KINDS = new Map(Object.entries(BODY_CODECS).map(([kind, { code }]) => [code, kind as KnownKind]))

export function encodeBody(body: OperationBody): Uint8Array {
  if (body.kind === 'unknown') throw new RangeError('an unknown operation has no encoding')
  const writer = new Writer()
  writeBody(writer, body.kind, body)
  return writer.finish()
}

const writeBody = <Kind extends KnownKind>(writer: Writer, kind: Kind, body: BodyOf<Kind>): void =>
  BODY_CODECS[kind].write(writer, body)

const readBody = <Kind extends KnownKind>(reader: Reader, kind: Kind): BodyOf<Kind> =>
  BODY_CODECS[kind].read(reader, kind)

export const kindCodeOf = (kind: KnownKind): number => BODY_CODECS[kind].code

/**
 * The bytes of one log entry. Bodies of unknown kinds are never written, only passed on as received. Root signatures go
 * in the order of their keys.
 */
export function encodeOperation({ seq, atMs, node, body, rootSignatures }: Operation): Uint8Array {
  const bodyBytes = encodeBody(body)
  if (body.kind === 'unknown') throw new RangeError('an unknown operation has no encoding')
  const writer = new Writer().u8(VERSION).varuint(seq).varuint(atMs).id(node)
  writer.varuint(kindCodeOf(body.kind)).bytes(bodyBytes)
  if (hasRootSignatures(node, body.kind)) writeRootSignatures(writer, rootSignatures)
  return writer.finish()
}

export interface ReceivedOperation extends Operation {
  /** The body as it came: signatures are checked over these bytes, nothing is encoded again. */
  readonly bodyBytes: Uint8Array
}

const unknownOperation = (seq: number, atMs: number, node: OperationHash): ReceivedOperation => ({
  seq,
  atMs,
  node,
  body: { kind: 'unknown' },
  rootSignatures: [],
  bodyBytes: new Uint8Array(0),
})

/** Reads the log entry at position `seq`. */
export function decodeOperation(bytes: Uint8Array, seq: number): Result<ReceivedOperation, 'malformed'> {
  if (bytes.length === 0 || bytes.length > OPERATION_BYTES_MAX) return rejected('malformed', 'size')
  if (bytes[0] !== VERSION) return accepted(unknownOperation(seq, 0, ROOT))
  return decode(bytes, (reader) => {
    reader.u8()
    if (reader.varuint() !== seq) reader.fail('another position')
    const atMs = reader.varuint()
    const node = reader.id<OperationHash>()
    const kind = KINDS.get(reader.varuint())
    const bodyBytes = reader.bytes(OPERATION_BYTES_MAX)
    if (kind === undefined) {
      reader.rest()
      return unknownOperation(seq, atMs, node)
    }
    const body = decode<OperationBody>(bodyBytes, (inner) => readBody(inner, kind))
    if (!body.ok) return reader.fail(body.detail ?? 'body')
    const rootSignatures = hasRootSignatures(node, kind) ? readRootSignatures(reader) : []
    return { seq, atMs, node, body: body.value, rootSignatures, bodyBytes }
  })
}

/** A session speaks for itself, and a device about devices: they stand under the root node, unsigned by its keys. */
const hasRootSignatures = (node: OperationHash, kind: KnownKind): boolean =>
  node === ROOT && kind !== 'session' && kind !== 'device.revoke'
