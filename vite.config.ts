import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, defineConfig, type Plugin, type Rolldown } from 'vite'
import { PAGE_POLICY } from './src/super-peer/content-policy.ts'
import { attachTracker } from './src/super-peer/tracker.ts'

const PUBLIC_FOLDER = 'components/public'
/** Gzip bytes of what a browser loads before the first screen: about a second on a slow phone network. */
const FIRST_SCREEN_BYTES_MAX = 150 * 1024

/** For its few warnings Yjs would bring in a console made of page elements, with colours. */
const PLAIN_LOGGING = fileURLToPath(new URL('components/plain-logging.ts', import.meta.url))
/** What the first screen needs is one file: it compresses better than several do, and costs one request. */
const FIRST_SCREEN: Rolldown.CodeSplittingGroup = { name: 'first-screen', tags: ['$initial'] }

const gzipBytes = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length

/** The tracker, on the development and preview servers too. */
const tracker: Plugin = {
  name: 'tracker',
  configureServer({ httpServer }) {
    if (httpServer) attachTracker(httpServer as Server)
  },
  configurePreviewServer({ httpServer }) {
    attachTracker(httpServer as Server)
  },
}

/**
 * The page carries its content policy, as hosts of plain files send none. Not in development, where Vite shows its own
 * errors by means that the policy forbids.
 */
const contentPolicy: Plugin = {
  name: 'content-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'content-security-policy', content: PAGE_POLICY }, injectTo: 'head-prepend' },
  ],
}

/** Templates keep their line breaks, which may be part of what they say, but not the indentation, which never is. */
const flushTemplates: Plugin = {
  name: 'flush-templates',
  apply: 'build',
  enforce: 'pre',
  transform: {
    filter: { id: /\/components\/[^?]+\.ts$/ },
    handler: (code) => ({ code: code.replace(/\n[ \t]+/g, '\n'), map: null }),
  },
}

/** Builds the service worker with the list of the build's files and a version made of their content. */
const serviceWorker: Plugin = {
  name: 'service-worker',
  apply: 'build',
  async generateBundle(_, bundle) {
    const hash = createHash('sha256')
    const files = ['./']
    for (const [name, output] of Object.entries(bundle)) {
      if (name.endsWith('.map')) continue
      hash.update(output.type === 'chunk' ? output.code : output.source)
      if (name !== 'index.html') files.push(name)
    }
    for (const name of readdirSync(PUBLIC_FOLDER)) {
      hash.update(readFileSync(`${PUBLIC_FOLDER}/${name}`))
      files.push(name)
    }
    const version = hash.digest('hex').slice(0, 16)
    const worker = await build({
      configFile: false,
      logLevel: 'warn',
      publicDir: false,
      define: { __PRECACHE__: JSON.stringify({ version, files }) },
      build: {
        write: false,
        target: 'es2022',
        rollupOptions: {
          input: 'components/service-worker/service-worker.ts',
          output: { format: 'es', entryFileNames: 'service-worker.js' },
        },
      },
    })
    if (!('output' in worker)) return
    this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: worker.output[0].code })
  },
}

/** The entry, what it imports statically, however deep, and the style sheets of all of these. */
function firstScreenFiles(bundle: Rolldown.OutputBundle): string[] {
  const found = new Set<string>()
  const visit = (name: string): void => {
    const output = bundle[name]
    if (!output || found.has(name)) return
    found.add(name)
    if (output.type !== 'chunk') return
    for (const imported of output.imports) visit(imported)
    for (const sheet of output.viteMetadata?.importedCss ?? []) visit(sheet)
  }
  visit('index.html')
  for (const output of Object.values(bundle)) if (output.type === 'chunk' && output.isEntry) visit(output.fileName)
  return [...found]
}

/** Writes dist/size.json, and fails the build before anything is written when the first screen has grown too large. */
const sizeReport: Plugin = {
  name: 'size-report',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const gzip: Record<string, number> = {}
      for (const [name, output] of Object.entries(bundle))
        if (!name.endsWith('.map')) gzip[name] = gzipBytes(output.type === 'chunk' ? output.code : output.source)
      const files = firstScreenFiles(bundle)
      const bytes = files.reduce((sum, name) => sum + (gzip[name] ?? 0), 0)
      mkdirSync('dist', { recursive: true })
      const report = { firstScreen: { gzipBytes: bytes, gzipBytesMax: FIRST_SCREEN_BYTES_MAX, files }, gzip }
      writeFileSync('dist/size.json', `${JSON.stringify(report, undefined, 2)}\n`)
      const kib = (bytes / 1024).toFixed(1)
      if (bytes > FIRST_SCREEN_BYTES_MAX)
        this.error(`the first screen needs ${kib} KiB of gzip, over the limit of ${FIRST_SCREEN_BYTES_MAX / 1024} KiB`)
      this.info(`first screen: ${kib} KiB of gzip in ${files.length} files`)
    },
  },
}

export default defineConfig({
  base: './',
  publicDir: PUBLIC_FOLDER,
  resolve: { alias: { 'lib0/logging': PLAIN_LOGGING } },
  build: {
    target: 'es2022',
    sourcemap: true,
    outDir: 'dist/app',
    chunkSizeWarningLimit: 1024,
    // Every browser that takes es2022 knows module preloads.
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [FIRST_SCREEN] } } },
  },
  plugins: [tracker, contentPolicy, flushTemplates, serviceWorker, sizeReport],
})
