import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { once } from 'node:events'
import { gunzipSync } from 'node:zlib'
import { WebSocket } from 'ws'
import { startServer, type RunningServer } from '../../src/super-peer/server.ts'

const SCRIPT = `export const text = '${'parley '.repeat(200)}'\n`

interface Reply {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Sends the path as it is written: `fetch` would tidy it up first. */
async function get(
  server: RunningServer,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const { hostname, port } = new URL(server.url)
  const asked = request({ hostname, port, path, agent: false, ...options }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const parts: Buffer[] = []
  for await (const part of response as AsyncIterable<Buffer>) parts.push(part)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }
}

/** A server on a small built app, beside which lies a file that nobody may read. */
async function startTestServer(context: TestContext): Promise<{ server: RunningServer; root: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-server-'))
  const root = join(folder, 'app')
  await mkdir(join(root, 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), 'secret')
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Parley</title>')
  await writeFile(join(root, 'assets', 'index-abc.js'), SCRIPT)
  await writeFile(join(root, '.hidden'), 'secret')
  await symlink(join(folder, 'secret.txt'), join(root, 'link.txt'))
  const server = await startServer({ root, port: 0 })
  context.after(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })
  return { server, root }
}

test('[SU33] the app is served at the root, and may run nothing but its own code', async (t) => {
  const { server } = await startTestServer(t)
  const { status, headers, body } = await get(server, '/?from=somewhere')
  assert.equal(status, 200)
  assert.equal(headers['content-type'], 'text/html; charset=utf-8')
  assert.match(body.toString(), /Parley/)
  assert.equal(headers['cache-control'], 'no-cache')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers['referrer-policy'], 'no-referrer')
  const policy = String(headers['content-security-policy'])
  assert.match(policy, /default-src 'none';script-src 'self';/)
  assert.match(policy, /;require-trusted-types-for 'script';/)
  assert.match(policy, /;frame-ancestors 'none'$/)
  assert.doesNotMatch(policy, /unsafe|\*/)
})

test('files with a hash in their name may be kept for ever, and travel compressed', async (t) => {
  const { server } = await startTestServer(t)
  const plain = await get(server, '/assets/index-abc.js')
  assert.equal(plain.body.toString(), SCRIPT)
  assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8')
  assert.match(String(plain.headers['cache-control']), /immutable/)
  const zipped = await get(server, '/assets/index-abc.js', { headers: { 'accept-encoding': 'gzip, br' } })
  assert.equal(zipped.headers['content-encoding'], 'gzip')
  assert.equal(gunzipSync(zipped.body).toString(), SCRIPT)
  assert.ok(zipped.body.length < plain.body.length)
})

test('a browser that has the file is told so, until it changes', async (t) => {
  const { server, root } = await startTestServer(t)
  const { headers } = await get(server, '/')
  const again = { headers: { 'if-none-match': String(headers.etag) } }
  assert.equal((await get(server, '/', again)).status, 304)
  await writeFile(join(root, 'index.html'), '<!doctype html><title>Parley, built again</title>')
  const changed = await get(server, '/', again)
  assert.equal(changed.status, 200)
  assert.match(changed.body.toString(), /built again/)
})

test('nothing outside the folder, hidden in it or absent is served', async (t) => {
  const { server } = await startTestServer(t)
  const paths = [
    '/nowhere',
    '/assets',
    '/assets/',
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '//etc/passwd',
    '/%2fetc/passwd',
    '/index.html%00.js',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    '/.hidden',
    '/link.txt',
    'secret.txt',
    '*',
  ]
  for (const path of paths) {
    const { status, body } = await get(server, path)
    assert.ok(status === 404 || status === 400, `${path}: ${status}`)
    assert.doesNotMatch(body.toString(), /secret|root:/, path)
  }
})

test('only reading is allowed', async (t) => {
  const { server } = await startTestServer(t)
  const { status, headers } = await get(server, '/', { method: 'POST' })
  assert.equal(status, 405)
  assert.equal(headers.allow, 'GET, HEAD')
  const head = await get(server, '/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.body.length], [200, 0])
  assert.ok(Number(head.headers['content-length']) > 0)
})

test('whoever watches the server can ask whether it lives', async (t) => {
  const { server } = await startTestServer(t)
  const { status, body } = await get(server, '/healthz')
  assert.deepEqual([status, body.toString()], [200, 'ok\n'])
})

test('the tracker answers on /tracker, and on / for stock clients', async (t) => {
  const { server } = await startTestServer(t)
  assert.equal(server.trackerUrl, `${server.url.replace('http', 'ws')}/tracker`)
  for (const url of [server.trackerUrl, server.url.replace('http', 'ws')]) {
    const client = new WebSocket(url)
    await once(client, 'open')
    client.send('{"type":"ping"}')
    const [data] = (await once(client, 'message')) as [Buffer]
    assert.equal(data.toString(), '{"type":"pong"}')
    client.terminate()
  }
})

test('closing ends open connections', async (t) => {
  const { root } = await startTestServer(t)
  const server = await startServer({ root, port: 0 })
  const client = new WebSocket(server.trackerUrl)
  await once(client, 'open')
  const closed = once(client, 'close')
  await server.close()
  await closed
  await assert.rejects(get(server, '/healthz'))
})

test('a port that is taken is an error of the system', async (t) => {
  const { server, root } = await startTestServer(t)
  const port = Number(new URL(server.url).port)
  await assert.rejects(startServer({ root, port }), { code: 'EADDRINUSE' })
})
