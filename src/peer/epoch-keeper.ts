import type { DeviceId, EpochId, OperationHash, PersonId } from '../base/ids.ts'
import { BAD_BOXES_MAX, BOXES_MAX } from '../access/operation-limits.ts'
import type { EpochBody, EpochSealBody, KeyBox } from '../access/operation.ts'
import type { AccessState } from '../access/access-state.ts'
import { randomBytes } from '../crypto/random.ts'
import type { DeviceCertificate } from '../identity/device-certificate.ts'
import { openBox, sealBoxes, unwrapPrevious, wrapPrevious, type Recipient } from './epoch-boxes.ts'
import { KeyPaths, missingBoxes } from './key-handouts.ts'
import type { Wrap } from './key-ledger.ts'
import { EPOCH_KEY_BYTES, epochIdOf } from './key-ring.ts'
import type { LogHost } from './log-host.ts'
import { Patience } from './patience.ts'
import type { KeyRing } from './key-ring.ts'
import type { Environment } from './environment.ts'
import type { Session } from './session.ts'

/** Several changes in a row are looked at as one. */
const LOOK_DELAY_MS = 100
/** Peers answer one after the other, so that the next sees what the one before has done. */
const TURN_MS = 1_000
/** A box that is on its way comes within this; then it is asked for. */
const ASK_AFTER_MS = 1_000
/** Removals closer together share a new epoch, unless somebody writes meanwhile. */
export const ROTATION_INTERVAL_MS = 60_000
/** Another device that writes, or was removed, while the boxes were sealed: then they are sealed once more. */
const MAKE_ATTEMPTS_MAX = 3
/** Epochs that one device asks for at once: the newest leads to the rest. */
const ASKED_AT_ONCE_MAX = 16

/** What the keeper asks of the room. */
export interface RoomOfKeys {
  readonly log: LogHost | undefined
  readonly ring: KeyRing
  readonly session: Session
  readonly me: PersonId
  readonly environment: Environment
  readonly links: {
    readonly links: readonly { readonly remote: { readonly device: DeviceId; readonly person: PersonId } }[]
  }
  /** The epochs of entries that wait for a key. */
  readonly lockedEpochs: readonly EpochId[]
}

const NO_WRAP = new Uint8Array(0)

/**
 * Keeps the keys of a room where they belong: opens what was sealed for this device, hands keys to readers' devices that
 * lack them, asks for those that are missing here, and makes a new epoch when somebody holds the present one who may no
 * longer read. Every device does so for itself; the ones that are linked take turns.
 */
export class EpochKeeper {
  readonly #core: RoomOfKeys
  readonly #patience = new Patience()
  readonly #bad = new Map<EpochId, Set<OperationHash>>()
  readonly #tried = new Set<OperationHash>()
  readonly #triedWraps = new WeakSet<Wrap>()
  #paths: KeyPaths | undefined
  #opening: Promise<void> = Promise.resolve()
  #making: Promise<boolean> | undefined
  #working: Promise<void> = Promise.resolve()
  #cancelLook: (() => void) | undefined
  #lookAtMs = Infinity
  #openedRevision = ''
  #removalsSeen = 0
  #isRemover = false
  #lastMadeAtMs = -Infinity
  #isClosed = false

  constructor(core: RoomOfKeys) {
    this.#core = core
  }

  /** The log or the links changed. Resolves when the keys that were sealed for this device are on the ring. */
  async update(): Promise<void> {
    this.#opening = this.#opening.then(() => this.#open())
    await this.#opening
    this.#lookWithin(LOOK_DELAY_MS)
  }

