/**
 * What a super peer takes, passes on, holds and gives to those who were away, each beside the y-websocket server on the
 * same work in the same run; both are processes of their own, as their command lines start them, and the members are in
 * this one. The work: in each of many rooms one person sends messages of a chat, and another has them through the server
 * alone. Many rooms, because a super peer passes on no more of one author in one room than a fixed budget: what is sent
 * here fits in it. Then a third, who was away, comes back and takes everything. Then sockets that say nothing are held.
 *
 * It is not the same service. The super peer cannot read what it keeps: entries are signed and sealed one by one, their
 * signatures are checked, and each is fsynced before it is acknowledged. The y-websocket server applies updates of
 * anybody to documents in memory, writes no disk, and gives one merged state to who comes. The ratio is what that
 * difference costs, on the members' side too: rates over time passed include their work, who here share one core and
 * sign, check and decrypt. Processor time is the server's alone; a second divided by it is what a core of a server could
 * take. Runs are taken in turn, and divided pair by pair.
 */
import { tmpdir } from 'node:os'
import type { Room } from '../../src/peer/room.ts'
import { median, printTable, ratios, spread } from './measuring/figures.ts'
import { entriesOf, relayedRooms, untilHeld, untilRelay } from './measuring/relayed-room.ts'
import { startYWebsocket, type ServerProcess } from './measuring/server-process.ts'
import { YWebsocketMember } from './measuring/y-websocket-member.ts'

const RUNS = 3
const ROOMS = 20
/** In each of the rooms, and in all. */
const MESSAGES_EACH = 150
const MESSAGES = ROOMS * MESSAGES_EACH
const TEXT = 'The azaleas are under the third stone, and the key to the shed lies where it always did. Bring the saw.'

/** Sockets that are held: rooms, times those who are in each of them. */
const IDLE_ROOMS = 15
const IDLE_MEMBERS = 20
/** After the last came, until memory has settled: two turns of the heartbeat. */
const SETTLING_MS = 20_000

interface Load {
  /** From the first message until the last is acknowledged by the server; NaN where nothing is. */
  readonly acceptedMs: number
  /** From the first message until the readers have them all. */
  readonly forwardedMs: number
  readonly processorMs: number
  readonly entries: number
  readonly catchUpMs: number
  readonly catchUpProcessorMs: number
  readonly catchUpBytes: number
}

const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs))

async function timed(
  server: ServerProcess,
  work: () => Promise<unknown>,
): Promise<[passed: number, processor: number]> {
  const before = await server.processorMs()
  const start = performance.now()
  await work()
  return [performance.now() - start, (await server.processorMs()) - before]
}

/** Looks often: events of the other side cost it nothing. */
async function untilTrue(isDone: () => boolean): Promise<void> {
  while (!isDone()) await pause(5)
}

const entriesIn = (rooms: readonly Room[]): number => rooms.reduce((sum, room) => sum + entriesOf(room), 0)

async function loadSuperPeer(): Promise<Load> {
  const relayed = await relayedRooms({ rooms: ROOMS, others: 2, parent: tmpdir() })
  try {
    const { founder, others, server } = relayed
    const [reader, absent] = others
    if (!reader || !absent) throw new Error('nobody came in')
    await reader.come('at the super peer')
    await Promise.all(reader.rooms.map(untilRelay))
    const before = entriesIn(founder.rooms)
    await untilTrue(() => entriesIn(reader.rooms) === before)
    let acceptedMs = 0
    const [forwardedMs, processorMs] = await timed(server, async () => {
      const start = performance.now()
      for (let i = 0; i < MESSAGES_EACH; i++)
        await Promise.all(founder.rooms.map((room) => room.chat.send(`${i} ${TEXT}`)))
      const accepted = Promise.all(founder.rooms.map(untilHeld)).then(() => {
        acceptedMs = performance.now() - start
      })
      await untilTrue(() => entriesIn(reader.rooms) >= entriesIn(founder.rooms))
      await accepted
    })
    const all = entriesIn(founder.rooms)
    await founder.leave()
    await reader.leave()
    const [catchUpMs, catchUpProcessorMs] = await timed(server, async () => {
      await absent.come('at the super peer')
      await untilTrue(() => entriesIn(absent.rooms) >= all)
    })
    const catchUpBytes = absent.bytesReceived
    return { acceptedMs, forwardedMs, processorMs, entries: all - before, catchUpMs, catchUpProcessorMs, catchUpBytes }
  } finally {
    await relayed.close()
  }
}

async function loadYWebsocket(): Promise<Load> {
  const server = await startYWebsocket()
  const open: YWebsocketMember[] = []
  /** One person, with a socket for each room. */
  const come = async (): Promise<readonly YWebsocketMember[]> => {
    const rooms = Array.from({ length: ROOMS }, (_, i) => YWebsocketMember.open(server.port, `room-${i}`))
    const members = await Promise.all(rooms)
    open.push(...members)
    return members
  }
  const hasAll = (members: readonly YWebsocketMember[]): boolean =>
    members.every(({ words }) => words.length >= MESSAGES_EACH)
  try {
    const [writer, reader] = [await come(), await come()]
    const [forwardedMs, processorMs] = await timed(server, async () => {
      for (let i = 0; i < MESSAGES_EACH; i++) {
        for (const { words } of writer) words.push([`${i} ${TEXT}`])
        await new Promise((resolve) => setImmediate(resolve))
      }
      await untilTrue(() => hasAll(reader))
    })
    for (const member of [...writer, ...reader]) member.close()
    let catchUpBytes = 0
    const [catchUpMs, catchUpProcessorMs] = await timed(server, async () => {
      const absent = await come()
      await untilTrue(() => hasAll(absent))
      catchUpBytes = absent.reduce((sum, { bytesReceived }) => sum + bytesReceived, 0)
    })
    const times = { acceptedMs: Number.NaN, forwardedMs, processorMs, entries: MESSAGES }
    return { ...times, catchUpMs, catchUpProcessorMs, catchUpBytes }
  } finally {
    for (const member of open) member.close()
    await server.close()
  }
}

