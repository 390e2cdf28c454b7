// While two people write, one thing after the other is taken away for good. Each time nothing that was written is lost,
// writing goes on, and a newcomer with a link gets in. Real programs in processes of their own, killed without a word.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import { chromium, type Browser } from 'playwright-core'
import { chromiumArgs, requireChromium } from '../tools/chromium.mjs'
import { hurry } from './hurry.ts'
import { Liar } from './liar.ts'
import {
  alwaysThere,
  linkAt,
  namePlace,
  NodeMember,
  person,
  serveApp,
  startHost,
  startSuperPeer,
  superPeerLink,
  untilKept,
  Watch,
  Writers,
  type Host,
} from './no-single-point-scene.ts'
import type { ParleyPage } from './parley-page.ts'

const BOUND = { timeout: 120_000 }

interface Room {
  readonly host: Host
  readonly ada: ParleyPage
  readonly ben: ParleyPage
  readonly writers: Writers
  readonly link: string
  readonly watch: Watch
}

describe('no single point of failure', () => {
  let browser: Browser
  before(async () => {
    browser = await chromium.launch({ executablePath: await requireChromium(), args: chromiumArgs })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
  })
  after(() => browser.close())

  /** Ada and Ben in a room that she started, having written to each other. */
  async function adaAndBen(
    t: TestContext,
    options: { readonly host?: readonly string[]; readonly mayHurry?: boolean } = {},
  ): Promise<Room> {
    const host = await startHost(t, ...(options.host ?? ['--no-superpeer']))
    const [ada, ben] = await Promise.all([person(browser, host.url, options.mayHurry), person(browser, host.url)])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink()
    await ben.joinAsWriter(link, 'Ben')
    await ada.isConnectedTo(1)
    const writers = new Writers(['Ada', ada], ['Ben', ben])
    await writers.write(1)
    return { host, ada, ben, writers, link, watch: new Watch(t) }
  }

  /** What stands while they write is taken away, and they go on. */
  async function goesOn({ writers, watch }: Room, takeAway: () => unknown): Promise<void> {
    watch.start()
    await Promise.all([writers.write(2), takeAway()])
    await writers.write(1)
    watch.tell('until both have read what was written meanwhile and after it')
  }

  /** Carol comes with the link, is let in, sees all that was written, and is read. */
  async function newcomerGetsIn(room: Room, options: { readonly link: string; readonly url: string }): Promise<void> {
    const carol = await person(browser, options.url)
    room.watch.start()
    await carol.joinAsWriter(options.link, 'Carol')
    room.watch.tell('until the newcomer is let in')
    await room.writers.areAllSeenBy(carol)
    await carol.send('Carol is in.')
    await room.ben.sees('Carol is in.')
    room.watch.tell('until the newcomer has all and is read')
  }

  it('the tracker: another one that the room names brings newcomers in', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const elsewhere = await startHost(t, '--no-superpeer')
    await namePlace(room.ada, 'Tracker', elsewhere.trackerUrl)
    await goesOn(room, () => room.host.program.end('SIGKILL'))
    const url = await serveApp(t, room.host.port)
    await newcomerGetsIn(room, { link: await room.ada.inviteLink(), url })
  })

  it('every tracker: the address of a super peer brings newcomers in', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const superPeer = await startSuperPeer(t, room.ada, room.host.trackerUrl)
    await namePlace(room.ada, 'Super peer', await superPeer.address())
    await goesOn(room, () => room.host.program.end('SIGKILL'))
    const url = await serveApp(t, room.host.port)
    await newcomerGetsIn(room, { link: await room.ada.inviteLink(), url })
  })

  it('every tracker and super peer: two codes carried by hand bring a newcomer in', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const { ada, ben, writers, watch } = room
    await goesOn(room, () => room.host.program.end('SIGKILL'))
    const carol = await person(browser, await serveApp(t, room.host.port))
    await ada.inviteLink()
    await ada.page.getByRole('button', { name: 'Share', exact: true }).click()
    await ada.page.getByRole('button', { name: 'Invite by hand' }).click()
    watch.start()
    await carol.join(await ada.page.getByRole('textbox', { name: 'Invite code' }).inputValue(), 'Carol')
    const answer = await carol.page.getByRole('textbox', { name: 'Answer code' }).inputValue()
    await ada.page.getByRole('textbox', { name: 'Answer code' }).fill(answer)
    await ada.page.getByRole('button', { name: 'Connect', exact: true }).click()
    await ada.page.getByText('Connected. You can close this.').waitFor()
    await carol.page.getByText('Connected. You are let in').waitFor()
    await carol.page.keyboard.press('Escape')
    await carol.waiting.waitFor({ state: 'detached' })
    watch.tell('until the newcomer is let in')
    await writers.areAllSeenBy(carol)
    await carol.send('Carol is in.')
    await ben.sees('Carol is in.')
    watch.tell('until the newcomer has all and is read')
  })

  it('the host of the app: pages start again without it, and another host will do', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const { ada, ben, writers, watch } = room
    const elsewhere = await startHost(t, '--no-superpeer')
    await namePlace(ada, 'Tracker', elsewhere.trackerUrl)
    await ben.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await goesOn(room, () => room.host.program.end('SIGKILL'))
    watch.start()
    await ben.page.reload()
    await ben.message.waitFor()
    watch.tell('until the page stands again without its host')
    await writers.write(1)
    watch.tell('until both have read what was written after that')
    const link = linkAt(elsewhere.url, await ada.inviteLink())
    await newcomerGetsIn(room, { link, url: elsewhere.url })
  })

  it('the founder: another admin lets newcomers in', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const { ada, ben, host, watch } = room
    const cleo = await person(browser, host.url)
    await cleo.join(await ada.inviteLink('Admin'), 'Cleo')
    await ada.openTab('People')
    await ada.page.getByRole('button', { name: 'Approve Cleo' }).first().click()
    await cleo.message.waitFor()
    await room.writers.areAllSeenBy(cleo)
    const left = new Writers(['Ben', ben], ['Cleo', cleo])
    watch.start()
    await Promise.all([left.write(2), ada.close()])
    await left.write(1)
    watch.tell('until both have read what was written meanwhile and after it')
    await newcomerGetsIn({ ...room, writers: left }, { link: await cleo.inviteLink(), url: host.url })
    await room.writers.areAllSeenBy(ben, cleo)
  })

  it('the only super peer: those who are there go on, and let newcomers in', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const superPeer = await startSuperPeer(t, room.ada, room.host.trackerUrl)
    await room.ada.page.getByText('On 1 other device and 1 super peer').waitFor()
    await goesOn(room, () => superPeer.end('SIGKILL'))
    await newcomerGetsIn(room, { link: await room.ada.inviteLink(), url: room.host.url })
  })

  it('a third of all members at once: nothing that they had sent is lost', BOUND, async (t) => {
    const room = await adaAndBen(t)
    const { ada, ben, host, link } = room
    const names = ['Dora', 'Emil', 'Finn', 'Gwen']
    const members = names.map((name) => new NodeMember(t, { link, trackerUrl: host.trackerUrl, name }))
    await Promise.all(members.map((member, i) => member.said(`sent ${names[i]} was here.`)))
    const [dora, emil, ...others] = members
    assert.ok(dora && emil)
    await goesOn(room, () => Promise.all([dora.kill(), emil.kill()]))
    await ada.send('Who is left?')
    await Promise.all(others.map((member) => member.said('has Who is left?')))
    room.watch.tell('until those in Node who are left have read it too')
    for (const name of names) await Promise.all([ada, ben].map((reader) => reader.sees(`${name} was here.`)))
    await newcomerGetsIn(room, { link, url: host.url })
  })

  it('the word of a super peer: it is named, does not count, and is not needed', BOUND, async (t) => {
    const room = await adaAndBen(t, { mayHurry: true })
    const { ada, host, watch } = room
    const liar = await Liar.open(t, { link: await superPeerLink(ada), trackerUrl: host.trackerUrl })
    await untilKept(ada)
    await ada.page.getByText('On 1 other device and 1 super peer').waitFor()
    await goesOn(room, () => liar.lie())
    await ada.connection.getByRole('link').click()
    watch.start()
    await hurry(ada)
    await alwaysThere(ada).getByText('Says what is not true').waitFor()
    watch.tell('until it is named, on a clock that runs 15 times as fast')
    await ada.openTab('Chat')
    await room.writers.write(1)
    await ada.page.getByText('On 1 other device', { exact: true }).waitFor()
    await newcomerGetsIn(room, { link: room.link, url: host.url })
  })
})
