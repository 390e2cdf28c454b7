/**
 * What a rejected request says to the person who made it: what is wrong, and what to do.
 * One table, so that a reason code reads the same wherever it turns up.
 */
const TEXTS: Readonly<Record<string, string>> = {
  'not-an-invite': "This isn't an invite to a Parley room. Ask for the link again and paste all of it.",
  damaged:
    'Part of this invite is missing or changed, which happens when a link is cut. Ask for it again and paste all of it.',
  'newer-version': 'This invite comes from a newer Parley. Reload this page, then open the link again.',
  'too-long': 'This is too long for one message. Shorten it or send it in parts; your text is kept here.',
  empty: 'There is nothing to send yet.',
  'not-allowed': 'Your role in this room doesn’t allow that. Ask an admin of the room for another role.',
  left: 'You have left this room, so nothing can be written in it.',
  revoked: 'This invite was revoked. Ask for a new one.',
  'used-up': 'This invite has been used as often as it may be. Ask for a new one.',
  quota: 'This room has no space left for you. Delete something large, or start another room.',
  'name-empty': 'Type the name that others will see.',
  'room-name-empty': 'Give the room a name, so that people know what they are invited to.',
  'not-connected-yet': 'You are not in this room yet. Try again when somebody of the room has let you in.',
  'outbox-full':
    'Too much is waiting to be delivered. Your text is kept here; send it when somebody of the room is there.',
  'not-stored': 'This device could not store it. Free some space, then try again; your text is kept here.',
  storage: 'This device could not store it. Free some space, then try again; your text is kept here.',
}

export const failureText = (reason: string): string =>
  TEXTS[reason] ?? `That didn't work (${reason}). Nothing is lost: try again.`
