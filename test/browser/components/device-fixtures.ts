// The devices of a person made of plain data, for the tests of the components.
import type { Devices, DeviceSummary, PairingOffer } from '../../../src/index.ts'
import { Listeners } from './listeners.ts'

export const device = (name: string, fields: Partial<DeviceSummary> = {}): DeviceSummary => ({
  id: `device-${name}` as DeviceSummary['id'],
  name,
  isThis: false,
  addedBy: 'me',
  isRevoked: false,
  mayRevoke: true,
  ...fields,
})

export interface FakeDevices {
  readonly devices: Devices
  readonly calls: readonly unknown[][]
  readonly offer: Mutable<Pick<PairingOffer, 'state' | 'newDeviceName' | 'checkNumber' | 'problem'>>
  /** What a view of the list, or of an offer, renders again for. */
  changed(): void
}

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] }

/** This computer and a phone, unless `fields` says otherwise; with one offer to add another. */
export function fakeDevices(
  fields: Partial<Pick<Devices, 'list' | 'holdsPhrase' | 'isThisRevoked' | 'pairingProblem'>> & {
    readonly refusal?: string
  } = {},
): FakeDevices {
  const listeners = new Listeners()
  const calls: unknown[][] = []
  const on = (name: string, listener: (event: never) => void) => listeners.on(name, listener)
  const changed = () => listeners.emit('change')
  const call = (...entry: unknown[]) => {
    calls.push(entry)
    return Promise.resolve(
      fields.refusal === undefined
        ? { ok: true as const, value: undefined }
        : { ok: false as const, reason: fields.refusal },
    )
  }
  const code = 'A1B2-C3D4-E5F6-G7H8-J9K0-M1N2-P3Q4'
  const offer: FakeDevices['offer'] & Record<string, unknown> = {
    state: 'waiting',
    newDeviceName: undefined,
    checkNumber: undefined,
    problem: undefined,
    code,
    link: `https://parley.example/#/pair/${code}`,
    on,
    accept: () => call('accept'),
    cancel: () => void call('cancel'),
  }
  const devices = {
    list: fields.list ?? [device('Computer', { isThis: true, addedBy: 'identity', mayRevoke: false }), device('Phone')],
    holdsPhrase: fields.holdsPhrase ?? true,
    isThisRevoked: fields.isThisRevoked ?? false,
    pairingProblem: fields.pairingProblem,
    startPairing: () => {
      calls.push(['startPairing'])
      offer.state = 'waiting'
      // Another one each time, as the real one is.
      return Promise.resolve(Object.create(offer) as typeof offer)
    },
    revoke: (id: string, options: unknown) => call('revoke', id, options),
    rename: (name: string, id: string) => call('rename', name, id),
    forgetPhrase: () => {
      Object.assign(devices, { holdsPhrase: false })
      changed()
      return call('forgetPhrase')
    },
    on,
  }
  return { devices: devices as unknown as Devices, calls, offer, changed }
}
