import { createHash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const compress = promisify(gzip)

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
}
const COMPRESSIBLE = /^(?:text|application\/(?:json|manifest)|image\/svg)/
/** Kept in memory: the app has some 50 files, so a build every minute of a working day fits. */
const FILES_CACHED_MAX = 4_096

export interface AppFile {
  readonly contentType: string
  readonly etag: string
  readonly body: Buffer
  /** Absent where compression gains nothing. */
  readonly gzipped?: Buffer
  /** The name changes with the content, so a browser may keep it for ever. */
  readonly immutable: boolean
}

/** The files of the built app under one folder, and nothing outside it. */
export class AppFiles {
  readonly #root: string
  readonly #cache = new Map<string, { readonly stamp: string; readonly file: AppFile }>()

  constructor(root: string) {
    this.#root = resolve(root)
  }

  /** The file at a URL's path, or undefined: not there, not a plain file, hidden, outside the folder, or not a path. */
  async find(urlPath: string): Promise<AppFile | undefined> {
    const path = this.#pathOf(urlPath)
    if (path === undefined) return undefined
    try {
      const real = await realpath(path)
      if (!real.startsWith((await realpath(this.#root)) + sep)) return undefined
      const status = await stat(real)
      return status.isFile() ? await this.#load(real, `${status.mtimeMs} ${status.size}`) : undefined
    } catch {
      return undefined // the file system says in many ways that there is no such file
    }
  }

  #pathOf(urlPath: string): string | undefined {
    let decoded: string
    try {
      decoded = decodeURIComponent(urlPath)
    } catch {
      return undefined
    }
    if (!decoded.startsWith('/') || /[\\\0]|\/[./]/.test(decoded)) return undefined
    return resolve(this.#root, decoded === '/' ? 'index.html' : decoded.slice(1))
  }

  async #load(path: string, stamp: string): Promise<AppFile> {
    const cached = this.#cache.get(path)
    if (cached?.stamp === stamp) return cached.file
    const body = await readFile(path)
    const contentType = CONTENT_TYPES[extname(path)] ?? 'application/octet-stream'
    const gzipped = COMPRESSIBLE.test(contentType) ? await compress(body) : undefined
    const file: AppFile = {
      contentType,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      body,
      immutable: path.includes(`${sep}assets${sep}`),
      ...(gzipped && gzipped.length < body.length ? { gzipped } : {}),
    }
    if (this.#cache.size >= FILES_CACHED_MAX) this.#cache.clear()
    this.#cache.set(path, { stamp, file })
    return file
  }
}
