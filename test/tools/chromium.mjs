// Finds a Chromium (or installs one); prints its path when run directly.
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createRequire } from 'node:module'
import { spawnSync } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'

export const chromiumArgs = [
  ...(process.getuid?.() === 0 || process.env.CI ? ['--no-sandbox'] : []), // Chromium's sandbox refuses root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Background tabs must not be throttled in tests with several peers.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
]

const executable = (p) => {
  try {
    accessSync(p, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const systemPaths = () => {
  if (process.platform === 'darwin')
    return ['Google Chrome', 'Chromium', 'Microsoft Edge', 'Brave Browser'].map(
      (n) => `/Applications/${n}.app/Contents/MacOS/${n}`,
    )
  if (process.platform === 'win32')
    return ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((v) =>
      process.env[v]
        ? [
            join(process.env[v], 'Google/Chrome/Application/chrome.exe'),
            join(process.env[v], 'Microsoft/Edge/Application/msedge.exe'),
          ]
        : [],
    )
  const names = [
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
    'microsoft-edge',
    'brave-browser',
  ]
  return (process.env.PATH ?? '').split(delimiter).flatMap((d) => names.map((n) => join(d, n)))
}

async function playwrightPath() {
  try {
    const { chromium } = await import('playwright-core')
    const p = chromium.executablePath()
    return p && existsSync(p) ? p : undefined
  } catch {
    return undefined
  }
}

const works = (path) => spawnSync(path, ['--version'], { timeout: 20e3 }).status === 0

/** @returns {Promise<string|undefined>} */
export async function findChromium() {
  const env = process.env.CHROME_PATH
  if (env) {
    if (executable(env)) return env
    throw new Error(`CHROME_PATH is set to ${env}, which is not an executable file`)
  }
  return systemPaths().find(executable) ?? (await playwrightPath())
}

const run = (cmd, args, timeout) => {
  console.error(`> ${cmd} ${args.join(' ')}`)
  return spawnSync(cmd, args, { stdio: ['ignore', 2, 2], timeout }).status === 0
}

/** A Chromium headless shell shipped inside an npm package: Linux x64, no root, no download but the registry's. */
async function fromNpm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const dir = fileURLToPath(new URL('../../node_modules/.cache/chromium-npm', import.meta.url))
  const pkg = join(dir, 'node_modules/@sparticuz/chromium')
  if (
    !existsSync(pkg) &&
    !run('npm', ['install', '--prefix', dir, '--no-audit', '--no-fund', '@sparticuz/chromium@153.0.0'], 300e3)
  )
    return undefined
  const { default: chromium } = await import(pathToFileURL(join(pkg, 'build/esm/index.js')).href).catch(
    () => import(createRequire(join(dir, 'x.js')).resolve('@sparticuz/chromium')),
  )
  const path = await chromium.executablePath() // unpacks to the temporary folder
  return works(path) ? path : undefined
}

export async function findOrInstallChromium() {
  const path = await findChromium()
  if (path || process.env.SKIP_BROWSER_INSTALL) return path
  console.error('No Chromium found; trying to install one (set CHROME_PATH to use your own).')
  const isDebianRoot = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (
    isDebianRoot &&
    run('/usr/bin/apt-get', ['update', '-qq'], 180e3) &&
    run('/usr/bin/apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], 480e3)
  )
    return findChromium()
  const cli = fileURLToPath(new URL('../../node_modules/playwright-core/cli.js', import.meta.url))
  if (existsSync(cli) && run(process.execPath, [cli, 'install', 'chromium-headless-shell'], 300e3))
    return findChromium()
  return fromNpm()
}

export const noBrowser =
  'No Chromium-based browser was found and none could be installed: install one (sudo apt-get install chromium, ' +
  'or npx playwright-core install chromium-headless-shell), or set CHROME_PATH to the one you have.'

export async function requireChromium() {
  const p = await findOrInstallChromium()
  if (!p) {
    console.error(noBrowser)
    process.exit(1)
  }
  return p
}
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await requireChromium())
