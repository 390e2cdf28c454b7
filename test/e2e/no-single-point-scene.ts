/** What the stories of things taken away need: programs that can be killed, two people who write, and a watch. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { AppFiles } from '../../src/super-peer/app-files.ts'
import { newFolder, Program, superPeerOn } from '../super-peer/program.ts'
import { letHurry } from './hurry.ts'
import { ParleyPage } from './parley-page.ts'
import { APP_FOLDER } from './world.ts'
import { watchPolicy } from './policy-watch.ts'

const NODE_MEMBER = new URL('node-member.ts', import.meta.url).pathname
/** How long a person would wait before calling it broken; a limit, not a delay. */
const PATIENCE_MS = 60_000
/** In which everybody has seen what was written, whatever was lost meanwhile. */
const SEEN_MS_MAX = 25_000
/** High enough that no message of a story is scrolled out of the page. */
const VIEWPORT = { width: 1280, height: 2_000 }

/** Somebody with a browser of their own; of those who may hurry, time can be made to run faster. */
export async function person(browser: Browser, url: string, mayHurry = false): Promise<ParleyPage> {
  const context = await browser.newContext({ viewport: VIEWPORT })
  await watchPolicy(context)
  if (mayHurry) await letHurry(context)
  return ParleyPage.openIn(context, url)
}

export interface Host {
  readonly program: Program
  readonly url: string
  readonly trackerUrl: string
  readonly port: number
}

/** `npm start` in a process of its own: the app's host and a tracker. */
export async function startHost(t: TestContext, ...more: readonly string[]): Promise<Host> {
  const program = new Program(t, ['--port', '0', '--data', await newFolder(t), '--log', 'json', '--no-build', ...more])
  const url = await program.address()
  const { host, port } = new URL(url)
  return { program, url, trackerUrl: `ws://${host}/tracker`, port: Number(port) }
}

/** Serves the app and nothing else: no tracker, no super peer. Newcomers have to have the app from somewhere. */
export async function serveApp(t: TestContext, port = 0): Promise<string> {
  const files = new AppFiles(APP_FOLDER)
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    void files.find(path).then((file) => {
      if (file) response.writeHead(200, { 'content-type': file.contentType }).end(file.body)
      else response.writeHead(404).end()
    })
  }).listen(port, 'localhost')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** The same room, of which the app is had from another host. */
export const linkAt = (url: string, link: string): string => new URL(new URL(link).hash, url).href

const openNetwork = async ({ connection, page }: ParleyPage): Promise<void> => {
  await connection.getByRole('link').click()
  await page.getByRole('heading', { name: 'Always there' }).waitFor()
}

/** The link for a super peer, out of the command that the network page shows. */
export async function superPeerLink(who: ParleyPage): Promise<string> {
  await openNetwork(who)
  await who.page.getByRole('button', { name: 'Add a super peer' }).click()
  const command = await who.page.getByRole('textbox', { name: 'Command' }).inputValue()
  return /'(.+)'/.exec(command)?.[1] ?? assert.fail(`no link in ${command}`)
}

export const alwaysThere = ({ page }: ParleyPage) => page.getByRole('list', { name: 'Always there' })

/** Waits until a super peer has all that was written, and goes back to the chat. */
export async function untilKept(who: ParleyPage): Promise<void> {
  await alwaysThere(who).getByText('has all you know of').waitFor()
  await who.openTab('Chat')
}

/** `parley superpeer` as the interface says to start it. Returns when it keeps all that was written. */
export async function startSuperPeer(t: TestContext, who: ParleyPage, trackerUrl: string): Promise<Program> {
  const link = await superPeerLink(who)
  const program = superPeerOn(t, await newFolder(t), '--port', '0', '--trackers', trackerUrl, '--invite', link)
  await untilKept(who)
  return program
}

export async function namePlace(who: ParleyPage, kind: 'Tracker' | 'Super peer', address: string): Promise<void> {
  await who.page.getByRole('button', { name: 'Room menu' }).click()
  await who.page.getByRole('menuitem', { name: 'Meeting places' }).click()
  await who.page.getByRole('combobox', { name: 'Kind' }).selectOption({ label: kind })
  await who.page.getByRole('textbox', { name: 'Address' }).fill(address)
  await who.page.getByRole('button', { name: 'Add', exact: true }).click()
  await who.page
    .getByRole('list', { name: 'Meeting places' })
    .getByText('Open')
    .waitFor()
    .catch(async () => assert.fail(`${address} is not open: ${await who.page.locator('body').ariaSnapshot()}`))
  await who.page.keyboard.press('Escape')
}

/** Two people who write to each other, and all that they have written. */
export class Writers {
  readonly #people: readonly (readonly [name: string, page: ParleyPage])[]
  readonly #written: string[] = []

  constructor(...people: readonly (readonly [name: string, page: ParleyPage])[]) {
    this.#people = people
  }

  /** Each writes so many messages, and everybody sees them. */
  async write(count: number): Promise<void> {
    await Promise.all(this.#people.map(([name, page]) => this.#writeAs(name, page, count)))
    await this.areAllSeenBy(...this.#people.map(([, page]) => page))
  }

  async #writeAs(name: string, page: ParleyPage, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const text = `${name} writes the ${this.#written.length + 1}th of all.`
      this.#written.push(text)
      await page.send(text)
    }
  }

  /** Nothing is lost: the readers see all that was written so far. */
  async areAllSeenBy(...readers: readonly ParleyPage[]): Promise<void> {
    await Promise.all(readers.map(async (reader) => this.#isAllSeen(reader)))
  }

  async #isAllSeen(reader: ParleyPage): Promise<void> {
    for (const text of this.#written) {
      const row = reader.messages.getByText(text).first()
      await row.waitFor({ timeout: SEEN_MS_MAX }).catch(async () => {
        assert.fail(`"${text}" is missing in: ${await reader.messages.innerText()}`)
      })
    }
  }
}

/** Tells how many seconds things took, each from when it was started. */
export class Watch {
  readonly #t: TestContext
  #fromMs = performance.now()

  constructor(t: TestContext) {
    this.#t = t
  }
  start(): void {
    this.#fromMs = performance.now()
  }
  tell(what: string): void {
    this.#t.diagnostic(`seconds ${what}: ${((performance.now() - this.#fromMs) / 1_000).toFixed(1)}`)
  }
}

/** A member in a process of its own, without a page. */
export class NodeMember {
  readonly #child: ChildProcess
  readonly #said = new Set<string>()
  #look: () => void = () => undefined

  constructor(t: TestContext, options: { readonly link: string; readonly trackerUrl: string; readonly name: string }) {
    const args = ['--import', import.meta.resolve('tsx'), NODE_MEMBER, options.link, options.trackerUrl, options.name]
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => this.#child.kill('SIGKILL'))
    assert.ok(this.#child.stdout)
    createInterface(this.#child.stdout).on('line', (line) => {
      this.#said.add(line)
      this.#look()
    })
  }

  /** Waits for a line: `in`, `sent TEXT` when others acknowledged what it wrote, `has TEXT` of any message. */
  async said(line: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`waited in vain for "${line}"; it said ${[...this.#said].join(' | ')}`))
      }, PATIENCE_MS)
      this.#look = () => {
        if (!this.#said.has(line)) return
        clearTimeout(timer)
        resolve()
      }
      this.#look()
    })
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}
