import { stat } from 'node:fs/promises'

/**
 * Looking into a folder writes to it. When root looks into somebody else's, it does so as them from then on: what it
 * would leave behind, the program that the folder belongs to could not open.
 */
export async function becomeOwnerOf(folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(folder)
  if (uid === 0) return
  process.setgroups?.([gid])
  process.setgid?.(gid)
  process.setuid?.(uid)
}
