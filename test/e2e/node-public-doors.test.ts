// A page and a program in Node meet at the relays of public networks: pages have trystero, and so has the program.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { createRemotePublicDoor } from '../../src/super-peer/remote-door.ts'
import { RtcProcess } from '../../src/super-peer/rtc-process.ts'
import type { DoorSession } from '../../src/transport/door.ts'
import type { Link } from '../../src/transport/link.ts'
import type { DoorsPage } from './doors/doors-page.ts'
import { doorsWorld, PASSWORD, until, untilLinked, type DoorOptions } from './doors/doors-world.ts'
import { mosquittoPath, NO_MOSQUITTO, startMosquitto } from './doors/mosquitto.ts'
import { startNostrRelay } from './doors/nostr-relay.ts'
import { startTorrentTracker } from './doors/torrent-tracker.ts'

const BOUND = { timeout: 120_000 }

declare const doorsPage: DoorsPage

interface NodeDoor {
  readonly session: DoorSession
  readonly links: readonly Link[]
  readonly heard: readonly string[]
}

function openInNode(t: TestContext, topic: string, options: DoorOptions): NodeDoor {
  const rtc = new RtcProcess({ notice: () => undefined })
  t.after(() => rtc.close())
  const links: Link[] = []
  const heard: string[] = []
  const session = createRemotePublicDoor(rtc, { ...options, password: PASSWORD }).start(topic, (link) => {
    links.push(link)
    link.onMessage = (_, message) => heard.push(new TextDecoder().decode(message))
  })
  return { session, links, heard }
}

describe('a page and a program in Node', () => {
  const { arrive } = doorsWorld()

  /** Whoever of the two is there first. */
  async function meet(t: TestContext, options: DoorOptions): Promise<void> {
    for (const isPageFirst of [true, false]) {
      const topic = crypto.randomUUID()
      const early = isPageFirst ? await arrive(topic, options) : undefined
      const program = openInNode(t, topic, options)
      await until(() => program.session.health().state === 'open')
      const page = early ?? (await arrive(topic, options))
      try {
        await untilLinked(page)
      } catch (error) {
        const told = [await page.evaluate(() => doorsPage.health), program.session.health(), program.links.length]
        throw new Error(`no link: ${JSON.stringify(told)}`, { cause: error })
      }
      await until(() => program.links.length > 0)
      const [link] = program.links
      assert.ok(link)
      // The door may be left: the link is our own.
      await Promise.all([program.session.stop(), page.evaluate(() => doorsPage.stop())])
      link.send('control', new TextEncoder().encode('from Node'))
      await page.waitForFunction(() => doorsPage.heard.includes('from Node'))
      await page.evaluate(() => doorsPage.say('from the page'))
      await until(() => program.heard.includes('from the page'))
    }
  }

  it('[NR10] meet at Nostr relays', BOUND, async (t) => {
    const relay = await startNostrRelay()
    t.after(() => relay.kill())
    await meet(t, { network: 'nostr', relays: [relay.url] })
  })

  it('[NR10] meet at a BitTorrent tracker', BOUND, async (t) => {
    const tracker = await startTorrentTracker()
    t.after(() => tracker.kill())
    await meet(t, { network: 'torrent', relays: [tracker.url] })
  })

  it('[NR10] meet at an MQTT broker', BOUND, async (t) => {
    if (mosquittoPath() === undefined) {
      t.skip(NO_MOSQUITTO)
      return
    }
    const broker = await startMosquitto()
    t.after(() => broker.stop())
    await meet(t, { network: 'mqtt', relays: [broker.url] })
  })
})
