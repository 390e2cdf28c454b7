import type { DeviceId, EpochId, OperationHash, PersonId } from '../base/ids.ts'
import type { LoggedOperation } from './logged-operation.ts'
import type { EpochBody, EpochRequestBody, EpochSealBody } from './operation.ts'
import { insertPlaced, removePlaced, type PlacedOperation } from './senior-register.ts'

/** A room key that was announced. */
export interface EpochRecord {
  readonly epoch: EpochId
  /** The most senior announcement of it. */
  readonly operation: OperationHash
  readonly person: PersonId
  readonly previous: EpochId | undefined
  readonly wrapped: Uint8Array
  /** By device: the operations with a box for it, without those that it found bad. */
  readonly boxes: ReadonlyMap<DeviceId, readonly OperationHash[]>
  /** Every device for which a box was made, good or bad. */
  readonly devices: ReadonlySet<DeviceId>
}

type PlacedEpoch = PlacedOperation<EpochBody | EpochSealBody | EpochRequestBody>

/** The room keys, from what announces them, hands them on and complains. */
export class KeyEpochs {
  readonly #placed = new Map<EpochId, PlacedEpoch[]>()
  readonly #announcements: PlacedEpoch[] = []
  readonly #records = new Map<EpochId, EpochRecord>()
  #list: readonly EpochRecord[] | undefined

  add(placed: PlacedEpoch): void {
    const { epoch, kind } = placed.body
    this.#list = undefined
    this.#records.delete(epoch)
    const known = this.#placed.get(epoch)
    if (known) insertPlaced(known, placed)
    else this.#placed.set(epoch, [placed])
    if (kind === 'epoch') insertPlaced(this.#announcements, placed)
  }

  remove(hash: OperationHash, epoch: EpochId): void {
    this.#list = undefined
    this.#records.delete(epoch)
    removePlaced(this.#placed.get(epoch) ?? [], hash)
    removePlaced(this.#announcements, hash)
  }

  /** Most senior announcement first; each key once. */
  get records(): readonly EpochRecord[] {
    if (this.#list) return this.#list
    const list = new Map<EpochId, EpochRecord>()
    for (const { operation, body } of this.#announcements)
      if (body.kind === 'epoch' && !list.has(body.epoch)) list.set(body.epoch, this.#recordOf(operation, body))
    this.#list = [...list.values()]
    return this.#list
  }

  #recordOf({ hash, log }: LoggedOperation, { epoch, previous, wrapped }: EpochBody): EpochRecord {
    const known = this.#records.get(epoch)
    if (known) return known
    const placed = this.#placed.get(epoch) ?? []
    const bad = complaintsIn(placed)
    const boxes = new Map<DeviceId, OperationHash[]>()
    const devices = new Set<DeviceId>()
    for (const { operation, body } of placed) {
      if (body.kind === 'epoch.request') continue
      for (const { device } of body.boxes) {
        devices.add(device)
        if (bad.get(device)?.has(operation.hash) === true) continue
        const found = boxes.get(device)
        if (!found) boxes.set(device, [operation.hash])
        else if (found.at(-1) !== operation.hash) found.push(operation.hash)
      }
    }
    const record = { epoch, operation: hash, person: log.person, previous, wrapped, boxes, devices }
    this.#records.set(epoch, record)
    return record
  }
}

/** By device: the operations whose box for it does not open, as it says itself. */
function complaintsIn(placed: readonly PlacedEpoch[]): ReadonlyMap<DeviceId, ReadonlySet<OperationHash>> {
  const bad = new Map<DeviceId, Set<OperationHash>>()
  for (const { operation, body } of placed) {
    if (body.kind !== 'epoch.request') continue
    const known = bad.get(operation.log.device) ?? new Set()
    for (const hash of body.bad) known.add(hash)
    bad.set(operation.log.device, known)
  }
  return bad
}
