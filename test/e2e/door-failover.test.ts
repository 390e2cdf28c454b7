import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, it, type TestContext } from 'node:test'
import { MemoryStore, Peer, type Room } from '../../src/index.ts'
import { AppFiles } from '../../src/super-peer/app-files.ts'
import { startServer } from '../../src/super-peer/server.ts'
import { startNostrRelay } from './doors/nostr-relay.ts'
import type { ParleyPage } from './parley-page.ts'
import { APP_FOLDER, World } from './world.ts'

const BOUND = { timeout: 180_000 }

/** Serves the app and its settings, and nothing else: there is no tracker any more. */
async function hostWithoutTracker(t: TestContext, port: number, places: readonly string[] = []): Promise<string> {
  const files = new AppFiles(APP_FOLDER)
  const host = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    void files.find(path).then((file) => {
      if (path === '/settings.json') response.end(JSON.stringify({ places }))
      else if (file) response.writeHead(200, { 'content-type': file.contentType }).end(file.body)
      else response.writeHead(404).end()
    })
  }).listen(port, 'localhost')
  await once(host, 'listening')
  t.after(() => {
    host.close()
    host.closeAllConnections()
  })
  return `http://localhost:${(host.address() as AddressInfo).port}`
}

/** What Ada's sheet shows to whoever stands beside her. */
async function inviteByHand(ada: ParleyPage): Promise<string> {
  await ada.inviteLink()
  await ada.page.getByRole('button', { name: 'Share', exact: true }).click()
  await ada.page.getByRole('button', { name: 'Invite by hand' }).click()
  return ada.page.getByRole('textbox', { name: 'Invite code' }).inputValue()
}

async function bringAnswer(from: ParleyPage, to: ParleyPage): Promise<void> {
  const answer = await from.page.getByRole('textbox', { name: 'Answer code' }).inputValue()
  await to.page.getByRole('textbox', { name: 'Answer code' }).fill(answer)
  await to.page.getByRole('button', { name: 'Connect', exact: true }).click()
  await to.page.getByText('Connected. You can close this.').waitFor()
}

async function openPlaces({ page }: ParleyPage): Promise<void> {
  await page.getByRole('button', { name: 'Room menu' }).click()
  await page.getByRole('menuitem', { name: 'Meeting places' }).click()
}

