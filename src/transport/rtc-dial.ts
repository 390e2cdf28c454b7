/**
 * Connections of our own, for which somebody else carries two short messages: other peers, a door, or people who show
 * each other a code. Candidates are gathered first and travel inside, so one message each way is all there is.
 */
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Link } from './link.ts'
import { packDescription, unpackDescription, type DescriptionReason } from './packed-description.ts'
import { createRtcLink, type OpeningRtcLink, type RtcFailure, type RtcPlatform } from './rtc-link.ts'

/** Candidates that take longer are left out: what is found in a second is what works. */
const GATHER_MS_MAX = 1_000
/** From the answer to an open link; mesh.md: a slow phone behind a relay needs most of it. */
const OPEN_MS_MAX = 12_000

export type DialFailure = RtcFailure | DescriptionReason

export interface DialOptions {
  /** STUN and TURN servers. None unless the host or the user names one. */
  readonly iceServers?: readonly RTCIceServer[]
  /** Through relays (TURN) alone, so that the other side does not learn our address. */
  readonly isAddressHidden?: boolean
  /** How long the other side's answer may take, in ms; people who type need more than machines. */
  readonly answerMsMax?: number
  /** Whose WebRTC is used, where it is not the page's own. */
  readonly platform?: RtcPlatform
}

/** The side that asks. */
export interface Dial {
  /** To be brought to the other side. */
  readonly offer: Promise<Result<Uint8Array, DialFailure>>
  /** Settles when the link is open or cannot be any more. Never rejects. */
  readonly opened: Promise<Result<Link, DialFailure>>
  /** What the other side answered. A second answer, or a broken one, changes nothing. */
  accept(answer: Uint8Array): Promise<Result<void, DialFailure>>
  abort(reason: string): void
}

/** The side that is asked. */
export interface Answer {
  readonly answer: Uint8Array
  readonly opened: Promise<Result<Link, DialFailure>>
  abort(reason: string): void
}

const ANSWER_MS_MAX = 12_000

/** Begins a connection. Must run where there is WebRTC, or be given one. */
export function dial(options: DialOptions = {}): Dial {
  const connection = connectionFor(options)
  const opening = createRtcLink(connection, { initiator: true, makeLink: options.platform?.makeLink })
  const timer = setTimeout(() => {
    opening.abort('no-answer')
  }, options.answerMsMax ?? ANSWER_MS_MAX)
  void opening.opened.then(() => {
    clearTimeout(timer)
  })
  let isAnswered = false
  return {
    offer: describe(connection, opening),
    opened: opening.opened,
    abort: (reason) => {
      opening.abort(reason)
    },
    accept: async (answer) => {
      if (isAnswered) return rejected('aborted', 'answered already')
      const sdp = unpackDescription(answer)
      if (!sdp.ok) return sdp
      isAnswered = true
      clearTimeout(timer)
      abortLater(opening)
      return tryTo(() => connection.setRemoteDescription({ type: 'answer', sdp: sdp.value }))
    },
  }
}

/** Answers an offer. A rejection when it is none, or the browser does not take it. */
export async function answerDial(offer: Uint8Array, options: DialOptions = {}): Promise<Result<Answer, DialFailure>> {
  const sdp = unpackDescription(offer)
  if (!sdp.ok) return sdp
  const connection = connectionFor(options)
  const isPatient = options.answerMsMax !== undefined
  const opening = createRtcLink(connection, { initiator: false, isPatient, makeLink: options.platform?.makeLink })
  if (isPatient) keepTrying(connection, sdp.value)
  abortLater(opening, options.answerMsMax)
  const taken = await tryTo(() => connection.setRemoteDescription({ type: 'offer', sdp: sdp.value }))
  const answer = taken.ok ? await describe(connection, opening) : taken
  if (!answer.ok) {
    opening.abort(answer.detail ?? answer.reason)
    return answer
  }
  const abort = (reason: string): void => {
    opening.abort(reason)
  }
  return accepted({ answer: answer.value, opened: opening.opened, abort })
}

function connectionFor({ iceServers = [], isAddressHidden = false, platform }: DialOptions): RTCPeerConnection {
  const configuration: RTCConfiguration = {
    iceServers: [...iceServers],
    iceTransportPolicy: isAddressHidden ? 'relay' : 'all',
  }
  const Connection = platform?.classes.RTCPeerConnection ?? RTCPeerConnection
  return new Connection(configuration)
}

function abortLater(opening: OpeningRtcLink, extraMs = 0): void {
  const timer = setTimeout(() => {
    opening.abort('dial-timeout')
  }, OPEN_MS_MAX + extraMs)
  void opening.opened.then(() => {
    clearTimeout(timer)
  })
}

/**
 * A browser gives up after 15 s, when people have hardly sent the answer. Its packets are what keeps the way in through
 * our router open, so it is told of the other side's addresses once more each time; those that it has had already under
 * the same name it would pass over (as measured in Chromium).
 */
function keepTrying(connection: RTCPeerConnection, offer: string): void {
  const candidates = [...offer.matchAll(/^a=candidate:(\S+) (.*?)\r?$/gm)]
  let rounds = 0
  connection.addEventListener('connectionstatechange', () => {
    if (connection.connectionState !== 'failed') return
    rounds++
    for (const [, name, rest] of candidates)
      void tryTo(() => connection.addIceCandidate({ candidate: `candidate:${rounds}r${name} ${rest}`, sdpMid: '0' }))
  })
}

/** Our own description. What is asked of a connection that is closed meanwhile never settles, so its end is an answer too. */
function describe(connection: RTCPeerConnection, opening: OpeningRtcLink): Promise<Result<Uint8Array, DialFailure>> {
  const ended = opening.opened.then((link) => (link.ok ? rejected('connection-failed', 'open already') : link))
  return Promise.race([describeOpen(connection), ended])
}

/** Makes our own description and waits for its candidates. */
async function describeOpen(connection: RTCPeerConnection): Promise<Result<Uint8Array, DialFailure>> {
  const gathered = untilGathered(connection)
  const set = await tryTo(() => connection.setLocalDescription())
  if (!set.ok) return set
  await gathered
  const sdp = connection.localDescription?.sdp
  return sdp === undefined ? rejected('connection-failed', 'closed') : packDescription(sdp)
}

function untilGathered(connection: RTCPeerConnection): Promise<void> {
  // Not every WebRTC waits for `setLocalDescription` before it gathers.
  if (connection.iceGatheringState === 'complete') return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHER_MS_MAX)
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState !== 'complete') return
      clearTimeout(timer)
      resolve()
    })
  })
}

/** A closed connection, or a description that the browser does not take, is an answer and no accident. */
async function tryTo(work: () => Promise<void>): Promise<Result<void, RtcFailure>> {
  try {
    await work()
    return accepted(undefined)
  } catch (error) {
    return rejected('connection-failed', String(error))
  }
}
