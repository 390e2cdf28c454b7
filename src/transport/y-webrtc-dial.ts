/** A connection that y-webrtc has begun becomes a link of ours, or ends within the time that is granted for it. */
import type { WebrtcConn } from 'y-webrtc'
import { createRtcLink, type OpeningRtcLink, type RtcPlatform } from './rtc-link.ts'

/** Longest time from the first signal to an open link. */
const DIAL_TIMEOUT_MS = 12_000
/** Who has not answered an offer by then has left the door; the slot is for somebody else. */
const ANSWER_TIMEOUT_MS = 6_000

/** An offer of ours that has no answer yet. */
export const isUnanswered = ({ peer }: WebrtcConn): boolean => peer.initiator && !peer._pc?.remoteDescription

/** Must be called before the connection has its first description. `ended` is called once, when it is closed. */
export function openLinkOver(
  conn: WebrtcConn,
  connection: RTCPeerConnection,
  options: { readonly makeLink: RtcPlatform['makeLink'] | undefined; readonly ended: () => void },
): OpeningRtcLink {
  const { peer } = conn
  const opening = createRtcLink(connection, {
    initiator: peer.initiator,
    closeConnection: () => peer.destroy(),
    makeLink: options.makeLink,
  })
  const timeout = setTimeout(() => {
    opening.abort('dial-timeout')
  }, DIAL_TIMEOUT_MS)
  const answerTimeout = setTimeout(() => {
    if (isUnanswered(conn)) opening.abort('no-answer')
  }, ANSWER_TIMEOUT_MS)
  const stopTimers = (): void => {
    clearTimeout(timeout)
    clearTimeout(answerTimeout)
  }
  void opening.opened.then(stopTimers)
  let failure = 'closed-by-peer'
  peer.on('error', (error) => {
    failure = `connection-failed: ${error.message}`
  })
  peer.on('close', () => {
    stopTimers()
    opening.abort(failure)
    options.ended()
  })
  return opening
}