describe('when a door is gone', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  afterEach(() => world.everybodyLeaves())
  after(() => world.close())

  it('those inside go on, and a newcomer gets in through another', BOUND, async (t) => {
    const relay = await startNostrRelay()
    t.after(() => relay.kill())
    const places = [`nostr+${relay.url}`]
    const server = await startServer({ root: APP_FOLDER, port: 0, places })
    const [ada, ben] = await Promise.all([world.person(server.url), world.person(server.url)])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const link = await ada.inviteLink()
    await ben.joinAsWriter(link, 'Ben')
    await ada.isConnectedTo(1)
    await server.close()
    const url = await hostWithoutTracker(t, Number(new URL(server.url).port), places)
    await ada.send('still here')
    await ben.sees('still here')
    const carol = await world.person(url)
    await carol.join(link, 'Carol')
    const joinedAtMs = performance.now()
    await carol.waiting.waitFor({ state: 'detached' })
    t.diagnostic(`let in ${Math.round(performance.now() - joinedAtMs)} ms after joining`)
    await carol.sees('still here')
    await carol.send('me too')
    await ben.sees('me too')
  })

  it(
    'the room moves to a tracker that it names: those inside go there, and newcomers come in there',
    BOUND,
    async (t) => {
      const server = await startServer({ root: APP_FOLDER, port: 0 })
      const elsewhere = await startServer({ root: APP_FOLDER, port: 0 })
      t.after(() => elsewhere.close())
      const { port } = new URL(elsewhere.url)
      const [ada, ben] = await Promise.all([world.person(server.url), world.person(server.url)])
      await ada.startRoom({ me: 'Ada', room: 'Book club' })
      await ben.joinAsWriter(await ada.inviteLink(), 'Ben')
      await ada.isConnectedTo(1)
      await openPlaces(ada)
      await ada.page.getByText('This room names no place of its own').waitFor()
      const address = ada.page.getByRole('textbox', { name: 'Address' })
      await address.fill(`http://localhost:${port}/tracker`)
      await ada.page.getByRole('button', { name: 'Add', exact: true }).click()
      await ada.page.getByText('the address has to begin with wss://').waitFor()
      await address.fill(`ws://localhost:${port}/tracker`)
      await ada.page.getByRole('button', { name: 'Add', exact: true }).click()
      const places = (person: ParleyPage) => person.page.getByRole('list', { name: 'Meeting places' })
      await places(ada).getByText('Open').waitFor()
      await ada.page.keyboard.press('Escape')
      await openPlaces(ben)
      await places(ben).getByText('Open').waitFor()
      await ben.page.getByText('Only admins can change them.').waitFor()
      await ben.page.keyboard.press('Escape')
      await server.close()
      const url = await hostWithoutTracker(t, Number(new URL(server.url).port))
      await ada.send('still here')
      await ben.sees('still here')
      const carol = await world.person(url)
      // The same link as before, as the sheet shows it now.
      await carol.join(await ada.inviteLink(), 'Carol')
      await carol.waiting.waitFor({ state: 'detached' })
      await carol.sees('still here')
      await carol.send('found you')
      await ben.sees('found you')
      // The page starts again where there is no tracker, and knows from the room where to look.
      await ben.page.reload()
      await ben.isConnectedTo(2)
    },
  )

  it('with every server gone, two codes carried by hand bring a newcomer in', BOUND, async (t) => {
    const url = await hostWithoutTracker(t, 0)
    const [ada, ben] = await Promise.all([world.person(url), world.person(url)])
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    await ben.join(await inviteByHand(ada), 'Ben')
    await bringAnswer(ben, ada)
    await ben.page.getByText('Connected. You are let in').waitFor()
    await ada.page.keyboard.press('Escape')
    await ben.page.keyboard.press('Escape')
    await ben.waiting.waitFor({ state: 'detached' })
    await ben.send('by hand')
    await ada.sees('by hand')

    // Both are members now, and their pages start again: the way in is on the network page.
    await Promise.all([ada.page.reload(), ben.page.reload()])
    const code = await inviteByHand(ada)
    await ben.connection.getByRole('link').click()
    await ben.page.getByRole('button', { name: 'Answer a code' }).click()
    await ben.page.getByRole('textbox', { name: 'Code', exact: true }).fill(code)
    await ben.page.getByRole('button', { name: 'Answer', exact: true }).click()
    await bringAnswer(ben, ada)
    await ben.page.getByText('Connected. You can close this.').waitFor()
    await ada.page.keyboard.press('Escape')
    await ada.send('linked again')
    await ben.page.keyboard.press('Escape')
    await ben.openTab('Chat')
    await ben.sees('linked again')
  })

  it('a page that starts again finds the room by the address of a peer', BOUND, async (t) => {
    const url = await hostWithoutTracker(t, 0)
    const listening = await startServer({ root: APP_FOLDER, port: 0 })
    const peer = await Peer.open({
      store: new MemoryStore(),
      doors: [() => listening.door],
      inviteBase: `${url}/`,
      inviteTrackers: [`peer+${listening.linkUrl}`],
    })
    t.after(async () => {
      await peer.close()
      await listening.close()
    })
    const created = await peer.createRoom({ name: 'Book club', myName: 'Cleo' })
    if (!created.ok) throw new Error(created.reason)
    const room: Room = created.value
    const invite = await room.createInvite({ role: 'writer' })
    if (!invite.ok) throw new Error(invite.reason)
    const ben = await world.person(url)
    await ben.joinAsWriter(invite.value.link ?? '', 'Ben')
    await ben.page.reload()
    await ben.isConnectedTo(1)
    await room.chat.send('welcome back')
    await ben.sees('welcome back')
  })
})
