import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

export const upgradePathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/'

/** Ends a connection that never became a WebSocket. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => {
    socket.destroy()
  })
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

/** Nobody answers on other paths of this server than these: who asks there is told so at once. */
export function refuseOtherUpgrades(server: Pick<Server, 'on'>, paths: readonly string[]): void {
  const answered = new Set(paths)
  server.on('upgrade', (request, socket) => {
    if (!answered.has(upgradePathOf(request))) refuseUpgrade(socket, '404 Not Found')
  })
}
