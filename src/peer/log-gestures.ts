/**
 * One line of the log for one thing that somebody did. A removal is written as several operations: the revocation, the
 * requests and invites that end with it, the new key. The operation that the gesture was about leads; the others are
 * its details. Nothing that counts is put under something that does not, and the exported log has every operation.
 */
import type { OperationHash, PersonId } from '../base/ids.ts'
import type { LoggedOperation } from '../access/logged-operation.ts'
import type { OperationBody } from '../access/operation.ts'
import { decodeJoinRequest } from '../access/join-request.ts'
import type { LogEvent } from './log-event.ts'

/**
 * The operations of one publication are written within this, in milliseconds of their author's clock; a person takes
 * longer between two decisions.
 */
const GESTURE_MS = 1_000
/** The new key after a removal is made once the log has been quiet for a moment; until then, in milliseconds. */
const NEW_KEY_MS = 60_000

export interface ToldOperation {
  readonly logged: LoggedOperation
  readonly event: LogEvent
}

/** The events, newest first, those of one gesture as one. */
export function gesturesOf(told: readonly ToldOperation[]): readonly LogEvent[] {
  const leads = new Map<ToldOperation, ToldOperation>()
  for (const run of runsOf(told)) {
    attach(run.toReversed(), leads, leadsWhatPrecedes)
    attach(run, leads, leadsWhatFollows)
  }
  attachWishes(told, leads)
  const details = new Map<ToldOperation, LogEvent[]>()
  for (const part of told) {
    const lead = leadOf(part, leads)
    if (lead === part) continue
    const known = details.get(lead)
    if (known) known.push(part.event)
    else details.set(lead, [part.event])
  }
  return told
    .filter((part) => !leads.has(part))
    .map((part) => ({
      ...part.event,
      ...(details.has(part) && { details: details.get(part)?.toSorted(inTime) ?? [] }),
    }))
    .toSorted((a, b) => -inTime(a, b))
}

const inTime = (a: LogEvent, b: LogEvent): number => a.atMs - b.atMs || (a.hash < b.hash ? 1 : -1)

function leadOf(part: ToldOperation, leads: ReadonlyMap<ToldOperation, ToldOperation>): ToldOperation {
  let lead = part
  // A lead may itself be part of something greater.
  for (let next = leads.get(lead); next; next = leads.get(lead)) lead = next
  return lead
}

/** What one log says in one go, in its order. */
function runsOf(told: readonly ToldOperation[]): readonly (readonly ToldOperation[])[] {
  const logs = new Map<string, ToldOperation[]>()
  for (const part of told) {
    const { log } = part.logged.log
    const known = logs.get(log)
    if (known) known.push(part)
    else logs.set(log, [part])
  }
  const runs: ToldOperation[][] = []
  for (const parts of logs.values()) {
    let last: ToldOperation | undefined
    for (const part of parts.toSorted((a, b) => a.logged.seq - b.logged.seq)) {
      const boundMs = part.logged.operation?.body.kind === 'epoch' ? NEW_KEY_MS : GESTURE_MS
      const isSame = last && Math.abs(part.event.atMs - last.event.atMs) <= boundMs
      if (isSame) runs.at(-1)?.push(part)
      else runs.push([part])
      last = part
    }
  }
  return runs
}

type Leads = (lead: OperationBody, part: OperationBody, leadHash: OperationHash) => boolean

/** Puts each operation under the nearest one before it in `run` that leads it. */
function attach(run: readonly ToldOperation[], leads: Map<ToldOperation, ToldOperation>, leadsPart: Leads): void {
  let lead: ToldOperation | undefined
  for (const part of run) {
    const body = part.logged.operation?.body
    const leadBody = lead?.logged.operation?.body
    if (!body || leads.has(part)) continue
    if (lead && leadBody && leadsPart(leadBody, body, lead.logged.hash) && mayFold(lead.event, part.event))
      leads.set(part, lead)
    else lead = part
  }
}

/** What does not count is never out of sight under what does: nobody would look for it there. */
const mayFold = (lead: LogEvent, part: LogEvent): boolean => part.isEffective || !lead.isEffective

/** What is written first clears the way for what the gesture is about. */
function leadsWhatPrecedes(lead: OperationBody, part: OperationBody): boolean {
  switch (lead.kind) {
    case 'revoke':
      if (lead.mode === 'demote') return false
      if (part.kind === 'join.decline') return targetOf(lead) === part.person
      if (part.kind === 'revoke') return part.target.type === 'subtree'
      return part.kind === 'invite.revoke' || part.kind === 'root.rotate'
    case 'grant':
      return part.kind === 'revoke' && part.mode === 'demote' && targetOf(part) === lead.to
    case 'root.rotate':
      return part.kind === 'grant' && part.to !== '*' && lead.rootKeys.includes(part.to)
    default:
      return false
  }
}

/** What is written afterwards carries on what the gesture is about. */
function leadsWhatFollows(lead: OperationBody, part: OperationBody, leadHash: OperationHash): boolean {
  if (part.kind === 'amend') return part.revocation === leadHash
  switch (lead.kind) {
    case 'revoke':
      return lead.mode !== 'demote' && (part.kind === 'root.rotate' || part.kind === 'epoch')
    case 'root.rotate':
      return part.kind === 'grant' && part.to !== '*' && lead.rootKeys.includes(part.to)
    case 'device.revoke':
      return part.kind === 'epoch'
    default:
      return false
  }
}

const targetOf = ({ target }: Extract<OperationBody, { kind: 'revoke' }>): PersonId | undefined =>
  target.type === 'person' ? target.person : undefined

/** Several members may hand on the same wish: who comes to decide sees it once, from whoever was first. */
function attachWishes(told: readonly ToldOperation[], leads: Map<ToldOperation, ToldOperation>): void {
  const first = new Map<string, ToldOperation>()
  for (const part of told.toSorted((a, b) => inTime(a.event, b.event))) {
    const wish = wishOf(part)
    if (wish === undefined) continue
    const known = first.get(wish)
    if (!known) first.set(wish, part)
    else if (!leads.has(part) && mayFold(known.event, part.event)) leads.set(part, known)
  }
}

function wishOf({ logged }: ToldOperation): string | undefined {
  const body = logged.operation?.body
  if (body?.kind !== 'join.request') return undefined
  const request = decodeJoinRequest(body.request)
  return request.ok ? `${request.value.certificate.person} ${request.value.invite}` : undefined
}
