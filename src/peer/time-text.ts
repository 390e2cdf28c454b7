const TIME = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' })

/** A moment as people write it, in this device's time zone: `3 May, 14:05`. */
export const timeText = (atMs: number): string => TIME.format(atMs).replace(' at ', ', ')
