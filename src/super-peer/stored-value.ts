/**
 * What a store's values are on disk. The most common, bytes, lie there as they are; everything else as a structured
 * clone (V8's). Keys of WebCrypto that no page could read out are written in the clear, as a file has nobody to hide
 * them from but those who may not read it.
 */
import { KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { deserialize, serialize } from 'node:v8'
import type { StoredValue } from '../storage/store.ts'

const BYTES = 0
const CLONE = 1

/** In place of a key, inside a clone. */
interface KeptKey {
  readonly keptKey: 'private' | 'public'
  readonly der: Uint8Array
  readonly algorithm: KeyAlgorithm
  readonly extractable: boolean
  readonly usages: readonly KeyUsage[]
}

const FORMATS = { private: 'pkcs8', public: 'spki' } as const

const CHECKSUM_BYTES = 4

/** A value with a checksum over it and its key: disks give out other bytes than they were given, and say nothing. */
export function protectValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  const protectedValue = Buffer.alloc(CHECKSUM_BYTES + value.length)
  protectedValue.writeUInt32LE(crc32(value, crc32(key)))
  protectedValue.set(value, CHECKSUM_BYTES)
  return protectedValue
}

/** The value, or undefined when it is not what was stored under this key. */
export function uncoverValue(key: Uint8Array, bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < CHECKSUM_BYTES) return undefined
  const value = bytes.subarray(CHECKSUM_BYTES)
  const checksum = Buffer.from(bytes.buffer, bytes.byteOffset, CHECKSUM_BYTES).readUInt32LE()
  return checksum === crc32(value, crc32(key)) ? value : undefined
}

/** Throws for what is no `StoredValue`. */
export function encodeValue(value: StoredValue): Uint8Array {
  if (!(value instanceof Uint8Array)) return Buffer.concat([Uint8Array.of(CLONE), serialize(withoutKeys(value))])
  const bytes = new Uint8Array(1 + value.length)
  bytes[0] = BYTES
  bytes.set(value, 1)
  return bytes
}

/** Throws for bytes that `encodeValue` did not make. */
export async function decodeValue(bytes: Uint8Array): Promise<StoredValue> {
  // A copy: what the database hands out is part of a larger buffer, and a `Buffer`.
  if (bytes[0] === BYTES) return new Uint8Array(bytes.subarray(1))
  if (bytes[0] !== CLONE) throw new RangeError('a stored value begins with its kind')
  return withKeys(deserialize(bytes.subarray(1)))
}

function withoutKeys(value: StoredValue): unknown {
  if (value instanceof CryptoKey) return keptKeyOf(value)
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value
  if (isList(value)) return value.map(withoutKeys)
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, withoutKeys(part)]))
}

async function withKeys(value: unknown): Promise<StoredValue> {
  if (isKeptKey(value)) return importKey(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return Promise.all(value.map(withKeys))
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).map(async ([field, part]) => [field, await withKeys(part)] as const)
    return Object.fromEntries(await Promise.all(parts))
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null)
    return value
  throw new RangeError(`a stored value is no ${typeof value}`)
}

function keptKeyOf(key: CryptoKey): KeptKey {
  if (key.type === 'secret') throw new RangeError('secret keys are kept as bytes')
  const object = KeyObject.from(key)
  const der =
    key.type === 'private'
      ? object.export({ type: FORMATS.private, format: 'der' })
      : object.export({ type: FORMATS.public, format: 'der' })
  const { algorithm, extractable, usages } = key
  return { keptKey: key.type, der, algorithm: { ...algorithm }, extractable, usages: [...usages] }
}

const importKey = ({ keptKey, der, algorithm, extractable, usages }: KeptKey): Promise<CryptoKey> =>
  crypto.subtle.importKey(FORMATS[keptKey], new Uint8Array(der), algorithm, extractable, usages)

const isList = (value: StoredValue): value is readonly StoredValue[] => Array.isArray(value)

const isKeptKey = (value: unknown): value is KeptKey =>
  typeof value === 'object' && value !== null && 'keptKey' in value && 'der' in value
