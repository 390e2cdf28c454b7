import { decode, Writer } from '../base/codec.ts'
import type { OperationHash } from '../base/ids.ts'
import { roleAllows } from '../access/permission.ts'
import { isAtLeast } from '../access/role.ts'
import { decideAdmission } from '../access/admission.ts'
import { createJoinRequest, verifyJoinRequest, type JoinRequest } from '../access/join-request.ts'
import type { AccessState } from '../access/access-state.ts'
import { decodeDeviceCertificate } from '../identity/device-certificate.ts'
import { assert } from '../base/assert.ts'
import { inviteSigner } from './invite-link.ts'
import type { JoinRequests } from './join-requests.ts'
import { isExpired, mayAsk } from './membership.ts'
import { sealGreeting } from './people.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomLink } from './room-links.ts'

/** What peers of a room say to each other beside the feeds. */
const GENESIS = 1
const JOIN_REQUEST = 2

const BYTES_MAX = 16 * 1024
/** Between two answers to one link: each costs signatures to check. */
const REQUEST_INTERVAL_MS = 500
/** Whoever could not let us in may have got the right, or the invite, meanwhile: asked again, ever more seldom. */
const ASK_AGAIN_FIRST_MS = 3_000
const ASK_AGAIN_LAST_MS = 60_000
/** Of the members that somebody asks, one after the other hands the wish on, until it is known. */
const HAND_ON_TURN_MS = 200
const HAND_ON_TURNS_MAX = 20
/** For so long a relay leaves a wish to members who can let the newcomer in, or hand it on, without a line in the log. */
const RELAY_WAITS_MS = 1_000
/**
 * All members see a wish that was handed on, so those who come after the most senior are spread over this many turns
 * more: about a minute, in which the first who is there has answered.
 */
const SPREAD_TURNS = 300
/** Wishes that wait to be decided; more than anybody would look through. Each stays in everybody's log for good. */
export const OPEN_REQUESTS_MAX = 100

/**
 * Lets people in and asks to be let in. Whoever comes up on a link is told how the room began; whoever is not a member
 * yet asks everybody, and every member who may answers with a grant. Where a person has to decide, members hand the wish
 * on to those who may. So does a relay with what it can't answer itself, and members answer that as if they were asked.
 */
export class AdmissionDesk {
  readonly #core: RoomCore
  readonly #requests: JoinRequests
  readonly #handingOn = new Map<string, () => void>()
  /** What is let in by the log when our turn has come, by person and invite. */
  readonly #letting = new Map<string, () => void>()
  /** Operations with wishes that we answered: each once, whatever becomes of the answer. */
  readonly #answered = new Set<OperationHash>()
  readonly #lastRequestAtMs = new WeakMap<RoomLink, number>()
  #cancelAsk: (() => void) | undefined
  #askDelayMs = ASK_AGAIN_FIRST_MS
  #isClosed = false

