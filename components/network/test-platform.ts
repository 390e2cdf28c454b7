import { mappingOf, stunHosts, type RouterMapping, type SeenWay } from './router-mapping.ts'

/** What STUN and TURN servers opened. */
export interface WaysOutside {
  /** `host`, `srflx` (through the router), `relay`. */
  readonly kinds: ReadonlySet<string>
  readonly mapping: RouterMapping
}

/** What the self-test asks of the browser. Nothing in here rejects, and nothing goes on when its answer is there. */
export interface TestPlatform {
  /** `kept`: the browser has promised not to clear it. */
  storage(): Promise<'kept' | 'works' | 'none'>
  /** Whether two connections of this page find each other over a data channel. */
  connectsToItself(): Promise<boolean>
  /** STUN and TURN servers that this page's host names. */
  iceServers(): Promise<readonly RTCIceServer[]>
  /** Asks these servers for ways to this device from outside. */
  waysOutside(servers: readonly RTCIceServer[]): Promise<WaysOutside>
  /** Whether somebody takes a WebSocket at that address. */
  opensSocket(address: string): Promise<boolean>
}

/** A slow phone on a bad network is done by then; who waits longer thinks that the test hangs. */
const WAIT_MS_MAX = 6_000
const TEST_DATABASE = 'parley-self-test'

/** The answer, or `late` when there is none in time. */
async function inTime<Type>(answer: Promise<Type>, late: Type): Promise<Type> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<Type>((resolve) => {
    timer = setTimeout(() => resolve(late), WAIT_MS_MAX)
  })
  try {
    return await Promise.race([answer, limit])
  } catch {
    return late
  } finally {
    clearTimeout(timer)
  }
}

async function storage(): Promise<'kept' | 'works' | 'none'> {
  const isStored = await inTime(storesAndReads(), false)
  if (!isStored) return 'none'
  const isKept = await inTime(navigator.storage?.persisted?.() ?? Promise.resolve(false), false)
  return isKept ? 'kept' : 'works'
}

/** Writes a value into a database of its own, reads it back and deletes the database. */
function storesAndReads(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('not stored'))
    const opening = indexedDB.open(TEST_DATABASE)
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('test'))
    opening.addEventListener('error', fail)
    opening.addEventListener('success', () => {
      const database = opening.result
      const transaction = database.transaction('test', 'readwrite')
      const store = transaction.objectStore('test')
      store.put('stored', 'key')
      const reading = store.get('key')
      const end = (isStored: boolean): void => {
        database.close()
        indexedDB.deleteDatabase(TEST_DATABASE)
        resolve(isStored)
      }
      transaction.addEventListener('complete', () => end(reading.result === 'stored'))
      transaction.addEventListener('abort', () => end(false))
    })
  })
}

/** Candidates may be found before the other side can take them. */
function passCandidates(from: RTCPeerConnection, to: RTCPeerConnection, ready: Promise<void>): void {
  from.addEventListener('icecandidate', ({ candidate }) => {
    // One that comes when all is over is of no use.
    if (candidate) ready.then(() => to.addIceCandidate(candidate)).catch(() => undefined)
  })
}

async function connectsToItself(): Promise<boolean> {
  if (typeof RTCPeerConnection === 'undefined') return false
  const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()]
  const opened = new Promise<boolean>((resolve) => {
    const channel = one.createDataChannel('test')
    channel.addEventListener('open', () => resolve(true))
    channel.addEventListener('error', () => resolve(false))
  })
  let described: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    described = resolve
  })
  passCandidates(one, other, ready)
  passCandidates(other, one, ready)
  const work = async (): Promise<boolean> => {
    await one.setLocalDescription()
    if (one.localDescription) await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription()
    if (other.localDescription) await one.setRemoteDescription(other.localDescription)
    described()
    return opened
  }
  const result = await inTime(work(), false)
  one.close()
  other.close()
  return result
}

async function waysOutside(servers: readonly RTCIceServer[]): Promise<WaysOutside> {
  const kinds = new Set<string>()
  const ways: SeenWay[] = []
  const answering = new Set(stunHosts(servers))
  const failed = new Set<string>()
  let connection: RTCPeerConnection
  try {
    connection = new RTCPeerConnection({ iceServers: [...servers] })
  } catch {
    return { kinds, mapping: 'unknown' }
  }
  connection.createDataChannel('test')
  connection.addEventListener('icecandidateerror', ({ url }) => {
    for (const host of stunHosts([{ urls: url }])) failed.add(host)
  })
  const gathered = new Promise<boolean>((resolve) => {
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate === null) return resolve(true)
      const { type, protocol, address, port, relatedPort } = candidate
      if (type !== null) kinds.add(type)
      if (type !== 'srflx' || protocol !== 'udp' || address === null || port === null) return
      ways.push({ address, port, socketPort: relatedPort ?? 0 })
    })
  })
  // One that answers what another has answered before is not heard of: only a failure tells that it did not.
  const isComplete = await inTime(
    connection.setLocalDescription().then(() => gathered),
    false,
  )
  connection.close()
  for (const host of failed) answering.delete(host)
  return { kinds, mapping: mappingOf(ways, isComplete && answering.size > 1) }
}

async function opensSocket(address: string): Promise<boolean> {
  let socket: WebSocket
  try {
    socket = new WebSocket(address)
  } catch {
    return false
  }
  const opened = new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true))
    socket.addEventListener('error', () => resolve(false))
    socket.addEventListener('close', () => resolve(false))
  })
  const result = await inTime(opened, false)
  socket.close()
  return result
}

/** The platform of this page; `iceServers` says what its host names. */
export const pagePlatform = (iceServers: () => Promise<readonly RTCIceServer[]>): TestPlatform => ({
  storage,
  connectsToItself,
  iceServers: () => inTime(iceServers(), []),
  waysOutside,
  opensSocket,
})
