/**
 * A person is a key, so somebody with a new key is a stranger, unless the old key says who follows it. Both identity keys
 * sign: the old one names its heir, and the heir agrees to be taken for the same person.
 *
 *   version u8 = 1 | old key 32 | new key 32 | signature of the old key 64 | signature of the new key 64
 */
import { assert } from '../base/assert.ts'
import { concatBytes, utf8 } from '../base/bytes.ts'
import { decode, Writer } from '../base/codec.ts'
import { ID_BYTES, idToBytes, type PersonId } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { SIGNATURE_BYTES, verify } from '../crypto/signature.ts'
import type { Person } from '../identity/person.ts'

declare const verified: unique symbol

export interface Handover {
  readonly from: PersonId
  readonly to: PersonId
  readonly bytes: Uint8Array
}

/** Made only by `verifyHandover`. */
export type VerifiedHandover = Handover & { readonly [verified]: true }

const VERSION = 1
const DOMAIN = utf8('parley handover 1')
const STATEMENT_BYTES = 1 + ID_BYTES + ID_BYTES

export async function signHandover(from: Person, to: Person): Promise<Uint8Array> {
  assert(from.id !== to.id, 'a key does not follow itself')
  const statement = new Writer().u8(VERSION).id(from.id).id(to.id).finish()
  const message = concatBytes(DOMAIN, statement)
  return concatBytes(statement, await from.sign(message), await to.sign(message))
}

/** Reads a handover without believing it. */
export function decodeHandover(bytes: Uint8Array): Result<Handover, 'malformed'> {
  const own = bytes.slice()
  return decode(own, (reader) => {
    if (reader.u8() !== VERSION) reader.fail('unknown version')
    const from = reader.id<PersonId>()
    const to = reader.id<PersonId>()
    if (from === to) reader.fail('a key that follows itself')
    reader.fixed(SIGNATURE_BYTES)
    reader.fixed(SIGNATURE_BYTES)
    return { from, to, bytes: own }
  })
}

export async function verifyHandover(bytes: Uint8Array): Promise<Result<VerifiedHandover, 'malformed' | 'signature'>> {
  const decoded = decodeHandover(bytes)
  if (!decoded.ok) return decoded
  const { from, to, bytes: own } = decoded.value
  const message = concatBytes(DOMAIN, own.subarray(0, STATEMENT_BYTES))
  const [byOld, byNew] = await Promise.all([
    verify(own.subarray(STATEMENT_BYTES, STATEMENT_BYTES + SIGNATURE_BYTES), message, idToBytes(from)),
    verify(own.subarray(STATEMENT_BYTES + SIGNATURE_BYTES), message, idToBytes(to)),
  ])
  return byOld && byNew ? accepted(decoded.value as VerifiedHandover) : rejected('signature')
}
