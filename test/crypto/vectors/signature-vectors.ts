/**
 * What the predicate must say, for Node and the browser alike. Published vectors first, then crafted ones, of which
 * `test/crypto/signature.test.ts` shows that they would pass with other predicates.
 */
import { fromHex, utf8 } from '../../../src/base/bytes.ts'
import {
  craft,
  craftUntil,
  FIELD_PRIME,
  GROUP_ORDER,
  holdsWithoutCofactor,
  integerOf,
  littleEndian,
  torsion,
  type Craft,
  type SignedMessage,
} from './crafted-signature.ts'

export interface SignatureVector {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly isGood: boolean
  /** Whether the key alone is acceptable. */
  readonly isAcceptableKey: boolean
}

interface Rfc8032Vector {
  readonly name: string
  readonly seed: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
}

/** RFC 8032 section 7.1. */
export const RFC_8032_VECTORS: readonly Rfc8032Vector[] = [
  {
    name: 'TEST 1',
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    name: 'TEST 2',
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    name: 'TEST 3',
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
  {
    name: 'TEST SHA(abc)',
    seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    publicKey: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message:
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  },
]

/**
 * The twelve cases of Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs" (2020), table 5, as published with
 * the paper: [what is odd, message, key, R, S]. We reject every one: by the key, or in 6 and 7 by S.
 */
const CHALKIAS_CASES: readonly (readonly [string, string, string, string, string])[] = [
  [
    'key and R of small order, S of zero',
    '8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    '0000000000000000000000000000000000000000000000000000000000000000',
  ],
  [
    'key of small order, R of mixed order',
    '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04',
  ],
  [
    'key of mixed order, R of small order',
    'aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e',
  ],
  [
    'key and R of mixed order, holds both ways',
    '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f',
    '87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009',
  ],
  [
    'key and R of mixed order, holds by the cofactor only',
    'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512',
    '5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
  ],
  [
    'key of mixed order, holds if 8h is not reduced',
    'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d',
    '21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7',
    'e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405',
  ],
  [
    'S above L',
    '85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40',
    '442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623',
    'e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e',
    '547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514',
  ],
  [
    'S far above L',
    '85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40',
    '442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623',
    '8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942',
    '7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22',
  ],
  [
    'R not canonical, hashed as reduced',
    '9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f',
  ],
  [
    'R not canonical, hashed as it is',
    '9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41',
    'f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908',
  ],
  [
    'key not canonical, hashed as reduced',
    'e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc',
    'a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04',
  ],
  [
    'key not canonical, hashed as it is',
    '39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc',
    'a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04',
  ],
]

/** Cases whose key is of prime order. */
const CHALKIAS_GOOD_KEYS = new Set([6, 7])

const bad = (name: string, signed: SignedMessage, isAcceptableKey = true): SignatureVector => ({
  ...signed,
  name,
  isGood: false,
  isAcceptableKey,
})
const good = (name: string, signed: SignedMessage): SignatureVector => ({
  ...signed,
  name,
  isGood: true,
  isAcceptableKey: true,
})

function published(): SignatureVector[] {
  const rfc = RFC_8032_VECTORS.map(({ name, publicKey, message, signature }) => ({
    name: `RFC 8032 ${name}`,
    publicKey: fromHex(publicKey),
    message: fromHex(message),
    signature: fromHex(signature),
    isGood: true,
    isAcceptableKey: true,
  }))
  const chalkias = CHALKIAS_CASES.map(([oddity, message, publicKey, nonce, scalar], index) => ({
    name: `Chalkias et al. ${index}: ${oddity}`,
    publicKey: fromHex(publicKey),
    message: fromHex(message),
    signature: fromHex(nonce + scalar),
    isGood: false,
    isAcceptableKey: CHALKIAS_GOOD_KEYS.has(index),
  }))
  return [...rfc, ...chalkias]
}

/** Encodings of the eight points of small order, then those with y or the sign of x not reduced. */
export const SMALL_ORDER_ENCODINGS: readonly Uint8Array[] = smallOrderEncodings()

function smallOrderEncodings(): Uint8Array[] {
  const signBit = 1n << 255n
  const canonical = Array.from({ length: 8 }, (_, multiple) => torsion(multiple).toBytes())
  const unreduced = [FIELD_PRIME, FIELD_PRIME + 1n].flatMap((y) => [y, y | signBit])
  const zeroWithSign = [1n | signBit, (FIELD_PRIME - 1n) | signBit]
  return [...canonical, ...[...unreduced, ...zeroWithSign].map(littleEndian)]
}

const HELLO = utf8('hello')
const ALICE: Craft = { key: 'Alice', message: HELLO }

/** Keys that nobody should have: by all of them a message exists whose signature fits without knowing a secret. */
function oddKeys(): SignatureVector[] {
  const small = SMALL_ORDER_ENCODINGS.map((encodedKey, index) =>
    bad(
      `key of small order, encoding ${index}`,
      craftUntil({ key: 'nobody', secret: 0n, encodedKey }, holdsWithoutCofactor),
      false,
    ),
  )
  const mixed = [1, 2, 3, 4, 5, 6, 7].flatMap((keyTorsion) => [
    bad(
      `key of mixed order, torsion ${keyTorsion}, for which the equation holds`,
      craftUntil({ key: 'Mallory', keyTorsion }, holdsWithoutCofactor),
      false,
    ),
    bad(
      `key of mixed order, torsion ${keyTorsion}, for which it holds by the cofactor only`,
      craftUntil({ key: 'Mallory', keyTorsion }, (signed) => !holdsWithoutCofactor(signed)),
      false,
    ),
    bad(
      `key and R of mixed order, torsion ${keyTorsion}, that cancel each other`,
      craftUntil(
        { key: 'Mallory', keyTorsion, nonceTorsion: 1 },
        (signed) => keyTorsion % 2 === 0 || holdsWithoutCofactor(signed),
      ),
      false,
    ),
  ])
  const honest = craft(ALICE)
  const notOnCurve = littleEndian(2n)
  return [
    ...small,
    ...mixed,
    bad('key that is no point', { ...honest, publicKey: notOnCurve }, false),
    bad('key of zeros', { ...honest, publicKey: new Uint8Array(32) }, false),
    bad('key of ones', { ...honest, publicKey: new Uint8Array(32).fill(0xff) }, false),
    bad('key too short', { ...honest, publicKey: honest.publicKey.subarray(0, 31) }, false),
    bad('key too long', { ...honest, publicKey: Uint8Array.of(...honest.publicKey, 0) }, false),
    bad('empty key', { ...honest, publicKey: new Uint8Array(0) }, false),
    bad('key of somebody else', { ...honest, publicKey: craft({ ...ALICE, key: 'Bob' }).publicKey }),
    bad('key with the other sign', { ...honest, publicKey: withBitFlipped(honest.publicKey, 255) }),
  ]
}

/** Good keys, but an R or S that only some implementations take. */
function oddSignatures(): SignatureVector[] {
  const honest = craft(ALICE)
  const smallNonces = SMALL_ORDER_ENCODINGS.map((encodedNonce, index) =>
    bad(`R of small order, encoding ${index}`, craft({ ...ALICE, nonce: 0n, encodedNonce })),
  )
  const mixedNonces = [1, 2, 3, 4, 5, 6, 7].map((nonceTorsion) =>
    bad(`R of mixed order, torsion ${nonceTorsion}`, craft({ ...ALICE, nonceTorsion })),
  )
  // 2^256 leaves room for S + 15 L at most, whatever S is.
  const largeScalars = [1n, 2n, 7n, 15n - (integerOf(honest.signature.subarray(32)) > GROUP_ORDER / 2n ? 1n : 0n)].map(
    (times) => bad(`S + ${times} L`, craft({ ...ALICE, scalarOffset: times * GROUP_ORDER })),
  )
  const withScalar = (scalar: bigint): SignedMessage => ({
    ...honest,
    signature: Uint8Array.of(...honest.signature.subarray(0, 32), ...littleEndian(scalar)),
  })
  const withNonce = (nonce: Uint8Array): SignedMessage => ({
    ...honest,
    signature: Uint8Array.of(...nonce, ...honest.signature.subarray(32)),
  })
  return [
    ...smallNonces,
    ...mixedNonces,
    ...largeScalars,
    bad('S of zero', withScalar(0n)),
    bad('S of L', withScalar(GROUP_ORDER)),
    bad('S of L - 1', withScalar(GROUP_ORDER - 1n)),
    bad('S of ones', withScalar(2n ** 256n - 1n)),
    bad('S off by one', craft({ ...ALICE, scalarOffset: 1n })),
    bad('R that is no point', withNonce(littleEndian(2n))),
    bad('R of the field prime + 2', withNonce(littleEndian(FIELD_PRIME + 2n))),
    bad('R of ones', withNonce(new Uint8Array(32).fill(0xff))),
    bad('R with the other sign', withNonce(withBitFlipped(honest.signature.subarray(0, 32), 255))),
    bad('signature of zeros', { ...honest, signature: new Uint8Array(64) }),
    bad('signature of ones', { ...honest, signature: new Uint8Array(64).fill(0xff) }),
  ]
}

/** What bad luck and bad software do to an honest signature. */
function damagedSignatures(): SignatureVector[] {
  const honest = craft(ALICE)
  const { signature, message } = honest
  const flipped = [0, 7, 100, 254, 255, 256, 300, 500, 511].map((bit) =>
    bad(`bit ${bit} of the signature flipped`, { ...honest, signature: withBitFlipped(signature, bit) }),
  )
  return [
    good('an honest signature', honest),
    good('of an empty message', craft({ ...ALICE, message: new Uint8Array(0) })),
    good('of a message of 10,000 bytes', craft({ ...ALICE, message: new Uint8Array(10_000).fill(7) })),
    good('that has a nonce of one', craft({ ...ALICE, nonce: 1n })),
    ...flipped,
    bad('message changed', { ...honest, message: withBitFlipped(message, 3) }),
    bad('message cut short', { ...honest, message: message.subarray(1) }),
    bad('message grown', { ...honest, message: Uint8Array.of(...message, 0) }),
    bad('R and S exchanged', {
      ...honest,
      signature: Uint8Array.of(...signature.subarray(32), ...signature.subarray(0, 32)),
    }),
    bad('no signature', { ...honest, signature: new Uint8Array(0) }),
    bad('a byte short', { ...honest, signature: signature.subarray(0, 63) }),
    bad('a byte too long', { ...honest, signature: Uint8Array.of(...signature, 0) }),
    bad('only R', { ...honest, signature: signature.subarray(0, 32) }),
  ]
}

export function withBitFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice()
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

export const signatureVectors = (): SignatureVector[] => [
  ...published(),
  ...oddKeys(),
  ...oddSignatures(),
  ...damagedSignatures(),
]
