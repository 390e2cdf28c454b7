import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { InteropPage } from './interop/interop-page.ts'
import { pageWorld } from './page-world.ts'

const STOCK_SERVER = 'node_modules/y-webrtc/bin/server.js'
const BOUND = { timeout: 120_000 }

declare const interopPage: InteropPage

/** The signalling server that comes with y-webrtc, on a port of its own; returns its address. */
async function startStockServer(t: TestContext): Promise<string> {
  // It cannot be told to take any free port.
  const probe = createServer().listen(0)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  const server = spawn(process.execPath, [STOCK_SERVER], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => server.kill('SIGKILL'))
  for await (const line of createInterface(server.stdout)) if (line.startsWith('Signaling server')) break
  return `ws://localhost:${port}`
}

const sees = (page: Page, text: string): Promise<unknown> =>
  page.waitForFunction((wanted) => interopPage.texts.includes(wanted), text)

describe('beside y-webrtc as it comes', () => {
  const pages = pageWorld('test/e2e/interop')
  const { openPage } = pages

  /** Ada starts a room on the tracker, Ben joins her there, and they talk both ways. */
  async function talkOn(tracker: string, ada: Page, ben: Page): Promise<void> {
    const link = await ada.evaluate((address) => interopPage.startRoom(address, 'Ada'), tracker)
    await ben.evaluate(([address, invite]) => interopPage.joinRoom(address, invite, 'Ben'), [tracker, link] as const)
    await ben.waitForFunction(() => interopPage.room.status === 'member')
    await ada.evaluate(() => interopPage.send('can you hear me?'))
    await sees(ben, 'can you hear me?')
    await ben.evaluate(() => interopPage.send('loud and clear'))
    await sees(ada, 'loud and clear')
  }

  it('stock clients find each other through our tracker and write one text', BOUND, async () => {
    const [alice, bob] = await Promise.all([openPage(), openPage()])
    // Both addresses at which clients look for a tracker.
    for (const tracker of [pages.world.server.trackerUrl, pages.world.url.replace('http', 'ws')]) {
      const topic = crypto.randomUUID()
      // One after the other: a stock client calls once, and two that call at one moment may miss each other for good.
      for (const page of [alice, bob]) {
        await page.evaluate(([address, name]) => interopPage.startStock(address, name, 'a password'), [
          tracker,
          topic,
        ] as const)
        await page.waitForFunction(() => interopPage.isStockThere)
      }
      await alice.evaluate(() => interopPage.writeStock('from Alice '))
      await bob.evaluate(() => interopPage.writeStock('from Bob '))
      for (const page of [alice, bob])
        await page.waitForFunction(
          () => interopPage.stockText.includes('from Alice') && interopPage.stockText.includes('from Bob'),
        )
      await Promise.all([alice.reload(), bob.reload()])
    }
  })

  it('our members find each other through the stock signalling server and talk', BOUND, async (t) => {
    const tracker = await startStockServer(t)
    const [ada, ben] = await Promise.all([openPage(), openPage()])
    await talkOn(tracker, ada, ben)
  })

  for (const whose of ['our', 'the stock'] as const)
    it(
      `a stock client that got into a room's topic on ${whose} server hears nothing and disturbs nobody`,
      BOUND,
      async (t) => {
        const tracker = whose === 'our' ? pages.world.server.trackerUrl : await startStockServer(t)
        const [ada, ben, stock] = await Promise.all([openPage(), openPage(), openPage()])
        const link = await ada.evaluate((address) => interopPage.startRoom(address, 'Ada'), tracker)
        const { topic, password } = await ada.evaluate(() => interopPage.meetingPoint)
        await stock.evaluate(
          ([address, name, secret]) => {
            interopPage.writeStock('I am not one of you')
            interopPage.startStock(address, name, secret)
          },
          [tracker, topic, password] as const,
        )
        await stock.waitForFunction(() => interopPage.isStockConnected)
        await ben.evaluate(([address, invite]) => interopPage.joinRoom(address, invite, 'Ben'), [
          tracker,
          link,
        ] as const)
        await ben.waitForFunction(() => interopPage.room.status === 'member')
        await ada.evaluate(() => interopPage.send('can you hear me?'))
        await sees(ben, 'can you hear me?')
        await stock.evaluate(() => interopPage.writeStock('!'))
        await ben.evaluate(() => interopPage.send('loud and clear'))
        await sees(ada, 'loud and clear')
        for (const page of [ada, ben])
          assert.deepEqual(
            await page.evaluate(() => ({
              texts: interopPage.texts,
              members: interopPage.room.members.map(({ person }) => person.name),
              peers: interopPage.room.connection.peers.length,
            })),
            { texts: ['can you hear me?', 'loud and clear'], members: ['Ada', 'Ben'], peers: 1 },
          )
        assert.deepEqual(
          await stock.evaluate(() => ({ text: interopPage.stockText, received: interopPage.stockReceived })),
          { text: 'I am not one of you!', received: 0 },
        )
      },
    )
})
