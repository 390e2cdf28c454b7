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

/**
 * Whether notes are fetched only when they are opened, as the network is paid for by the byte. `waived`: they would be,
 * and the user wants all of them all the same.
 */
export type DataSaving = 'none' | 'saving' | 'waived'

/** What is known of the device. */
export interface DeviceFacts {
  isPhone(): boolean
  /** Its user pays for what is transferred, or has asked to save data. */
  isMetered(): boolean
  /** Whether the platform would say so. */
  tellsMetered(): boolean
  /** Called when it goes to another network, or its user has chosen in another tab. */
  onChange(run: () => void): () => void
  /** Kept for this device. */
  readonly kept: ModeMemory
  /** Kept for this device: `off` where data is not to be saved. */
  readonly saving: ModeMemory
  /** Kept for this tab, over reloads and not longer. */
  readonly ofTab: ModeMemory
}

export interface ModeMemory {
  get(): string | undefined
  set(mode: string | undefined): void
}

const KEPT = 'parley.network-mode'
const SAVING = 'parley.save-data'
/** Narrower screens are held in a hand. */
const PHONE_WIDTH_PX = 600

/** Parts of the platform that not every browser has. */
interface WiderNavigator extends Navigator {
  readonly userAgentData?: { readonly mobile: boolean }
  readonly connection?: EventTarget & { readonly saveData?: boolean; readonly type?: string }
}

/** Storage may be forbidden; then it is remembered as long as the page lives. */
function memory(storage: () => Storage, key: string): ModeMemory {
  let fallback: string | undefined
  return {
    get: () => {
      try {
        return storage().getItem(key) ?? fallback
      } catch {
        return fallback
      }
    },
    set: (mode) => {
      fallback = mode
      try {
        if (mode === undefined) storage().removeItem(key)
        else storage().setItem(key, mode)
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
      if (key === KEPT || key === SAVING) run()
    }
    connection?.addEventListener('change', run)
    addEventListener('storage', chosen)
    return () => {
      connection?.removeEventListener('change', run)
      removeEventListener('storage', chosen)
    }
  },
  tellsMetered: () => wider().connection !== undefined,
  kept: memory(() => localStorage, KEPT),
  saving: memory(() => localStorage, SAVING),
  ofTab: memory(() => sessionStorage, KEPT),
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

/** Where its user has said to fetch anyway. That ends with the page, and with the network. */
const fetchingAnyway = new WeakSet<DeviceFacts>()

export function dataSaving(device: DeviceFacts = thisDevice): DataSaving {
  if (!device.isMetered()) fetchingAnyway.delete(device)
  // Who offers to keep everything for others has said what the line is for.
  if (!device.isMetered() || !isSavingWanted(device) || deviceMode(device).mode === 'super') return 'none'
  return fetchingAnyway.has(device) ? 'waived' : 'saving'
}

export const isSavingWanted = (device: DeviceFacts): boolean => device.saving.get() !== 'off'

export function setSavingWanted(isWanted: boolean, device: DeviceFacts): void {
  device.saving.set(isWanted ? undefined : 'off')
}

export function fetchAnyway(isAnyway: boolean, device: DeviceFacts): void {
  if (isAnyway) fetchingAnyway.add(device)
  else fetchingAnyway.delete(device)
}

/** Gives all rooms the mode of the device, those that come later too, and again when that changes. */
export function keepDeviceMode(peer: Peer, device: DeviceFacts = thisDevice): () => void {
  const given = new WeakMap<Room, NetworkMode>()
  const give = (): void => {
    const { mode } = deviceMode(device)
    const isPaused = dataSaving(device) === 'saving'
    for (const room of peer.rooms) {
      if ((given.get(room) ?? 'normal') !== mode) room.connection.setMode(mode)
      given.set(room, mode)
      room.keeping?.setPaused(isPaused)
    }
  }
  const stops = [peer.on('rooms', give), device.onChange(give)]
  give()
  return () => {
    for (const stop of stops) stop()
  }
}
