/** The beginnings of files, made by hand: just as much of each format as its readers look at. */
import { concatBytes, utf8 } from '../../../src/base/bytes.ts'

export const bytes = (...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array =>
  concatBytes(
    ...parts.map((part) => {
      if (typeof part !== 'string') return Uint8Array.from(part)
      return Uint8Array.from(part, (letter) => letter.charCodeAt(0))
    }),
  )

const zeros = (length: number): Uint8Array => new Uint8Array(length)

export const PNG = bytes(
  [0x89],
  'PNG\r\n',
  [0x1a],
  '\n',
  [0, 0, 0, 13],
  'IHDR',
  [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0],
)
export const JPG = bytes([0xff, 0xd8, 0xff, 0xe0, 0, 16], 'JFIF', zeros(40))
export const GIF = bytes('GIF89a', [1, 0, 1, 0, 0, 0, 0])
export const PDF = bytes('%PDF-1.7\n%', [0xe2, 0xe3, 0xcf, 0xd3], '\n1 0 obj')
export const EXE = bytes('MZ', [0x90, 0, 3, 0, 0, 0], zeros(52), 'This program cannot be run in DOS mode')
export const OLE = bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], zeros(500))
export const wide = (text: string): Uint8Array => bytes(text.split('').flatMap((letter) => [letter.charCodeAt(0), 0]))
export const text = (words: string): Uint8Array => utf8(words)

const number = (value: number, length: number): number[] =>
  Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) % 256)

export interface Packed {
  readonly name: string
  readonly packedBytes?: number
  readonly unpackedBytes?: number
}

/** A zip's headers (PKWARE's APPNOTE): a local one with some bytes for each file, then the directory. */
export function zipOf(files: readonly Packed[], comment = ''): Uint8Array {
  const local = files.map(({ name, packedBytes = 8, unpackedBytes = 8 }) =>
    bytes(
      [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      number(packedBytes, 4),
      number(unpackedBytes, 4),
      number(name.length, 2),
      [0, 0],
      name,
      zeros(Math.min(packedBytes, 8)),
    ),
  )
  const central = files.map(({ name, packedBytes = 8, unpackedBytes = 8 }) =>
    bytes(
      [0x50, 0x4b, 1, 2, 20, 0, 20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      number(packedBytes, 4),
      number(unpackedBytes, 4),
      number(name.length, 2),
      zeros(16),
      name,
    ),
  )
  const end = bytes([0x50, 0x4b, 5, 6], zeros(8), zeros(8), number(comment.length, 2), comment)
  return concatBytes(...local, ...central, end)
}
