/** The name of a file as it is shown, with the extension that decides what opens it set apart. */
import { classOfExtension, worseClass, type FileClass } from './file-class.ts'
import { hasBidiControls, hasInvisibles, shownNameOf, withoutHidden } from './shown-name.ts'

export type FileNameWarning =
  | 'turned-direction'
  | 'hidden-marks'
  | 'double-extension'
  | 'padded-extension'
  | 'look-alike-extension'
  | 'no-extension'

export interface FileNameDescription {
  readonly class: FileClass
  /** Both together are the name; the extension begins with its dot and is set in bold. */
  readonly shownName: { readonly base: string; readonly extension: string }
  /** In small letters, without its dot. */
  readonly extension: string
  readonly warnings: readonly FileNameWarning[]
}

/** No file system takes longer names. */
const NAME_UNITS_MAX = 1_000
/** Longer endings are no extension that any program is known by. */
const EXTENSION_LENGTH_MAX = 24
/** So many spaces before an extension are there to push it out of sight. */
const PADDING = /[\s\p{Z}_]{3,}(?=\.[^.]*$)/u
/** Endings that people take for a document or picture when they stand before another. */
const LOOKS_HARMLESS =
  /\.(?:pdf|docx?|xlsx?|pptx?|odt|rtf|txt|jpe?g|png|gif|webp|mp[34]|mov|avi|zip|csv|md)[\s\p{Z}_]*$/iu
/** What separates folders, and on Windows a file from a stream in it. */
const SEPARATORS = /[/\\:]+/gu

export function describeFileName(name: string): FileNameDescription {
  const cut = cutName(name)
  const warnings: FileNameWarning[] = []
  if (hasBidiControls(cut)) warnings.push('turned-direction')
  if (hasInvisibles(cut)) warnings.push('hidden-marks')
  const plain = withoutHidden(cut).replaceAll(/\p{Cc}/gu, ' ')
  // Windows drops dots and spaces at the end, and so does everybody who reads the name.
  const trimmed = plain.replaceAll(SEPARATORS, '_').replace(/[.\s\p{Z}]+$/u, '')
  const { base, ending } = partsOf(trimmed)
  const folded = partsOf(trimmed.normalize('NFKC').replace(/[.\s\p{Z}]+$/u, ''))
  const extension = ending.toLowerCase()
  // `x.exe:y.txt` is a stream inside of x.exe: each piece counts.
  const pieces = plain
    .split(SEPARATORS)
    .map((piece) => partsOf(piece.replace(/[.\s\p{Z}]+$/u, '')).ending.toLowerCase())
  const nameClass = [folded.ending.toLowerCase(), ...pieces.filter((piece) => classOfExtension(piece) === 'C')]
    .map(classOfExtension)
    .reduce(worseClass, classOfExtension(extension))
  if (LOOKS_HARMLESS.test(base) && nameClass === 'C') warnings.push('double-extension')
  if (PADDING.test(trimmed)) warnings.push('padded-extension')
  if (/[^\x20-\x7E]/.test(ending) || folded.ending !== ending) warnings.push('look-alike-extension')
  if (ending === '') warnings.push('no-extension')
  const shownBase = shownNameOf(base)
  return {
    class: nameClass,
    shownName: {
      base: shownBase === '' ? 'file' : shownBase,
      extension: ending === '' ? '' : `.${shownNameOf(ending)}`,
    },
    extension,
    warnings,
  }
}

/** The beginning and the end of a name that is too long: what decides about it stands at the end. */
const cutName = (name: string): string =>
  name.length <= NAME_UNITS_MAX
    ? name
    : `${name.slice(0, NAME_UNITS_MAX / 2)}…${name.slice(name.length - NAME_UNITS_MAX / 2)}`

function partsOf(name: string): { readonly base: string; readonly ending: string } {
  const dot = name.lastIndexOf('.')
  const isExtension = dot > 0 && name.length - dot - 1 <= EXTENSION_LENGTH_MAX
  return isExtension ? { base: name.slice(0, dot), ending: name.slice(dot + 1) } : { base: name, ending: '' }
}
