/**
 * What a file is taken for: by its name, by the type that the sender declares and, once there are bytes, by these. Where
 * they differ the worst counts. Whatever it is, nothing opens by itself, and B and C are only ever saved.
 */
import { utf8 } from '../base/bytes.ts'
import { classOfDeclaredType, classOfExtension, worseClass, type FileClass } from './file-class.ts'
import { detectType, hasSignature, holdsMarkup, SNIFFED_BYTES, type DetectedType } from './file-magic.ts'
import { describeFileName, type FileNameWarning } from './file-name.ts'
import { listZip } from './zip-listing.ts'

/**
 * `type-mismatch`: the bytes are not what the name says. `polyglot`: they are that and something else besides.
 * `macro`: an office document with a program in it. `zip-bomb`: unpacks to far more than it is.
 */
export type FileWarning = FileNameWarning | 'runs-code' | 'type-mismatch' | 'polyglot' | 'macro' | 'zip-bomb'

export interface FileDescription {
  readonly class: FileClass
  readonly shownName: { readonly base: string; readonly extension: string }
  /** What the bytes are, as an extension; undefined without bytes, or where no signature fits. */
  readonly detectedType: string | undefined
  readonly warnings: readonly FileWarning[]
}

/** A zip that grows more than this is not what people pack: text shrinks to about a tenth. */
export const ZIP_GROWTH_MAX = 100
/** Below this no growth does any harm. */
export const ZIP_UNPACKED_BYTES_HARMLESS = 64 * 1024 * 1024
/** More than this does not fit on many a device, however it is packed. */
export const ZIP_UNPACKED_BYTES_MAX = 16 * 1024 * 1024 * 1024

/** Parts of an office document that hold programs: OOXML, Excel 4 macro sheets, OpenDocument. */
const MACRO_PARTS = /vbaProject|vbaData|macrosheets\/|^Basic\/|^Scripts\/|\/activeX\//i
/** The same in documents of the older kind, whose folders are named in UTF-16. */
const MACRO_FOLDERS = ['_VBA_PROJECT', 'Macros'].map((name) => utf8(name.split('').join('\0')))

export function describeFile(file: {
  readonly name: string
  /** A MIME type; empty for none. */
  readonly declaredType?: string
  /** The bytes from the first on, as many as there are: 1.5 KiB for what it is, all for what is in it. */
  readonly bytes?: Uint8Array
  /** Of the whole file, signed by the sender. Without it the bytes are the file. */
  readonly sizeBytes?: number
}): FileDescription {
  const named = describeFileName(file.name)
  const { bytes, declaredType = '' } = file
  let fileClass = worseClass(named.class, classOfDeclaredType(declaredType))
  const warnings = new Set<FileWarning>(named.warnings)
  let detected: DetectedType | undefined
  if (bytes !== undefined && bytes.length > 0) {
    detected = detectType(bytes)
    const inside = lookInside(bytes, detected, named.extension, file.sizeBytes ?? bytes.length)
    fileClass = worseClass(fileClass, inside.class)
    for (const warning of inside.warnings) warnings.add(warning)
  }
  if (fileClass === 'C') warnings.add('runs-code')
  return { class: fileClass, shownName: named.shownName, detectedType: detected?.type, warnings: [...warnings] }
}

function lookInside(
  bytes: Uint8Array,
  detected: DetectedType | undefined,
  extension: string,
  sizeBytes: number,
): { readonly class: FileClass; readonly warnings: readonly FileWarning[] } {
  const warnings: FileWarning[] = []
  let fileClass: FileClass = 'A'
  if (detected) fileClass = worseClass(fileClass, classOfExtension(detected.type))
  if (isMismatch(bytes, detected, extension)) {
    warnings.push('type-mismatch')
    fileClass = worseClass(fileClass, 'B')
  }
  const isText = detected === undefined ? isPlainText(bytes) : TEXTS.has(detected.type)
  if (!isText && isPolyglot(bytes, detected)) {
    warnings.push('polyglot')
    fileClass = 'C'
  }
  const zip = detected?.type === 'zip' ? listZip(bytes) : undefined
  if (zip?.names.some((name) => MACRO_PARTS.test(name)) || (detected?.type === 'ole' && holdsMacroFolder(bytes))) {
    warnings.push('macro')
    fileClass = 'C'
  }
  if (zip && isBomb(zip.unpackedBytes, sizeBytes)) warnings.push('zip-bomb')
  return { class: fileClass, warnings }
}

/** Types that are text, in which words of HTML may be talked about. */
const TEXTS = new Set(['html', 'svg', 'xml', 'php', 'url', 'desktop', 'reg', 'mht', 'sh'])
const PLAIN = new Set(['txt', 'text', 'log', 'md', 'srt', 'vtt', 'csv', 'tsv', 'json', 'yml', 'yaml', 'ini'])

function isMismatch(bytes: Uint8Array, detected: DetectedType | undefined, extension: string): boolean {
  if (extension === '') return false
  if (detected) return !detected.fits(extension)
  if (PLAIN.has(extension)) return !isPlainText(bytes)
  // An ISO image has its signature far behind.
  return hasSignature(extension) && !(extension === 'iso' || extension === 'img' || extension === 'com')
}

/** Text in UTF-8 or UTF-16 has no control characters but line ends and tabs. */
function isPlainText(bytes: Uint8Array): boolean {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const head = bytes.subarray(0, SNIFFED_BYTES)
  return isWide || !head.some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b))
}

/** Formats whose readers skip what stands before or behind them, by the bytes that start them. */
const FOUND_ANYWHERE = ['PK\u0003\u0004', 'Rar!\u001a\u0007', '%PDF-', '7z\u00bc\u00af\u0027\u001c']
/** Where the beginning of an image can be read as that of a comment in JavaScript. */
const COMMENT_AT: Readonly<Record<string, readonly number[]>> = { gif: [6], jpg: [4], bmp: [2], webp: [4], wav: [4] }

function isPolyglot(bytes: Uint8Array, detected: DetectedType | undefined): boolean {
  if (holdsMarkup(bytes)) return true
  const type = detected?.type ?? ''
  const commentAt = COMMENT_AT[type] ?? []
  if (commentAt.some((at) => bytes[at] === 0x2f && bytes[at + 1] === 0x2a)) return true
  // Archives hold archives, and programs bring their parts along.
  if (classOfExtension(type) !== 'A') return false
  const head = latin1Of(bytes, 4, SNIFFED_BYTES)
  if (FOUND_ANYWHERE.some((start) => head.includes(start))) return true
  const tail = latin1Of(bytes, bytes.length - ZIP_TAIL_BYTES, bytes.length)
  return tail.includes('PK\u0005\u0006')
}

/** The record that ends a zip, and the longest comment after it. */
const ZIP_TAIL_BYTES = 22 + 65_535

function latin1Of(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (const byte of bytes.subarray(Math.max(0, from), to)) text += String.fromCharCode(byte)
  return text
}

function holdsMacroFolder(bytes: Uint8Array): boolean {
  return MACRO_FOLDERS.some((name) => {
    const first = name[0] ?? 0
    for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1))
      if (name.every((byte, index) => bytes[at + index] === byte)) return true
    return false
  })
}

function isBomb(unpackedBytes: number, sizeBytes: number): boolean {
  if (unpackedBytes > ZIP_UNPACKED_BYTES_MAX) return true
  return unpackedBytes > ZIP_UNPACKED_BYTES_HARMLESS && unpackedBytes > ZIP_GROWTH_MAX * sizeBytes
}
