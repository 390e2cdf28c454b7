// Connects two WebSockets to each other, so that a page can have both ends of one: the first two that come to the same
// path below /pipe/ are a pair. It stands for the proxy that is in front of many servers.
import { WebSocketServer } from 'ws'

export function attachSocketPipe(server) {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const waiting = new Map()
  const join = (one, other) => {
    one.on('message', (data, isBinary) => other.send(data, { binary: isBinary }))
    one.on('close', (code) => other.close(code === 1005 || code === 1006 ? undefined : code))
    one.on('error', () => undefined)
  }
  server.on('upgrade', (request, socket, head) => {
    const path = request.url ?? ''
    if (!path.startsWith('/pipe/')) return
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const other = waiting.get(path)
      if (other) {
        waiting.delete(path)
        join(webSocket, other)
        join(other, webSocket)
        for (const data of other.early) webSocket.send(data)
      } else {
        webSocket.early = []
        webSocket.on('message', (data) => {
          if (waiting.get(path) === webSocket) webSocket.early.push(data)
        })
        waiting.set(path, webSocket)
      }
    })
  })
}
