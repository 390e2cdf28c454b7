/**
 * Names that look like the name of somebody the user knows, by somebody else. Found and told, never forbidden: people
 * share names, and every script has a right to its letters.
 */
import type { PersonId } from '../base/ids.ts'
import { CONFUSABLES } from './confusables.ts'
import { shownNameOf } from './shown-name.ts'

export interface KnownName {
  readonly person: PersonId
  readonly name: string
}

/** Accents that a glance misses. Marks of scripts that write vowels with them are another word and stay. */
const ACCENTS = /[\u0300-\u036F]/gu
/** Spaces, punctuation, ticks and other ornaments: what is put around a name to make it another one. */
const ORNAMENTS = /[^\p{L}\p{N}\p{M}]/gu

/** What two names have in common that look alike. */
export interface NameLook {
  readonly asWritten: string
  readonly inLowerCase: string
}

/**
 * What is left of a text once each character is replaced by what it looks like (the skeleton of Unicode Technical
 * Standard 39, with compatibility decomposition and without accents and ornaments). Not for showing.
 */
export function skeletonOf(text: string): string {
  const plain = lookOf(lookOf(shownNameOf(text)).normalize('NFKD').replaceAll(ACCENTS, ''))
  const bare = plain.replaceAll(ORNAMENTS, '')
  // Of a name that is all ornaments, these are the name.
  return bare === '' ? plain.replaceAll(/\s/gu, '') : bare
}

/** Some letters look alike as capitals only, some as small letters only. */
export const nameLookOf = (name: string): NameLook => ({
  asWritten: skeletonOf(name).toLowerCase(),
  inLowerCase: skeletonOf(name.toLowerCase()),
})

/** The first of the known names that this one looks like, unless it is the same person's. */
export function lookAlikeOf(name: string, knownNames: Iterable<KnownName>, person?: PersonId): KnownName | undefined {
  const look = nameLookOf(name)
  if (look.asWritten === '') return undefined
  for (const known of knownNames) {
    if (known.person === person) continue
    const other = nameLookOf(known.name)
    if (other.asWritten === look.asWritten || other.inLowerCase === look.inLowerCase) return known
  }
  return undefined
}

const lookOf = (text: string): string => {
  let look = ''
  for (const character of text) look += ASCII_LOOKS[character] ?? CONFUSABLES.get(character) ?? character
  return look
}

/** Latin characters that look like others, alone or side by side. */
const ASCII_LOOKS: Readonly<Record<string, string>> = { '0': 'O', '1': 'l', I: 'l', '|': 'l', m: 'rn', w: 'vv' }
