// Two ends of an RTCPeerConnection in one page, wired by hand.
import type { Link } from '../../src/transport/link.ts'
import { createRtcLink, type OpeningRtcLink } from '../../src/transport/rtc-link.ts'

export interface RtcPair {
  readonly offering: RTCPeerConnection
  readonly answering: RTCPeerConnection
  readonly initiator: OpeningRtcLink
  readonly responder: OpeningRtcLink
}

/** Descriptions may be changed on their way, as a hostile tracker would. */
export async function wireRtcPair(change: (sdp: string) => string = (sdp) => sdp): Promise<RtcPair> {
  const offering = new RTCPeerConnection()
  const answering = new RTCPeerConnection()
  const pair = {
    offering,
    answering,
    initiator: createRtcLink(offering, { initiator: true }),
    responder: createRtcLink(answering, { initiator: false }),
  }
  for (const [from, to] of [
    [offering, answering],
    [answering, offering],
  ] as const)
    from.addEventListener('icecandidate', ({ candidate }) => {
      // A connection that was closed meanwhile refuses it, which is no concern of the test.
      if (candidate) to.addIceCandidate(candidate).catch(() => undefined)
    })
  await offering.setLocalDescription()
  await answering.setRemoteDescription(described(offering, change))
  await answering.setLocalDescription()
  await offering.setRemoteDescription(described(answering, change))
  return pair
}

function described(
  { localDescription }: RTCPeerConnection,
  change: (sdp: string) => string,
): RTCSessionDescriptionInit {
  if (!localDescription) throw new Error('no description')
  return { type: localDescription.type, sdp: change(localDescription.sdp) }
}

export async function openRtcPair(): Promise<{
  readonly initiator: Link
  readonly responder: Link
  readonly wires: RtcPair
}> {
  const wires = await wireRtcPair()
  const [initiator, responder] = await Promise.all([wires.initiator.opened, wires.responder.opened])
  if (!initiator.ok || !responder.ok) throw new Error('not opened')
  return { initiator: initiator.value, responder: responder.value, wires }
}
