// Loaded in an iframe of a test page: one peer with modules of its own, as y-webrtc keeps its rooms in module variables.
import { createYWebrtcDoor } from '../../src/transport/y-webrtc-door.ts'

const errors: string[] = []
addEventListener('error', ({ message }) => errors.push(message))
addEventListener('unhandledrejection', ({ reason }) => errors.push(String(reason)))

const startStockProvider = async (topic: string, tracker: string, password: string, text: string) => {
  const [{ WebrtcProvider }, { Doc }] = await Promise.all([import('y-webrtc'), import('yjs')])
  const doc = new Doc()
  doc.getText('text').insert(0, text)
  const provider = new WebrtcProvider(topic, doc, { signaling: [tracker], password, filterBcConns: false })
  return { doc, provider }
}

const peer = { createYWebrtcDoor, startStockProvider, errors }
export type PeerFrame = typeof peer
Object.assign(globalThis, { peer })
parent.postMessage({ ready: frameElement?.id }, '*')