  /** Sees to it that there is an epoch that nobody holds who may not read; makes one where this person may. */
  async ensure(): Promise<boolean> {
    await this.#opening
    if (this.#core.ring.writing !== undefined) return true
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  /** Whether entries are closed here whose key this device has asked for, and which nobody has handed it yet. */
  get isWaiting(): boolean {
    const { log, ring, session, lockedEpochs } = this.#core
    const asked = log?.keys.requestsOf(session.device)
    return lockedEpochs.some((epoch) => !ring.has(epoch) && asked?.has(epoch) === true)
  }

  /** What hands a newcomer's device the keys, to be written together with the grant that lets them in. */
  async boxesFor({ device, sealKey }: DeviceCertificate): Promise<readonly EpochSealBody[]> {
    const { log } = this.#core
    if (!log) return []
    await this.ensure()
    return this.#sealAll(this.#missing(log, log.state, [{ device, sealKey }]))
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
  }

  /** Resolves when what is under way is done. */
  async settled(): Promise<void> {
    await this.#opening
    await this.#making
    await this.#working
  }

  /** Tries the boxes for this device of epochs whose keys are not here, and what is wrapped in the keys that are. */
  async #open(): Promise<void> {
    const { log, ring, session } = this.#core
    // Not even for a moment, and whatever role others give it.
    if (!log || ring.isBlind) return
    const revision = `${log.keys.revision} ${ring.revision}`
    if (revision === this.#openedRevision) return
    const found = new Map<EpochId, Uint8Array>()
    const isKnown = (epoch: EpochId): boolean => ring.has(epoch) || found.has(epoch)
    for (const { epoch, operation, box } of log.keys.boxesOf(session.device)) {
      if (isKnown(epoch) || this.#tried.has(operation)) continue
      this.#tried.add(operation)
      const key = await openBox(session.sealKeyPair, epoch, box)
      if (key) found.set(epoch, key)
      else this.#noteBad(epoch, operation)
    }
    const holders = [...ring.epochs, ...found.keys()]
    for (let epoch = holders.pop(); epoch !== undefined; epoch = holders.pop()) {
      const key = ring.key(epoch) ?? found.get(epoch)
      for (const wrap of log.keys.wrapsOf(epoch)) {
        const { previous, wrapped } = wrap
        const isWanted = !isKnown(previous) && !this.#triedWraps.has(wrap)
        const inner = key && isWanted ? unwrapPrevious(key, previous, wrapped) : undefined
        if (key && isWanted) this.#triedWraps.add(wrap)
        if (inner) {
          found.set(previous, inner)
          holders.push(previous)
        }
      }
    }
    await ring.add([...found.values()])
    this.#openedRevision = `${log.keys.revision} ${ring.revision}`
  }

  #noteBad(epoch: EpochId, operation: OperationHash): void {
    const bad = this.#bad.get(epoch)
    if (bad) bad.add(operation)
    else this.#bad.set(epoch, new Set([operation]))
  }

  #lookWithin(delayMs: number): void {
    const { environment } = this.#core
    const atMs = environment.now() + delayMs
    if (this.#isClosed || atMs >= this.#lookAtMs) return
    this.#cancelLook?.()
    this.#lookAtMs = atMs
    this.#cancelLook = environment.after(delayMs, () => {
      this.#lookAtMs = Infinity
      this.#cancelLook = undefined
      this.#working = this.#working.then(() => this.#look())
    })
  }

  /** Does what is due, and looks again when the next thing will be. */
  async #look(): Promise<void> {
    const { log, me, environment, ring } = this.#core
    if (ring.isBlind || this.#isClosed || !log?.state.can(me, 'read') || !this.#isStanding(log)) return
    this.#patience.begin(environment.now())
    const rotate = this.#isRotationDue(log)
    const hand = this.#isHandoutDue(log)
    const ask = this.#isAskingDue(log)
    const nextMs = this.#patience.end()
    if (rotate) await this.ensure()
    if (hand) await this.#handOut(log)
    if (ask.length > 0) await this.#ask(log, ask)
    if (nextMs !== undefined) this.#lookWithin(nextMs)
  }

  #isRotationDue(log: LogHost): boolean {
    const { ring, me, environment } = this.#core
    if (log.removals > this.#removalsSeen) {
      this.#removalsSeen = log.removals
      this.#isRemover = true
    }
    if (ring.writing !== undefined) this.#isRemover = false
    if (ring.writing !== undefined || !log.state.can(me, 'publish-key')) return false
    const sinceMs = environment.now() - this.#lastMadeAtMs
    const ownWaitMs = Math.max(0, ROTATION_INTERVAL_MS - sinceMs)
    if (this.#isRemover) return this.#patience.isDue('rotate', ownWaitMs)
    return this.#patience.isDue('rotate later', ROTATION_INTERVAL_MS + TURN_MS * (1 + this.#turn(new Set())))
  }

