import type { OperationHash, PersonId, RoomId } from '../base/ids.ts'
import { ROLES, type Role } from '../access/role.ts'
import type { Change, Store, StoredValue } from '../storage/store.ts'
import type { Result } from '../base/result.ts'
import type { StoreFailure } from '../storage/store.ts'

/** What this device keeps of a room beside its feeds. */
export interface RoomRecord {
  readonly room: RoomId
  /** By which members meet; not what they write with. */
  readonly meetingSecret: Uint8Array
  /** The name to show until the room's own is known. */
  readonly name: string
  readonly myName: string
  /** Undefined until a member has given it to us: its hash is the room's id, so anybody may. */
  readonly genesis: Uint8Array | undefined
  /** How we came, and how we ask to be let in. */
  readonly ticket: JoinTicket | undefined
  readonly hasLeft: boolean
  /** We have left, and no other device is known to have heard of it. */
  readonly isDepartureUnheard?: boolean | undefined
  /** The user works here without the network, until they say otherwise. */
  readonly isOffline?: boolean | undefined
  /** The removal of ours that this device has taken note of. A ticket beside it was got afterwards, to come back. */
  readonly removal?: string | undefined
  /** Where members meet, beside the places this application knows. */
  readonly trackers: readonly string[]
}

export interface JoinTicket {
  readonly invite: OperationHash
  readonly secret: Uint8Array
  readonly inviter: PersonId
  readonly inviterName: string
  readonly role: Role
}

const PREFIX = 'rooms/'
const OFFLINE_PREFIX = 'offline/'

export async function loadRoomRecords(store: Store): Promise<readonly RoomRecord[]> {
  const records = await store.range({ from: PREFIX, to: `${PREFIX}~` })
  const offline = await store.range({ from: OFFLINE_PREFIX, to: `${OFFLINE_PREFIX}~` })
  const rooms = new Set(offline.map(([key]) => key.slice(OFFLINE_PREFIX.length)))
  const read = records.map(([, value]) => readRecord(value)).filter((record) => record !== undefined)
  return read.map((record) => ({ ...record, isOffline: rooms.has(record.room) }))
}

/** Apart from the record, which every tab writes as it has it. */
export const saveOffline = (store: Store, room: RoomId, isOffline: boolean): Promise<Result<void, StoreFailure>> => {
  const key = OFFLINE_PREFIX + room
  return store.write([isOffline ? { kind: 'put', key, value: true } : { kind: 'delete', key }], { durable: true })
}

export const saveRoomRecord = (store: Store, record: RoomRecord): Promise<Result<void, StoreFailure>> =>
  store.write([roomRecordChange(record)], { durable: true })

/** For writing a room together with other things. */
export function roomRecordChange(record: RoomRecord): Change {
  const { ticket, genesis, trackers, removal, isDepartureUnheard = false, isOffline: _, ...rest } = record
  const value: StoredValue = {
    ...rest,
    isDepartureUnheard,
    genesis: genesis ?? null,
    trackers: [...trackers],
    removal: removal ?? null,
    ticket: ticket ? { ...ticket } : null,
  }
  return { kind: 'put', key: PREFIX + record.room, value }
}

type Fields = Readonly<Record<string, StoredValue | undefined>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value)

/** Our own storage, but of an older version perhaps: what is missing gets a sensible value. */
function readRecord(value: StoredValue): RoomRecord | undefined {
  if (!isFields(value)) return undefined
  const { room, meetingSecret, name, myName, genesis, ticket, trackers, removal } = value
  const { hasLeft, isDepartureUnheard } = value
  if (typeof room !== 'string' || !(meetingSecret instanceof Uint8Array)) return undefined
  return {
    room: room as RoomId,
    meetingSecret,
    name: typeof name === 'string' ? name : '',
    myName: typeof myName === 'string' ? myName : '',
    genesis: genesis instanceof Uint8Array ? genesis : undefined,
    ticket: readTicket(ticket),
    hasLeft: hasLeft === true,
    isDepartureUnheard: isDepartureUnheard === true,
    removal: typeof removal === 'string' ? removal : undefined,
    trackers: Array.isArray(trackers)
      ? trackers.filter((tracker): tracker is string => typeof tracker === 'string')
      : [],
  }
}

function readTicket(value: StoredValue | undefined): JoinTicket | undefined {
  if (!isFields(value)) return undefined
  const { invite, secret, inviter, inviterName, role } = value
  const known = ROLES.find((name) => name === role)
  if (typeof invite !== 'string' || typeof inviter !== 'string' || !(secret instanceof Uint8Array) || !known)
    return undefined
  return {
    invite: invite as OperationHash,
    secret,
    inviter: inviter as PersonId,
    inviterName: typeof inviterName === 'string' ? inviterName : '',
    role: known,
  }
}
