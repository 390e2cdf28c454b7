import { utf8 } from '../../../src/base/bytes.ts'
import { craft, type SignedMessage } from './crafted-signature.ts'

export interface ProbeSignature extends SignedMessage {
  readonly isGood: boolean
}

/** How the constants of `src/crypto/signature-probe.ts` were made. */
export function probeSignatures(): ProbeSignature[] {
  const signed = { key: 'probe', message: utf8('parley signature probe') }
  return [
    { ...craft(signed), isGood: true },
    { ...craft({ ...signed, nonceTorsion: 4 }), isGood: false },
    { ...craft({ ...signed, nonceTorsion: 2 }), isGood: false },
    { ...craft({ ...signed, nonceTorsion: 1 }), isGood: false },
    { ...craft({ ...signed, scalarOffset: 1n }), isGood: false },
  ]
}
