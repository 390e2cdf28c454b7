import { readdir, readFile } from 'node:fs/promises'

/** The programs that still run on a profile, where the platform tells: what a killed browser left behind. */
export async function programsOn(profile: string): Promise<readonly string[]> {
  const ids = await readdir('/proc').catch(() => [])
  const programs = await Promise.all(
    ids
      .filter((id) => /^\d+$/.test(id))
      .map(async (id) => {
        const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')
        const kind = /--type=([\w-]+)/.exec(command)?.[1] ?? 'browser'
        return command.includes(profile) ? `${id} ${kind}` : undefined
      }),
  )
  return programs.filter((program) => program !== undefined)
}
