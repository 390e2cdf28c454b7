import { AuditAnswers } from './audit-answers.ts'
import { Audits, type AuditOptions } from './audits.ts'
import { Holders } from './holders.ts'
import type { PersonId } from '../base/ids.ts'
import type { PersonSummary } from './people.ts'
import type { RoomCore } from './room-core.ts'
import type { RoomSafety, SuperPeerSummary } from './safety.ts'

/** Knows where what was written in a room is safe: who says to have it, and whose word on that is worth something. */
export class SafetyDesk {
  readonly #holders: Holders
  readonly #audits: Audits

  /** `onChange`: what this says may have changed. */
  constructor(core: RoomCore, options: AuditOptions) {
    const { onChange } = options
    this.#holders = new Holders(core, { isTrusted: (person) => this.#audits.isTrusted(person), onChange })
    this.#audits = new Audits(core, {
      ...options,
      onChange: () => {
        this.#holders.lookLater()
        onChange()
      },
    })
    new AuditAnswers(core).listen()
  }

  get safety(): RoomSafety {
    return this.#holders.safety
  }
  superPeers(summaryOf: (person: PersonId) => PersonSummary): readonly SuperPeerSummary[] {
    return this.#audits.list(summaryOf)
  }

  close(): void {
    this.#holders.close()
    this.#audits.close()
  }
}
