/** A new epoch for many devices, as the library makes it. Runs in Node and in a page. */
import { BOXES_MAX } from '../../../src/access/operation-limits.ts'
import { OperationWriter } from '../../../src/access/operation-writer.ts'
import { ROOT } from '../../../src/access/operation.ts'
import { ID_BYTES, idFromBytes, type DeviceId } from '../../../src/base/ids.ts'
import { createKeyPair, type AgreementKeyPair } from '../../../src/crypto/key-agreement.ts'
import { randomBytes } from '../../../src/crypto/random.ts'
import { signHead } from '../../../src/feed/chain.ts'
import { logIdOf } from '../../../src/feed/feed-id.ts'
import { platformEnvironment } from '../../../src/peer/environment.ts'
import { openBox, sealBoxes, unwrapPrevious, wrapPrevious, type Recipient } from '../../../src/peer/epoch-boxes.ts'
import { EPOCH_KEY_BYTES, epochIdOf } from '../../../src/peer/key-ring.ts'
import { newSession } from './recording.ts'

/** In milliseconds, and bytes of all operations together. */
export interface RotationFigures {
  readonly sealMs: number
  readonly writeMs: number
  /** One device: its box, and the key before. */
  readonly openMs: number
  /** The longest time in which nothing else had its turn. */
  readonly longestBlockMs: number
  readonly bytes: number
}

interface Device extends Recipient {
  readonly pair: AgreementKeyPair
}

export async function newDevices(count: number): Promise<readonly Device[]> {
  const devices: Device[] = []
  for (let i = 0; i < count; i++) {
    const pair = await createKeyPair()
    devices.push({ device: idFromBytes<DeviceId>(randomBytes(ID_BYTES)), sealKey: pair.publicKey, pair })
  }
  return devices
}

/** The longest gap between two turns of the event loop from now on. */
function watchTurns(): () => number {
  const { port1, port2 } = new MessageChannel()
  let longestMs = 0
  let lastMs = performance.now()
  const turn = (): void => {
    longestMs = Math.max(longestMs, performance.now() - lastMs)
    lastMs = performance.now()
  }
  port1.addEventListener('message', () => {
    turn()
    port2.postMessage(0)
  })
  port1.start()
  port2.postMessage(0)
  return () => {
    turn()
    port1.close()
    return longestMs
  }
}

export async function rotate(devices: readonly Device[]): Promise<RotationFigures> {
  const session = await newSession()
  const room = idFromBytes<Parameters<typeof logIdOf>[0]>(randomBytes(ID_BYTES))
  const [previousKey, key] = [randomBytes(EPOCH_KEY_BYTES), randomBytes(EPOCH_KEY_BYTES)]
  const [previous, epoch] = [epochIdOf(previousKey), epochIdOf(key)]
  const longestBlock = watchTurns()
  const startMs = performance.now()
  const boxes = await sealBoxes(key, devices, platformEnvironment())
  const sealedMs = performance.now()
  const writer = new OperationWriter(room, session.id, () => 0)
  const wrapped = wrapPrevious(key, previousKey)
  const operations = [
    writer.append(ROOT, { kind: 'epoch', epoch, previous, wrapped, boxes: boxes.slice(0, BOXES_MAX) }),
  ]
  for (let i = BOXES_MAX; i < boxes.length; i += BOXES_MAX)
    operations.push(writer.append(ROOT, { kind: 'epoch.seal', epoch, boxes: boxes.slice(i, i + BOXES_MAX) }))
  await signHead(session.signer, logIdOf(room, session.id), writer.head)
  const writtenMs = performance.now()
  const longestBlockMs = longestBlock()
  const last = devices.at(-1)
  const box = boxes.at(-1)
  const openStartMs = performance.now()
  const opened = last && box && (await openBox(last.pair, epoch, box))
  if (!opened || !unwrapPrevious(opened, previous, wrapped)) throw new Error('the last device opens its box')
  const openMs = performance.now() - openStartMs
  const bytes = operations.reduce((sum, operation) => sum + operation.bytes.length, 0)
  return { sealMs: sealedMs - startMs, writeMs: writtenMs - sealedMs, openMs, longestBlockMs, bytes }
}
