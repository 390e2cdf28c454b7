/**
 * A person: 256 random bits that are the recovery phrase, and the key derived from them. Who holds the phrase is the
 * person, so it leaves this module in two ways only: as words to write down, and as bytes for the local store.
 */
import { decode, Writer } from '../base/codec.ts'
import { assert } from '../base/assert.ts'
import { idFromBytes, type PersonId } from '../base/ids.ts'
import { accepted, type Result } from '../base/result.ts'
import { SEED_BYTES, signerFromSeed, type Signer } from '../crypto/device-key.ts'
import { hkdfSha256 } from '../crypto/hash.ts'
import { randomBytes } from '../crypto/random.ts'
import { ENTROPY_BYTES, entropyFromPhrase, phraseFromEntropy, type PhraseRejection } from '../crypto/recovery-phrase.ts'
import { didOf } from './did.ts'

export type { PhraseRejection } from '../crypto/recovery-phrase.ts'

const SEED_INFO = 'parley person'
const SERIALISED_VERSION = 1

export class Person {
  readonly id: PersonId
  /** The person as a `did:key`. */
  readonly did: string
  readonly #entropy: Uint8Array
  readonly #signer: Signer

  private constructor(entropy: Uint8Array) {
    assert(entropy.length === ENTROPY_BYTES, 'a person is made of 32 bytes')
    this.#entropy = entropy
    this.#signer = signerFromSeed(hkdfSha256(entropy, SEED_INFO, SEED_BYTES))
    this.id = idFromBytes<PersonId>(this.#signer.publicKey)
    this.did = didOf(this.id)
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#signer.sign(message)
  }

  /** For the functions of this module. */
  static ofEntropy(entropy: Uint8Array): Person {
    return new Person(entropy)
  }
  static entropyOf(person: Person): Uint8Array {
    return person.#entropy.slice()
  }
}

/** Makes a new person. */
export const createPerson = (): Person => Person.ofEntropy(randomBytes(ENTROPY_BYTES))

/** The person of a recovery phrase of 24 English words (BIP 39). */
export async function personFromPhrase(phrase: string): Promise<Result<Person, PhraseRejection>> {
  const entropy = await entropyFromPhrase(phrase)
  return entropy.ok ? accepted(Person.ofEntropy(entropy.value)) : entropy
}

/** The 24 words that restore the person. Whoever reads them is the person. */
export const phraseOf = (person: Person): Promise<string> => phraseFromEntropy(Person.entropyOf(person))

/** The person as secret bytes, for the local store only. */
export const serialisePerson = (person: Person): Uint8Array =>
  new Writer().u8(SERIALISED_VERSION).fixed(Person.entropyOf(person)).finish()

export function restorePerson(bytes: Uint8Array): Result<Person, 'malformed'> {
  return decode(bytes, (reader) => {
    if (reader.u8() !== SERIALISED_VERSION) reader.fail('unknown version')
    return Person.ofEntropy(reader.fixed(ENTROPY_BYTES).slice())
  })
}
