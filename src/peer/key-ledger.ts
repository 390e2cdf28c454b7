import type { DeviceId, EpochId, OperationHash } from '../base/ids.ts'
import type { EpochBody, EpochRequestBody, EpochSealBody, KeyBox } from '../access/operation.ts'

/** An operation about keys, with the device that wrote it. */
export interface KeyOperation {
  readonly hash: OperationHash
  readonly device: DeviceId
  readonly body: EpochBody | EpochSealBody | EpochRequestBody
}

export interface HeldBox {
  readonly epoch: EpochId
  readonly operation: OperationHash
  readonly box: KeyBox
}

export interface Wrap {
  readonly previous: EpochId
  readonly wrapped: Uint8Array
}

/**
 * All that the operations held here say of keys: who was handed which, what is wrapped in what, who asked. Whether they
 * count does not matter here: a key proves itself by its id, and honest people may have written under an epoch whose
 * author was removed.
 */
export class KeyLedger {
  /** Grows with each operation. */
  revision = 0
  readonly #boxes = new Map<DeviceId, HeldBox[]>()
  readonly #wraps = new Map<EpochId, Wrap[]>()
  readonly #bad = new Map<DeviceId, Set<OperationHash>>()
  readonly #requests = new Map<DeviceId, Set<EpochId>>()

  add({ hash, device, body }: KeyOperation): void {
    this.revision++
    const { epoch } = body
    if (body.kind === 'epoch.request') {
      entryOf(this.#requests, device, () => new Set()).add(epoch)
      const bad = entryOf(this.#bad, device, () => new Set<OperationHash>())
      for (const operation of body.bad) bad.add(operation)
      return
    }
    for (const box of body.boxes) entryOf(this.#boxes, box.device, () => []).push({ epoch, operation: hash, box })
    if (body.kind === 'epoch' && body.previous !== undefined)
      entryOf(this.#wraps, epoch, () => []).push({ previous: body.previous, wrapped: body.wrapped })
  }

  boxesOf(device: DeviceId): readonly HeldBox[] {
    return this.#boxes.get(device) ?? []
  }
  /** The epochs whose keys the device was handed, without the boxes that it complained of. */
  epochsOf(device: DeviceId): ReadonlySet<EpochId> {
    const bad = this.#bad.get(device)
    const boxes = this.boxesOf(device)
    return new Set((bad ? boxes.filter(({ operation }) => !bad.has(operation)) : boxes).map(({ epoch }) => epoch))
  }
  wrapsOf(epoch: EpochId): readonly Wrap[] {
    return this.#wraps.get(epoch) ?? []
  }
  /** The epochs that the device asked for. */
  requestsOf(device: DeviceId): ReadonlySet<EpochId> {
    return this.#requests.get(device) ?? new Set()
  }
  complaintsOf(device: DeviceId): ReadonlySet<OperationHash> {
    return this.#bad.get(device) ?? new Set()
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
