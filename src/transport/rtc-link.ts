/**
 * A link over the data channels of an RTCPeerConnection. How the two found each other is not known here.
 * All four channels are agreed on beforehand: they exist before the first description is made, so nothing that the
 * other side sends early is lost, and no further negotiation is ever needed.
 */
import { concatBytes, utf8 } from '../base/bytes.ts'
import { accepted, rejected, type Result } from '../base/result.ts'
import { FramedLink, type FramedLinkOptions, type Wire } from './framed-link.ts'
import { INBOX_BYTES_MAX, LANES, type Lane, type Link, type LinkStats } from './link.ts'

const CHANNELS: Readonly<Record<Lane, RTCDataChannelInit>> = {
  control: { id: 1, negotiated: true, ordered: true },
  sync: { id: 2, negotiated: true, ordered: true },
  bulk: { id: 3, negotiated: true, ordered: false },
  ephemeral: { id: 4, negotiated: true, ordered: false, maxRetransmits: 0 },
}

/** Receipts tell when more may go; this is for what nobody gives receipts for, and for a network that takes nothing. */
const BUFFERED_BYTES_LOW = 65_536

/** WebRTC that is not the page's own: that of Node comes from a package, and what it opens ends in another process. */
export interface RtcPlatform {
  readonly classes: {
    readonly RTCPeerConnection: new (configuration: RTCConfiguration) => RTCPeerConnection
    readonly RTCSessionDescription: unknown
    readonly RTCIceCandidate: unknown
  }
  /** What an open connection becomes: a link that takes frames in and gives them out, unless it is said otherwise. */
  readonly makeLink?: (parts: FramedLinkOptions) => FramedLink
}

export type RtcFailure = 'connection-failed' | 'bad-fingerprint' | 'aborted'

/** A link whose connection is still being made. */
export interface OpeningRtcLink {
  /** Settles when all lanes are open, or cannot be any more. Never rejects. */
  readonly opened: Promise<Result<Link, RtcFailure>>
  /** Gives up, or closes the link with that reason if it is open. For the owner of the connection, when it ends. */
  abort(reason: string): void
}

export interface RtcLinkOptions {
  /** Whether this side makes the offer. */
  readonly initiator: boolean
  /**
   * Waits on where no way was found yet, for an owner who aborts in time: the other side may begin minutes later, and the
   * browser finds the way then.
   */
  readonly isPatient?: boolean
  /** Ends the connection; by default `connection.close()`. */
  readonly closeConnection?: () => void
  readonly makeLink?: RtcPlatform['makeLink'] | undefined
}

/** Must be called before the connection has its first description. */
export function createRtcLink(connection: RTCPeerConnection, options: RtcLinkOptions): OpeningRtcLink {
  const opening = new RtcOpening(connection, options)
  return { opened: opening.opened, abort: (reason) => opening.abort(reason) }
}

class RtcOpening {
  readonly opened: Promise<Result<Link, RtcFailure>>
  readonly #connection: RTCPeerConnection
  readonly #initiator: boolean
  readonly #closeConnection: () => void
  readonly #makeLink: NonNullable<RtcPlatform['makeLink']>
  #channels: Record<Lane, RTCDataChannel> | undefined
  #settle: (result: Result<Link, RtcFailure>) => void = () => undefined
  #state: 'waiting' | 'binding' | 'settled' = 'waiting'
  #link: FramedLink | undefined
  /** Frames that came while our side was not ready. */
  #early: { readonly lane: Lane; readonly data: unknown }[] = []
  #earlyBytes = 0

