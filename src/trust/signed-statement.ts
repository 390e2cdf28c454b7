import { assert } from '../base/assert.ts'
import { concatBytes, utf8 } from '../base/bytes.ts'
import { Writer } from '../base/codec.ts'
import { idToBytes } from '../base/ids.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Signer } from '../crypto/device-key.ts'
import { SIGNATURE_BYTES, verify } from '../crypto/signature.ts'
import { verifyDeviceCertificate, type DeviceCertificate } from '../identity/device-certificate.ts'
import {
  decodeStatement,
  STATEMENT_LIFE_MS_MAX,
  STATEMENT_SERIAL_MAX,
  writeStatementHeader,
  type Claim,
  type Statement,
  type StatementRejection,
} from './statement.ts'

declare const verified: unique symbol

/** Made only by `verifyStatement`: the issuer's device said so. */
export type VerifiedStatement = Statement & { readonly [verified]: true }

/** No other signature of ours starts with this name, so that none can be taken for a statement. */
const DOMAIN = utf8('parley trust 1')
const MINUTE_MS = 60_000

/** The bytes of a statement, which holds for `lifeMs` from `nowMs` on. `lastSerial` is that of the issuer's last one. */
export async function signStatement(
  claim: Claim,
  options: {
    readonly certificate: DeviceCertificate
    readonly signer: Signer
    readonly nowMs: number
    readonly lifeMs?: number
    readonly lastSerial?: number
  },
): Promise<Uint8Array> {
  const { certificate, signer, nowMs, lifeMs = STATEMENT_LIFE_MS_MAX, lastSerial = 0 } = options
  assert(lifeMs > 0 && lifeMs <= STATEMENT_LIFE_MS_MAX, 'a statement holds for at most half a year')
  assert(!('person' in claim) || claim.person !== certificate.person, 'nobody vouches for themselves')
  const serial = Math.max(Math.floor(nowMs / MINUTE_MS), lastSerial + 1)
  assert(serial >= 0 && serial <= STATEMENT_SERIAL_MAX, 'a serial is a count of minutes')
  const writer = new Writer()
  writeStatementHeader(writer, { claim, serial, untilMs: Math.floor(nowMs + lifeMs), certificate: certificate.bytes })
  const unsigned = writer.finish()
  return concatBytes(unsigned, await signer.sign(concatBytes(DOMAIN, unsigned)))
}

/** The statement, if a device signed it that is certified by its issuer. */
export async function verifyStatement(
  bytes: Uint8Array,
): Promise<Result<VerifiedStatement, StatementRejection | 'unacceptable-key' | 'signature'>> {
  const decoded = decodeStatement(bytes)
  if (!decoded.ok) return decoded
  const { certificate, ...statement } = decoded.value
  const certified = await verifyDeviceCertificate(certificate.bytes)
  if (!certified.ok) return certified
  const end = statement.bytes.length - SIGNATURE_BYTES
  const message = concatBytes(DOMAIN, statement.bytes.subarray(0, end))
  const isGood = await verify(statement.bytes.subarray(end), message, idToBytes(certificate.device))
  return isGood ? accepted(statement as VerifiedStatement) : rejected('signature')
}
