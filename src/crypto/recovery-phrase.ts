/**
 * 256 bits as 24 English words and back (BIP 39). The list of words weighs more than everything else here, so it is
 * loaded when somebody writes down or types in a phrase, and not before.
 */
import { accepted, rejected, type Result } from '../base/result.ts'

export const ENTROPY_BYTES = 32
const PHRASE_WORDS = 24
/** Twice the longest phrase of 24 words of up to 8 letters: more cannot be one, and is not worth splitting. */
const PHRASE_LENGTH_MAX = 432

export type PhraseRejection = 'word-count' | 'unknown-word' | 'checksum'

const loadWords = async () => {
  const [bip39, english] = await Promise.all([import('@scure/bip39'), import('@scure/bip39/wordlists/english.js')])
  return { ...bip39, words: english.wordlist }
}

/** The 24 words, separated by spaces, that stand for 32 bytes. */
export async function phraseFromEntropy(entropy: Uint8Array): Promise<string> {
  const { entropyToMnemonic, words } = await loadWords()
  return entropyToMnemonic(entropy, words)
}

/**
 * The 32 bytes of a phrase as a person types it: case and spaces do not matter. The detail of `unknown-word` is the
 * position of the word, counted from 1; the words themselves are secret and stay out of it.
 */
export async function entropyFromPhrase(phrase: string): Promise<Result<Uint8Array, PhraseRejection>> {
  if (phrase.length > PHRASE_LENGTH_MAX) return rejected('word-count')
  const typed = phrase.normalize('NFKD').toLowerCase().split(/\s+/u).filter(Boolean)
  if (typed.length !== PHRASE_WORDS) return rejected('word-count', String(typed.length))
  const { mnemonicToEntropy, words } = await loadWords()
  const unknown = typed.findIndex((word) => !words.includes(word))
  if (unknown !== -1) return rejected('unknown-word', String(unknown + 1))
  try {
    return accepted(mnemonicToEntropy(typed.join(' '), words))
  } catch {
    return rejected('checksum') // count and words are known to be right
  }
}
