/**
 * WebRTC for Node: node-datachannel (libdatachannel) behind the browser's interface. It is native code, so only the
 * process that can be done without loads it.
 */
import { accepted, rejected, type Result } from '../base/result.ts'
import type { RtcPlatform } from '../transport/rtc-link.ts'

type Classes = RtcPlatform['classes']
type Polyfill = typeof import('node-datachannel/polyfill')

/** libdatachannel makes its ICE transport on a thread of its own, a moment after it took the description. */
const TRANSPORT_WAIT_MS = 10
const TRANSPORT_WAITS_MAX = 50
/**
 * Who answers looks for the other side so much later than it could: the answer should be there first. A way that was
 * found before libdatachannel uses the moment it is told of the answer, and checks the other side's certificate before it
 * knows which one to expect: 3 of 100 connections within one machine failed so, and none of 600 with this.
 */
const HEAD_START_MS = 300

/** The classes, or in words why there are none: no binary for this platform, or one that does not load. */
export async function loadNodeRtc(): Promise<Result<Classes, 'no-webrtc'>> {
  try {
    const polyfill = await import('node-datachannel/polyfill')
    const { RTCSessionDescription, RTCIceCandidate } = polyfill
    return accepted({ RTCPeerConnection: connectionClassOf(polyfill), RTCSessionDescription, RTCIceCandidate })
  } catch (error) {
    return rejected('no-webrtc', firstLineOf(error))
  }
}

const firstLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

const isCandidateLine = (line: string): boolean => /^a=(?:candidate:|end-of-candidates)/.test(line)

/**
 * What browsers do and the package does not: a description of its own is a plain object, candidates may come before
 * there is anything to take them, the last one is followed by an event with none, and a channel of the other side opens
 * after it was told of.
 */
function connectionClassOf({ RTCPeerConnection: Native }: Polyfill): Classes['RTCPeerConnection'] {
  class NodePeerConnection extends Native {
    constructor(configuration: RTCConfiguration) {
      super(configuration)
      this.addEventListener('icegatheringstatechange', () => {
        if (this.iceGatheringState !== 'complete') return
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: null }))
      })
      this.addEventListener('datachannel', (event) => {
        const { channel } = event as RTCDataChannelEvent
        if (channel.readyState !== 'open') return
        queueMicrotask(() => {
          channel.dispatchEvent(new Event('open'))
        })
      })
    }

    override async createOffer(): Promise<RTCSessionDescriptionInit> {
      return plain((await super.createOffer()) as RTCSessionDescriptionInit)
    }

    override async createAnswer(): Promise<RTCSessionDescriptionInit> {
      return plain((await super.createAnswer()) as RTCSessionDescriptionInit)
    }

    override async setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
      // And it lets the other side begin the handshake: a first packet that comes too early is sent again after a second.
      const lines = (type === 'offer' ? sdp.replace('a=setup:actpass', 'a=setup:active') : sdp).split(/\r?\n/)
      await super.setRemoteDescription({ type, sdp: lines.filter((line) => !isCandidateLine(line)).join('\r\n') })
      const sdpMid = lines.find((line) => line.startsWith('a=mid:'))?.slice('a=mid:'.length) ?? '0'
      const candidates = lines.filter((line) => line.startsWith('a=candidate:')).map((line) => line.slice('a='.length))
      const adding = async (): Promise<void> => {
        // One that is no use, such as a name that cannot be found, is no reason to do without the others.
        for (const candidate of candidates) await this.addIceCandidate({ candidate, sdpMid }).catch(() => undefined)
      }
      if (type === 'offer') setTimeout(() => void adding(), HEAD_START_MS)
      else await adding()
    }

    override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      for (let waits = 0; ; waits++) {
        try {
          return await super.addIceCandidate(candidate)
        } catch (error) {
          const isEarly = String(error).includes('without ICE transport') && this.connectionState !== 'closed'
          if (!isEarly || waits >= TRANSPORT_WAITS_MAX) throw error
        }
        await new Promise((resolve) => setTimeout(resolve, TRANSPORT_WAIT_MS))
      }
    }
  }
  return NodePeerConnection as unknown as Classes['RTCPeerConnection']
}

const plain = ({ type, sdp = '' }: RTCSessionDescriptionInit): RTCSessionDescriptionInit => ({ type, sdp })
