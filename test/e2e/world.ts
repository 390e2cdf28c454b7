import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { startServer, type RunningServer } from '../../src/super-peer/server.ts'
import { chromiumArgs, requireChromium } from '../tools/chromium.mjs'
import { ParleyPage } from './parley-page.ts'
import { watchPolicy } from './policy-watch.ts'

/** The app as `npm run build` leaves it. */
export const APP_FOLDER = 'dist/app'

/** A server with its tracker and a browser, on which tests open as many people as they need. */
export class World {
  readonly browser: Browser
  readonly server: RunningServer

  private constructor(browser: Browser, server: RunningServer) {
    this.browser = browser
    this.server = server
  }

  static async open(root: string = APP_FOLDER): Promise<World> {
    const browser = await chromium.launch({ executablePath: await requireChromium(), args: chromiumArgs })
    return new World(browser, await startServer({ root, port: 0 }))
  }

  get url(): string {
    return this.server.url
  }

  /** Another person: a browser context that shares nothing with the others. */
  person(url: string = this.url): Promise<ParleyPage> {
    return ParleyPage.open(this.browser, url)
  }

  /** A context for pages that are not the app. */
  async context(): Promise<BrowserContext> {
    const context = await this.browser.newContext()
    await watchPolicy(context)
    return context
  }

  /** Ends all people of one test, so that the next starts with an empty browser. */
  async everybodyLeaves(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()))
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.server.close()
  }
}
