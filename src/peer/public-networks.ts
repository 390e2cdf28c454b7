/**
 * The wish to meet members over public networks as well, whose relays belong to strangers: they see this device's
 * address and when it is looking for somebody. It is of the device; without it only relays are asked that the host of
 * the page or the room names.
 */
import type { Notes } from './environment.ts'

const NOTE = 'parley.public-networks'

export const arePublicNetworksOn = (notes: Notes): boolean => notes.get(NOTE) === 'on'

export function keepPublicNetworks(notes: Notes, isOn: boolean): void {
  if (isOn) notes.set(NOTE, 'on')
  else notes.remove(NOTE)
}
