// Puts the network page on the screen, on a platform that answers as a test wants.
import { html } from 'lit'
import type { DeviceFacts } from '../../../components/network/device-mode.ts'
import '../../../components/network/network-page.ts'
import type { TestPlatform } from '../../../components/network/test-platform.ts'
import type { NetworkView } from '../../../src/index.ts'
import { fakePeer } from './fixtures.ts'
import { fakeNetworkRoom, networkView } from './network-fixtures.ts'
import { mount, settled } from './mount.ts'

/** A network in which everything works. */
export const platform = (fields: Partial<TestPlatform> = {}): TestPlatform => ({
  storage: () => Promise.resolve('kept'),
  connectsToItself: () => Promise.resolve(true),
  iceServers: () => Promise.resolve([{ urls: 'stun:stun.example' }]),
  waysOutside: () => Promise.resolve({ kinds: new Set(['host', 'srflx']), mapping: 'same' }),
  opensSocket: () => Promise.resolve(true),
  ...fields,
})

/** A device about which there is nothing special, and which remembers nothing. */
const PLAIN_DEVICE: DeviceFacts = {
  isPhone: () => false,
  isMetered: () => false,
  tellsMetered: () => false,
  onChange: () => () => undefined,
  kept: { get: () => undefined, set: () => undefined },
  saving: { get: () => undefined, set: () => undefined },
  ofTab: { get: () => undefined, set: () => undefined },
}

export async function show(
  view: NetworkView | undefined,
  on: TestPlatform = platform(),
  roomCount = 1,
  { device = PLAIN_DEVICE }: { readonly device?: DeviceFacts } = {},
) {
  const fake = fakeNetworkRoom(view)
  const others = Array.from({ length: roomCount - 1 }, () => fakeNetworkRoom(networkView()))
  const peer = fakePeer([fake.room, ...others.map(({ room }) => room)])
  const element = await mount<HTMLElement>(
    html`<parley-network .peer=${peer} .room=${fake.room} .platform=${on} .device=${device}></parley-network>`,
  )
  await settled()
  return { ...fake, element, others }
}
