/** A page whose time can be made to run faster, for what takes minutes. */
import type { BrowserContext } from 'playwright-core'
import type { ParleyPage } from './parley-page.ts'

declare global {
  interface Window {
    /** From now on the page's clocks and timers run so many times as fast. */
    setSpeed(speed: number): void
  }
}

/** Fast enough that minutes pass in seconds, slow enough that no link seems silent. */
const SPEED = 15

/** Runs in a page before anything else. Timers that were set before a change of speed keep their pace. */
const TAKE_TIME = `
let speed = 1
const clocks = [Date, performance].map((clock) => ({ clock, read: clock.now.bind(clock), fromMs: 0, shownMs: 0 }))
const [date, monotonic] = clocks.map((each) => () => each.shownMs + (each.read() - each.fromMs) * speed)
Date.now = () => Math.floor(date())
performance.now = monotonic
for (const name of ['setTimeout', 'setInterval']) {
  const set = window[name].bind(window)
  window[name] = (run, delayMs = 0, ...values) => set(run, delayMs / speed, ...values)
}
window.setSpeed = (next) => {
  for (const each of clocks) {
    each.shownMs += (each.read() - each.fromMs) * speed
    each.fromMs = each.read()
  }
  speed = next
}
`

/** To be done before the first page of the context opens. */
export const letHurry = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript({ content: `{${TAKE_TIME}}` })

export const hurry = ({ page }: ParleyPage): Promise<void> =>
  page.evaluate((speed) => {
    window.setSpeed(speed)
  }, SPEED)
