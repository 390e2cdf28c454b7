/** Chromium, and pages of the benchmarks' own in it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build } from 'vite'
import { startServer } from '../../../src/super-peer/server.ts'
import { chromiumArgs, requireChromium } from '../../tools/chromium.mjs'

/** Runs `work` with a browser, which is closed whatever happens. */
export async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({
    executablePath: await requireChromium(),
    headless: true,
    // Contexts find each other by their addresses, as no resolver for hidden names runs everywhere.
    args: [...chromiumArgs, '--js-flags=--expose-gc', '--disable-features=WebRtcHideLocalIpsWithMdns'],
  })
  try {
    return await work(browser)
  } finally {
    await browser.close()
  }
}

export interface PageServer {
  readonly url: string
  readonly trackerUrl: string
  close(): Promise<void>
}

/** Builds a module of `test/bench/pages` as the application is built and serves it, with our tracker beside it. */
export async function servePage(name: string): Promise<PageServer> {
  const root = await mkdtemp(join(tmpdir(), 'parley-bench-'))
  await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: root,
      emptyOutDir: true,
      target: 'es2022',
      chunkSizeWarningLimit: 1024,
      rolldownOptions: { input: `test/bench/pages/${name}.ts`, output: { format: 'es', entryFileNames: 'page.js' } },
    },
  })
  await writeFile(
    join(root, 'index.html'),
    '<!doctype html><title>Bench</title><script type="module" src="page.js"></script>',
  )
  const server = await startServer({ root, port: 0 })
  return {
    url: server.url,
    trackerUrl: server.trackerUrl,
    close: async () => {
      await server.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** A page in a browser context of its own: it shares nothing with others but the network. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    console.error(`  page: ${String(error)}`)
  })
  await page.goto(url, { waitUntil: 'load' })
  return page
}

/** Runs `work` with some pages of their own contexts, closed whatever happens. */
export async function withPages<T>(
  browser: Browser,
  url: string,
  count: number,
  work: (pages: readonly Page[]) => Promise<T>,
): Promise<T> {
  const pages: Page[] = []
  try {
    for (let i = 0; i < count; i++) pages.push(await openPage(browser, url))
    return await work(pages)
  } finally {
    await Promise.all(pages.map((page) => page.context().close()))
  }
}
