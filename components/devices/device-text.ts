import type { PairingReason } from '../../src/index.ts'

/** Why two devices did not come together, and what to do. */
export const PAIRING_TEXTS: Readonly<Record<PairingReason, string>> = {
  'not-a-code':
    'This is not a pairing code: something in it was mistyped, or it is another text. Compare it with the other screen.',
  'code-incomplete': 'The code is not complete: it has 28 letters and digits, in seven groups of four.',
  'name-empty': 'Give this device a name, so that you recognise it later.',
  'in-use': 'There are rooms on this device already. Only a device without rooms can be added.',
  timeout: 'The other device did not answer in time. Show a new code there and try again.',
  declined: 'The other device declined.',
  lost: 'The connection to the other device was lost. Show a new code and try again.',
  'not-understood': 'The two devices did not understand each other. Reload Parley on both and try again.',
  cancelled: 'Adding the device was cancelled.',
  'not-stored': 'This device could not store what it was given. Free some space and try again.',
  'nobody-asks': 'No device is asking to be added.',
  'too-many-asked': 'Too many devices asked with this code. Show a new one, where only you can see it.',
  'too-far':
    'This device was itself added by a long row of devices and cannot add another. Use an older device or your recovery phrase.',
}

const DEVICE_REASONS: Readonly<Record<string, string>> = {
  'not-allowed': 'Only older devices and the one with your recovery phrase can take this one off.',
  'not-stored': 'This device could not store it. Free some space, then try again.',
}

export const deviceFailureText = (reason: string): string => DEVICE_REASONS[reason] ?? `That didn't work (${reason}).`

/** What people call such a thing, as a name to start from. */
export const likelyDeviceName = (userAgent: string): string =>
  /iPad|Tablet/.test(userAgent) ? 'Tablet' : /Mobi|Android|iPhone/.test(userAgent) ? 'Phone' : 'Computer'

/** Six digits in two groups, as they are compared by eye. */
export const groupedNumber = (digits: string): string => digits.replace(/^(\d{3})(?=\d)/, '$1 ')
