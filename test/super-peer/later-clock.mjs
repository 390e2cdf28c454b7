/**
 * Put into a program by NODE_OPTIONS: its clock is ahead by what LATER_MS says, and it need not wait for long: timers of a
 * minute and more run twenty times as fast.
 */
const LATER_MS = Number(process.env['LATER_MS'] ?? 0)
const LONG_MS = 60_000
const SPEED = 20

const readClock = Date.now.bind(Date)
Date.now = () => readClock() + LATER_MS
const setTimer = globalThis.setTimeout
globalThis.setTimeout = Object.assign(
  (run, delayMs = 0, ...values) => setTimer(run, delayMs >= LONG_MS ? delayMs / SPEED : delayMs, ...values),
  setTimer,
)
