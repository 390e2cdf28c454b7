import type { OperationHash } from '../base/ids.ts'
import { sealGreeting, sealName, type People } from './people.ts'
import type { LogHost } from './log-host.ts'
import type { RoomCore } from './room-core.ts'

/**
 * Tells the room what the user of this device is called. A name is sealed, and the key to seal it with may come later
 * than the grant that lets somebody in: so it is tried again after every change, until it is out. What is out stays:
 * whoever gets a later key gets those before it, too.
 */
export class OwnName {
  readonly #core: RoomCore
  readonly #people: People
  /** Whether the user gave the name on this device just now. Otherwise one that another of their devices gave stays. */
  #isGiven: boolean | undefined
  /** The user waits for it: then a key is made if there is none. Otherwise the others make one soon enough. */
  #isAwaited = false
  /** What was here at the last attempt, if it failed: as long as nothing comes, the next would fail the same way. */
  #triedAt: string | undefined
  /** Of the name that was written here. If it does not count under that grant, it never will. */
  #writtenUnder: OperationHash | undefined
  #last: Promise<boolean> = Promise.resolve(true)
  #next: Promise<boolean> | undefined

  constructor(core: RoomCore, people: People) {
    this.#core = core
    this.#people = people
  }

  /** The user gave the name that the record has now. See `publish`. */
  give(): Promise<boolean> {
    this.#isGiven = true
    this.#isAwaited = true
    this.#triedAt = undefined
    return this.publish()
  }

  /** Writes the name if that is due. False: it is still to be told. Calls that come while it runs share the next run. */
  publish(): Promise<boolean> {
    // Who is let in only now has typed a name in on the way; who was in before has told theirs before.
    this.#isGiven ??= this.#core.record.ticket !== undefined && !this.#core.isMember
    this.#next ??= this.#last.then(() => {
      this.#next = undefined
      return this.#publish()
    })
    this.#last = this.#next.catch(() => false)
    return this.#next
  }

  async #publish(): Promise<boolean> {
    const { log, keeper } = this.#core
    if (!log || !this.#isDue(log)) return true
    if (this.#triedAt === this.#revision(log)) return false
    if (this.#isAwaited) await keeper.ensure()
    this.#isAwaited = false
    const isOut = await this.#write(log)
    this.#triedAt = isOut ? undefined : this.#revision(log)
    return isOut
  }

  #isDue({ access, state }: LogHost): boolean {
    const { record, me, isMember, isStanding } = this.#core
    // Of somebody who has left, or on a device that was ended, it would count for nobody, however often it is written.
    if (!isMember || !isStanding || record.hasLeft || record.myName === '') return false
    const known = state.profiles.get(me)
    if (!known) {
      const node = state.nodeFor(me, 'set-profile')
      return node !== undefined && node.hash !== this.#writtenUnder
    }
    const author = access.operation(known.operation)?.log.device
    // What a device called its owner that is in other hands must not stay.
    const isOurs = author !== undefined && state.isDeviceStanding(author, me)
    return (this.#isGiven === true || !isOurs) && this.#people.nameOf(me, state) !== record.myName
  }

  async #write(log: LogHost): Promise<boolean> {
    const { ring, keys, me } = this.#core
    let name = ''
    const node = log.state.nodeFor(me, 'set-profile')
    const written = await log.append('set-profile', () => {
      if (!this.#isDue(log)) return undefined
      name = this.#core.record.myName
      // Whoever only passes the room on is never given a key of it.
      const sealed = log.state.can(me, 'read') ? sealName(ring, name) : sealGreeting(keys, name)
      const counter = (log.state.profiles.get(me)?.counter ?? 0) + 1
      return sealed && { kind: 'profile', counter, sealed }
    })
    if (written.ok) this.#writtenUnder = node?.hash
    // Another may have been given while this one was written.
    if (written.ok && name === this.#core.record.myName) this.#isGiven = false
    return written.ok || !this.#isDue(log)
  }

  #revision(log: LogHost): string {
    return `${log.access.revision} ${this.#core.ring.revision}`
  }
}
