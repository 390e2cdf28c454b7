import type { DeviceId, PersonId } from '../base/ids.ts'
import { compareBytes } from '../base/bytes.ts'
import type { FileHash } from './settings.ts'
import type { VerifiedStatement } from './signed-statement.ts'
import { slotOf, type Statement } from './statement.ts'

/** Whoever says more about others than this has a machine do it: contacts of the busiest people are some hundreds. */
export const STATEMENTS_PER_ISSUER_MAX = 1_000
/** About 8 MB. Ten rooms of a thousand people, with two statements by each. */
export const STATEMENTS_MAX = 20_000

/** A slot remembers how long anything in it could have held, so that what was replaced cannot come back after it. */
interface Slot {
  readonly statement: VerifiedStatement
  readonly forgottenAfterMs: number
}

/**
 * The statements that this device has heard, the newest of each issuer about each subject, found by person and by file.
 * It does not know what any of them is worth: `trustIn` does.
 */
export class StatementBook {
  readonly #counts: (issuer: PersonId) => boolean
  readonly #byIssuer = new Map<PersonId, Map<string, Slot>>()
  readonly #issuersAbout = new Map<string, Set<PersonId>>()
  readonly #endedDevices = new Set<DeviceId>()
  #size = 0
  #lookUps = 0

  /** `counts`: whether the issuer is somebody whose word counts now. Where room is short, others are forgotten first. */
  constructor({ counts = () => false }: { readonly counts?: (issuer: PersonId) => boolean } = {}) {
    this.#counts = counts
  }

  get size(): number {
    return this.#size
  }

  /** How often a statement was looked for: what the levels cost. */
  get lookUps(): number {
    return this.#lookUps
  }

  add(statement: VerifiedStatement): 'added' | 'older' | 'ended-device' | 'full' {
    if (statement.devices.some((device) => this.#endedDevices.has(device))) return 'ended-device'
    const slots = this.#byIssuer.get(statement.issuer)
    const slot = slotOf(statement.claim)
    const before = slots?.get(slot)
    if (before && !isNewer(statement, before.statement)) return 'older'
    if (!before && !this.#hasRoomFor(statement.issuer)) return 'full'
    // Making room may have forgotten others, never this issuer.
    const own = slots ?? new Map<string, Slot>()
    this.#byIssuer.set(statement.issuer, own)
    own.set(slot, { statement, forgottenAfterMs: Math.max(statement.untilMs, before?.forgottenAfterMs ?? 0) })
    if (before) return 'added'
    this.#size++
    const subject = subjectOf(statement)
    const issuers = this.#issuersAbout.get(subject) ?? new Set()
    this.#issuersAbout.set(subject, issuers.add(statement.issuer))
    return 'added'
  }

  /** A device that its owner ended: what it or a device certified by it said no longer counts. */
  endDevice(device: DeviceId): void {
    this.#endedDevices.add(device)
    for (const slots of this.#byIssuer.values())
      for (const { statement } of slots.values()) if (statement.devices.includes(device)) this.#remove(statement)
  }

  forgetExpired(nowMs: number): void {
    for (const slots of this.#byIssuer.values())
      for (const { statement, forgottenAfterMs } of slots.values())
        if (forgottenAfterMs <= nowMs) this.#remove(statement)
  }

  /** What this issuer said last in a slot, unless they took it back. */
  said(issuer: PersonId, slot: string): VerifiedStatement | undefined {
    this.#lookUps++
    const statement = this.#byIssuer.get(issuer)?.get(slot)?.statement
    return statement?.claim.kind === 'withdraw' ? undefined : statement
  }

  /** Everybody who has a statement about this person or file here. */
  issuersAbout(subject: PersonId | FileHash): ReadonlySet<PersonId> {
    return this.#issuersAbout.get(subject) ?? NOBODY
  }

  /** All that one issuer said last, what they took back included. */
  by(issuer: PersonId): readonly VerifiedStatement[] {
    return [...(this.#byIssuer.get(issuer)?.values() ?? [])].map(({ statement }) => statement)
  }

  #hasRoomFor(issuer: PersonId): boolean {
    if ((this.#byIssuer.get(issuer)?.size ?? 0) >= STATEMENTS_PER_ISSUER_MAX) return false
    if (this.#size < STATEMENTS_MAX) return true
    for (const [other, slots] of this.#byIssuer) {
      if (other === issuer || this.#counts(other)) continue
      for (const { statement } of slots.values()) this.#remove(statement)
      return true
    }
    return false
  }

  #remove(statement: VerifiedStatement): void {
    const slots = this.#byIssuer.get(statement.issuer)
    if (!slots?.delete(slotOf(statement.claim))) return
    this.#size--
    if (slots.size === 0) this.#byIssuer.delete(statement.issuer)
    const subject = subjectOf(statement)
    for (const { statement: other } of slots.values()) if (subjectOf(other) === subject) return
    const issuers = this.#issuersAbout.get(subject)
    issuers?.delete(statement.issuer)
    if (issuers?.size === 0) this.#issuersAbout.delete(subject)
  }
}

const NOBODY: ReadonlySet<PersonId> = new Set()

const subjectOf = ({ claim }: Statement): string => ('file' in claim ? claim.file : claim.person)

/** Two devices of one issuer that wrote at once have one serial; then every reader takes the same one of the two. */
function isNewer(statement: Statement, than: Statement): boolean {
  if (statement.serial !== than.serial) return statement.serial > than.serial
  return compareBytes(statement.bytes, than.bytes) > 0
}
