import type { Peer, Room } from '../../src/index.ts'

/** Whether something that I wrote is nowhere else, and somebody is there who could have it. */
const isUnsafe = (room: Room): boolean => {
  if (room.status !== 'member' || room.members.length < 2) return false
  // What is typed and not handed out yet counts.
  room.flush()
  return room.safety.entriesUnsafe > 0
}

/** Has the browser ask before the page closes with something in it that no other device has. */
export function guardClosing(peer: Peer, page: Window = window): () => void {
  const ask = (event: BeforeUnloadEvent): void => {
    // All are flushed, not only those before the first that is unsafe.
    const unsafe = peer.rooms.filter(isUnsafe)
    if (unsafe.length > 0) event.preventDefault()
  }
  page.addEventListener('beforeunload', ask)
  return () => page.removeEventListener('beforeunload', ask)
}
