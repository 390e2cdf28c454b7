import { failureText } from './failure-text.ts'

/**
 * What a refusal says that has to do with who may do what. Apart from the general table, since it is needed only by
 * dialogs and notices that load when they first appear.
 */
const TEXTS: Readonly<Record<string, string>> = {
  'not-allowed': 'Your role doesn’t allow that. Somebody with a higher role in the list of members can do it.',
  outranked: 'Only people above them in the list of members may do that. Ask one of those.',
  owner: 'They own this room. Only another owner can do that, on a device that has their own key.',
  'last-owner':
    'Nobody would be left who can manage this room. Make somebody else an owner or an admin first, under People, then try again.',
  'invite-revoked': 'The invite was revoked before you were let in. Ask for a new one.',
  'invite-used-up': 'As many people have come by the invite as it was made for. Ask for a new one.',
  'invite-expired': 'The invite has expired. Ask for a new one.',
  banned: 'You were banned from this room, so no invite lets you in. Ask an admin of the room.',
  declined: 'Your request to come in was declined. If that was a mistake, ask who invited you.',
  removed: 'You had been removed from the room.',
  demoted: 'Your role had been changed, and no longer allows it.',
  left: 'You had left the room.',
  'not-a-writer': 'You were not among those who may write there.',
  'device-removed': 'This device had been taken off your devices.',
}

export const accessFailureText = (reason: string): string => TEXTS[reason] ?? failureText(reason)
