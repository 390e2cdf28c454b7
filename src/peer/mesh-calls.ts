import { equalBytes } from '../base/bytes.ts'
import type { SessionId } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { randomBytes } from '../crypto/random.ts'
import type { Card } from '../discovery/card.ts'
import type { Link } from '../transport/link.ts'
import type { Dial } from '../transport/rtc-dial.ts'
import type { Environment } from './environment.ts'
import { memberOf, type MeshCards, type RoomOfMesh } from './mesh-cards.ts'
import type { MeshDialler } from './mesh-dialler.ts'
import { OfferMemory, openSignal, sealSignal, SIGNAL_NONCE_BYTES, type MeshSignal } from './mesh-signal.ts'
import type { Session } from './session.ts'

interface Call {
  readonly peer: SessionId
  /** Of the offer, which the answer repeats. */
  readonly nonce: Uint8Array
  /** Of the one who calls, until it is answered. */
  readonly attempt: Pick<Dial, 'accept'> | undefined
  readonly abort: (reason: string) => void
}

/** Who takes the links, and what is to be told to the overlay. */
export interface CallTaker {
  /** Asks the other side who it is. True if it is `peer`, and the link was taken. */
  welcome(link: Link, peer: SessionId, isOutbound: boolean): Promise<boolean>
  carry(dial: number, to: SessionId, bytes: Uint8Array): void
  ended(dial: number, isOpen: boolean): void
}

/** Makes the connections that the overlay asks for, and answers those that others ask us for. */
export class MeshCalls {
  readonly #room: RoomOfMesh
  readonly #session: Session
  readonly #environment: Environment
  readonly #cards: MeshCards
  readonly #dialler: MeshDialler | undefined
  readonly #taker: CallTaker
  readonly #offers = new OfferMemory()
  readonly #calls = new Map<number, Call>()
  /** Dials on which something is under way, the calls included. */
  readonly #begun = new Set<number>()

  constructor(options: {
    readonly room: RoomOfMesh
    readonly session: Session
    readonly environment: Environment
    readonly cards: MeshCards
    readonly dialler: MeshDialler | undefined
    readonly taker: CallTaker
  }) {
    this.#room = options.room
    this.#session = options.session
    this.#environment = options.environment
    this.#cards = options.cards
    this.#dialler = options.dialler
    this.#taker = options.taker
  }

  /** Calls the card's owner. */
  async dial(dial: number, card: Card): Promise<void> {
    this.#begun.add(dial)
    const peer = card.session
    const attempt = await this.#dialler?.dial()
    if (!attempt?.ok) return this.#fail(dial)
    const { offer, opened, abort } = attempt.value
    if (!this.#begun.has(dial)) return abort('dropped')
    const nonce = randomBytes(SIGNAL_NONCE_BYTES)
    this.#calls.set(dial, { peer, nonce, attempt: attempt.value, abort })
    const made = await offer
    const { sequence } = card
    const sealed = made.ok && (await this.#seal(peer, { kind: 'offer', nonce, sequence, description: made.value }))
    if (!this.#calls.has(dial)) return
    if (!sealed) return this.#fail(dial)
    this.#taker.carry(dial, peer, sealed)
    await this.#take(dial, opened, true)
  }

  /** Somebody's offer, or the answer to ours. What is none is passed over: whoever carries it may have made it up. */
  async signal(dial: number, from: SessionId, bytes: Uint8Array): Promise<void> {
    const call = this.#calls.get(dial)
    const isOffer = call === undefined
    // A second one, while the first is looked at.
    if (isOffer ? this.#begun.has(dial) : call.peer !== from) return
    if (isOffer) this.#begun.add(dial)
    const sender = memberOf(this.#room, from)
    const { sealKeyPair, id: to } = this.#session
    const way = { room: this.#room.id, from, to }
    const opened = sender && (await openSignal(bytes, way, { sealKeyPair, sender: sender.device }))
    if (isOffer && opened?.ok === true && this.#isFresh(opened.value)) return this.#answer(dial, from, opened.value)
    if (isOffer) this.#begun.delete(dial)
    if (isOffer || !opened?.ok || opened.value.kind !== 'answer') return
    if (equalBytes(opened.value.nonce, call.nonce)) await call.attempt?.accept(opened.value.description)
  }

  drop(dial: number): void {
    this.#begun.delete(dial)
    const call = this.#calls.get(dial)
    this.#calls.delete(dial)
    call?.abort('dropped')
  }

  close(): void {
    for (const dial of new Set([...this.#begun, ...this.#calls.keys()])) this.drop(dial)
  }

  #isFresh(signal: MeshSignal): boolean {
    return signal.kind === 'offer' && this.#offers.isFresh(signal, this.#cards.sequence, this.#environment.now())
  }

  async #answer(dial: number, from: SessionId, offer: MeshSignal): Promise<void> {
    const answer = await this.#dialler?.answer(offer.description)
    if (!answer?.ok) return this.#fail(dial)
    const { nonce, sequence } = offer
    const { answer: description, opened, abort } = answer.value
    if (!this.#begun.has(dial) || this.#calls.has(dial)) return abort('dropped')
    this.#calls.set(dial, { peer: from, nonce, attempt: undefined, abort })
    const sealed = await this.#seal(from, { kind: 'answer', nonce, sequence, description })
    if (!this.#calls.has(dial)) return
    if (!sealed) return this.#fail(dial)
    this.#taker.carry(dial, from, sealed)
    await this.#take(dial, opened, false)
  }

  async #take(dial: number, opening: Promise<Result<Link>>, isOurs: boolean): Promise<void> {
    const opened = await opening
    const call = this.#calls.get(dial)
    if (!call) return opened.ok ? opened.value.close('dropped') : undefined
    const isTaken = opened.ok && (await this.#taker.welcome(opened.value, call.peer, isOurs))
    if (!isTaken) return this.#fail(dial)
    this.#begun.delete(dial)
    this.#calls.delete(dial)
    this.#taker.ended(dial, true)
  }

  #fail(dial: number): void {
    const wasBegun = this.#begun.has(dial)
    this.drop(dial)
    if (wasBegun) this.#taker.ended(dial, false)
  }

  async #seal(to: SessionId, signal: MeshSignal): Promise<Uint8Array | undefined> {
    const target = memberOf(this.#room, to)
    if (!target) return undefined
    const { signer, id: from } = this.#session
    return sealSignal(signal, { room: this.#room.id, from, to }, { signer, sealKey: target.certificate.sealKey })
  }
}
