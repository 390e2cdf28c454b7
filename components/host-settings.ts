/** A super peer of the host that takes up rooms by a link. */
export interface HostSuperPeer {
  readonly name: string
  /** Where it takes links, as seen from the page: mostly a path of its own origin. */
  readonly address: string
}

/** What the host of this page says about the network: `npm start` serves it beside the page. */
export interface HostSettings {
  readonly iceServers: readonly RTCIceServer[]
  /** Where members meet beside the host's own tracker. */
  readonly places: readonly string[]
  /** Whether relays of strangers may be used. */
  readonly usesPublicRelays: boolean
  readonly superPeer?: HostSuperPeer
}

const ANSWER_MS_MAX = 2_000
/** All doors ask when a room opens: one question is enough. */
const FRESH_MS = 5_000
/** The page starts without its host too, and is to find its rooms then. */
const KEPT = 'parley.host-settings'

let asked: { readonly atMs: number; readonly settings: Promise<HostSettings> } | undefined

/** Without the host's answer: the last one there was, and without that nothing. */
export function hostSettings(): Promise<HostSettings> {
  const nowMs = performance.now()
  if (!asked || nowMs - asked.atMs > FRESH_MS) asked = { atMs: nowMs, settings: ask() }
  return asked.settings
}

async function ask(): Promise<HostSettings> {
  try {
    const response = await fetch(new URL('settings.json', location.href), {
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    const text = await response.text()
    const settings = read(text)
    keep(text)
    return settings
  } catch {
    try {
      return read(localStorage.getItem(KEPT) ?? '{}')
    } catch {
      return read('{}')
    }
  }
}

function read(text: string): HostSettings {
  const {
    iceServers = [],
    places = [],
    usesPublicRelays = false,
    superPeer,
  } = JSON.parse(text) as Partial<HostSettings>
  return { iceServers, places, usesPublicRelays, ...(superPeer && { superPeer }) }
}

function keep(text: string): void {
  try {
    localStorage.setItem(KEPT, text)
  } catch {
    // Storage is full or forbidden: next time the host has to be there.
  }
}
