import type { OperationHash } from '../base/ids.ts'
import { isAtLeast } from '../access/role.ts'
import type { AccessState } from '../access/access-state.ts'
import type { Invites } from './invites.ts'
import type { RoomCore } from './room-core.ts'

/** Those who look after the room take turns, so that the next sees what the one before has done. */
const TURN_MS = 10_000
/** Timers of a page may not run longer than some days; the rest is waited for in parts. */
const WAIT_MS_MAX = 24 * 60 * 60_000

/**
 * Revokes invites whose date has passed, on the devices of those who look after the room. No clock decides what counts:
 * it is this revocation, signed like any other, that ends the invite for everybody.
 */
export class InviteExpiry {
  readonly #core: RoomCore
  readonly #invites: Invites
  /** Those for which this was done. */
  readonly #ended = new Set<OperationHash>()
  #cancel: (() => void) | undefined

  constructor(core: RoomCore, invites: Invites) {
    this.#core = core
    this.#invites = invites
    core.events.on('changed', () => {
      this.#look()
    })
  }

  close(): void {
    this.#cancel?.()
  }

  #look(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const { state, environment } = this.#core
    const turn = state && this.#turn(state)
    if (!state || turn === undefined) return
    const nowMs = environment.now()
    let waitMs = Infinity
    for (const { hash, body, isRevoked } of state.invites) {
      if (isRevoked || body.expiresAtMs === 0 || this.#ended.has(hash)) continue
      const remainingMs = body.expiresAtMs + turn * TURN_MS - nowMs
      if (remainingMs <= 0) void this.#end(hash)
      else waitMs = Math.min(waitMs, remainingMs)
    }
    if (waitMs === Infinity) return
    this.#cancel = environment.after(Math.min(waitMs, WAIT_MS_MAX), () => {
      this.#look()
    })
  }

  /** Once, whatever comes of it: others may not agree that we may, and every attempt is a change to look at again. */
  async #end(invite: OperationHash): Promise<void> {
    this.#ended.add(invite)
    const revoked = await this.#invites.revoke(invite)
    if (!revoked.ok && revoked.reason === 'not-stored') this.#ended.delete(invite)
  }

  /** Our place among those who may revoke anybody's invite; undefined if we may not. */
  #turn(state: AccessState): number | undefined {
    if (!state.isDeviceStanding(this.#core.session.device, this.#core.me)) return undefined
    const keepers = state.members().filter(({ role }) => isAtLeast(role, 'moderator'))
    const turn = keepers.findIndex(({ person }) => person === this.#core.me)
    return turn < 0 ? undefined : turn
  }
}