  #isHandoutDue(log: LogHost): boolean {
    const { state } = log
    if (!state.can(this.#core.me, 'hand-on-key')) return false
    const missing = this.#missing(log, state, state.readerDevices())
    if (missing.size === 0) return false
    const waiting = new Set([...missing.values()].flat().map(({ device }) => device))
    return this.#patience.isDue('hand out', TURN_MS * this.#turn(waiting))
  }

  /** The epochs that matter here, whose keys did not come, and for which this device has not asked yet. */
  #isAskingDue(log: LogHost): readonly EpochId[] {
    const { ring, me, session } = this.#core
    if (!log.state.can(me, 'ask-for-key')) return []
    const asked = log.keys.requestsOf(session.device)
    const complained = log.keys.complaintsOf(session.device)
    const wanted = new Set([...log.state.epochs.map(({ epoch }) => epoch), ...this.#core.lockedEpochs])
    const missing = [...wanted].filter((epoch) => {
      if (ring.has(epoch)) return false
      return !asked.has(epoch) || [...(this.#bad.get(epoch) ?? [])].some((operation) => !complained.has(operation))
    })
    // Who is not known here yet need not wait for others to think of it.
    const isKnown = log.state.readerDevices().some(({ device }) => device === session.device)
    return missing.filter((epoch) => this.#patience.isDue(`ask ${epoch}`, isKnown ? ASK_AFTER_MS : 0))
  }

  /** How many of those linked with us act before us; those that wait for a key themselves do not count. */
  #turn(waiting: ReadonlySet<string>): number {
    const { links, session, log } = this.#core
    const others = new Set(links.links.map(({ remote }) => remote))
    let turn = 0
    const seen = new Set<string>()
    for (const { device, person } of others) {
      if (device === session.device || seen.has(device) || waiting.has(device)) continue
      seen.add(device)
      if (device < session.device && log?.state.can(person, 'hand-on-key') === true) turn++
    }
    return turn
  }

  #missing(log: LogHost, state: AccessState, devices: readonly Recipient[]) {
    const { ring } = this.#core
    this.#paths ??= new KeyPaths(log.keys, ring)
    const epochs = state.epochs.map(({ epoch }) => epoch)
    return missingBoxes({ ledger: log.keys, ring, paths: this.#paths, epochs, devices })
  }

  async #sealAll(missing: ReadonlyMap<EpochId, readonly Recipient[]>): Promise<readonly EpochSealBody[]> {
    const bodies: EpochSealBody[] = []
    for (const [epoch, recipients] of missing) {
      const key = this.#core.ring.key(epoch)
      const boxes = key ? await sealBoxes(key, recipients, this.#core.environment) : []
      for (const some of chunksOf(boxes)) bodies.push({ kind: 'epoch.seal', epoch, boxes: some })
    }
    return bodies
  }

  async #handOut(log: LogHost): Promise<void> {
    const { me } = this.#core
    const bodies = await this.#sealAll(this.#missing(log, log.state, log.state.readerDevices()))
    await log.appendAll(() => {
      const { state } = log
      const node = state.nodeFor(me, 'hand-on-key')
      // Somebody else may have been quicker, and somebody may have been removed.
      const still = this.#missing(log, state, state.readerDevices())
      const isMissing = (epoch: EpochId, { device }: KeyBox): boolean =>
        still.get(epoch)?.some((recipient) => recipient.device === device) ?? false
      const wanted = bodies.map((body) => ({ ...body, boxes: body.boxes.filter((box) => isMissing(body.epoch, box)) }))
      return node && wanted.filter(({ boxes }) => boxes.length > 0).map((body) => ({ node: node.hash, body }))
    })
  }

  async #ask(log: LogHost, epochs: readonly EpochId[]): Promise<void> {
    const { me, ring, session } = this.#core
    await log.appendAll(() => {
      const node = log.state.nodeFor(me, 'ask-for-key')
      const complained = log.keys.complaintsOf(session.device)
      const missing = epochs.filter((epoch) => !ring.has(epoch)).slice(-ASKED_AT_ONCE_MAX)
      return (
        node &&
        missing.map((epoch) => {
          // What is said once is never said again: somebody may go on making bad boxes for us.
          const unsaid = [...(this.#bad.get(epoch) ?? [])].filter((operation) => !complained.has(operation))
          const bad = unsaid.slice(0, BAD_BOXES_MAX).toSorted()
          return { node: node.hash, body: { kind: 'epoch.request', epoch, bad } as const }
        })
      )
    })
  }

  /** Makes an epoch for all devices of those who may read now. */
  async #make(): Promise<boolean> {
    const { log, ring, environment, me } = this.#core
    if (!log) return false
    for (let attempt = 1; attempt <= MAKE_ATTEMPTS_MAX; attempt++) {
      if (ring.writing !== undefined) return true
      if (this.#isClosed || !log.state.can(me, 'publish-key') || !this.#isStanding(log)) return false
      const key = randomBytes(EPOCH_KEY_BYTES)
      const boxes = await sealBoxes(key, this.#recipients(log.state), environment)
      if (!(await ring.add([key]))) return false
      const written = await log.appendAll(() => {
        if (ring.writing !== undefined) return []
        const { state } = log
        const readers = new Set(this.#recipients(state).map(({ device }) => device))
        const node = state.nodeFor(me, 'publish-key')
        const clean = boxes.filter(({ device }) => readers.has(device))
        return node && this.#epochBodies(state, key, clean).map((body) => ({ node: node.hash, body }))
      })
      if (!written.ok) return false
      this.#lastMadeAtMs = environment.now()
    }
    return ring.writing !== undefined
  }

  /** What a device writes that was ended counts for nobody; it would go on for ever. */
  #isStanding({ state }: LogHost): boolean {
    return state.isDeviceStanding(this.#core.session.device, this.#core.me)
  }

  /** The devices of all who may read, and this one, which may not have introduced itself yet. */
  #recipients(state: AccessState): readonly Recipient[] {
    const { session, me } = this.#core
    const readers = state.readerDevices()
    const own = { device: session.device, sealKey: session.sealKeyPair.publicKey }
    const isMissing = state.can(me, 'read') && !readers.some(({ device }) => device === session.device)
    return isMissing && !state.sessions.has(session.id) ? [...readers, own] : readers
  }

  #epochBodies(state: AccessState, key: Uint8Array, boxes: readonly KeyBox[]): readonly (EpochBody | EpochSealBody)[] {
    const epoch = epochIdOf(key)
    const previous = this.#bestHeld(state)
    const previousKey = previous && this.#core.ring.key(previous)
    const wrapped = previousKey ? wrapPrevious(key, previousKey) : NO_WRAP
    const [first = [], ...rest] = chunksOf(boxes)
    const body: EpochBody = { kind: 'epoch', epoch, previous: previousKey && previous, wrapped, boxes: first }
    return [body, ...rest.map((some) => ({ kind: 'epoch.seal' as const, epoch, boxes: some }))]
  }

  /** The epoch that leads to the most others: from a new one all of them can be reached. */
  #bestHeld(state: AccessState): EpochId | undefined {
    let best: EpochId | undefined
    const reach = (epoch: EpochId | undefined): number =>
      epoch === undefined ? 0 : (this.#paths?.from(epoch).size ?? 0)
    for (const { epoch } of state.epochs)
      if (this.#core.ring.has(epoch) && (best === undefined || reach(epoch) > reach(best))) best = epoch
    return best
  }
}

function chunksOf(boxes: readonly KeyBox[]): readonly (readonly KeyBox[])[] {
  const chunks: (readonly KeyBox[])[] = []
  for (let i = 0; i < boxes.length; i += BOXES_MAX) chunks.push(boxes.slice(i, i + BOXES_MAX))
  return chunks
}
