import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort } from '../../tools/free-port.ts'

/** Debian puts the broker where a user's path does not lead. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

export const mosquittoPath = (): string | undefined =>
  FOLDERS.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path))

export const NO_MOSQUITTO = 'the MQTT broker is not installed: sudo apt-get install mosquitto'

export interface Mosquitto {
  readonly url: string
  readonly port: number
  stop(): Promise<void>
}

/** A mosquitto with a WebSocket listener, for everybody or for one name and password. */
export async function startMosquitto(
  login?: { readonly name: string; readonly password: string },
  port?: number,
): Promise<Mosquitto> {
  const path = mosquittoPath()
  assert.ok(path, NO_MOSQUITTO)
  const folder = await mkdtemp(join(tmpdir(), 'parley-mosquitto-'))
  const used = port ?? (await freePort('127.0.0.1'))
  // Without a listener of another kind it does not start (2.0 to 2.0.21).
  const lines = [`listener 0 ${join(folder, 'socket')}`, `listener ${used} 127.0.0.1`, 'protocol websockets']
  if (process.getuid?.() === 0) lines.push('user root')
  if (login) {
    const file = join(folder, 'passwords')
    await writeFile(file, '')
    const made = spawnSync('mosquitto_passwd', ['-b', file, login.name, login.password])
    assert.equal(made.status, 0, 'mosquitto_passwd made no password file')
    lines.push(`password_file ${file}`)
  } else lines.push('allow_anonymous true')
  const configuration = join(folder, 'mosquitto.conf')
  await writeFile(configuration, `${lines.join('\n')}\n`)
  const broker = spawn(path, ['-v', '-c', configuration], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(broker, 'exit')
  const said: string[] = []
  for await (const line of createInterface(broker.stderr)) {
    said.push(line)
    if (line.endsWith(' running')) break
  }
  assert.equal(broker.exitCode, null, `mosquitto ended: ${said.join('\n')}`)
  broker.stderr.resume()
  return {
    url: `ws://127.0.0.1:${used}`,
    port: used,
    stop: async () => {
      broker.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
