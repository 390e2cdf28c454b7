/**
 * The wish that members do not learn where on the internet this device is: connections go through relays alone. It is of
 * the device and outlives the page, because one visit without it would give away what it is to hide.
 */
import type { Notes } from './environment.ts'

const NOTE = 'parley.address-hidden'

export const isAddressHidden = (notes: Notes): boolean => notes.get(NOTE) === 'yes'

export function keepAddressHidden(notes: Notes, isHidden: boolean): void {
  if (isHidden) notes.set(NOTE, 'yes')
  else notes.remove(NOTE)
}
