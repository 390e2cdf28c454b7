import type { AccessState } from '../access/access-state.ts'
import type { PolicyBody } from '../access/operation.ts'
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
  async setMembersAdmit(value: boolean): Promise<Result<void, AccessReason>> {
    const { log, me } = this.#core
    let reason: AccessReason = 'not-allowed'
    const written = await log?.appendAll(() => {
      const { state } = log
      const node = state.nodeFor(me, 'set-policy')
      if (!node) return undefined
      if (this.membersAdmit === value) return []
      const over = state.policyOperations(MEMBERS_ADMIT)
      const body: PolicyBody = { kind: 'policy.set', key: MEMBERS_ADMIT, value: Uint8Array.of(value ? 1 : 0), over }
      const steps = [{ node: node.hash, body }]
      if (isSwitchedOn(this.#stateAfter(steps)?.policy(MEMBERS_ADMIT)) === value) return steps
      reason = 'outranked'
      return undefined
    })
    if (written?.ok) return accepted(undefined)
    return rejected(written?.reason === 'not-stored' ? 'not-stored' : reason)
  }
}
