// Two small Web Test Runner add-ons: Vite as the server of all modules, and a CI closing line.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createServer } from 'vite'

/**
 * Serves every module through Vite in middleware mode, so tests see the same transforms, pre-bundled CJS
 * dependencies and import.meta.env as the app. WTR keeps its own paths.
 * `app.use()` in serverStart has no effect with koa-compose 4.2 (it copies the list), so this is a config.middleware entry.
 */
export function viteServer({ include = [], entries = ['test/browser/**/*.ts'], config = {} } = {}) {
  let vite
  const plugin = {
    name: 'vite',
    async serverStart({ config: wtr }) {
      vite = await createServer({
        root: wtr.rootDir,
        // Apart from the development server's: another optimizeDeps configuration would rebuild it each time.
        cacheDir: 'node_modules/.vite-wtr',
        logLevel: 'warn',
        clearScreen: false,
        appType: 'custom',
        ...config,
        server: { middlewareMode: true, hmr: false, ws: false, watch: null, ...config.server },
        // WTR's own browser modules import /__web-dev-server__web-socket.js, which only WTR can serve
        optimizeDeps: { entries, include, ...config.optimizeDeps },
        plugins: [
          {
            name: 'wtr-external',
            enforce: 'pre',
            resolveId: (id) => (id.startsWith('/__web-') ? { id, external: true } : undefined),
          },
          ...(config.plugins ?? []),
        ],
      })
    },
    async serverStop() {
      await vite?.close()
    },
  }
  const middleware = async (ctx, next) => {
    // WTR owns '/', so the app's index.html is at /app.html
    if (ctx.path === '/app.html') {
      ctx.type = 'html'
      ctx.body = await vite.transformIndexHtml(
        '/index.html',
        await readFile(join(vite.config.root, 'index.html'), 'utf8'),
      )
      return
    }
    if (ctx.path === '/' || ctx.path.startsWith('/__web-') || ctx.path.startsWith('/node_modules/@web/')) return next()
    ctx.respond = false
    return new Promise((resolve) => {
      ctx.res.once('close', resolve)
      vite.middlewares(ctx.req, ctx.res, (err) => {
        ctx.res.statusCode = err ? 500 : 404
        ctx.res.end(err ? String(err) : 'not found')
      })
    })
  }
  return { plugin, middleware }
}

/** Prints 'N passed, N failed[, N skipped]' alone on a line; a file that does not load counts as failed. */
export function countReporter() {
  return {
    onTestRunFinished({ sessions }) {
      let passed = 0,
        failed = 0,
        skipped = 0
      const walk = (s) => {
        for (const t of s.tests) {
          if (t.skipped) skipped++
          else if (t.passed) passed++
          else failed++
        }
        for (const c of s.suites) walk(c)
      }
      for (const s of sessions) {
        if (s.testResults) walk(s.testResults)
        if (s.errors.length) failed++
      }
      process.stdout.write(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
    },
  }
}