  constructor(core: RoomCore, requests: JoinRequests) {
    this.#core = core
    this.#requests = requests
    core.links.events.on('up', (link) => void this.#greet(link))
    core.events.on('changed', () => {
      this.#askAgainLater()
      this.#letInByLog()
    })
    core.links.events.on('application', ({ link, bytes }) => void this.#receive(link, bytes))
  }

  async #greet(link: RoomLink): Promise<void> {
    const { genesis } = this.#core.record
    if (genesis) this.#send(link, GENESIS, genesis)
    await this.#ask(link)
    this.#askDelayMs = ASK_AGAIN_FIRST_MS
    this.#askAgainLater()
  }

  close(): void {
    this.#isClosed = true
    this.#cancelAsk?.()
    for (const cancel of [...this.#handingOn.values(), ...this.#letting.values()]) cancel()
  }

  /** Not let in yet, or only by somebody who could not give all that the invite promises. */
  get #isWaiting(): boolean {
    const { record, state, me } = this.#core
    if (!record.ticket || record.hasLeft) return false
    const role = state?.roleOf(me)
    if (role !== undefined && isAtLeast(role, record.ticket.role)) return false
    return mayAsk(this.#core)
  }

  #askAgainLater(): void {
    if (!this.#isWaiting || this.#core.links.links.length === 0) return
    this.#cancelAsk ??= this.#core.environment.after(this.#askDelayMs, () => {
      this.#cancelAsk = undefined
      this.#askDelayMs = Math.min(2 * this.#askDelayMs, ASK_AGAIN_LAST_MS)
      for (const link of this.#core.links.links) void this.#ask(link)
      this.#askAgainLater()
    })
  }

  /** Asks to be let in, if we are not. */
  async #ask(link: RoomLink): Promise<void> {
    const { id: room, session, keys, record } = this.#core
    const { ticket } = record
    if (!ticket || !this.#isWaiting) return
    const certificate = decodeDeviceCertificate(session.certificate)
    assert(certificate.ok, 'our own certificate is well-formed')
    const request = await createJoinRequest({
      room,
      invite: ticket.invite,
      certificate: certificate.value,
      sealedProfile: sealGreeting(keys, record.myName),
      deviceSigner: session.signer,
      inviteSigner: inviteSigner(ticket.secret),
    })
    this.#send(link, JOIN_REQUEST, request)
  }

  #send(link: RoomLink, kind: number, content: Uint8Array): void {
    const bytes = new Writer().u8(kind).fixed(content).finish()
    this.#core.links.tell({ type: 'application', link: link.id, bytes })
  }

  async #receive(link: RoomLink, bytes: Uint8Array): Promise<void> {
    const message = decode(bytes, (reader) => ({ kind: reader.u8(), content: reader.rest() }))
    if (!message.ok || bytes.length > BYTES_MAX) return link.link.close('malformed-application-message')
    const { kind, content } = message.value
    if (kind === GENESIS) return this.#receiveGenesis(link, content)
    // Kinds of later versions are passed over.
    if (kind === JOIN_REQUEST) return this.#receiveRequest(link, content)
  }

  async #receiveGenesis(link: RoomLink, genesis: Uint8Array): Promise<void> {
    if (this.#core.log) return
    const opened = await this.#core.openLog(genesis)
    if (!opened.ok) return link.link.close('another-room')
    // Some of those we were linked with before may not know it either, and have nobody else to ask.
    for (const other of this.#core.links.links) if (other !== link) this.#send(other, GENESIS, genesis)
  }

  async #receiveRequest(link: RoomLink, bytes: Uint8Array): Promise<void> {
    const nowMs = this.#core.environment.now()
    const { log } = this.#core
    if (!log || nowMs - (this.#lastRequestAtMs.get(link) ?? -REQUEST_INTERVAL_MS) < REQUEST_INTERVAL_MS) return
    this.#lastRequestAtMs.set(link, nowMs)
    const request = await verifyJoinRequest(bytes)
    if (!request.ok) return link.link.close('join-request-malformed')
    // Asking for somebody else is no crime, but there is no reason for it either.
    if (request.value.room !== this.#core.id || request.value.certificate.person !== link.remote.person) return
    const decision = this.#decide(log.state, request.value)
    if (decision === 'admit') await this.#requests.admit(request.value, false)
    else if (decision === 'ask') this.#handOn(log.state, request.value, bytes)
  }

  /** What we do about a request: let them in, leave it to a person, or nothing. */
  #decide(state: AccessState, request: JoinRequest): 'admit' | 'ask' | 'nothing' {
    const { me, session, environment } = this.#core
    // What a device writes that was ended counts for nobody.
    if (!state.isDeviceStanding(session.device, me)) return 'nothing'
    const invite = state.invite(request.invite)
    if (!invite || isExpired(invite, environment.now())) return 'nothing'
    const { person } = request.certificate
    if (state.removalOf(person)?.body.mode === 'ban') return 'nothing'
    const decided = decideAdmission({ state, me, session: session.id, request })
    if (!decided.ok) {
      // Those who let nobody in, and may be all that the newcomer can reach.
      const isForOthers = decided.reason === 'not-allowed' && !this.#isHost(state) && !state.member(person)
      return isForOthers || decided.reason === 'needs-approval' ? 'ask' : 'nothing'
    }
    if (!state.wasDenied(person)) return 'admit'
    // A link that still lies about gives nobody back what was taken from them: that takes a person's word.
    return state.member(person) ? 'nothing' : 'ask'
  }

  /** Whether we are one of those who let people in; a relay is not. */
  #isHost(state: AccessState): boolean {
    return state.can(this.#core.me, 'admit')
  }

  #handOn(state: AccessState, request: JoinRequest, bytes: Uint8Array): void {
    const key = wishKey(request)
    if (this.#handingOn.has(key) || !this.#mayHandOn(state, request)) return
    const delayMs = this.#handOnDelayMs(state)
    if (delayMs === undefined) return
    const cancel = this.#core.environment.after(delayMs, () => {
      const { state: now } = this.#core
      const isNeeded = now && this.#mayHandOn(now, request) && this.#decide(now, request) === 'ask'
      if (!isNeeded) this.#handingOn.delete(key)
      else void this.#requests.handOn(request, bytes).finally(() => this.#handingOn.delete(key))
    })
    this.#handingOn.set(key, cancel)
  }

