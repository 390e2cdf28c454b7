/** What goes on as long as the application is open, whichever screen is shown. It is fetched after the first screen. */
import type { Peer } from '../../src/index.ts'
import { keepDeviceMode } from '../network/device-mode.ts'
import '../room/safety-line.ts'
import { guardClosing } from './close-guard.ts'

export function startBackground(peer: Peer): void {
  keepDeviceMode(peer)
  guardClosing(peer)
}
