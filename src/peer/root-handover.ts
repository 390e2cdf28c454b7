import type { PersonId } from '../base/ids.ts'
import { decodeGenesis } from '../access/genesis.ts'
import { signRootConsent } from '../access/operation-signatures.ts'
import type { AccessState } from '../access/access-state.ts'
import type { LogHost, Step } from './log-host.ts'
import { rotationStep } from './owner-steps.ts'
import type { Profile } from './profile.ts'
import type { RoomCore } from './room-core.ts'

/**
 * A room that was founded on a device without the person's own key has a root key of its own, which one device holds.
 * As soon as a device of the same person that has the person's own key hears of it, that key takes its place: the first
 * asks, the second agrees, the first rotates. All of it among one person's devices, so nobody is asked.
 */
export class RootHandover {
  readonly #core: RoomCore
  readonly #profile: Profile
  /** The root keys that the room began with. */
  readonly #first: readonly PersonId[]
  #isBusy = false
  /** Something changed while this was at work. */
  #isStale = false

  constructor(core: RoomCore, profile: Profile) {
    this.#core = core
    this.#profile = profile
    const genesis = core.record.genesis && decodeGenesis(core.record.genesis)
    this.#first = genesis?.ok === true ? genesis.value.rootKeys : []
  }

  start(): void {
    this.#core.events.on('changed', () => void this.#advance())
  }

  async #advance(): Promise<void> {
    this.#isStale = true
    if (this.#isBusy) return
    this.#isBusy = true
    while (this.#isStale) {
      this.#isStale = false
      const { log, isMember } = this.#core
      // What a device writes that was ended counts for nobody, and would be tried without end.
      if (!log || !isMember || !log.state.isDeviceStanding(this.#core.session.device, this.#core.me)) continue
      if (this.#profile.holdsPhrase) await this.#agree(log)
      else await this.#handOver(log)
    }
    this.#isBusy = false
  }

  /** On the device that has the person's own key: agrees to what another device of the person asks. */
  async #agree(log: LogHost): Promise<void> {
    const { me, id, session } = this.#core
    const { signAsPerson: sign } = session
    if (!sign || !isAsked(log.state, me) || hasAgreed(log.state, me)) return
    const { signature } = await signRootConsent(id, { key: me, sign })
    await log.append('accept-root', () =>
      isAsked(log.state, me) && !hasAgreed(log.state, me) ? { kind: 'root.accept', signature } : undefined,
    )
  }

  /** On the device that has the room's own key. */
  async #handOver(log: LogHost): Promise<void> {
    const { me } = this.#core
    for (const key of this.#first) {
      const sign = key === me ? undefined : this.#core.session.rootSigner(key)
      if (!sign) continue
      const { rootKeys } = log.state
      if (!rootKeys.includes(key)) await this.#profile.forgetRootKey(key)
      else if (rootKeys.includes(me) || hasAgreed(log.state, me))
        await log.appendAll(() => this.#rotation(log, key), { key, sign })
      else if (!isAsked(log.state, me))
        await log.append('offer-root', () => (isAsked(log.state, me) ? undefined : { kind: 'root.offer', to: me }))
    }
  }

  /** The person's own key in place of the room's; nothing if that has happened meanwhile. */
  #rotation({ access, state }: LogHost, key: PersonId): readonly Step[] | undefined {
    const { me } = this.#core
    const { rootKeys, rootConsents, rootThreshold } = state
    const consents = rootConsents
      .filter(({ person }) => person === me && !rootKeys.includes(me))
      .slice(0, 1)
      .map(({ person, signature }) => ({ key: person, signature }))
    // One signature is no rotation where more are wanted, and would be tried without end.
    if (rootThreshold !== 1) return undefined
    if (!rootKeys.includes(key) || !(rootKeys.includes(me) || consents.length > 0)) return undefined
    const keys = [...new Set([...rootKeys.filter((known) => known !== key), me])]
    const rotation = rotationStep(access, state, [], { rootKeys: keys, consents })
    return rotation && [rotation]
  }
}

const isAsked = ({ rootKeys, rootOffers }: AccessState, me: PersonId): boolean =>
  !rootKeys.includes(me) && rootOffers.some(({ to, by }) => to === me && by === me)

const hasAgreed = ({ rootConsents }: AccessState, me: PersonId): boolean =>
  rootConsents.some(({ person }) => person === me)
