/**
 * The program of the WebRTC process. Native code, y-webrtc and trystero run here and nowhere else: if they end it, the process that
 * began it goes on and begins another. It reads and writes one pipe, and ends with it.
 */
import { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { loadNodeRtc } from './node-rtc.ts'
import { COMMANDS, MessageCodec, REPORTS, type Report } from './rtc-message.ts'
import { RtcPipe } from './rtc-pipe.ts'
import { RtcWorker } from './rtc-worker.ts'

/** Where the parent has put the pipe. */
const PIPE_DESCRIPTOR = 3
/** A frame of a tracker is at most 36 KiB, and of a relay 32; from one that sends more we want nothing. */
const TRACKER_FRAME_BYTES_MAX = 65_536
const HANDSHAKE_MS = 10_000

/** The code of doors knows no other WebSocket than the page's, which ends without a word where nobody listens for errors. */
class TrackerSocket extends WebSocket {
  constructor(address: string, subprotocols: string | string[] = []) {
    super(address, subprotocols, {
      maxPayload: TRACKER_FRAME_BYTES_MAX,
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
    })
    this.on('error', () => undefined)
  }
}
Object.assign(globalThis, { WebSocket: TrackerSocket })

// Ctrl+C reaches all processes of a terminal: the parent closes its links in peace, and then this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
// As in a page: y-webrtc, simple-peer and trystero leave rejected promises behind when a connection ends in the wrong moment.
process.on('unhandledRejection', () => undefined)

const classes = await loadNodeRtc()
const commands = new MessageCodec(COMMANDS)
const reports = new MessageCodec(REPORTS)
const report = (message: Report): void => {
  pipe.send(reports.write(message))
}
const worker = classes.ok ? new RtcWorker(classes.value, report) : undefined
const pipe = new RtcPipe(new Socket({ fd: PIPE_DESCRIPTOR }), {
  onRecord: (record) => {
    const command = commands.read(record)
    if (command.ok) void worker?.handle(command.value)
  },
  onEnd: () => process.exit(0),
})
report(classes.ok ? { type: 'ready' } : { type: 'missing', detail: classes.detail ?? classes.reason })
