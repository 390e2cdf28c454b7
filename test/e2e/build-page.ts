import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'

export interface BuiltPage {
  readonly folder: string
  remove(): Promise<void>
}

/** Builds the page whose index.html is in `root` into a folder of its own, which ends with `remove`. */
export async function buildPage(root: string | URL, plugins: Plugin[] = []): Promise<BuiltPage> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-page-'))
  await build({
    configFile: false,
    root: root instanceof URL ? fileURLToPath(root) : root,
    base: './',
    publicDir: false,
    logLevel: 'warn',
    plugins,
    build: { target: 'es2022', outDir: folder, emptyOutDir: true, chunkSizeWarningLimit: 4096 },
  })
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A module's code with one piece of it patched, for plugins that make a dishonest program. */
export function replaced(code: string, honest: string, patched: string): { code: string; map: null } {
  assert.ok(code.includes(honest), `the program no longer says ${honest}`)
  return { code: code.replace(honest, patched), map: null }
}
