/** `parley superpeer`: a super peer and nothing else, with a port of its own for links and questions. */
import { readFile } from 'node:fs/promises'
import { accepted, rejected, type Result } from '../base/result.ts'
import type { Configuration } from './configuration.ts'
import { listenProblem, openHttpHost, type HttpHost } from './http-host.ts'
import type { Journal } from './journal.ts'
import { LINK_PATH, listenForLinks, type LinkListener } from './link-listener.ts'
import { SuperPeerService } from './super-peer-service.ts'
import { refuseOtherUpgrades } from './upgrade-refusal.ts'

export interface RunningProgram {
  close(): Promise<void>
}

interface Port {
  readonly host: HttpHost
  readonly links: LinkListener
}

/** A rejection's detail is the sentence to end with. */
export async function startSuperPeer(
  configuration: Configuration,
  journal: Journal,
): Promise<Result<RunningProgram, 'port' | 'store' | 'invite'>> {
  const invites = await readInvites(configuration)
  if (!invites.ok) return invites
  const port = configuration.isOn('listen') ? await openPort(configuration, () => service) : accepted(undefined)
  if (!port.ok) return port
  const { host, links } = port.value ?? {}
  const service: SuperPeerService = new SuperPeerService({
    configuration,
    journal,
    trackers: configuration.list('trackers'),
    ...(links && { door: links.door }),
    ...(host && { statusUrl: statusUrlOf(host, configuration.text('host')) }),
  })
  if (host && journal.showsAddresses) tellAddresses(host, journal)
  const close = async (): Promise<void> => {
    await service.close()
    await host?.close(() => links?.close())
  }
  const opened = await service.open()
  if (!opened.ok) {
    await close()
    return rejected('store', opened.detail)
  }
  if (host) journal.listening(`ws://${host.authority}${LINK_PATH}`)
  const refused = await service.keepAll(invites.value)
  const rooms = service.superPeer?.rooms.length ?? 0
  if (refused[0] !== undefined && rooms === 0) {
    await close()
    return rejected('invite', refused[0])
  }
  if (rooms === 0) journal.warn('no-room', { detail: 'No room is kept yet: start with --invite LINK.' })
  return accepted({ close })
}

async function openPort(configuration: Configuration, service: () => SuperPeerService): Promise<Result<Port, 'port'>> {
  const [port, name] = [configuration.number('port'), configuration.text('host')]
  try {
    const host = await openHttpHost({ port, host: name, responders: () => [service().pages.answer] })
    const links = listenForLinks(host.server, { paths: [LINK_PATH] })
    refuseOtherUpgrades(host.server, [LINK_PATH])
    return accepted({ host, links })
  } catch (error) {
    const sentence = listenProblem(error, { port, host: name })
    if (sentence === undefined) throw error
    return rejected('port', sentence)
  }
}

/** Links of the command line, and one a line of the file; what begins with # is a remark. */
async function readInvites(configuration: Configuration): Promise<Result<readonly string[], 'invite'>> {
  const links = configuration.list('invite')
  if (configuration.textIfAny('invite-file') === undefined) return accepted(links)
  try {
    const lines = (await readFile(configuration.path('invite-file'), 'utf8')).split('\n').map((line) => line.trim())
    return accepted([...links, ...lines.filter((line) => line !== '' && !/^#(?!\/)/.test(line))])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return rejected('invite', `The file with invites could not be read: ${reason}.`)
  }
}

/** As this machine reaches it. */
export function statusUrlOf({ port }: Pick<HttpHost, 'port'>, host: string): string {
  const isEverywhere = host === '0.0.0.0' || host === '::' || host === ''
  const name = isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}/status.json`
}

export function tellAddresses(host: Pick<HttpHost, 'server'>, journal: Journal): void {
  host.server.on('upgrade', ({ socket }) => {
    journal.info('connection', { address: socket.remoteAddress, port: socket.remotePort })
  })
}
