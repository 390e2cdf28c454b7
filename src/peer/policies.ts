import type { AccessState } from '../access/access-state.ts'
import type { PolicyBody } from '../access/operation.ts'
import { OVER_MAX } from '../access/operation-limits.ts'
import { equalBytes } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { AccessReason } from './access-reason.ts'
import type { Step } from './log-host.ts'
import type { RoomCore } from './room-core.ts'

/** The setting that says whether members without a right to give roles let people in by invites. */
export const MEMBERS_ADMIT = 'members-admit'

/** A setting that is on or off is off by the one byte 0 only. */
export const isSwitchedOn = (value: Uint8Array | undefined): boolean => !(value?.length === 1 && value[0] === 0)

/** The settings of a room. Each binds those who are junior to whoever set it. */
export class Policies {
  readonly #core: RoomCore
  readonly #stateAfter: (steps: readonly Step[]) => AccessState | undefined

  /** `stateAfter` says what operations would come to. */
  constructor(core: RoomCore, stateAfter: (steps: readonly Step[]) => AccessState | undefined) {
    this.#core = core
    this.#stateAfter = stateAfter
  }

  /** Whether every member lets people in by invite links, or only those who may give roles. */
  get membersAdmit(): boolean {
    return isSwitchedOn(this.#core.state?.policy(MEMBERS_ADMIT))
  }
  get maySet(): boolean {
    return this.#core.state?.can(this.#core.me, 'set-policy') ?? false
  }

  /** `outranked`: somebody more senior has set it otherwise. */
  setMembersAdmit(value: boolean): Promise<Result<void, AccessReason>> {
    return this.set(MEMBERS_ADMIT, (state) =>
      isSwitchedOn(state.policy(MEMBERS_ADMIT)) === value ? undefined : Uint8Array.of(value ? 1 : 0),
    )
  }

  /** Writes what `choose` makes of the present state; undefined leaves it as it is. */
  async set(key: string, choose: (state: AccessState) => Uint8Array | undefined): Promise<Result<void, AccessReason>> {
    const { log, me } = this.#core
    let reason: AccessReason = 'not-allowed'
    const written = await log?.appendAll(() => {
      const { state } = log
      const node = state.nodeFor(me, 'set-policy')
      if (!node) return undefined
      const value = choose(state)
      if (value === undefined) return []
      // The oldest of a great many were replaced long ago by those that are listed.
      const over = state.policyOperations(key).slice(-OVER_MAX)
      const body: PolicyBody = { kind: 'policy.set', key, value, over }
      const steps = [{ node: node.hash, body }]
      const after = this.#stateAfter(steps)?.policy(key)
      if (after && equalBytes(after, value)) return steps
      reason = 'outranked'
      return undefined
    })
    if (written?.ok) return accepted(undefined)
    return rejected(written?.reason === 'not-stored' ? 'not-stored' : reason)
  }
}
