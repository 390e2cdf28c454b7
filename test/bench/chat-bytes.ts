/**
 * Bytes that a chat message of 60 bytes takes on one link, signed and sealed, in a room of two and of ten where
 * everybody writes in turn. Beside it what y-webrtc sends for the same text, which is neither signed nor sealed.
 */
import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding'
import { writeUpdate } from 'y-protocols/sync'
import * as Y from 'yjs'
import { SEAL_TAG_BYTES } from '../../src/crypto/body-cipher.ts'
import { SIGNATURE_BYTES } from '../../src/feed/chain.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { decodeEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import type { Door } from '../../src/transport/door.ts'
import { frameWhole } from '../../src/transport/framing.ts'
import { LANES, type Link } from '../../src/transport/link.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import { Meeting, must, texts, until } from '../peer/meeting.ts'
import { median, printTable, spread, verdict } from './measuring/figures.ts'

const MESSAGES = 100
const TEXT_BYTES = 60
const BYTES_MAX = 200
const FRAME_BYTES = frameWhole(new Uint8Array(0)).length

const textOf = (n: number): string => `Message ${n} `.padEnd(TEXT_BYTES, 'of about this length, ')

/** Nobody has a link to all of nine others: they meet in circles, and whoever is in two of them passes on. */
const CIRCLES: readonly (readonly number[])[] = [
  [0, 1, 2, 3],
  [3, 4, 5, 6],
  [6, 7, 8, 9, 0],
]

/** A door of its own for the circle. Keeps every end of every link that comes up through it. */
const circleDoor = (door: Door, circle: number, links: Link[]): Door => ({
  name: `${door.name} ${circle}`,
  start: (topic, onLink) =>
    door.start(`${topic}/${circle}`, (link) => {
      links.push(link)
      onLink(link)
    }),
})

const bytesSent = ({ stats }: Link): number => LANES.reduce((sum, lane) => sum + stats.lanes[lane].bytesSent, 0)

/** What an entry consists of, as its author has just published it. */
interface Entry {
  readonly sizeBytes: number
  readonly headerBytes: number
  readonly bodyBytes: number
}

function watchEntries(room: Room): Entry[] {
  const entries: Entry[] = []
  const host = [...room.core.documents.values()].find(({ guarded }) => guarded.kind === 'chat')
  const cuts = new CutTable()
  host?.events.on('published', ({ feed, head, entries: published }) => {
    for (const { bytes } of published) {
      const decoded = must(decodeEntry(bytes, feed, head.length - 1, cuts))
      cuts.apply(decoded.cut)
      const bodyBytes = decoded.body.length - SEAL_TAG_BYTES
      entries.push({ sizeBytes: bytes.length, headerBytes: decoded.header.length, bodyBytes })
    }
  })
  return entries
}

interface Sizes {
  /** For each message, of the links that carried anything: the median. */
  readonly perLink: readonly number[]
  /** All bytes on all links, for each of the others. */
  readonly perDelivery: readonly number[]
  readonly entries: readonly Entry[]
}

async function chatOf(people: number): Promise<Sizes> {
  const meeting = new Meeting()
  try {
    const links: Link[] = []
    const rooms = await fill(meeting, people, links)
    const entries = rooms.map((room) => watchEntries(room))
    const perLink: number[] = []
    const perDelivery: number[] = []
    // Twice as many: first everybody names everybody once, which later messages need not do any more.
    for (let n = 0; n < 2 * MESSAGES; n++) {
      const before = links.map(bytesSent)
      const text = textOf(n)
      must(await (rooms[n % people] as Room).chat.send(text))
      await Promise.all(rooms.map((room) => until(room, () => texts(room).at(-1) === text, text)))
      const grown = links.map((link, i) => bytesSent(link) - (before[i] ?? 0)).filter((bytes) => bytes > 0)
      perLink.push(median(grown))
      perDelivery.push(grown.reduce((sum, bytes) => sum + bytes, 0) / (people - 1))
    }
    const latest = entries.flatMap((of) => of.slice(-Math.ceil(MESSAGES / people)))
    return { perLink: perLink.slice(-MESSAGES), perDelivery: perDelivery.slice(-MESSAGES), entries: latest }
  } finally {
    await meeting.close()
  }
}

async function fill(meeting: Meeting, people: number, links: Link[]): Promise<readonly Room[]> {
  const peer = (n: number): Promise<Peer> =>
    meeting.peer({
      doors: [...CIRCLES.keys()]
        .filter((circle) => CIRCLES[circle]?.includes(n))
        .map((circle) => () => circleDoor(meeting.network.door(), circle, links)),
    })
  const first = must(await (await peer(0)).createRoom({ name: 'Book club', myName: 'Ada' }))
  const { link } = must(await first.createInvite({ role: 'writer' }))
  const rooms = [first]
  for (let n = 1; n < people; n++) {
    const room = must(await (await peer(n)).joinRoom({ link: link ?? '', myName: `Reader ${n}` }))
    await until(room, () => room.status === 'member', 'membership')
    rooms.push(room)
  }
  for (const room of rooms) await until(room, () => room.members.length === people, 'everybody')
  return rooms
}

/** y-webrtc sends a message as `sync`, `update`, and the update. */
function rawSizes(people: number): readonly number[] {
  const docs = Array.from({ length: people }, () => new Y.Doc())
  return Array.from({ length: MESSAGES }, (_, n) => {
    const doc = docs[n % people] as Y.Doc
    let sizeBytes = 0
    doc.once('update', (update: Uint8Array) => {
      const encoder = createEncoder()
      writeVarUint(encoder, 0)
      writeUpdate(encoder, update)
      sizeBytes = toUint8Array(encoder).length
      for (const other of docs) if (other !== doc) Y.applyUpdate(other, update)
    })
    doc.getArray('chat').push([textOf(n)])
    return sizeBytes
  })
}

for (const people of [2, 10]) {
  const { perLink, perDelivery, entries } = await chatOf(people)
  const raw = rawSizes(people)
  const sizeOf = (part: (entry: Entry) => number): string => spread(entries.map(part))
  const push = median(perLink) - FRAME_BYTES - SIGNATURE_BYTES - median(entries.map(({ sizeBytes }) => sizeBytes))
  const ratio = (median(perLink) / median(raw)).toFixed(2)
  printTable(
    `A message of ${TEXT_BYTES} bytes among ${people}, bytes`,
    ['work', 'ours', 'y-webrtc', 'ratio', 'goal'],
    [
      ['on one link', spread(perLink), spread(raw), ratio, `<= ${BYTES_MAX} ${verdict(median(perLink) <= BYTES_MAX)}`],
      // Each of y-webrtc's peers sends what it receives to all of its links.
      ['on all links, per delivery', spread(perDelivery), spread(raw.map((bytes) => bytes * people))],
      ['  frame', String(FRAME_BYTES), '0'],
      ['  head of the push', push.toFixed(0), '2'],
      ['  signature', String(SIGNATURE_BYTES), '0'],
      ['  head of the entry', sizeOf(({ headerBytes }) => headerBytes - SALT_BYTES), '0'],
      ['  salt', String(SALT_BYTES), '0'],
      ['  body: time, text, Yjs', sizeOf(({ bodyBytes }) => bodyBytes), spread(raw.map((bytes) => bytes - 2))],
      ['  tag of the seal', String(SEAL_TAG_BYTES), '0'],
    ],
  )
}
