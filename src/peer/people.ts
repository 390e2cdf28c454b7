import { textOf, utf8 } from '../base/bytes.ts'
import type { PersonId } from '../base/ids.ts'
import { openWithNonce, sealWithRandomNonce } from '../crypto/body-cipher.ts'
import { wellFormed } from '../document/plain-text.ts'
import { didOf, keyTag } from '../identity/did.ts'
import type { AccessState } from '../access/access-state.ts'
import { sealText, type KeyRing } from './key-ring.ts'
import type { MeetingKeys } from './meeting-keys.ts'

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

const GREETING = utf8('parley greeting 1')
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

/** The name of somebody who asks to be let in: sealed for all who can meet in the room. */
export const sealGreeting = (keys: MeetingKeys, name: string): Uint8Array =>
  sealWithRandomNonce(keys.greeting(), utf8(cleanName(name)), GREETING)

export function openGreeting(keys: MeetingKeys, sealed: Uint8Array): string {
  const bytes = openWithNonce(keys.greeting(), sealed, GREETING)
  return cleanName((bytes && textOf(bytes)) ?? '')
}

/** Undefined while there is no epoch to seal with: see `EpochKeeper.ensure`. */
export const sealName = (ring: KeyRing, name: string): Uint8Array | undefined => ring.seal('profile', cleanName(name))

/** The name of a room that is being founded, under its first key. */
export const sealFirstRoomName = (epochKey: Uint8Array, name: string): Uint8Array =>
  sealText(epochKey, 'room-name', cleanName(name))

export function openRoomName(ring: KeyRing, sealed: Uint8Array): string | undefined {
  const text = ring.open('room-name', sealed)
  return text === undefined ? undefined : cleanName(text)
}

/** Who is who in one room. The same object as long as nothing about a person changes, so that lists render little. */
export class People {
  /** Grows when anything that was shown of anybody has changed. */
  revision = 0
  readonly #ring: KeyRing
  readonly #keys: MeetingKeys
  readonly #me: PersonId
  readonly #summaries = new Map<PersonId, PersonSummary>()
  readonly #opened = new WeakMap<Uint8Array, string>()

  constructor({ ring, keys }: { readonly ring: KeyRing; readonly keys: MeetingKeys }, me: PersonId) {
    this.#ring = ring
    this.#keys = keys
    this.#me = me
  }

  /** `myName` stands in until the own profile is in the log. */
  summaryOf(person: PersonId, state: AccessState | undefined, myName: string): PersonSummary {
    const isMe = person === this.#me
    const name = (state && this.nameOf(person, state)) ?? (isMe ? myName : '')
    const known = this.#summaries.get(person)
    if (known?.name === name) return known
    const summary = { id: person, did: didOf(person), keyTag: keyTag(person), name, isMe }
    this.#summaries.set(person, summary)
    if (known) this.revision++
    return summary
  }

  /** What the person calls themselves in the log; undefined while that or its key is not here. */
  nameOf(person: PersonId, state: AccessState): string | undefined {
    const sealed = state.profiles.get(person)?.sealed
    return sealed && this.#openName(sealed)
  }

  #openName(sealed: Uint8Array): string | undefined {
    let name = this.#opened.get(sealed)
    if (name !== undefined) return name
    const opened = this.#ring.canOpen(sealed) ? this.#ring.open('profile', sealed) : undefined
    // Who holds no key of the room has sealed it as those do who ask to be let in.
    name = opened === undefined ? openGreeting(this.#keys, sealed) : cleanName(opened)
    // The key may come later.
    if (name === '' && !this.#ring.canOpen(sealed)) return undefined
    this.#opened.set(sealed, name)
    return name
  }
}
