import type { Role } from '../../src/index.ts'

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  relay: 'Super peer',
  reader: 'Reader',
  commenter: 'Commenter',
  writer: 'Writer',
  moderator: 'Moderator',
  admin: 'Admin',
}

/** Completes "you can …" and "they can …". */
export const ROLE_ABILITIES: Readonly<Record<Role, string>> = {
  relay: 'keep the room and pass it on, without reading it',
  reader: 'read everything in the room',
  commenter: 'read everything and comment',
  writer: 'read everything, chat, and write notes',
  moderator: 'write, take down what others wrote, and decide who comes in and who goes',
  admin: 'do everything, and decide who may do what',
}
