/**
 * What this device does for its rooms: normal, edge only, or super peer. Chosen by its user, or by what the device is as
 * long as its user has chosen nothing: a phone, or one that pays for each byte, only takes.
 */
import type { NetworkMode, Peer, Room } from '../../src/index.ts'

/** `chosen`: by the user. `usual`: there is nothing special about the device. */
export type ModeReason = 'chosen' | 'phone' | 'metered' | 'usual'

export interface DeviceMode {
  readonly mode: NetworkMode
  readonly because: ModeReason
}

/** What is known of the device. */
export interface DeviceFacts {
  isPhone(): boolean
  /** Its user pays for what is transferred, or has asked to save data. */
  isMetered(): boolean
  /** Called when it goes to another network, or its user has chosen in another tab. */
  onChange(run: () => void): () => void
  /** Kept for this device. */
  readonly kept: ModeMemory
  /** Kept for this tab, over reloads and not longer. */
  readonly ofTab: ModeMemory
}

export interface ModeMemory {
  get(): string | undefined
  set(mode: string | undefined): void
}

const KEPT = 'parley.network-mode'
/** Narrower screens are held in a hand. */
const PHONE_WIDTH_PX = 600

/** Parts of the platform that not every browser has. */
interface WiderNavigator extends Navigator {
  readonly userAgentData?: { readonly mobile: boolean }
  readonly connection?: EventTarget & { readonly saveData?: boolean; readonly type?: string }
}

/** Storage may be forbidden; then it is remembered as long as the page lives. */
function memory(storage: () => Storage): ModeMemory {
  let fallback: string | undefined
  return {
    get: () => {
      try {
        return storage().getItem(KEPT) ?? fallback
      } catch {
        return fallback
      }
    },
    set: (mode) => {
      fallback = mode
      try {
        if (mode === undefined) storage().removeItem(KEPT)
        else storage().setItem(KEPT, mode)
      } catch {
        // The choice holds for this page.
      }
    },
  }
}

const wider = (): WiderNavigator => navigator

export const thisDevice: DeviceFacts = {
  isPhone: () => {
    const said = wider().userAgentData?.mobile
    const isSmall = Math.min(screen.width, screen.height) < PHONE_WIDTH_PX
    return said ?? (matchMedia('(pointer: coarse)').matches && isSmall)
  },
  isMetered: () => {
    const { connection } = wider()
    return connection?.saveData === true || connection?.type === 'cellular'
  },
  onChange: (run) => {
    const { connection } = wider()
    const chosen = ({ key }: StorageEvent): void => {
      if (key === KEPT) run()
    }
    connection?.addEventListener('change', run)
    addEventListener('storage', chosen)
    return () => {
      connection?.removeEventListener('change', run)
      removeEventListener('storage', chosen)
    }
  },
  kept: memory(() => localStorage),
  ofTab: memory(() => sessionStorage),
}

export function deviceMode(device: DeviceFacts = thisDevice): DeviceMode {
  if (device.ofTab.get() === 'super') return { mode: 'super', because: 'chosen' }
  const kept = device.kept.get()
  if (kept === 'normal' || kept === 'edge') return { mode: kept, because: 'chosen' }
  if (device.isPhone()) return { mode: 'edge', because: 'phone' }
  if (device.isMetered()) return { mode: 'edge', because: 'metered' }
  return { mode: 'normal', because: 'usual' }
}

/** Being a super peer is of this tab, as it ends with it; the other choices are of the device. */
export function chooseMode(mode: NetworkMode, device: DeviceFacts = thisDevice): void {
  device.ofTab.set(mode === 'super' ? mode : undefined)
  if (mode !== 'super') device.kept.set(mode)
}

/** Gives all rooms the mode of the device, those that come later too, and again when that changes. */
export function keepDeviceMode(peer: Peer, device: DeviceFacts = thisDevice): () => void {
  const given = new WeakMap<Room, NetworkMode>()
  const give = (): void => {
    const { mode } = deviceMode(device)
    for (const room of peer.rooms) {
      if ((given.get(room) ?? 'normal') !== mode) room.connection.setMode(mode)
      given.set(room, mode)
    }
  }
  const stops = [peer.on('rooms', give), device.onChange(give)]
  give()
  return () => {
    for (const stop of stops) stop()
  }
}
