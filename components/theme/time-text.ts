const timeFormat = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const dayYearFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' })
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const relativeFormat = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const DAY_MS = 86_400_000

const startOfDay = (atMs: number): number => new Date(atMs).setHours(0, 0, 0, 0)

export const isSameDay = (leftMs: number, rightMs: number): boolean => startOfDay(leftMs) === startOfDay(rightMs)

export const timeText = (atMs: number): string => timeFormat.format(atMs)

export const fullTimeText = (atMs: number): string => fullFormat.format(atMs)

/** "Today", "Yesterday", a weekday with its date, or the date with its year when that is another one. */
export function dayText(atMs: number, nowMs: number): string {
  // Rounded, because a day with a change of the clocks has 23 or 25 hours.
  const days = Math.round((startOfDay(atMs) - startOfDay(nowMs)) / DAY_MS)
  if (days === 0 || days === -1) {
    const text = relativeFormat.format(days, 'day')
    return text.charAt(0).toLocaleUpperCase() + text.slice(1)
  }
  return (new Date(atMs).getFullYear() === new Date(nowMs).getFullYear() ? dayFormat : dayYearFormat).format(atMs)
}

/** "just now", "5 minutes ago", then "at" a time today, then "yesterday" or "on" a day: it continues a sentence. */
export function agoText(atMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - atMs) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return relativeFormat.format(-minutes, 'minute')
  if (isSameDay(atMs, nowMs)) return `at ${timeText(atMs)}`
  return isSameDay(atMs, nowMs - DAY_MS) ? relativeFormat.format(-1, 'day') : `on ${dayText(atMs, nowMs)}`
}