  #mayHandOn(state: AccessState, request: JoinRequest): boolean {
    return !this.#requests.isKnown(state, request) && state.openRequests.length < OPEN_REQUESTS_MAX
  }

  /** Relays come after all the others. */
  #handOnDelayMs(state: AccessState): number | undefined {
    const members = state.members()
    const hosts = members.filter(({ role }) => roleAllows(role, 'admit'))
    const isHost = this.#isHost(state)
    const peers = isHost ? hosts : members.filter(({ role }) => !roleAllows(role, 'admit'))
    const turn = peers.findIndex(({ person }) => person === this.#core.me)
    if (turn < 0) return undefined
    const delayMs = Math.min(turn, HAND_ON_TURNS_MAX) * HAND_ON_TURN_MS
    return isHost ? delayMs : Math.min(hosts.length, HAND_ON_TURNS_MAX) * HAND_ON_TURN_MS + RELAY_WAITS_MS + delayMs
  }

  /** Wishes that somebody handed on who could not answer them, and we can: let in by turns, as if asked ourselves. */
  #letInByLog(): void {
    const { state, me, environment } = this.#core
    if (!state || this.#isClosed || !this.#isHost(state)) return
    const wishes = state.openRequests
    if (wishes.length === 0) return
    const index = state.members().findIndex(({ person }) => person === me)
    if (index < 0) return
    let looks = 0
    const turn = index < HAND_ON_TURNS_MAX ? index : HAND_ON_TURNS_MAX + (index % SPREAD_TURNS)
    for (const { decoded, operations } of wishes) {
      if (operations.every((operation) => this.#isSettled(operation))) continue
      // More wait only if somebody made them up.
      if (looks++ >= OPEN_REQUESTS_MAX) return
      const key = wishKey(decoded)
      if (this.#letting.has(key) || this.#decide(state, decoded) !== 'admit') continue
      const cancel = environment.after(turn * HAND_ON_TURN_MS, () => {
        const { size } = this.#requests.forged
        void this.#letIn(key).finally(() => {
          this.#letting.delete(key)
          // The true one may have come while the forged one was looked at.
          if (this.#requests.forged.size > size) this.#letInByLog()
        })
      })
      this.#letting.set(key, cancel)
    }
  }

  #isSettled(operation: OperationHash): boolean {
    return this.#answered.has(operation) || this.#requests.forged.has(operation)
  }

  async #letIn(key: string): Promise<void> {
    const { log, id } = this.#core
    for (const wish of this.#core.state?.openRequests ?? []) {
      if (wishKey(wish.decoded) !== key) continue
      for (const operation of wish.operations) {
        const body = log?.access.operation(operation)?.body
        if (this.#isSettled(operation) || body?.kind !== 'join.request') continue
        const request = await verifyJoinRequest(body.request)
        const { state } = this.#core
        // Whoever handed it on may have made it up; another may have handed on the true one.
        if (!request.ok || request.value.room !== id) this.#requests.forged.add(operation)
        else if (!state || this.#decide(state, request.value) !== 'admit') return
        else if ((await this.#requests.admit(request.value, false)).ok) {
          for (const answered of wish.operations) this.#answered.add(answered)
          return
        }
      }
    }
  }
}

const wishKey = ({ certificate, invite }: JoinRequest): string => `${certificate.person} ${invite}`
