/** People of the tests and what they say, unsigned: the statements' signatures have tests of their own. */
import { Writer } from '../../src/base/codec.ts'
import { idFromBytes, type DeviceId, type PersonId, type RoomId } from '../../src/base/ids.ts'
import type { VerifiedHandover } from '../../src/trust/handover.ts'
import type { Heirs } from '../../src/trust/heirs.ts'
import type { OwnLevel } from '../../src/trust/level.ts'
import {
  DEFAULT_PERSON_SETTING,
  DEFAULT_TRUST_SETTINGS,
  type FileHash,
  type TrustSettings,
} from '../../src/trust/settings.ts'
import type { VerifiedStatement } from '../../src/trust/signed-statement.ts'
import { StatementBook } from '../../src/trust/statement-book.ts'
import {
  STATEMENT_LIFE_MS_MAX,
  writeClaim,
  type BlockReason,
  type Claim,
  type StatementId,
  type VouchArea,
} from '../../src/trust/statement.ts'
import type { SharedRoom, TrustContext } from '../../src/trust/trust-in.ts'

export const NOW_MS = Date.UTC(2026, 4, 3)

const bytesOf = (number: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Math.floor(number / 256 ** index) % 256)

export const person = (number: number): PersonId => idFromBytes<PersonId>(bytesOf(number))
export const file = (number: number): FileHash => idFromBytes<FileHash>(bytesOf(number))
export const deviceOf = (owner: PersonId): DeviceId => owner as string as DeviceId

/** The user. */
export const alice = person(1)
export const ben = person(2)
export const cleo = person(3)
export const dan = person(4)
export const eve = person(5)
export const mallory = person(6)

interface Said {
  readonly serial?: number
  readonly untilMs?: number
  readonly device?: DeviceId
}

export function says(issuer: PersonId, claim: Claim, said: Said = {}): VerifiedStatement {
  const { serial = 1, untilMs = NOW_MS + STATEMENT_LIFE_MS_MAX, device = deviceOf(issuer) } = said
  const writer = new Writer().id(issuer).varuint(serial).varuint(untilMs)
  writeClaim(writer, claim)
  const id = issuer as string as StatementId
  return {
    id,
    claim,
    issuer,
    devices: [device],
    serial,
    untilMs,
    bytes: writer.finish(),
  } as unknown as VerifiedStatement
}

export const vouches = (issuer: PersonId, subject: PersonId, said: Said & { readonly area?: VouchArea } = {}) =>
  says(issuer, { kind: 'vouch', person: subject, area: said.area ?? 'people' }, said)
export const blocks = (issuer: PersonId, subject: PersonId, said: Said & { readonly reason?: BlockReason } = {}) =>
  says(issuer, { kind: 'block', person: subject, reason: said.reason ?? 'spam' }, said)
export const warns = (issuer: PersonId, of: FileHash, said: Said = {}) =>
  says(issuer, { kind: 'warn', file: of, reason: 'malware' }, said)
export const handsOver = (from: PersonId, to: PersonId): VerifiedHandover =>
  ({ from, to, bytes: new Uint8Array() }) as unknown as VerifiedHandover

export function bookOf(...statements: readonly VerifiedStatement[]): StatementBook {
  const book = new StatementBook()
  for (const statement of statements) book.add(statement)
  return book
}

export type Levels = readonly (readonly [PersonId, OwnLevel])[]

/** Settings in which these people have these levels. */
export const settingsWith = (levels: Levels = [], rest: Partial<TrustSettings> = {}): TrustSettings => ({
  ...DEFAULT_TRUST_SETTINGS,
  people: new Map(levels.map(([of, level]) => [of, { ...DEFAULT_PERSON_SETTING, level }])),
  ...rest,
})

export const aliceWith = (
  settings: TrustSettings,
  statements: readonly VerifiedStatement[] = [],
  more: { readonly rooms?: readonly SharedRoom[]; readonly heirs?: Heirs; readonly nowMs?: number } = {},
): TrustContext => ({ me: alice, settings, statements: bookOf(...statements), rooms: [], nowMs: NOW_MS, ...more })

export const room = (admission: SharedRoom['admission'], inviter: PersonId | undefined): SharedRoom => ({
  room: idFromBytes<RoomId>(bytesOf(900)),
  admission,
  inviter,
})
