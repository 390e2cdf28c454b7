// What a room's network looks like to the components: plain data in the shape of the library's view.
import type { MemberRoute, NetworkDoor, NetworkLink, NetworkView, PersonSummary } from '../../../src/index.ts'
import { bob, carol, fakeRoom, person, type FakeRoom, type RoomFields } from './fixtures.ts'

export const dave = person('Dave')
export const erin = person('Erin')

let lastLink = 0

export const link = (who: PersonSummary, fields: Partial<NetworkLink> = {}): NetworkLink => ({
  id: ++lastLink,
  person: who,
  kind: 'rtc',
  path: 'direct',
  roundTripMs: 24,
  bytesSent: 12_345,
  bytesReceived: 987_654,
  ...fields,
})

export const door = (fields: Partial<NetworkDoor> = {}): NetworkDoor => ({
  name: 'y-webrtc',
  place: 'wss://parley.example/tracker',
  state: 'open',
  detail: 'connected',
  sinceMs: Date.now() - 5 * 60_000,
  ...fields,
})

export const member = (who: PersonSummary, route: MemberRoute['route'], missingEntries = 0): MemberRoute => ({
  person: who,
  route,
  missingEntries,
})

/** Bob and Carol are linked to Alice, who looks; Dave is behind Bob. */
export function networkView(fields: Partial<NetworkView> = {}): NetworkView {
  const links = fields.links ?? [link(bob), link(carol, { roundTripMs: 61 })]
  return {
    isOffline: false,
    links,
    reach: links[0] ? [{ person: dave, via: [links[0].id] }] : [],
    doors: [door()],
    members: [member(dave, 'via'), member(bob, 'linked'), member(carol, 'linked')],
    missingEntries: 0,
    superPeers: [],
    mayTryDoors: false,
    ...fields,
  }
}

/** A large room as an overlay shows it: everything that can be shown is there. */
export function richView(): NetworkView {
  const names = ['Bob', 'Carol', 'Dave', 'Friederike Donaudampfschifffahrt', 'مريم الخطيب', 'Gus', 'Hana', 'Ivo']
  const links = names.map((name, index) =>
    link(person(name), {
      roundTripMs: 12 + index * 17,
      path: index === 2 ? 'relayed' : index === 3 ? 'socket' : 'direct',
      kind: index === 3 ? 'ws' : 'rtc',
      role: index === 3 ? 'super' : index === 5 ? 'edge' : 'normal',
      isOutbound: index < 4,
      foundBy: index < 3 ? 'door' : 'mesh',
      sinceMs: Date.now() - index * 400_000,
      isSuspect: index === 6,
    }),
  )
  const idAt = (index: number): number => links[index]?.id ?? 0
  const reach = Array.from({ length: 18 }, (_, index) => ({
    person: person(`Member ${index}`),
    via: index < 6 ? [idAt(0)] : [idAt(index % 8), idAt((index + 3) % 8)],
  }))
  return networkView({
    links,
    reach,
    doors: [
      door({ reason: 'greeting' }),
      door({ name: 'nostr', place: 'wss://relay.example', state: 'stopped', detail: 'stopped', reason: 'meshed' }),
      door({
        name: 'torrent',
        place: 'wss://tracker.with-a-rather-long-name.example:7443/announce',
        state: 'failed',
        detail: 'the connection was refused',
        reason: 'backing-off',
      }),
      door({
        name: 'ws',
        place: 'wss://super.example',
        state: 'connecting',
        detail: 'connecting',
        reason: 'searching',
      }),
    ],
    members: links.map(({ person: who }) => member(who, 'linked')),
    acquaintanceCount: 48,
    mode: 'normal',
    isAddressHidden: false,
    arePublicNetworksOn: false,
    mayTryDoors: true,
  })
}

/** A room whose connection gives that view, and tells what is asked of it. */
export function fakeNetworkRoom(view: NetworkView | undefined, fields: RoomFields = {}): FakeRoom {
  const asked: unknown[][] = []
  const connection = {
    isOffline: view?.isOffline ?? false,
    view: () => view,
    setOffline: (isOffline: boolean) => void asked.push(['setOffline', isOffline]),
    tryDoors: () => void asked.push(['tryDoors']),
    setMode: (mode: string) => void asked.push(['setMode', mode]),
    setPublicNetworks: (areOn: boolean) => void asked.push(['setPublicNetworks', areOn]),
    setAddressHidden: (isHidden: boolean) => void asked.push(['setAddressHidden', isHidden]),
  }
  return { ...fakeRoom({ ...fields, connection }), calls: asked }
}
