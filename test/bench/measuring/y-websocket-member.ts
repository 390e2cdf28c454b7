/**
 * A client of the y-websocket server, with no more than it needs: the sync protocol of y-protocols over a socket, as the
 * provider of y-websocket speaks it. Words of a chat are the elements of an array, one transaction each.
 */
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, length, toUint8Array, writeVarUint } from 'lib0/encoding'
import { WebSocket } from 'ws'
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'

const SYNC = 0

export class YWebsocketMember {
  readonly doc = new Y.Doc()
  readonly #socket: WebSocket
  bytesReceived = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.binaryType = 'arraybuffer'
    socket.on('message', (data: ArrayBuffer) => this.#receive(new Uint8Array(data)))
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this) return
      const encoder = createEncoder()
      writeVarUint(encoder, SYNC)
      writeUpdate(encoder, update)
      socket.send(toUint8Array(encoder))
    })
  }

  static async open(port: number, room: string, localAddress = '127.0.0.1'): Promise<YWebsocketMember> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${room}`, { localAddress, perMessageDeflate: false })
    const member = new YWebsocketMember(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    const encoder = createEncoder()
    writeVarUint(encoder, SYNC)
    writeSyncStep1(encoder, member.doc)
    socket.send(toUint8Array(encoder))
    return member
  }

  get words(): Y.Array<string> {
    return this.doc.getArray('words')
  }

  close(): void {
    this.#socket.terminate()
    this.doc.destroy()
  }

  #receive(bytes: Uint8Array): void {
    this.bytesReceived += bytes.length
    const decoder = createDecoder(bytes)
    // What is no sync message is presence, of which nobody here has any.
    if (readVarUint(decoder) !== SYNC) return void readVarUint8Array(decoder)
    const encoder = createEncoder()
    writeVarUint(encoder, SYNC)
    readSyncMessage(decoder, encoder, this.doc, this)
    if (length(encoder) > 1) this.#socket.send(toUint8Array(encoder))
  }
}
