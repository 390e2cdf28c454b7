import type { DeviceId } from '../base/ids.ts'
import type { Change, Store } from '../storage/store.ts'

const PREFIX = 'me/device-name/'

export const deviceNameChange = (device: DeviceId, name: string): Change => ({
  kind: 'put',
  key: PREFIX + device,
  value: name,
})

/** What this device calls the devices of its person. Nobody else is told, except a device that is being added. */
export class DeviceNames {
  readonly #store: Store
  readonly #names: Map<DeviceId, string>

  private constructor(store: Store, names: Map<DeviceId, string>) {
    this.#store = store
    this.#names = names
  }

  static async load(store: Store): Promise<DeviceNames> {
    const names = new Map<DeviceId, string>()
    for (const [key, name] of await store.range({ from: PREFIX, to: `${PREFIX}~` }))
      if (typeof name === 'string') names.set(key.slice(PREFIX.length) as DeviceId, name)
    return new DeviceNames(store, names)
  }

  get(device: DeviceId): string | undefined {
    return this.#names.get(device)
  }

  /** All names that were given, that of `first` before the others. */
  entries(first: DeviceId): readonly (readonly [DeviceId, string])[] {
    return [...this.#names].toSorted(([a], [b]) => Number(b === first) - Number(a === first))
  }

  /** An empty name forgets the name. */
  async set(device: DeviceId, name: string): Promise<void> {
    if (name === '') this.#names.delete(device)
    else this.#names.set(device, name)
    const change: Change = name === '' ? { kind: 'delete', key: PREFIX + device } : deviceNameChange(device, name)
    await this.#store.write([change], { durable: false })
  }
}
