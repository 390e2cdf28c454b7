// Run through test/tools/wtr.mjs, which lets this file import TypeScript on Node 20.
import { defaultReporter } from '@web/test-runner'
import { chromeLauncher } from '@web/test-runner-chrome'
import { junitReporter } from '@web/test-runner-junit-reporter'
import { requireChromium, chromiumArgs } from './test/tools/chromium.mjs'
import { viteServer, countReporter } from './test/tools/wtr-plugins.mjs'
import { attachSocketPipe } from './test/tools/socket-pipe.mjs'
import { attachTracker } from './src/super-peer/tracker.ts'

const vite = viteServer()

export default {
  files: process.env.FILES ?? 'test/browser/**/*.test.ts',
  concurrency: 2,
  testsFinishTimeout: 300_000,
  testFramework: { config: { timeout: 40_000 } }, // a bound, not a measure: the machine may have much else to do
  plugins: [
    vite.plugin,
    {
      name: 'tracker',
      serverStart({ server }) {
        attachTracker(server)
        attachSocketPipe(server)
      },
    },
  ],
  middleware: [vite.middleware],
  filterBrowserLogs: ({ args }) => !String(args[0]).startsWith('Lit is in dev mode'),
  coverageConfig: {
    include: ['src/**', 'components/**'],
    report: true,
    reportDir: 'coverage',
    reporters: ['lcovonly', 'text'],
  },
  reporters: [
    defaultReporter({ reportTestProgress: process.stdout.isTTY === true }),
    junitReporter({ outputPath: 'test-results/browser.xml' }),
    countReporter(),
  ],
  // One browser context for all files: 3 times faster than playwrightLauncher's context a file, but storage is shared
  // between files, so every test names its databases and rooms with crypto.randomUUID().
  // A window for each page: a tab in the background renders no frames, so nothing that measures itself would work.
  browsers: [
    chromeLauncher({
      createPage: ({ context }) => context.newPage({ type: 'window', windowBounds: { width: 1000, height: 760 } }),
      launchOptions: { executablePath: await requireChromium(), args: chromiumArgs },
    }),
  ],
}
