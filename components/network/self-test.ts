/**
 * Whether this device can reach others and be reached: a few checks one after the other, and a plain verdict. What it
 * finds of addresses stays in here: only kinds and counts come out, so that its words can be shown to anybody.
 */
import type { NetworkDoor, NetworkLink } from '../../src/index.ts'
import type { RouterMapping } from './router-mapping.ts'
import type { TestPlatform } from './test-platform.ts'

export const CHECK_IDS = ['storage', 'webrtc', 'stun', 'mapping', 'websocket', 'doors'] as const
export type CheckId = (typeof CHECK_IDS)[number]

export interface Check {
  readonly id: CheckId
  /** `doubtful`: it works, but not for everybody or not for ever. `skipped`: there is nothing to check. */
  readonly state: 'waiting' | 'running' | 'good' | 'doubtful' | 'bad' | 'skipped'
  /** What was found, in a sentence without names, ids and addresses. */
  readonly text: string
}

export type Reach = 'direct' | 'local' | 'relayed' | 'nobody'

export interface Verdict {
  readonly reach: Reach
  readonly text: string
  /** What it means or what to do; one sentence each. */
  readonly advice: readonly string[]
}

export interface TestInput {
  readonly isOffline: boolean
  /** Why not all is stored, in words, as the peer says. */
  readonly storageProblem: string | undefined
  readonly links: readonly NetworkLink[]
  readonly doors: readonly NetworkDoor[]
  readonly isAddressHidden: boolean
}

/** What was found out, from which the verdict is made. */
interface Findings {
  webRtc: boolean
  /** Undefined when the host names no server for it. */
  outside: 'seen' | 'relay' | 'none' | undefined
  mapping: RouterMapping
  webSocket: boolean | undefined
  doorsOpen: number
  doorsTried: number
}

/** Runs all checks and reports each as it goes on. Never rejects. */
export async function runSelfTest(
  input: TestInput,
  platform: TestPlatform,
  report: (check: Check) => void,
): Promise<Verdict> {
  const run = async (id: CheckId, check: () => Promise<Omit<Check, 'id'>>): Promise<void> => {
    report({ id, state: 'running', text: '' })
    report({ id, ...(await check()) })
  }
  const findings: Findings = {
    webRtc: false,
    outside: undefined,
    mapping: 'unknown',
    webSocket: undefined,
    doorsOpen: 0,
    doorsTried: 0,
  }
  await run('storage', () => checkStorage(input, platform))
  await run('webrtc', async () => {
    findings.webRtc = await platform.connectsToItself()
    return findings.webRtc
      ? { state: 'good', text: 'This browser makes direct connections.' }
      : { state: 'bad', text: 'This browser made no direct connection, not even to itself.' }
  })
  await run('stun', () => checkOutside(input, platform, findings))
  await run('mapping', () => Promise.resolve(judgeMapping(findings)))
  await run('websocket', () => checkWebSocket(input, platform, findings))
  await run('doors', () => Promise.resolve(judgeDoors(input, findings)))
  return verdictOf(input, findings)
}

async function checkStorage({ storageProblem }: TestInput, platform: TestPlatform): Promise<Omit<Check, 'id'>> {
  if (storageProblem !== undefined) return { state: 'bad', text: 'Not everything is stored: see the notice above.' }
  const storage = await platform.storage()
  if (storage === 'none')
    return { state: 'bad', text: 'Nothing can be stored here: what you write ends with this page.' }
  return storage === 'kept'
    ? { state: 'good', text: 'What you write is stored, and the browser keeps it.' }
    : { state: 'doubtful', text: 'What you write is stored. The browser may clear it when space runs out.' }
}

async function checkOutside(
  { isOffline }: TestInput,
  platform: TestPlatform,
  findings: Findings,
): Promise<Omit<Check, 'id'>> {
  if (isOffline) return { state: 'skipped', text: 'Not asked: you are offline.' }
  if (!findings.webRtc) return { state: 'skipped', text: 'Not asked: there are no direct connections here.' }
  const servers = await platform.iceServers()
  if (servers.length === 0)
    return {
      state: 'skipped',
      text: 'The host of this page names no STUN server, so how the internet sees you is not known.',
    }
  const { kinds, mapping } = await platform.waysOutside(servers)
  findings.mapping = mapping
  findings.outside = kinds.has('srflx') ? 'seen' : kinds.has('relay') ? 'relay' : 'none'
  if (findings.outside === 'none') return { state: 'bad', text: 'No STUN or TURN server answered.' }
  return findings.outside === 'seen'
    ? { state: 'good', text: `The way through your router is found${kinds.has('relay') ? ', and a relay too' : ''}.` }
    : { state: 'doubtful', text: 'Only a relay (TURN) answered: the way through your router is closed.' }
}

function judgeMapping({ outside, mapping }: Findings): Omit<Check, 'id'> {
  if (outside !== 'seen') return { state: 'skipped', text: 'Not compared: no way through a router was found.' }
  if (mapping === 'unknown') return { state: 'skipped', text: 'It takes the answers of two STUN servers to tell.' }
  return mapping === 'same'
    ? { state: 'good', text: 'Your router shows you to everybody in the same way.' }
    : { state: 'doubtful', text: 'Your router shows you to each partner in another way.' }
}

const isSocketAddress = (place: string): boolean => /^wss?:\/\//.test(place)

