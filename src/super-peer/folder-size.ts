import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What the files of a folder take, in bytes. What vanishes meanwhile does not count. */
export async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (status) => (status.isFile() ? status.size : 0),
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** A folder of many files is not looked through for everybody who asks: its size is as old as this at most. */
export const SIZE_AGE_MS_MAX = 60_000

/** The size of a folder, measured again when it is asked for and older than `SIZE_AGE_MS_MAX`. */
export class MeasuredFolder {
  readonly #measure: () => Promise<number>
  readonly #nowMs: () => number
  #size: { readonly bytes: number; readonly atMs: number } | undefined
  #measuring: Promise<void> | undefined

  /** `nowMs`: of a clock that nobody sets. */
  constructor(measure: () => Promise<number>, nowMs: () => number) {
    this.#measure = measure
    this.#nowMs = nowMs
  }

  async read(): Promise<{ readonly bytes: number; readonly ageMs: number }> {
    if (!this.#size || this.#nowMs() - this.#size.atMs >= SIZE_AGE_MS_MAX)
      // Those who ask meanwhile wait for the same.
      await (this.#measuring ??= this.#measureNow().finally(() => {
        this.#measuring = undefined
      }))
    const { bytes, atMs } = this.#size ?? { bytes: 0, atMs: this.#nowMs() }
    return { bytes, ageMs: Math.max(0, this.#nowMs() - atMs) }
  }

  async #measureNow(): Promise<void> {
    const atMs = this.#nowMs()
    this.#size = { bytes: await this.#measure(), atMs }
  }
}
