/** What the naive specification looks at: the decoded operations, and the few questions that all of its parts ask. */
import { idFromBytes, type OperationHash } from '../../src/base/ids.ts'
import { decodeDeviceCertificate } from '../../src/identity/device-certificate.ts'
import type { OperationBody, Pin } from '../../src/access/operation.ts'
import type { SessionBinding, VerifiedLogRange } from '../../src/access/verify-log.ts'

export interface NaiveOperation {
  readonly hash: string
  readonly previous: string | undefined
  readonly seq: number
  readonly session: string
  readonly person: string
  readonly device: string
  readonly certificate: SessionBinding['certificate']
  readonly node: string | undefined
  /** Undefined: malformed. */
  readonly body: OperationBody | undefined
  readonly signers: readonly string[]
  readonly genuine: boolean
}

/** The newcomer's device, in the consent of a grant that the door let through. */
export function consentIn({ body, genuine }: NaiveOperation): SessionBinding['certificate'] | undefined {
  if (body?.kind !== 'grant' || body.via === undefined || !genuine) return undefined
  const decoded = decodeDeviceCertificate(body.via.consent.certificate)
  return decoded.ok && decoded.value.person === body.to ? decoded.value : undefined
}

export type Present = ReadonlyMap<string, NaiveOperation>

export function naiveOperations(ranges: readonly VerifiedLogRange[]): Map<string, NaiveOperation> {
  const present = new Map<string, NaiveOperation>()
  for (const { binding, after, operations } of ranges) {
    let previous: string | undefined = after
    for (const { hash, seq, operation, isGenuine } of operations) {
      const { session, person, device, certificate } = binding
      const signers = (operation?.rootSignatures ?? []).map(({ key }) => key as string)
      const { node, body } = operation ?? {}
      const found = { hash, previous, seq, session, person, device, certificate, node, body, signers }
      present.set(hash, { ...found, genuine: isGenuine })
      previous = hash
    }
  }
  return present
}

/** Whether the operation is the one pinned of its session, or one before it. */
export function keepsOperation(present: Present, pins: readonly Pin[], operation: NaiveOperation): boolean {
  const pin = pins.find(({ session }) => session === operation.session)
  if (pin === undefined) return false
  let at = present.get(idFromBytes<OperationHash>(pin.log.hash))
  if (at === undefined || at.seq + 1 !== pin.log.length) return false
  for (; at !== undefined; at = at.previous === undefined ? undefined : present.get(at.previous))
    if (at.hash === operation.hash) return true
  return false
}

/** How many entries of a feed stay by these pins. */
export function keptOfFeed(pins: readonly Pin[], session: string, feed: string): number {
  const feeds = pins.find((pin) => pin.session === session)?.feeds
  const heads = feeds ?? []
  return heads.find((head) => head.feed === feed)?.length ?? 0
}

export type Key = readonly (string | number)[]

export const compareKeys = (a: Key, b: Key): number => {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? -1, b[i] ?? -1]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

export const placeOf = ({ session, seq, hash }: NaiveOperation): Key => [session, seq, hash]
