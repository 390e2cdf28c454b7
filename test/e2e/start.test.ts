import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'

/** The command of `npm start`. The app is built before these tests, so it starts at once. */
function start(context: TestContext, port: number): ChildProcess {
  const data = mkdtempSync(join(tmpdir(), 'parley-start-'))
  context.after(() => {
    rmSync(data, { recursive: true, force: true })
  })
  const program = spawn(process.execPath, ['--import', 'tsx', 'src/super-peer/cli.ts'], {
    // What the tester's own super peer keeps is not touched.
    env: { ...process.env, PORT: String(port), PARLEY_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  context.after(() => program.kill('SIGKILL'))
  return program
}

async function linesOf(stream: NodeJS.ReadableStream | null): Promise<string[]> {
  assert.ok(stream)
  const lines: string[] = []
  for await (const line of createInterface(stream)) lines.push(line)
  return lines
}

/** Waits for the line that gives the address. */
async function addressOf(program: ChildProcess): Promise<string> {
  assert.ok(program.stdout)
  for await (const line of createInterface(program.stdout)) {
    const url = /^Parley is running: (http:\/\/localhost:\d+)$/.exec(line)?.[1]
    if (url) return url
  }
  return assert.fail('the program ended without an address')
}

test('npm start prints an address at which the app is, and ends when it is asked to', async (t) => {
  const program = start(t, 0)
  const url = await addressOf(program)
  const page = await fetch(url)
  assert.equal(page.status, 200)
  const script = /<script[^>]+src="([^"]+\.js)"/.exec(await page.text())?.[1]
  assert.ok(script)
  assert.equal((await fetch(new URL(script, url))).status, 200)
  for (const name of ['manifest.webmanifest', 'icon.svg', 'service-worker.js'])
    assert.equal((await fetch(new URL(name, `${url}/`))).status, 200, name)

  const ended = once(program, 'exit')
  program.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('npm start says in one sentence that the port is taken', async (t) => {
  const other = createServer().listen(0, 'localhost')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const program = start(t, port)
  const [said, [code]] = await Promise.all([linesOf(program.stderr), once(program, 'exit') as Promise<[number]>])
  assert.deepEqual(said, [
    `Port ${port} is already in use: stop the program that holds it, or set PORT to another number.`,
  ])
  assert.equal(code, 1)
})
