/** How two members that are not linked yet get a connection, once something carries an offer and an answer for them. */
import { rejected, type Result } from '../base/result.ts'
import { answerDial, dial, type Answer, type Dial, type DialOptions } from '../transport/rtc-dial.ts'

export type DialRefusal = 'not-dialled'

/** Makes connections of our own. Nothing throws and no promise rejects. */
export interface MeshDialler {
  dial(): Promise<Result<Pick<Dial, 'offer' | 'opened' | 'accept' | 'abort'>, DialRefusal>>
  /** A rejection for an offer that is none. */
  answer(offer: Uint8Array): Promise<Result<Answer, DialRefusal>>
}

export interface RtcDiallerOptions {
  /** Asked for with every connection. Without any, people behind different routers may not reach each other. */
  readonly iceServers?: (() => Promise<readonly RTCIceServer[]>) | undefined
  /** Through relays alone, so that the other side does not learn our address. Asked for with every connection. */
  readonly isAddressHidden?: () => boolean
}

/** Dials over WebRTC, or undefined where there is none: such a peer is met through its doors alone. */
export function rtcDialler(options: RtcDiallerOptions = {}): MeshDialler | undefined {
  if (typeof RTCPeerConnection === 'undefined') return undefined
  const settings = async (): Promise<DialOptions> => {
    const iceServers = await (options.iceServers?.() ?? Promise.resolve([])).catch(() => [])
    return { iceServers, isAddressHidden: options.isAddressHidden?.() ?? false }
  }
  return {
    // A browser with too many connections, or with bad settings, throws.
    dial: async () => {
      try {
        return { ok: true, value: dial(await settings()) }
      } catch (error) {
        return rejected('not-dialled', String(error))
      }
    },
    answer: async (offer) => {
      try {
        const answer = await answerDial(offer, await settings())
        return answer.ok ? answer : rejected('not-dialled', answer.detail ?? answer.reason)
      } catch (error) {
        return rejected('not-dialled', String(error))
      }
    },
  }
}
