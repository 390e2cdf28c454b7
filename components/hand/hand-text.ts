import type { HandIntroduction, HandReason } from '../../src/index.ts'

/** What is wrong with a code or the two devices, and what to do. */
const REASONS: Readonly<Record<HandReason, string>> = {
  'not-a-code': 'This is no such code. Copy it again, all of it.',
  'not-complete': 'Part of the code is missing at its end. Copy it again, all of it.',
  damaged: 'The code was changed on its way. Copy it again.',
  'newer-version': 'The code comes from a newer Parley. Reload this page, then try again.',
  'wrong-kind': 'This is the other kind of code: one side shows its code, the other answers with one of its own.',
  'another-room': 'This code is of another room.',
  expired: 'The code is too old. Begin again with a new one.',
  'another-offer': 'This answers another code than the one shown here. Use the newest on both sides.',
  'not-waiting': 'No answer is wanted now. Begin again with a new code.',
  'not-reachable': 'The two devices found no way to each other. It works best in the same network.',
  'not-let-in': 'The two devices met, but the other side is not of this room.',
  'no-webrtc': 'This browser makes no direct connections (WebRTC), so it cannot be linked by hand.',
  offline: 'You work offline in this room. Go online, then try again.',
}

export const handReasonText = (reason: HandReason): string => REASONS[reason]

const minutesLeft = (expiresAtMs: number | undefined): string => {
  if (expiresAtMs === undefined) return ''
  const minutes = Math.max(1, Math.ceil((expiresAtMs - Date.now()) / 60_000))
  return ` It works for ${minutes} more ${minutes === 1 ? 'minute' : 'minutes'}.`
}

/** How far the two are, in a sentence that says what comes next. A newcomer is told that coming in needs nothing more. */
export function handStateText(
  { state, isOffering, expiresAtMs, problem }: HandIntroduction,
  isInside = isOffering,
): string {
  switch (state) {
    case 'preparing':
      return 'Making a code…'
    case 'waiting-for-answer':
      return `Waiting for the answer.${minutesLeft(expiresAtMs)}`
    case 'answering':
      return `Waiting until the other side takes it.${minutesLeft(expiresAtMs)}`
    case 'connecting':
      return 'Connecting…'
    case 'connected':
      return isInside ? 'Connected. You can close this.' : 'Connected. You are let in by itself now.'
    case 'cancelled':
      return 'Given up.'
    default:
      return handReasonText(problem ?? 'expired')
  }
}

/** There is nothing more to be done with this code. */
export const hasHandFailed = ({ state }: HandIntroduction): boolean =>
  state === 'failed' || state === 'expired' || state === 'cancelled'
