/**
 * What happens once trystero has connected two peers: the one with the lower id makes an offer of ours, the other answers
 * it, both over trystero's connection, which is closed as soon as our own is open.
 */
import { selfId, type MessageAction, type Room } from '@trystero-p2p/core'
import type { Link } from './link.ts'
import { PACKED_DESCRIPTION_BYTES_MAX } from './packed-description.ts'
import { answerDial, dial, type Dial, type DialFailure, type DialOptions } from './rtc-dial.ts'
import type { Result } from '../base/result.ts'
import { DIAL_ACTION } from './trystero-connection.ts'

/** The kinds of our messages, in their first byte. */
const OFFER = 1
const ANSWER = 2
/** How long a peer who should make an offer may take. */
const OFFER_MS_MAX = 12_000

export interface IntroductionOptions {
  readonly room: Room
  readonly dialOptions: DialOptions
  /** Whether there is still room for a link to the peer, whom trystero has connected. */
  readonly admits: (peer: string) => boolean
  /** An open link, or why there is none. */
  readonly onEnd: (peer: string, result: Result<Link, DialFailure | 'no-offer'>) => void
}

type Attempt =
  | { readonly role: 'dialling'; readonly dial: Dial }
  | { readonly role: 'waiting'; readonly timer: ReturnType<typeof setTimeout> }
  | { readonly role: 'answering' }

export class Introduction {
  readonly #options: IntroductionOptions
  readonly #action: MessageAction
  readonly #attempts = new Map<string, Attempt>()
  readonly #aborts = new Set<(reason: string) => void>()

  constructor(options: IntroductionOptions) {
    this.#options = options
    const { room } = options
    this.#action = room.makeAction(DIAL_ACTION, {
      onMessage: (data, { peerId }) => {
        if (data instanceof Uint8Array) void this.#receive(peerId, data)
      },
    })
    room.onPeerJoin = (peer) => {
      this.#meet(peer)
    }
    room.onPeerLeave = (peer) => {
      const attempt = this.#attempts.get(peer)
      if (attempt?.role === 'waiting') this.#end(peer, { ok: false, reason: 'no-offer', detail: 'the peer went away' })
    }
  }

  /** How many are under way. */
  get count(): number {
    return this.#attempts.size
  }

  /** Gives up what is under way. Links that are open stay. */
  stop(reason: string): void {
    for (const abort of this.#aborts) abort(reason)
    for (const attempt of this.#attempts.values()) if (attempt.role === 'waiting') clearTimeout(attempt.timer)
    this.#attempts.clear()
  }

  #meet(peer: string): void {
    if (this.#attempts.has(peer)) return
    if (!this.#options.admits(peer)) this.#release(peer)
    else if (selfId < peer) void this.#dial(peer)
    else {
      const timer = setTimeout(() => {
        this.#end(peer, { ok: false, reason: 'no-offer', detail: `no offer in ${OFFER_MS_MAX / 1_000} s` })
      }, OFFER_MS_MAX)
      this.#attempts.set(peer, { role: 'waiting', timer })
    }
  }

  async #dial(peer: string): Promise<void> {
    const dialled = dial(this.#options.dialOptions)
    this.#attempts.set(peer, { role: 'dialling', dial: dialled })
    const offer = await dialled.offer
    if (offer.ok) await this.#send(peer, OFFER, offer.value)
    await this.#follow(peer, dialled)
  }

  async #receive(peer: string, data: Uint8Array): Promise<void> {
    if (data.length > 1 + PACKED_DESCRIPTION_BYTES_MAX) return
    const attempt = this.#attempts.get(peer)
    const description = data.slice(1)
    if (data[0] === ANSWER && attempt?.role === 'dialling') await attempt.dial.accept(description)
    else if (data[0] === OFFER && attempt?.role === 'waiting') {
      clearTimeout(attempt.timer)
      this.#attempts.set(peer, { role: 'answering' })
      await this.#answer(peer, description)
    }
  }

  async #answer(peer: string, offer: Uint8Array): Promise<void> {
    const answered = await answerDial(offer, this.#options.dialOptions)
    if (!answered.ok) {
      this.#end(peer, answered)
      return
    }
    if (!this.#attempts.has(peer)) {
      answered.value.abort('door-stopped')
      return
    }
    await this.#send(peer, ANSWER, answered.value.answer)
    await this.#follow(peer, answered.value)
  }

  async #follow(peer: string, { opened, abort }: Pick<Dial, 'opened' | 'abort'>): Promise<void> {
    // Stopped in the meantime.
    if (!this.#attempts.has(peer)) abort('door-stopped')
    this.#aborts.add(abort)
    const link = await opened
    this.#aborts.delete(abort)
    if (this.#attempts.has(peer)) this.#end(peer, link)
    else if (link.ok) link.value.close('door-stopped')
  }

  async #send(peer: string, kind: number, description: Uint8Array): Promise<void> {
    try {
      await this.#action.send(Uint8Array.of(kind, ...description), { target: peer })
    } catch {
      // The connection went away: the attempt ends without an answer.
    }
  }

  #end(peer: string, result: Result<Link, DialFailure | 'no-offer'>): void {
    const attempt = this.#attempts.get(peer)
    if (attempt?.role === 'waiting') clearTimeout(attempt.timer)
    this.#attempts.delete(peer)
    this.#options.onEnd(peer, result)
    this.#release(peer)
  }

  #release(peer: string): void {
    this.#options.room.getPeers()[peer]?.close()
  }
}
