import type { RoomSafety } from '../../src/index.ts'

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`

/** Where what I wrote is, in a few words; empty where there is nothing to say. */
export function safetyText({ entriesUnsafe, devices, superPeers }: RoomSafety, hasOthers: boolean): string {
  if (entriesUnsafe > 0) return hasOthers ? 'Only on this device yet: not safe to close' : 'Only on this device yet'
  const places = [
    ...(devices > 0 ? [counted(devices, 'other device', 'other devices')] : []),
    ...(superPeers > 0 ? [counted(superPeers, 'super peer', 'super peers')] : []),
  ]
  return places.length === 0 ? '' : `On ${places.join(' and ')}`
}
