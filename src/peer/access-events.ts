import { MEETING_PLACES } from '../access/meeting-places.ts'
import type { DocumentId, OperationHash, PersonId } from '../base/ids.ts'
import type { AccessLog } from '../access/access-log.ts'
import type { AccessState } from '../access/access-state.ts'
import type { LoggedOperation } from '../access/logged-operation.ts'
import type { OperationBody, RevokeBody, RevokeMode, RevokeTarget } from '../access/operation.ts'
import type { Role } from '../access/role.ts'
import { decodeJoinRequest } from '../access/join-request.ts'
import type { LogEvent, LogKind } from './log-event.ts'
import { gesturesOf, type ToldOperation } from './log-gestures.ts'
import type { PersonSummary } from './people.ts'
import { timeText } from './time-text.ts'
import { isSwitchedOn, MEMBERS_ADMIT } from './policies.ts'

/** How the sentences name what they are about. */
export interface EventNames {
  readonly summaryOf: (person: PersonId) => PersonSummary
  readonly titleOf: (document: DocumentId) => string
  /** When the newest writing that is still there was written; undefined for none. */
  readonly lastWritingAtMs: (person: PersonId) => number | undefined
  /** Whether anything that they ever wrote is here, kept or not. */
  readonly hasWritten: (person: PersonId) => boolean
}

interface Said {
  readonly kind: LogKind
  readonly text: string
  readonly about?: PersonId
}

/** All acts of a room, newest first, one for each gesture. What only serves the machinery is left out. */
export function logEventsOf(access: AccessLog, state: AccessState, names: EventNames): readonly LogEvent[] {
  const told: ToldOperation[] = []
  for (const logged of allOperations(access)) {
    const event = eventOf(logged, access, state, names)
    if (event) told.push({ logged, event })
  }
  return gesturesOf(told)
}

/** Every operation of every log, each once. */
export function* allOperations(access: AccessLog): Iterable<LoggedOperation> {
  const seen = new Set<LoggedOperation>()
  for (const { tips } of access.logs.values()) {
    for (const tip of tips) {
      for (let at: LoggedOperation | undefined = tip; at && !seen.has(at); at = at.previous) {
        seen.add(at)
        yield at
      }
    }
  }
}

export function eventOf(
  { hash, log, operation }: LoggedOperation,
  access: AccessLog,
  state: AccessState,
  names: EventNames,
): LogEvent | undefined {
  const said = operation && sayBody(operation.body, log.person, { access, state, atMs: operation.atMs, ...names })
  if (!operation || !said) return undefined
  const { status, sentence } = state.explain(hash)
  const isEffective = status === 'effective'
  return {
    hash,
    atMs: operation.atMs,
    author: names.summaryOf(log.person),
    kind: said.kind,
    text: said.text,
    ...(said.about !== undefined && { about: names.summaryOf(said.about) }),
    isEffective,
    ...(!isEffective && { why: sentence }),
  }
}

interface Context extends EventNames {
  readonly access: AccessLog
  readonly state: AccessState
  /** When the act that is told about was done. */
  readonly atMs: number
}

const ROLE_WORDS: Readonly<Record<Role, string>> = {
  relay: 'a relay',
  reader: 'a reader',
  commenter: 'a commenter',
  writer: 'a writer',
  moderator: 'a moderator',
  admin: 'an admin',
}

const REMOVAL_WORDS: Readonly<Record<RevokeMode, string>> = {
  leave: 'left',
  demote: 'took the former role from',
  kick: 'removed',
  ban: 'banned',
}

/** Undefined for what only serves the machinery. */
function sayBody(body: OperationBody, author: PersonId, context: Context): Said | undefined {
  switch (body.kind) {
    case 'grant':
      return sayGrant(body, context)
    case 'revoke':
      return sayRemoval(body, author, context)
    case 'amend':
      return sayAmend(body.revocation, context)
    case 'invite':
      return { kind: 'invite', text: `made an invite for ${ROLE_WORDS[body.role]}${usesText(body.usesMax)}` }
    case 'invite.revoke':
      return { kind: 'invite', text: 'revoked an invite' }
    case 'join.request':
      return sayWish(body.request, context)
    case 'join.decline':
      return { kind: 'request', text: `declined ${nameOf(body.person, context)}`, about: body.person }
    case 'document.create':
      return { kind: 'document', text: body.documentKind === 'chat' ? 'opened a chat' : 'started a note' }
    case 'document.writers':
      return sayWriters(body, context)
    case 'redact':
      return { kind: 'document', text: 'hid something that was written' }
    case 'room.name':
      return { kind: 'room', text: 'named the room' }
    case 'policy.set':
      return { kind: 'room', text: policyText(body) }
    case 'root.rotate':
      return {
        kind: 'ownership',
        text: `made ${listOf(body.rootKeys, context)} the owner${body.rootKeys.length > 1 ? 's' : ''}`,
      }
    case 'root.offer':
      return { kind: 'ownership', text: `asked ${nameOf(body.to, context)} to own the room too`, about: body.to }
    case 'root.accept':
      return { kind: 'ownership', text: 'agreed to own the room' }
    case 'device.revoke':
      return { kind: 'device', text: 'took a device of theirs out', about: author }
    case 'epoch':
      return { kind: 'key', text: 'gave the room a new key' }
    case 'profile':
      return { kind: 'name', text: 'said what to be called', about: author }
    default:
      return undefined
  }
}

