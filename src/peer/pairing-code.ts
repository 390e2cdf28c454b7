/**
 * The secret that two devices of one person share while one adds the other: 16 random bytes, shown as a code to type or
 * a link to scan. Everything by which they meet comes from it, so who does not hold it neither finds nor understands
 * them.
 *
 *   code = Crockford's base 32 of secret 16 | check 1, in groups of four: 28 characters
 */
import { concatBytes, toHex, utf8 } from '../base/bytes.ts'
import { hkdfSha256, sha256Of } from '../crypto/hash.ts'
import { PSK_BYTES } from '../crypto/noise-handshake.ts'

export const PAIRING_SECRET_BYTES = 16
/** One byte finds 255 of 256 typing errors before anybody waits for a device that cannot answer. */
const CHECK_BYTES = 1
const CHECK = utf8('parley pairing check')
const GROUP_LENGTH = 4
const BITS_PER_DIGIT = 5
const TOPIC_BYTES = 16
/** Without the letters that are taken for digits, and without u (Crockford). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** Secret and check, in whole digits of five bits. */
const CODE_LENGTH = Math.ceil((8 * (PAIRING_SECRET_BYTES + CHECK_BYTES)) / BITS_PER_DIGIT)
const MARKER = '#/pair/'
/** What a link with the longest address around it, pasted with line breaks, stays under, in characters. */
const TEXT_LENGTH_MAX = 4_096

export interface PairingMeeting {
  /** Where the two devices meet; says nothing of the secret. */
  readonly topic: string
  /** Seals what passes through the door. */
  readonly password: string
  /** Without it a handshake gets no answer. */
  readonly psk: Uint8Array
}

export const pairingMeeting = (secret: Uint8Array): PairingMeeting => ({
  topic: `parley-${toHex(hkdfSha256(secret, 'parley pairing topic 1', TOPIC_BYTES))}`,
  password: toHex(hkdfSha256(secret, 'parley pairing door 1')),
  psk: hkdfSha256(secret, 'parley pairing link 1', PSK_BYTES),
})

const checkOf = (secret: Uint8Array): Uint8Array => sha256Of(CHECK, secret).subarray(0, CHECK_BYTES)

/** The code in groups, as it is read out and typed. */
export function pairingCodeOf(secret: Uint8Array): string {
  const digits = digitsOf(concatBytes(secret, checkOf(secret)))
  return digits.match(new RegExp(`.{1,${GROUP_LENGTH}}`, 'gu'))?.join('-') ?? digits
}

/** The link that opens the application with the code in it. The part behind `#` is not sent to any server. */
export const pairingLinkOf = (base: string, secret: Uint8Array): string => `${base}${MARKER}${pairingCodeOf(secret)}`

/** The secret of a code or link as people type and paste it; undefined if it is neither, or mistyped. */
export function readPairingCode(text: string): Uint8Array | undefined {
  const bytes = bytesOf(typedDigits(text))
  const secret = bytes?.slice(0, PAIRING_SECRET_BYTES)
  return secret && bytes?.[PAIRING_SECRET_BYTES] === checkOf(secret)[0] ? secret : undefined
}

/** Whether the text could be a code of which something is missing. */
export function isPartOfCode(text: string): boolean {
  const digits = typedDigits(text)
  return digits.length < CODE_LENGTH && Array.from(digits).every((digit) => ALPHABET.includes(digit))
}

/** What was typed or pasted, as digits of a code if it is one. */
function typedDigits(text: string): string {
  if (text.length > TEXT_LENGTH_MAX) return '?'
  const at = text.indexOf(MARKER)
  const typed = (at >= 0 ? text.slice(at + MARKER.length) : text).toUpperCase().replace(/[\s-]+/gu, '')
  // Crockford: what looks like a digit is taken for one.
  return typed.replaceAll('O', '0').replace(/[IL]/gu, '1')
}

function digitsOf(bytes: Uint8Array): string {
  let digits = ''
  let [bits, count] = [0, 0]
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    count += 8
    while (count >= BITS_PER_DIGIT) {
      count -= BITS_PER_DIGIT
      digits += ALPHABET[(bits >> count) & 31] ?? ''
    }
    bits &= (1 << count) - 1
  }
  return count > 0 ? digits + (ALPHABET[(bits << (BITS_PER_DIGIT - count)) & 31] ?? '') : digits
}

function bytesOf(digits: string): Uint8Array | undefined {
  if (digits.length !== CODE_LENGTH) return undefined
  const bytes: number[] = []
  let [bits, count] = [0, 0]
  for (const digit of digits) {
    const value = ALPHABET.indexOf(digit)
    if (value < 0) return undefined
    bits = (bits << BITS_PER_DIGIT) | value
    count += BITS_PER_DIGIT
    if (count >= 8) {
      count -= 8
      bytes.push((bits >> count) & 255)
    }
    bits &= (1 << count) - 1
  }
  return bits === 0 ? Uint8Array.from(bytes) : undefined
}
