/** What a process has in its memory, and what a folder has in its files. Linux only. */
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const PIECE_BYTES = 1 << 20

/** Which of the needles are in the writable memory of a process. */
export async function inMemory(pid: number, needles: ReadonlyMap<string, Uint8Array>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8')
  const memory = await open(`/proc/${pid}/mem`, 'r')
  const overlap = Math.max(...[...needles.values()].map(({ length }) => length))
  try {
    for (const line of maps.split('\n')) {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      if (from === undefined || to === undefined) continue
      const end = BigInt(`0x${to}`)
      for (let at = BigInt(`0x${from}`); at < end; at += BigInt(PIECE_BYTES)) {
        const piece = await readAt(memory, at, end, PIECE_BYTES + overlap)
        if (piece) note(piece, needles, found)
      }
    }
  } finally {
    await memory.close()
  }
  return found
}

/** Which of the needles are in the files below a folder. */
export async function inFiles(folder: string, needles: ReadonlyMap<string, Uint8Array>): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) note(await readFile(join(entry.parentPath, entry.name)), needles, found)
  return found
}

/** The processes that a process has begun. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

async function readAt(
  memory: Awaited<ReturnType<typeof open>>,
  at: bigint,
  end: bigint,
  bytes: number,
): Promise<Buffer | undefined> {
  const length = Number(end - at < BigInt(bytes) ? end - at : BigInt(bytes))
  try {
    // Addresses of user space are below 2^47, so they are whole numbers for JavaScript too.
    const { buffer, bytesRead } = await memory.read(Buffer.alloc(length), 0, length, Number(at))
    return buffer.subarray(0, bytesRead)
  } catch {
    return undefined // some pages are mapped and not there, such as those of devices
  }
}

function note(bytes: Buffer, needles: ReadonlyMap<string, Uint8Array>, found: Set<string>): void {
  for (const [name, needle] of needles) if (!found.has(name) && bytes.indexOf(needle) >= 0) found.add(name)
}

/** A secret as programs hold it: as bytes, and as text in the ways that JavaScript keeps text. */
export function needlesOf(secrets: Readonly<Record<string, string | Uint8Array>>): ReadonlyMap<string, Uint8Array> {
  const needles = new Map<string, Uint8Array>()
  for (const [name, secret] of Object.entries(secrets)) {
    const bytes = Buffer.from(secret)
    needles.set(name, bytes)
    if (typeof secret === 'string') needles.set(`${name} (two bytes a letter)`, Buffer.from(secret, 'utf16le'))
    else
      for (const form of ['base64url', 'hex'] as const)
        needles.set(`${name} (${form})`, Buffer.from(bytes.toString(form)))
  }
  return needles
}
