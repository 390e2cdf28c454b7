/**
 * Eight, sixteen and 32 people who come at once, each in a page and browser context of their own: how long until they
 * have met, what signalling costs each who joins, how often a small edit is sent for each who needs it, and what is
 * sent while nothing happens. Beside y-webrtc as it comes, with its own signalling server, on the same machine in turn.
 * MESH_PEOPLE=8,16 chooses other sizes.
 */
import { servePage, withBrowser, type PageServer } from './measuring/browser.ts'
import { printTable, spread, verdict } from './measuring/figures.ts'
import { runMesh, type MeshRun } from './measuring/mesh-run.ts'
import { startStockSignalling } from './measuring/stock-signalling.ts'

const SIZES = (process.env.MESH_PEOPLE ?? '8,16,32').split(',').map(Number)
const SENDS_PER_DELIVERY_MAX = 2
const FRAMES_SENT_PER_JOIN_MAX = 20

type Part = (run: MeshRun) => number | undefined

function printRuns(ours: MeshRun, others: MeshRun): void {
  const figure = (value: number | undefined): string => (value === undefined ? 'never' : spread([value]))
  const row = (name: string, part: Part, goal = ''): string[] => {
    const [our, other] = [part(ours), part(others)]
    const ratio = our === undefined || other === undefined || other === 0 ? '-' : (our / other).toFixed(3)
    return [name, figure(our), figure(other), ratio, goal]
  }
  const atMost = (value: number, limit: number): string => `<= ${limit} ${verdict(value <= limit)}`
  const seconds = (value: number | undefined): number | undefined => (value === undefined ? value : value / 1_000)
  printTable(
    `${ours.people} people in ${ours.people} pages`,
    ['work', 'ours', 'y-webrtc', 'ratio', 'goal'],
    [
      row('all have heard all, s', ({ heardAllMs }) => seconds(heardAllMs), verdict(ours.heardAllMs !== undefined)),
      row('all linked with all, s', ({ linkedWithAllMs }) => seconds(linkedWithAllMs)),
      row('processor seconds a peer for that', ({ meetingCpuS }) => meetingCpuS),
      row('links of a peer, least', ({ linksLeast }) => linksLeast),
      row('links of a peer, mean', ({ linksMean }) => linksMean),
      row('links of a peer, most', ({ linksMost }) => linksMost),
      row(
        'signalling messages sent per join',
        ({ framesSent }) => framesSent,
        atMost(ours.framesSent, FRAMES_SENT_PER_JOIN_MAX),
      ),
      row('signalling messages received per join', ({ framesReceived }) => framesReceived),
      row('signalling KiB received per join', ({ kibReceived }) => kibReceived),
      row('an edit: until all have it, ms', ({ later }) => later.spreadMs),
      row('sends of it per delivery', ({ later }) => later.sends, atMost(ours.later.sends, SENDS_PER_DELIVERY_MAX)),
      row('bytes of these per delivery', ({ later }) => later.bytes),
      row('all sends meanwhile per delivery', ({ later }) => later.allSends),
      row('bytes of these per delivery', ({ later }) => later.allBytes),
      row('the first edit: until all have it, ms', ({ first }) => first.spreadMs),
      row('sends of it per delivery', ({ first }) => first.sends),
      row('bytes of these per delivery', ({ first }) => first.bytes),
      row('idle: messages a minute and peer', ({ idleMessages }) => idleMessages),
      row('idle: bytes a minute and peer', ({ idleBytes }) => idleBytes),
      row('idle: signalling a minute and peer', ({ idleFrames }) => idleFrames),
      row('idle: processor seconds a minute and peer', ({ idleCpuS }) => idleCpuS),
      row('sends refused by the browser', ({ failed }) => failed),
    ],
  )
}

async function measure(server: PageServer, people: number): Promise<void> {
  const ours = await withBrowser((browser) =>
    runMesh(browser, server.url, people, { system: 'Parley', tracker: server.trackerUrl }),
  )
  const signalling = await startStockSignalling()
  try {
    const others = await withBrowser((browser) =>
      runMesh(browser, server.url, people, { system: 'y-webrtc', server: signalling.url }),
    )
    printRuns(ours, others)
  } finally {
    await signalling.close()
  }
}

const server = await servePage('mesh-page')
try {
  for (const people of SIZES) await measure(server, people)
} finally {
  await server.close()
}
