import type { PersonId } from '../base/ids.ts'
import type { VerifiedHandover } from './handover.ts'
import { personSettingOf, type TrustSettings } from './settings.ts'
import type { OwnLevel } from './level.ts'

/** Whoever changes keys more often than this between two looks at them is met anew. */
export const HANDOVER_STEPS_MAX = 4
/** Two show that the old key is in two hands; more say nothing new. */
const HEIRS_MAX = 2
/** Old keys that one key follows. */
const ORIGINS_MAX = 8
/** Key changes are rare; a machine that makes keys may push out those of strangers. */
const HANDOVERS_MAX = 4_096

export interface Inheritance {
  readonly level: OwnLevel | undefined
  readonly from: PersonId
  /** The old key named two heirs: somebody else has it too, and neither inherits. */
  readonly isDisputed: boolean
}

/** Which key follows which. */
export class Heirs {
  readonly #counts: (person: PersonId) => boolean
  readonly #heirs = new Map<PersonId, Set<PersonId>>()
  readonly #origins = new Map<PersonId, Set<PersonId>>()

  /** `counts`: whether the user has set a level for this key. Where room is short, others are forgotten first. */
  constructor({ counts = () => false }: { readonly counts?: (person: PersonId) => boolean } = {}) {
    this.#counts = counts
  }

  add({ from, to }: VerifiedHandover): 'added' | 'full' {
    const heirs = this.#heirs.get(from) ?? new Set()
    const origins = this.#origins.get(to) ?? new Set()
    if (heirs.has(to)) return 'added'
    if (heirs.size >= HEIRS_MAX || origins.size >= ORIGINS_MAX) return 'full'
    if (heirs.size === 0 && !this.#hasRoom()) return 'full'
    this.#heirs.set(from, heirs.add(to))
    this.#origins.set(to, origins.add(from))
    return 'added'
  }

  /** What the user had set for the key before this one, or for one further back; undefined: this key follows none. */
  inheritanceOf(person: PersonId, settings: TrustSettings): Inheritance | undefined {
    return this.#inheritance(person, settings, HANDOVER_STEPS_MAX)
  }

  #inheritance(person: PersonId, settings: TrustSettings, stepsLeft: number): Inheritance | undefined {
    if (stepsLeft === 0) return undefined
    let best: Inheritance | undefined
    for (const from of this.#origins.get(person) ?? []) {
      const isDisputed = (this.#heirs.get(from)?.size ?? 0) > 1
      const level = personSettingOf(settings, from).level
      const earlier = level === undefined ? this.#inheritance(from, settings, stepsLeft - 1) : undefined
      const found: Inheritance = {
        level: level ?? earlier?.level,
        from,
        isDisputed: isDisputed || earlier?.isDisputed === true,
      }
      if (best === undefined || precedence(found) > precedence(best)) best = found
    }
    return best
  }

  #hasRoom(): boolean {
    if (this.#heirs.size < HANDOVERS_MAX) return true
    for (const [from, heirs] of this.#heirs) {
      if (this.#counts(from)) continue
      this.#heirs.delete(from)
      for (const to of heirs) {
        const origins = this.#origins.get(to)
        origins?.delete(from)
        if (origins?.size === 0) this.#origins.delete(to)
      }
      return true
    }
    return false
  }
}

/** Who follows a blocked key is blocked, whatever else they follow; who follows a disputed one gains nothing by it. */
function precedence({ level, isDisputed }: Inheritance): number {
  if (level === 'blocked') return 5
  if (level === undefined) return 0
  if (isDisputed) return 4
  return { trusted: 3, known: 2, unknown: 1 }[level]
}
