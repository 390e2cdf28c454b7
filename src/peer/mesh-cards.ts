import { concatBytes, utf8 } from '../base/bytes.ts'
import { idToBytes, type PersonId, type RoomId, type SessionId } from '../base/ids.ts'
import type { AccessState } from '../access/access-state.ts'
import { hostOf } from '../access/host.ts'
import type { SessionBinding } from '../access/verify-log.ts'
import { verify } from '../crypto/signature.ts'
import { cardBody, cardParts, decodeCard, signedCard, type Card, type CardFields } from '../discovery/card.ts'
import { CARD_LIFETIME_S } from '../discovery/limits.ts'
import type { Environment } from './environment.ts'
import type { LogHost } from './log-host.ts'
import type { Session } from './session.ts'

const CONTEXT = utf8('parley card 1')
/** How long a neighbour's card waits for the log that says who the neighbour is: both come at once, the log in parts. */
const LOG_WAIT_MS = 5_000

/** What the mesh asks of the room it is in. */
export interface RoomOfMesh {
  readonly id: RoomId
  readonly state: AccessState | undefined
  readonly log?: Pick<LogHost, 'introduce'> | undefined
  /** Whose session this is, if its log is here. */
  bindingOf(session: SessionId): SessionBinding | undefined
}

/** The session's binding if its person is a member now and its device was not ended. */
export function memberOf(room: RoomOfMesh, session: SessionId): SessionBinding | undefined {
  const binding = room.bindingOf(session)
  const { state } = room
  if (!binding || !state || state.nodesOf(binding.person).length === 0) return undefined
  return state.isDeviceStanding(binding.device, binding.person) ? binding : undefined
}

/** Who let the person in; founders are a branch of their own. Undefined for somebody who is no member, as far as is known. */
export function branchOf({ state }: RoomOfMesh, person: PersonId): PersonId | undefined {
  if (!state || state.nodesOf(person).length === 0) return undefined
  const member = state.member(person)
  return (member && hostOf(state, member)) ?? person
}

/** Signs this session's card, and checks those of others against the access log. */
export class MeshCards {
  readonly #room: RoomOfMesh
  readonly #session: Session
  readonly #environment: Environment
  readonly #waiting = new Set<() => void>()
  #sequence = 0

  constructor(room: RoomOfMesh, session: Session, environment: Environment) {
    this.#room = room
    this.#session = session
    this.#environment = environment
  }

  /**
   * Of our newest card. Begins with the seconds of our clock, so that a later page of the session goes on above what an
   * earlier one has used, and so that how old a sequence of ours is can be told by our clock alone.
   */
  get sequence(): number {
    return this.#sequence
  }

  async sign(fields: Pick<CardFields, 'isEdge' | 'isSuper' | 'isHidden'>): Promise<Uint8Array> {
    this.#sequence = Math.max(this.#sequence + 1, Math.floor(this.#environment.now() / 1_000))
    const { id: session, signer } = this.#session
    const body = cardBody({ ...fields, session, sequence: this.#sequence, lifetimeS: CARD_LIFETIME_S })
    return signedCard(body, await signer.sign(this.#statement(body)))
  }

  /** The card if its session's device signed it and is a member's. `isLinked` names those whose log is on its way. */
  async verify(bytes: Uint8Array, isLinked: (session: SessionId) => boolean): Promise<Card | undefined> {
    const decoded = decodeCard(bytes)
    if (!decoded.ok) return undefined
    const card = decoded.value
    const { session } = card
    if (!memberOf(this.#room, session) && isLinked(session)) await this.#untilMember(session)
    const member = memberOf(this.#room, session)
    if (!member) return undefined
    const { body, signature } = cardParts(card)
    if (!(await verify(signature, this.#statement(body), idToBytes(member.device)))) return undefined
    return { ...card, person: member.person, branch: branchOf(this.#room, member.person) }
  }

  /** The access log has changed. */
  refresh(): void {
    for (const look of this.#waiting) look()
  }

  #statement(body: Uint8Array): Uint8Array {
    return concatBytes(CONTEXT, idToBytes(this.#room.id), body)
  }

  #untilMember(session: SessionId): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting.delete(look)
        cancel()
        resolve()
      }
      const look = (): void => {
        if (memberOf(this.#room, session)) end()
      }
      const cancel = this.#environment.after(LOG_WAIT_MS, end)
      this.#waiting.add(look)
    })
  }
}
