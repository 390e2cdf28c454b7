/** `npm start`: application host, tracker and super peer in one process, on one port. */
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Configuration } from './configuration.ts'
import { listenProblem } from './http-host.ts'
import type { Journal } from './journal.ts'
import { startServer, type RunningServer } from './server.ts'
import { SuperPeerService } from './super-peer-service.ts'
import { statusUrlOf } from './super-peer-program.ts'

export interface StartedHost {
  readonly url: string
  /** Why it is without a super peer, in a sentence. */
  readonly problem: string | undefined
  close(): Promise<void>
}

/** The app does not wait for a disk. */
const OPENING_MS_MAX = 5_000

const problemOfLateOpening = (service: SuperPeerService): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(() => {
      resolve(`${service.problem ?? 'The super peer takes long to open.'} Parley goes on without it until it is open.`)
    }, OPENING_MS_MAX).unref()
  })

/** Why it could not be opened, in a sentence; in the log as well, since that may be long after the start. */
async function openService(service: Pick<SuperPeerService, 'open'>, journal: Journal): Promise<string | undefined> {
  let failure: string
  try {
    const opened = await service.open()
    if (opened.ok) return undefined
    failure = opened.detail ?? opened.reason
  } catch (error) {
    failure = `The super peer could not be opened: ${error instanceof Error ? error.message : String(error)}.`
  }
  journal.error('not-opened', { detail: failure })
  return failure
}

export async function startHost(options: {
  readonly root: string
  readonly configuration: Configuration
  readonly places: readonly string[]
  readonly journal: Journal
}): Promise<Result<StartedHost, 'port'>> {
  const { root, configuration, places, journal } = options
  const [port, host] = [configuration.number('port'), configuration.text('host')]
  let server: RunningServer
  try {
    const stunServers = configuration.list('stun')
    const usesPublicRelays = configuration.isOn('public-networks')
    server = await startServer({ root, host, port, stunServers, places, usesPublicRelays })
  } catch (error) {
    const sentence = listenProblem(error, { port, host })
    if (sentence === undefined) throw error
    return rejected('port', sentence)
  }
  const { url } = server
  if (!configuration.isOn('superpeer')) return accepted({ url, problem: undefined, close: async () => server.close() })
  const service = new SuperPeerService({
    configuration,
    journal,
    door: server.door,
    trackers: [server.trackerUrl],
    statusUrl: statusUrlOf(server, host),
  })
  const opening = openService(service, journal).then((failure) => {
    if (failure !== undefined) return `${failure} Parley goes on without a super peer.`
    server.offer({ name: service.name, pages: service.pages.answer })
    return undefined
  })
  const problem = await Promise.race([opening, problemOfLateOpening(service)])
  const close = async (): Promise<void> => {
    await service.close()
    await server.close()
  }
  return accepted({ url, problem, close })
}