async function checkWebSocket(
  { isOffline, doors }: TestInput,
  platform: TestPlatform,
  findings: Findings,
): Promise<Omit<Check, 'id'>> {
  if (isOffline) return { state: 'skipped', text: 'Not tried: you are offline.' }
  const places = [...new Set(doors.map(({ place }) => place).filter(isSocketAddress))]
  if (places.length === 0) return { state: 'skipped', text: 'No door of this room has an address to try.' }
  const answers = await Promise.all(places.map((place) => platform.opensSocket(place)))
  const count = answers.filter(Boolean).length
  findings.webSocket = count > 0
  const of = `${count} of ${places.length} ${places.length === 1 ? 'address' : 'addresses'} answered`
  if (count === places.length) return { state: 'good', text: `${of}.` }
  return count > 0
    ? { state: 'doubtful', text: `${of}.` }
    : { state: 'bad', text: `${of}: either they are down, or something between blocks WebSockets.` }
}

function judgeDoors({ doors, links, isOffline }: TestInput, findings: Findings): Omit<Check, 'id'> {
  // What rests because the room does without it says nothing.
  const tried = doors.filter(({ state }) => state !== 'stopped')
  findings.doorsTried = tried.length
  findings.doorsOpen = tried.filter(({ state }) => state === 'open').length
  if (isOffline) return { state: 'skipped', text: 'Closed: you are offline.' }
  if (tried.length === 0) return { state: 'skipped', text: 'None is needed now.' }
  const open = `${findings.doorsOpen} of ${tried.length} open`
  const isLinked = links.some(({ path }) => path !== 'tab')
  if (findings.doorsOpen === 0)
    return isLinked
      ? { state: 'doubtful', text: `${open}: you are linked without them, but newcomers do not find you there.` }
      : { state: 'bad', text: `${open}.` }
  if (findings.doorsOpen === tried.length) return { state: 'good', text: `${open}.` }
  // A room that is linked leaves the doors, and one is enough to be found at.
  if (isLinked) return { state: 'good', text: `${open}: enough, as you are linked with others.` }
  return tried.some(({ state }) => state === 'failed')
    ? { state: 'doubtful', text: `${open}. Who looks only at the others does not find you.` }
    : { state: 'good', text: `${open}: enough for now.` }
}

const DIRECT = 'You can be reached directly'
const RELAYED = 'Only through relays'
const LOCAL = 'You can be reached in your own network'
const THROUGH_OTHERS = 'Your network hides you: links only through others'
const NOBODY = 'Nobody can reach you'

function verdictOf({ isOffline, links, isAddressHidden }: TestInput, findings: Findings): Verdict {
  const others = links.filter(({ path }) => path !== 'tab')
  if (isOffline)
    return {
      reach: 'nobody',
      text: `${NOBODY}: you are offline.`,
      advice: ['Go online again by the switch on this page, or check the network of this device.'],
    }
  if (isAddressHidden) return hiddenVerdict(others, findings)
  if (others.some(({ path, kind }) => path === 'direct' && kind === 'rtc'))
    return { reach: 'direct', text: `${DIRECT}: you are linked that way now.`, advice: [] }
  if (!findings.webRtc) return blockedVerdict(others)
  const hasDoor = findings.doorsOpen > 0 || others.length > 0
  if (!hasDoor)
    return {
      reach: 'nobody',
      text: `${NOBODY}: no door answers.`,
      advice: [
        findings.webSocket === true
          ? 'An address did answer just now: try the doors again.'
          : 'Check that this device is online and that no filter blocks WebSockets, then try the doors again.',
        'What you write is kept, and delivered when there is a way.',
      ],
    }
  if (findings.outside === 'seen' && findings.mapping === 'varies')
    return {
      reach: 'relayed',
      text: `${THROUGH_OTHERS}.`,
      advice: [
        'Others in your own network, and people whose networks hide nothing, can still link directly.',
        'Another network, such as a phone’s, may allow more.',
      ],
    }
  if (findings.outside === 'seen') return { reach: 'direct', text: `${DIRECT}.`, advice: [] }
  if (findings.outside === 'relay' || others.some(({ path }) => path === 'relayed' || path === 'socket'))
    return {
      reach: 'relayed',
      text: `${RELAYED}.`,
      advice: ['That works, a little slower. Another network, such as a phone’s, may allow direct connections.'],
    }
  return {
    reach: 'local',
    text: `${LOCAL}.`,
    advice: [
      findings.outside === 'none'
        ? 'Whether people elsewhere can reach you is not known: no STUN server answered.'
        : 'Whether people elsewhere can reach you is not known: the host of this page names no STUN server.',
    ],
  }
}

function hiddenVerdict(others: readonly NetworkLink[], { outside }: Findings): Verdict {
  const isReached = others.some(({ path }) => path === 'relayed' || path === 'socket')
  if (isReached || outside === 'relay')
    return { reach: 'relayed', text: `${RELAYED}: you hide your address.`, advice: [] }
  return {
    reach: 'nobody',
    text: `${NOBODY}: you hide your address, and no relay was found.`,
    advice: ['Show your address to the members by the switch on this page, or ask the host to name a relay (TURN).'],
  }
}

function blockedVerdict(others: readonly NetworkLink[]): Verdict {
  const advice = [
    'Something stops direct connections (WebRTC): often a privacy extension, a setting, or the rules of a company. Allow them for this page, or try another browser.',
  ]
  return others.length > 0
    ? { reach: 'relayed', text: `${RELAYED}: this browser makes no direct connections.`, advice }
    : { reach: 'nobody', text: `${NOBODY}: this browser makes no direct connections.`, advice }
}
