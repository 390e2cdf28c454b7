// Peers in windows of their own that meet through the tracker of the test server.
import type { DoorHealth, DoorSession } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import type { PeerFrame } from './transport-peer-frame.ts'

export const TRACKER = `ws://${location.host}/tracker`
export const PASSWORD = 'derived from the secret of the room'

export type PeerWindow = Window & typeof globalThis & { readonly peer: PeerFrame }

const frames: HTMLIFrameElement[] = []

/** A window with modules of its own. */
export async function openWindow(): Promise<PeerWindow> {
  const frame = document.createElement('iframe')
  frame.id = crypto.randomUUID()
  frame.srcdoc = '<!doctype html><script type="module" src="/test/browser/transport-peer-frame.ts"></script>'
  const ready = new Promise<void>((resolve) => {
    addEventListener('message', function listener({ data }: MessageEvent<{ ready?: string }>) {
      if (data.ready !== frame.id) return
      removeEventListener('message', listener)
      resolve()
    })
  })
  document.body.append(frame)
  frames.push(frame)
  await ready
  return frame.contentWindow as PeerWindow
}

export interface Peer {
  readonly window: PeerWindow
  readonly session: DoorSession
  readonly links: Link[]
  /** Resolves when the peer has had that many links. */
  readonly linked: (count: number) => Promise<Link[]>
  readonly linkedThat: (isWanted: () => boolean) => Promise<Link[]>
  readonly healthThat: (isWanted: (health: DoorHealth) => boolean) => Promise<DoorHealth>
}

interface PeerOptions {
  readonly topic: string
  readonly password?: string
  readonly trackers?: readonly string[]
  readonly window?: PeerWindow
}

export async function openPeer({
  topic,
  password = PASSWORD,
  trackers = [TRACKER],
  window,
}: PeerOptions): Promise<Peer> {
  const home = window ?? (await openWindow())
  const links: Link[] = []
  let check = () => {}
  const session = home.peer.createYWebrtcDoor({ trackers, password }).start(topic, (link) => {
    links.push(link)
    check()
  })
  const linkedThat = (isWanted: () => boolean) =>
    new Promise<Link[]>((resolve) => {
      check = () => {
        if (isWanted()) resolve(links)
      }
      check()
    })
  const linked = (count: number) => linkedThat(() => links.length >= count)
  const healthThat = (isWanted: (health: DoorHealth) => boolean) =>
    new Promise<DoorHealth>((resolve) => {
      session.onHealth = (health) => {
        if (isWanted(health)) resolve(health)
      }
      session.onHealth(session.health())
    })
  return { window: home, session, links, linked, linkedThat, healthThat }
}

export const openPeers = (count: number, options: PeerOptions) =>
  Promise.all(Array.from({ length: count }, () => openPeer(options)))

export const nextMessage = (link: Link) =>
  new Promise<Uint8Array>((resolve) => {
    link.onMessage = (_, message) => {
      resolve(message)
    }
  })

/** Ends all windows. Returns the uncaught errors that happened in them. */
export function closeWindows(): string[] {
  const errors = frames.flatMap((frame) => (frame.contentWindow as PeerWindow | null)?.peer.errors ?? [])
  for (const frame of frames.splice(0)) frame.remove()
  return errors
}