interface Idle {
  /** That the server says it has, beyond those that were there before. */
  readonly sockets: number
  readonly bytesEach: number
  /** Of a second, what all of them take while nothing happens. */
  readonly processorMs: number
}

async function idleFigures(server: ServerProcess, sockets: number, before: number): Promise<Idle> {
  await pause(SETTLING_MS)
  const after = await server.residentBytes()
  const [passedMs, processorMs] = await timed(server, () => pause(SETTLING_MS))
  return { sockets, bytesEach: (after - before) / sockets, processorMs: (processorMs / passedMs) * 1_000 }
}

/** By the figures that it gives out itself. */
async function linksOf(server: ServerProcess): Promise<number> {
  const [, links] = /^parley_links\{kind="ws"\} (\d+)$/m.exec(await server.get('/metrics')) ?? []
  return Number(links)
}

async function idleSuperPeer(): Promise<Idle> {
  const rooms = await relayedRooms({ rooms: IDLE_ROOMS, others: IDLE_MEMBERS, parent: tmpdir() })
  try {
    const { others, server } = rooms
    await pause(SETTLING_MS)
    const [before, linksBefore] = [await server.residentBytes(), await linksOf(server)]
    for (const member of others) {
      await member.come('at the super peer')
      await Promise.all(member.rooms.map(untilRelay))
    }
    return await idleFigures(server, (await linksOf(server)) - linksBefore, before)
  } finally {
    await rooms.close()
  }
}

async function idleYWebsocket(): Promise<Idle> {
  const server = await startYWebsocket()
  const members: YWebsocketMember[] = []
  try {
    for (let room = 0; room < IDLE_ROOMS; room++) members.push(await YWebsocketMember.open(server.port, `room ${room}`))
    await pause(SETTLING_MS)
    const before = await server.residentBytes()
    for (let room = 0; room < IDLE_ROOMS; room++)
      for (let i = 0; i < IDLE_MEMBERS; i++) members.push(await YWebsocketMember.open(server.port, `room ${room}`))
    return await idleFigures(server, IDLE_ROOMS * IDLE_MEMBERS, before)
  } finally {
    for (const member of members) member.close()
    await server.close()
  }
}

const ours: Load[] = []
const theirs: Load[] = []
for (let i = 0; i < RUNS; i++) {
  ours.push(await loadSuperPeer())
  theirs.push(await loadYWebsocket())
}
const row = (name: string, of: (load: Load) => number, unit = ''): string[] => {
  const [mine, others] = [ours.map(of), theirs.map(of)]
  return [name, spread(mine, unit), spread(others, unit), spread(ratios(mine, others))]
}
const perSecond = (count: number, ms: number): number => (count / ms) * 1_000
const accepted = ours.map(({ acceptedMs }) => perSecond(MESSAGES, acceptedMs))
printTable(
  `${MESSAGES} messages of ${TEXT.length} characters in ${ROOMS} rooms, ` +
    `${median(ours.map(({ entries }) => entries))} entries of ours`,
  ['work', 'super peer: signed, sealed, fsynced', 'y-websocket: trusted, in memory', 'ratio'],
  [
    ['acknowledged when on disk, entries a second', spread(accepted), 'nothing is', ''],
    row('forwarded, entries or updates a second', ({ entries, forwardedMs }) => perSecond(entries, forwardedMs)),
    row('  processor of the server, each', ({ entries, processorMs }) => (processorMs / entries) * 1_000, 'µs'),
    row('caught up, entries or updates a second', ({ entries, catchUpMs }) => perSecond(entries, catchUpMs)),
    row('  MB a second', ({ catchUpBytes, catchUpMs }) => catchUpBytes / catchUpMs / 1_000),
    row('  MB in all', ({ catchUpBytes }) => catchUpBytes / 1e6),
    row(
      '  processor of the server, each',
      ({ entries, catchUpProcessorMs }) => (catchUpProcessorMs / entries) * 1_000,
      'µs',
    ),
  ],
)

const [idleOurs, idleTheirs] = [await idleSuperPeer(), await idleYWebsocket()]
const idleRow = (name: string, of: (idle: Idle) => number, unit = ''): string[] => [
  name,
  spread([of(idleOurs)], unit),
  spread([of(idleTheirs)], unit),
  spread(ratios([of(idleOurs)], [of(idleTheirs)])),
]
printTable(
  `Held at once, in ${IDLE_ROOMS} rooms, by WebSockets`,
  ['what', 'super peer', 'y-websocket', 'ratio'],
  [
    idleRow('sockets, all linked and answered', ({ sockets }) => sockets),
    idleRow('resident memory for each further one', ({ bytesEach }) => bytesEach / 1_000, 'kB'),
    idleRow('processor while nothing happens, all', ({ processorMs }) => processorMs, 'ms a second'),
  ],
)