function sayWish(bytes: Uint8Array, context: Context): Said {
  const request = decodeJoinRequest(bytes)
  if (!request.ok) return { kind: 'request', text: 'passed on a request that cannot be read' }
  const { person } = request.value.certificate
  return { kind: 'request', text: `passed on that ${nameOf(person, context)} asks to come in`, about: person }
}

function sayAmend(revocation: OperationHash, context: Context): Said {
  const amended = context.access.operation(revocation)?.operation?.body
  const about = amended?.kind === 'revoke' ? sayTarget(amended.target, context).about : undefined
  const whose = about === undefined ? 'what a removal had cut off' : `what ${nameOf(about, context)} wrote`
  return { kind: 'removal', text: `accepted more of ${whose}`, ...(about !== undefined && { about }) }
}

function policyText({ key, value }: Extract<OperationBody, { kind: 'policy.set' }>): string {
  if (key === MEETING_PLACES) return 'changed the meeting places'
  if (key !== MEMBERS_ADMIT) return 'changed a setting of the room'
  return isSwitchedOn(value)
    ? 'let members let people in by invite links'
    : 'left it to those who give roles to let people in'
}

function sayGrant(body: Extract<OperationBody, { kind: 'grant' }>, context: Context): Said {
  const { to, role, via, scope } = body
  const where = scope === '*' ? '' : ` of ${scope.map(context.titleOf).join(', ')}`
  if (to === '*') return { kind: 'role', text: `made everybody ${ROLE_WORDS[role]}${where}` }
  const name = nameOf(to, context)
  const text = via ? `let ${name} in as ${ROLE_WORDS[role]}${where}` : `made ${name} ${ROLE_WORDS[role]}${where}`
  return { kind: 'role', text, about: to }
}

function sayRemoval(body: RevokeBody, author: PersonId, context: Context): Said {
  const { mode, target } = body
  if (mode === 'leave') return { kind: 'removal', text: 'left', about: author }
  const { about, text: whom } = sayTarget(target, context)
  const text = `${REMOVAL_WORDS[mode]} ${whom}${mode === 'demote' ? '' : keptText(body, about, context)}`
  return { kind: mode === 'demote' ? 'role' : 'removal', text, ...(about !== undefined && { about }) }
}

function sayTarget(target: RevokeTarget, context: Context): { text: string; about: PersonId | undefined } {
  if (target.type === 'person') return { text: nameOf(target.person, context), about: target.person }
  const hash = target.type === 'subtree' ? target.grant : target.grants[0]
  const holder = hash === undefined ? undefined : context.state.nodes.get(hash)?.holder
  const about = holder === '*' ? undefined : holder
  const name = about === undefined ? 'somebody' : nameOf(about, context)
  return { text: target.type === 'subtree' ? `${name} and those who came by them` : name, about }
}

/** `, keeping what they wrote until 3 May, 14:02`. */
function keptText({ pins }: RevokeBody, person: PersonId | undefined, context: Context): string {
  if (person === undefined) return ''
  const hasKept = pins.some(({ feeds }) => feeds.length > 0)
  // Of somebody who had written nothing there was nothing to decide.
  if (!hasKept) return context.hasWritten(person) ? ', keeping nothing of what they wrote' : ''
  const untilMs = context.lastWritingAtMs(person)
  if (untilMs === undefined) return ''
  // Somebody who came back has written since; that says nothing about what was kept then.
  if (untilMs > context.atMs) return ', keeping what they had written'
  return `, keeping what they wrote until ${timeText(untilMs)}`
}

function sayWriters(body: Extract<OperationBody, { kind: 'document.writers' }>, context: Context): Said {
  const title = context.titleOf(body.document)
  if (body.people === '*') return { kind: 'document', text: `let every writer write in ${title} again` }
  const people = body.people.length === 0 ? 'nobody' : listOf(body.people, context)
  return { kind: 'document', text: `let only ${people} write in ${title}` }
}

const nameOf = (person: PersonId, { summaryOf }: Context): string => {
  const { name, keyTag } = summaryOf(person)
  return name === '' ? `somebody (${keyTag})` : name
}

const LIST = new Intl.ListFormat('en-GB')
const listOf = (people: readonly PersonId[], context: Context): string =>
  LIST.format(people.map((person) => nameOf(person, context)))

const usesText = (usesMax: number): string => {
  if (usesMax === 0) return ''
  return usesMax === 1 ? ', for one person' : `, for ${usesMax} people`
}
