import type { Room } from '../../src/index.ts'

/** Whether another device of the same person has ended this one: the person is a member, and nothing gets in or out here. */
export const isDeviceEnded = (room: Room): boolean => room.status === 'member' && !room.can('act')
