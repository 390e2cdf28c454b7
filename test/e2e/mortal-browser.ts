import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { chromiumArgs, requireChromium } from '../tools/chromium.mjs'

/** A browser on a profile of its own, in a process group that can be killed as a whole. */
export class MortalBrowser {
  readonly context: BrowserContext
  readonly #browser: Browser
  readonly #program: ChildProcess

  private constructor(context: BrowserContext, browser: Browser, program: ChildProcess) {
    this.context = context
    this.#browser = browser
    this.#program = program
  }

  static async start(profile: string): Promise<MortalBrowser> {
    const program = spawn(
      await requireChromium(),
      [
        ...chromiumArgs,
        '--headless',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        // Two browsers on one machine find each other by their addresses, where no resolver for hidden names runs.
        '--disable-features=WebRtcHideLocalIpsWithMdns',
        // Nothing but the test's page: no start page, no question whether to open what was open before.
        '--disable-extensions',
        '--disable-component-extensions-with-background-pages',
        '--hide-crash-restore-bubble',
        '--noerrdialogs',
        'about:blank',
      ],
      { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    try {
      const browser = await chromium.connectOverCDP(await debuggingAddressOf(program))
      const [context] = browser.contexts()
      assert.ok(context, 'a browser has a default context')
      return new MortalBrowser(context, browser, program)
    } catch (error) {
      await killGroupOf(program)
      throw error
    }
  }

  /** kill -9 of everything that belongs to it. */
  async kill(): Promise<void> {
    await killGroupOf(this.#program)
    await this.#browser.close()
  }
}

async function killGroupOf(program: ChildProcess): Promise<void> {
  if (program.pid === undefined || program.signalCode !== null || program.exitCode !== null) return
  const ended = once(program, 'exit')
  process.kill(-program.pid, 'SIGKILL')
  await ended
}

async function debuggingAddressOf({ stderr }: ChildProcess): Promise<string> {
  assert.ok(stderr)
  return new Promise((resolve, reject) => {
    const lines = createInterface(stderr)
    lines.on('line', (line) => {
      const address = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
    lines.on('close', () => {
      reject(new Error('the browser ended before it could be driven'))
    })
  })
}
