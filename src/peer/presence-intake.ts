import type { DocumentId } from '../base/ids.ts'
import { openPresence } from '../document/presence.ts'
import type { PresenceHost } from './presence-host.ts'
import type { RoomCore } from './room-core.ts'

/** Hands what comes of others' presence to the documents that it is about, and to the tabs that meet nobody themselves. */
export function passPresenceOn(core: RoomCore, hosts: ReadonlyMap<DocumentId, PresenceHost>): void {
  core.links.events.on('ephemeral', ({ link, bytes }) => {
    if (core.record.hasLeft) return
    const claim = openPresence(bytes, core.id, (hint) => core.ring.presenceKey(hint))
    const host = claim.ok ? hosts.get(claim.value.document) : undefined
    if (!claim.ok || !host) return
    void host.receive(claim.value).then((isNews) => {
      // Tabs of one device reach the others through the one that holds the links.
      if (isNews) core.links.sendEphemeral(bytes, (other) => (other.link.kind === 'tab') !== (link.link.kind === 'tab'))
    })
  })
}