  constructor(connection: RTCPeerConnection, options: RtcLinkOptions) {
    const { initiator, isPatient = false, closeConnection, makeLink } = options
    this.#connection = connection
    this.#initiator = initiator
    this.#closeConnection = closeConnection ?? (() => connection.close())
    this.#makeLink = makeLink ?? ((parts) => new FramedLink(parts))
    this.opened = new Promise((resolve) => {
      this.#settle = resolve
    })
    try {
      this.#channels = {
        control: this.#openChannel('control'),
        ephemeral: this.#openChannel('ephemeral'),
        sync: this.#openChannel('sync'),
        bulk: this.#openChannel('bulk'),
      }
    } catch (error) {
      this.#fail('connection-failed', String(error))
      return
    }
    connection.addEventListener('signalingstatechange', () => {
      this.#bindWhenReady()
    })
    connection.addEventListener('connectionstatechange', () => {
      const state = connection.connectionState
      // Checks of the way go unanswered: seconds before the browser gives it up, and before anybody's silence is noticed.
      if (state === 'disconnected') this.#link?.onDisturbed?.()
      const isOver = state === 'closed' || (state === 'failed' && (this.#link !== undefined || !isPatient))
      if (isOver) this.#end('connection-failed')
    })
  }

  abort(reason: string): void {
    if (this.#link) this.#link.end(reason)
    else this.#fail('aborted', reason)
  }

  #openChannel(lane: Lane): RTCDataChannel {
    const channel = this.#connection.createDataChannel(lane, CHANNELS[lane])
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = BUFFERED_BYTES_LOW
    channel.addEventListener('open', () => {
      this.#bindWhenReady()
    })
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this.#receive(lane, data)
    })
    channel.addEventListener('bufferedamountlow', () => {
      this.#link?.drained()
    })
    channel.addEventListener('close', () => {
      this.#end('closed-by-peer')
    })
    return channel
  }

  /** Channels can open before the page is told of the answer that opened them. */
  #bindWhenReady(): void {
    const channels = this.#channels
    if (this.#state !== 'waiting' || !channels || this.#connection.signalingState !== 'stable') return
    if (LANES.every((lane) => channels[lane].readyState === 'open')) void this.#bind()
  }

  #receive(lane: Lane, data: unknown): void {
    if (this.#link) {
      if (data instanceof ArrayBuffer) this.#link.receive(lane, new Uint8Array(data))
      else this.#link.end('bad-frame: not binary')
      return
    }
    if (this.#state === 'settled') return
    this.#earlyBytes += data instanceof ArrayBuffer ? data.byteLength : INBOX_BYTES_MAX
    if (this.#earlyBytes > INBOX_BYTES_MAX) this.#fail('aborted', 'flooded before the link was open')
    else this.#early.push({ lane, data })
  }

  async #bind(): Promise<void> {
    this.#state = 'binding'
    const local = fingerprintOf(this.#connection.localDescription?.sdp)
    const remote = fingerprintOf(this.#connection.remoteDescription?.sdp)
    if (!local || !remote) {
      this.#fail('bad-fingerprint')
      return
    }
    const [first, second] = this.#initiator ? [local, remote] : [remote, local]
    const binding = new Uint8Array(await crypto.subtle.digest('SHA-256', bound(first, second)))
    const channels = this.#channels
    if (this.#isSettled() || !channels) return
    this.#state = 'settled'
    const wire = new RtcWire(channels, this.#closeConnection)
    const link = this.#makeLink({
      kind: 'rtc',
      initiator: this.#initiator,
      binding,
      wire,
      nowMs: () => performance.now(),
    })
    this.#link = link
    const early = this.#early
    this.#early = []
    for (const { lane, data } of early) this.#receive(lane, data)
    this.#settle(accepted(link))
    void this.#findPath(link)
  }

  // A method, as the compiler would take the state before an `await` for the one after it.
  #isSettled(): boolean {
    return this.#state === 'settled'
  }

  #end(reason: string): void {
    if (this.#link) this.#link.end(reason)
    else this.#fail('connection-failed', reason)
  }

  #fail(reason: RtcFailure, detail?: string): void {
    if (this.#state === 'settled') return
    this.#state = 'settled'
    this.#early = []
    this.#closeConnection()
    this.#settle(rejected(reason, detail))
  }

  async #findPath(link: FramedLink): Promise<void> {
    try {
      const candidates = selectedCandidates(await this.#connection.getStats())
      if (candidates) link.knowPath(candidates)
    } catch {
      // The path is for display only: it stays unknown.
    }
  }
}

class RtcWire implements Wire {
  readonly #channels: Readonly<Record<Lane, RTCDataChannel>>
  readonly #closeConnection: () => void

  constructor(channels: Readonly<Record<Lane, RTCDataChannel>>, closeConnection: () => void) {
    this.#channels = channels
    this.#closeConnection = closeConnection
  }
  send(lane: Lane, frame: Uint8Array): void {
    this.#channels[lane].send(frame as Uint8Array<ArrayBuffer>)
  }
  bufferedBytes(lane: Lane): number {
    return this.#channels[lane].bufferedAmount
  }
  close(): void {
    this.#closeConnection()
  }
}

const bound = (initiator: Uint8Array, responder: Uint8Array): Uint8Array<ArrayBuffer> =>
  concatBytes(utf8('fp'), initiator, responder) as Uint8Array<ArrayBuffer>

/** The SHA-256 certificate fingerprint of a session description (RFC 8122), if it has exactly one. */
export function fingerprintOf(sdp: string | undefined): Uint8Array | undefined {
  const values = new Set<string>()
  for (const [, algorithm, value] of (sdp ?? '').matchAll(/^a=fingerprint:(\S+) (\S+)\s*$/gim)) {
    if (algorithm?.toLowerCase() !== 'sha-256' || value === undefined) return undefined
    values.add(value.toLowerCase())
  }
  const [value, second] = values
  if (value === undefined || second !== undefined || !/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/.test(value)) return undefined
  return Uint8Array.from(value.split(':'), (byte) => Number.parseInt(byte, 16))
}

interface CandidateReport {
  readonly id: string
  readonly type: string
  readonly selectedCandidatePairId?: string
  readonly localCandidateId?: string
  readonly remoteCandidateId?: string
  readonly candidateType?: string
  readonly nominated?: boolean
  readonly state?: string
}

function selectedCandidates(report: RTCStatsReport): LinkStats['candidates'] {
  const all = new Map<string, CandidateReport>()
  report.forEach((entry: CandidateReport) => all.set(entry.id, entry))
  const entries = [...all.values()]
  const chosen = entries.find((entry) => entry.type === 'transport')?.selectedCandidatePairId
  // Firefox has no transport reports; its pair in use is the nominated one.
  const pair =
    (chosen === undefined ? undefined : all.get(chosen)) ??
    entries.find((entry) => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded')
  const local = all.get(pair?.localCandidateId ?? '')?.candidateType
  const remote = all.get(pair?.remoteCandidateId ?? '')?.candidateType
  return local !== undefined && remote !== undefined ? { local, remote } : undefined
}
