import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { after, afterEach, before, describe, test, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { takeRefusals } from './policy-watch.ts'
import { APP_FOLDER, World } from './world.ts'

const BOUND = { timeout: 120_000 }
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

/** A host of plain files, which sends no policy of its own. */
async function servePlainly(t: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name = pathname === '/' ? 'index.html' : pathname
    readFile(join(APP_FOLDER, name)).then(
      (content) => response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream').end(content),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}/`
}

/** Tries what an injected piece of markup or script would; says what ran. */
const attack = (page: Page): Promise<readonly string[]> =>
  page.evaluate(async () => {
    const ran: string[] = []
    Object.assign(globalThis, { ran })
    const box = document.createElement('div')
    document.body.append(box)
    try {
      box.innerHTML = '<img src="about:blank" onerror="ran.push(\'handler\')">'
      ran.push('markup')
    } catch {
      // Refused.
    }
    try {
      const types: unknown = Reflect.get(globalThis, 'trustedTypes')
      ;(types as { createPolicy(name: string, rules: object): void }).createPolicy('default', {})
      ran.push('a policy of its own')
    } catch {
      // Refused.
    }
    const script = document.createElement('script')
    script.append("ran.push('inline script')")
    document.body.append(script)
    const picture = new Image()
    await new Promise((resolve) => {
      picture.addEventListener('error', resolve)
      picture.addEventListener('load', () => resolve(ran.push('a picture from elsewhere')))
      picture.src = 'http://127.0.0.1:9/pixel.png'
    })
    return ran
  })

describe('[SU33] what the policy forbids does not happen, and the suite sees that it was tried', BOUND, () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  afterEach(() => world.everybodyLeaves())
  after(() => world.close())

  const check = async (url: string): Promise<void> => {
    const { page } = await world.person(url)
    await page.getByRole('button', { name: 'Start a room' }).waitFor()
    assert.deepEqual(takeRefusals(), [])
    assert.deepEqual(await attack(page), [])
    // A report takes a way of its own; what is asked after it comes back after it.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)))
    const refused = new Set(takeRefusals().map((refusal) => refusal.split(':')[0]))
    assert.deepEqual(refused, new Set(['require-trusted-types-for', 'trusted-types', 'img-src']))
  }

  test('what is pasted keeps its letters bold or not', BOUND, async () => {
    const ada = await world.person()
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    await ada.newNote('Plan')
    // As office programs on the web write it.
    const markup = `<style>b{color:red}</style><b style="font-weight:normal" id="g"><p style='margin:0'>
      <span style="font-weight:700">Bold</span><span style="font-weight:400"> plain</span></p></b>`
    await ada.note.evaluate((editor, html) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/html', html)
      editor.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    }, markup)
    await ada.noteShows('plain')
    assert.deepEqual(await ada.note.locator('strong').allInnerTexts(), ['Bold'])
    assert.deepEqual(ada.complaints, [])
  })
  test('by the header of the app host', BOUND, () => check(world.url))
  test('by the page itself on a host of plain files', BOUND, async (t) => check(await servePlainly(t)))
})
