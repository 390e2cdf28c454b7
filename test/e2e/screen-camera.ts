import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { AxeResults, RunOptions } from 'axe-core'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { ParleyPage } from './parley-page.ts'
import { watchPolicy } from './policy-watch.ts'
import type { World } from './world.ts'

export const PICTURE_FOLDER = 'test-results/screens'

const AXE_FILE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))
const THEMES = ['light', 'dark'] as const
const SIZES = [
  { width: 1280, height: 800, isTouch: false },
  { width: 360, height: 740, isTouch: true },
] as const

/** Targets of 24 px are part of WCAG 2.2, which axe does not ask for by itself. */
const AXE_OPTIONS: RunOptions = { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }

declare const axe: { run(options: RunOptions): Promise<AxeResults> }

declare global {
  interface Window {
    /** Lets the clock of this page go on from another time. */
    setClock(nowMs: number): void
  }
}

/**
 * Runs in the page before anything else. The clock starts at a given time, so that pictures of different days show the
 * same hours; it goes on at its own pace.
 */
function prepareClock(startMs: number): void {
  const realNow = Date.now.bind(Date)
  let offsetMs = Number(localStorage.getItem('clock-offset') ?? startMs - realNow())
  Date.now = () => realNow() + offsetMs
  window.setClock = (nowMs) => {
    offsetMs = nowMs - realNow()
    localStorage.setItem('clock-offset', String(offsetMs))
  }
}

/** Somebody whose screens can be looked at: the page knows axe, keeps still, and has a clock that can be set. */
export async function personInView(world: Pick<World, 'browser' | 'url'>, startMs: number): Promise<ParleyPage> {
  const context: BrowserContext = await world.browser.newContext({
    locale: 'en-GB',
    reducedMotion: 'reduce',
    colorScheme: 'light',
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  // Scripts that the browser adds itself are not subject to the page's content policy, as a script element would be.
  await watchPolicy(context)
  await context.addInitScript({ path: AXE_FILE })
  await context.addInitScript(prepareClock, startMs)
  return ParleyPage.openIn(context, world.url)
}

export interface PictureOptions {
  /** Brings the page into the state, once per size: what floats beside something must float beside it again. */
  readonly arrange?: () => Promise<void>
  readonly restore?: () => Promise<void>
}

/** Looks at a page as it is, in both themes on a desktop and on a phone: a picture each, and what axe finds. */
export class ScreenCamera {
  readonly findings: string[] = []
  readonly #sessions = new WeakMap<Page, Promise<CDPSession>>()

  static async open(): Promise<ScreenCamera> {
    await mkdir(PICTURE_FOLDER, { recursive: true })
    return new ScreenCamera()
  }

  async take({ page }: ParleyPage, name: string, { arrange, restore }: PictureOptions = {}): Promise<void> {
    for (const size of SIZES) {
      await this.#touch(page, size.isTouch)
      await page.setViewportSize(size)
      await arrange?.()
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme })
        await frames(page)
        const path = `${PICTURE_FOLDER}/${name}-${theme}-${size.width}.png`
        await page.screenshot({ path })
        this.findings.push(...(await findingsOf(page)).map((finding) => `${name}, ${theme}, ${size.width}: ${finding}`))
      }
      await restore?.()
    }
    await this.#touch(page, false)
    await page.setViewportSize(SIZES[0])
    await page.emulateMedia({ colorScheme: 'light' })
    await frames(page)
  }

  /** A finger instead of a mouse: larger targets, and nothing that appears by hovering. */
  async #touch(page: Page, enabled: boolean): Promise<void> {
    const session = this.#sessions.get(page) ?? page.context().newCDPSession(page)
    this.#sessions.set(page, session)
    await (await session).send('Emulation.setTouchEmulationEnabled', { enabled, maxTouchPoints: 1 })
  }
}

/** Render, measure, render what was measured. */
const frames = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    for (let count = 0; count < 4; count++) await new Promise((resolve) => requestAnimationFrame(resolve))
  })

/** What axe finds, and what is wider than its place: no screen of this application hides anything at its side. */
function findingsOf(page: Page): Promise<string[]> {
  return page.evaluate(async (options) => {
    const { violations } = await axe.run(options)
    const found = violations.flatMap(({ id, nodes }) =>
      nodes
        // What is half under a bar is scrolled out from there.
        .filter((node) => id !== 'target-size' || !node.failureSummary?.includes('partially obscured'))
        .map((node) => `${id}: ${node.target.flat().join(' ')} ${node.failureSummary}`),
    )
    const roots: ParentNode[] = [document]
    for (const root of roots)
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) roots.push(element.shadowRoot)
        const { overflowX, textOverflow, clipPath } = getComputedStyle(element)
        const { localName, className, scrollWidth, clientWidth } = element
        const isBox = overflowX === 'hidden' && textOverflow === 'clip' && clipPath === 'none'
        if (isBox && scrollWidth > clientWidth + 1)
          found.push(`${localName} ${className} hides ${scrollWidth - clientWidth} px of what is in it`)
      }
    return found
  }, AXE_OPTIONS)
}
