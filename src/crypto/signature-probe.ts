/**
 * Signatures that tell an implementation of our predicate from its neighbours. All are well formed and by one
 * acceptable key, since nothing else is ever put to WebCrypto. To R of the second, third and fourth a point of order
 * 2, 4 and 8 was added before S was computed: they hold after multiplication by the cofactor and not before it.
 * The last has an S that is off by one. The construction is in the tests, which compare it with these bytes.
 */
import { fromHex, utf8 } from '../base/bytes.ts'

export interface ProbedSignature {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  /** The verdict of our predicate. */
  readonly isGood: boolean
}

const signedByProbe = (nonce: string, scalar: string, isGood: boolean): ProbedSignature => ({
  publicKey: fromHex('09c69b006bd11eb9a5a5ac022ea624cf6daa085a366881e67cb30033b0a8b9e6'),
  message: utf8('parley signature probe'),
  signature: fromHex(nonce + scalar),
  isGood,
})

export const PROBE_SIGNATURES: readonly ProbedSignature[] = [
  signedByProbe(
    'a0f7b04e98562498a12fb4fca5879d70db8c5cfe23a3545c63cae782feb32a51',
    'aefafa2238d764dec78d990c4e20b1efd8f3ba51c8e16536b46e218b043acd0e',
    true,
  ),
  signedByProbe(
    '4d084fb167a9db675ed04b035a78628f2473a301dc5caba39c35187d014cd5ae',
    '4345f029c7d3280897858b8fb80092a86cc15d7c152984e9274bb9f5223f3908',
    false,
  ),
  signedByProbe(
    '49cb4485b012c29f01d31b495ff7498e67c7d714883a7b3032b0e325485b0fcc',
    'f1355e011480695d07d56f9e5535990b7619f416eaecf70396c74a9fb398060a',
    false,
  ),
  signedByProbe(
    'ea1eb71747c990413e9e3ac895dc7b4bb3a6c39bf59d55feca0ab42b365c442d',
    'bb41046eaf5d30d69db16c81a0396b9abdfdb5bdf79f8fa599dcec97059fd00d',
    false,
  ),
  signedByProbe(
    'a0f7b04e98562498a12fb4fca5879d70db8c5cfe23a3545c63cae782feb32a51',
    'affafa2238d764dec78d990c4e20b1efd8f3ba51c8e16536b46e218b043acd0e',
    false,
  ),
]
