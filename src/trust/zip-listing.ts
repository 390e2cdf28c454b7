/** What a zip says of its content, without unpacking any of it. */

export interface ZipListing {
  /** Names in ASCII as they stand there. */
  readonly names: readonly string[]
  /** All files unpacked, by what the zip declares. */
  readonly unpackedBytes: number
}

/** Whoever packs more files than this has more names than anybody looks at; the sizes are counted so far. */
const ENTRIES_MAX = 100_000
/** PKWARE's APPNOTE, 4.3.7 and 4.3.12: after the signature, the fields that are read here. */
const LOCAL = { signature: [0x50, 0x4b, 3, 4], unpackedAt: 22, nameLengthAt: 26, nameAt: 30 } as const
const CENTRAL = { signature: [0x50, 0x4b, 1, 2], unpackedAt: 24, nameLengthAt: 28, nameAt: 46 } as const
const NAME_BYTES_MAX = 512

/**
 * Reads every header that lies in these bytes, whether or not the zip's own directory leads to it: programs differ in
 * which of them they believe. The larger of both sums counts.
 */
export function listZip(bytes: Uint8Array): ZipListing {
  const names: string[] = []
  const sums = { local: 0, central: 0 }
  for (let at = bytes.indexOf(0x50); at >= 0 && names.length < ENTRIES_MAX; at = bytes.indexOf(0x50, at + 1)) {
    const isLocal = LOCAL.signature.every((byte, index) => bytes[at + index] === byte)
    const header = isLocal ? LOCAL : CENTRAL
    if (!isLocal && !CENTRAL.signature.every((byte, index) => bytes[at + index] === byte)) continue
    if (at + header.nameAt > bytes.length) break
    sums[isLocal ? 'local' : 'central'] += unsigned(bytes, at + header.unpackedAt, 4)
    const nameBytes = Math.min(NAME_BYTES_MAX, unsigned(bytes, at + header.nameLengthAt, 2))
    names.push(String.fromCharCode(...bytes.subarray(at + header.nameAt, at + header.nameAt + nameBytes)))
  }
  return { names, unpackedBytes: Math.max(sums.local, sums.central) }
}

/** Little-endian. In a zip of more than 4 GiB the field is full of ones: 4 GiB, which is large enough for any warning. */
function unsigned(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let index = length - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}
