import { textOf, utf8 } from '../base/bytes.ts'
import type { PersonId } from '../base/ids.ts'
import { openWithNonce, sealWithRandomNonce } from '../crypto/body-cipher.ts'
import { wellFormed } from '../document/plain-text.ts'
import { didOf, keyTag } from '../identity/did.ts'
import type { AccessState } from '../access/access-state.ts'
import type { RoomKeys } from './room-keys.ts'

/** A person as shown to people. */
export interface PersonSummary {
  readonly id: PersonId
  /** The person's key as a `did:key`. */
  readonly did: string
  /** Four characters that tell people of one name apart. No proof of anything. */
  readonly keyTag: string
  /** What the person calls themselves in this room; empty until it is known. */
  readonly name: string
  readonly isMe: boolean
}

const PROFILE = utf8('parley profile 1')
const ROOM_NAME = utf8('parley room name 1')
/** Names are for people: what is longer was not meant as one. */
export const NAME_LENGTH_MAX = 80

/** Control characters, line ends, and what turns the direction of the text around it. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu
/** What nobody sees, and so makes two names look alike. What joins letters and emoji or draws flags is needed. */
const INVISIBLE = /(?!\u200c|\u200d|\ufe0e|\ufe0f|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** A name as it may be shown and sent: one line that can be seen, no control characters, not too long; or nothing. */
export function cleanName(text: string): string {
  const line = wellFormed(text).replace(CONTROLS, ' ').replace(INVISIBLE, '').replace(/\s+/gu, ' ').trim()
  if (!VISIBLE.test(line)) return ''
  return Array.from(line).slice(0, NAME_LENGTH_MAX).join('').trim()
}

export const sealName = (keys: RoomKeys, name: string): Uint8Array =>
  sealWithRandomNonce(keys.profile(), utf8(cleanName(name)), PROFILE)

export const sealRoomName = (keys: RoomKeys, name: string): Uint8Array =>
  sealWithRandomNonce(keys.profile(), utf8(cleanName(name)), ROOM_NAME)

export function openRoomName(keys: RoomKeys, sealed: Uint8Array): string | undefined {
  const bytes = openWithNonce(keys.profile(), sealed, ROOM_NAME)
  const text = bytes && textOf(bytes)
  return text === undefined ? undefined : cleanName(text)
}

/** Who is who in one room. The same object as long as nothing about a person changes, so that lists render little. */
export class People {
  /** Grows when anything that was shown of anybody has changed. */
  revision = 0
  readonly #keys: RoomKeys
  readonly #me: PersonId
  readonly #summaries = new Map<PersonId, PersonSummary>()
  readonly #opened = new WeakMap<Uint8Array, string>()

  constructor(keys: RoomKeys, me: PersonId) {
    this.#keys = keys
    this.#me = me
  }

  /** `myName` stands in until the own profile is in the log. */
  summaryOf(person: PersonId, state: AccessState | undefined, myName: string): PersonSummary {
    const isMe = person === this.#me
    const sealed = state?.profiles.get(person)?.sealed
    const name = (sealed && this.#openName(sealed)) ?? (isMe ? myName : '')
    const known = this.#summaries.get(person)
    if (known?.name === name) return known
    const summary = { id: person, did: didOf(person), keyTag: keyTag(person), name, isMe }
    this.#summaries.set(person, summary)
    if (known) this.revision++
    return summary
  }

  #openName(sealed: Uint8Array): string | undefined {
    let name = this.#opened.get(sealed)
    if (name !== undefined) return name
    const bytes = openWithNonce(this.#keys.profile(), sealed, PROFILE)
    name = cleanName((bytes && textOf(bytes)) ?? '')
    this.#opened.set(sealed, name)
    return name
  }
}
