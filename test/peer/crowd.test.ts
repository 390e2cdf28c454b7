import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import type { FeedId } from '../../src/base/ids.ts'
import { contentDigest } from '../../src/document/document-content.ts'
import { noteText } from '../../src/document/note.ts'
import type { Environment } from '../../src/peer/environment.ts'
import type { Note } from '../../src/peer/note.ts'
import { Peer } from '../../src/peer/peer.ts'
import type { Room } from '../../src/peer/room.ts'
import type { MemoryNetwork } from '../../src/transport/memory-link.ts'
import { seeded } from '../transport/seeded-random.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, texts, until } from './meeting.ts'

const MIB = 1024 * 1024

/** A text of paragraphs in several scripts, about `length` UTF-16 units. */
function essay(length: number): string {
  const line = 'The quick brown fox, la volpe veloce, 素早い狐、быстрая лиса, الثعلب السريع and 🦊👩‍👩‍👧 jump. '
  // Half a pair at the cut would be mended on the way, and so come back as something else.
  return line
    .repeat(Math.ceil(length / line.length))
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, '.')
}

describe('what people write', () => {
  let meeting: Meeting
  let ada: Room
  let ben: Room
  beforeEach(async () => {
    meeting = new Meeting()
    ada = must(await (await meeting.peer()).createRoom({ name: 'Book club', myName: 'Ada' }))
    const { link } = must(await ada.createInvite({ role: 'writer' }))
    ben = must(await (await meeting.peer()).joinRoom({ link: link ?? '', myName: 'Ben' }))
    await until(ben, () => ben.status === 'member', 'Ben')
  })
  afterEach(() => meeting.close())

  test('emoji, long texts and every script arrive as they were written', async () => {
    const words = [
      '👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301 \u{1F926}🏽‍♂️',
      'שלום \u202Eabc\u202C عالم',
      `a\nb\r\n\tc \u0000 ${'\u0301'.repeat(500)}`,
      essay(15_000),
      '<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1))',
    ]
    for (const text of words) must(await ada.chat.send(text))
    await until(ben, () => texts(ben).length === words.length, 'everything')
    assert.deepEqual(texts(ben), words)
    assert.deepEqual(texts(ada), words)
  })

  test('half an emoji is mended, and what is too long or empty is said so and not sent', async () => {
    must(await ada.chat.send('half \ud83d emoji'))
    const tooLong = await ada.chat.send(essay(40_000))
    assert.equal(tooLong.ok ? '' : tooLong.reason, 'too-long')
    const empty = await ada.chat.send(' \n ')
    assert.equal(empty.ok ? '' : empty.reason, 'empty')
    must(await ada.chat.send('end'))
    await until(ben, () => texts(ben).includes('end'), 'end')
    assert.deepEqual(texts(ben), ['half \ufffd emoji', 'end'])
  })

  test('a name can’t turn the text around it, hide, or be taken for nothing', async () => {
    must(await ada.setMyName('Ada\u202Eneb\u2066 \u200b\u00ad\u3164\n  👩‍💻'))
    await until(ben, () => ben.members.some(({ person }) => person.name === 'Ada neb 👩‍💻'), 'the name')
    for (const nothing of ['', '  ', '\u200b\u2060', '\u3164', '\u200d\ufe0f', '\u0000\n'])
      assert.equal((await ada.setMyName(nothing)).ok, false, JSON.stringify(nothing))
    must(await ada.setMyName('名'.repeat(200)))
    await until(ben, () => ben.members.some(({ person }) => person.name === '名'.repeat(80)), 'the long name')
  })

  test('the longest name of a room fits its link in every script', async () => {
    const peer = await meeting.peer({
      inviteTrackers: Array.from({ length: 20 }, (_, i) => `wss://tracker-${i}.example`),
    })
    for (const name of ['🦊'.repeat(90), '名'.repeat(90), 'x'.repeat(500)]) {
      const room = must(await peer.createRoom({ name, myName: name }))
      const { link } = must(await room.createInvite({ role: 'reader' }))
      const preview = must(Peer.readInvite(link ?? ''))
      assert.equal(preview.roomName, Array.from(name).slice(0, 80).join(''))
      assert.equal(preview.inviter.name, preview.roomName)
    }
  })

  test('a paste of 1 MiB into a note arrives whole, as one text and as many paragraphs', async () => {
    const note = must(await ada.createNote({ title: 'Novel' }))
    const text = essay(MIB)
    note.doc.transact(() => {
      const paragraph = new Y.XmlElement('paragraph')
      note.body.insert(0, [paragraph])
      paragraph.insert(0, [new Y.XmlText(text)])
    })
    note.doc.transact(() => {
      note.body.insert(
        1,
        Array.from({ length: 1024 }, (_, i) => {
          const paragraph = new Y.XmlElement('paragraph')
          paragraph.insert(0, [new Y.XmlText(`${i} ${essay(1000)}`)])
          return paragraph
        }),
      )
    })
    await note.settled()
    assert.deepEqual(ada.rejectedEdits, [])
    const here = noteText(note.doc)
    assert(here.length > 1.9 * MIB)
    await until(ben, () => ben.core.documents.get(note.id) !== undefined, 'the note')
    const copy = await ben.openNote(note.id)
    assert(copy)
    await until(ben, () => noteText(copy.doc).length === here.length, 'all of it')
    assert.equal(noteText(copy.doc), here)
  })
})

interface Seat {
  readonly disk: Disk
  readonly environment: Environment
  readonly networks: readonly MemoryNetwork[]
  peer: Peer
  room: Room
  note: Note
}

/**
 * Who is in which hall. A peer keeps eight links, so nine can all be linked with each other; ten are a chain of halls
 * here, in which what one writes is passed on twice.
 */
const PLANS = [
  { seed: 1, name: 'nine peers, each linked with each', halls: [[0, 1, 2, 3, 4, 5, 6, 7, 8]] },
  {
    seed: 2,
    name: 'ten peers in a chain of halls',
    halls: [
      [0, 1, 2, 3, 4],
      [4, 5, 6, 7],
      [7, 8, 9],
    ],
  },
] as const

describe('a crowd in one room', () => {
  let meeting: Meeting
  beforeEach(() => {
    meeting = new Meeting()
  })
  afterEach(() => meeting.close())

  async function sit(
    place: Pick<Seat, 'disk' | 'environment' | 'networks'>,
    enter: (peer: Peer) => Promise<Room>,
  ): Promise<Seat> {
    const { disk: store, environment, networks } = place
    const peer = await meeting.peer({ store, environment, doors: networks.map((network) => () => network.door()) })
    const room = await enter(peer)
    await until(room, () => room.status === 'member' && room.can('create-note') && room.notes.length > 0, 'a seat')
    const [summary] = room.notes
    const note = summary && (await room.openNote(summary.id))
    assert(note?.mayWrite)
    return { ...place, peer, room, note }
  }

  async function act(seat: Seat, random: () => number, number: number): Promise<void> {
    const { room, note } = seat
    const dice = random()
    const messages = room.chat.messages
    const some = messages[Math.floor(random() * messages.length)]
    if (dice < 0.3) must(await room.chat.send(`message ${number}`))
    else if (dice < 0.4 && some) must(await room.chat.react(some.id, random() < 0.5 ? '👍' : '🎉', random() < 0.7))
    else if (dice < 0.45 && some?.mine === true) must(await room.chat.redact(some.id))
    else if (dice < 0.5 && some?.mine === true && !some.redacted)
      must(await room.chat.edit(some.id, `edited ${number}`))
    else if (dice < 0.7) note.title.insert(Math.floor(random() * (note.title.length + 1)), `${number} `)
    else if (dice < 0.78 && note.title.length > 4) note.title.delete(Math.floor(random() * (note.title.length - 3)), 3)
    else if (dice < 0.86) {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(`paragraph ${number}`)])
      note.body.insert(Math.floor(random() * (note.body.length + 1)), [paragraph])
    } else if (dice < 0.92) room.connection.setOffline(!room.connection.isOffline)
    else {
      await meeting.leave(seat.peer)
      Object.assign(seat, await sit(seat, (peer) => Promise.resolve(peer.room(room.id) ?? room)))
    }
  }

  /** How far every feed and log is, at the peer that has the most of it. */
  function heads(rooms: readonly Room[]): Map<FeedId, number> {
    const most = new Map<FeedId, number>()
    for (const { core } of rooms) {
      const all = [core.log, ...core.documents.values()].flatMap((host) => [...(host?.heads ?? [])])
      for (const [feed, { length }] of all) most.set(feed, Math.max(length, most.get(feed) ?? 0))
    }
    return most
  }

  const hasAll = (room: Room, most: ReadonlyMap<FeedId, number>): boolean => {
    const mine = heads([room])
    return [...most].every(([feed, length]) => mine.get(feed) === length)
  }

  for (const { seed, name, halls } of PLANS) {
    test(`${name}, are equal after 200 random actions, with restarts and times without a network`, async () => {
      const random = seeded(seed)
      const networks = halls.map(() => meeting.hall())
      const places = [...new Set(halls.flat())].map((number) => ({
        disk: new Disk(),
        environment: device(),
        networks: networks.filter((_, i) => halls[i]?.some((member) => member === number)),
      }))
      let link = ''
      const seats: Seat[] = []
      for (const [i, place] of places.entries()) {
        const enter = async (peer: Peer): Promise<Room> => {
          if (link !== '') return must(await peer.joinRoom({ link, myName: `Person ${i}` }))
          const room = must(await peer.createRoom({ name: 'Choir', myName: `Person ${i}` }))
          must(await room.createNote({ title: 'Programme' }))
          link = must(await room.createInvite({ role: 'writer' })).link ?? ''
          return room
        }
        seats.push(await sit(place, enter))
      }
      for (let number = 0; number < 200; number++) {
        const seat = seats[Math.floor(random() * seats.length)]
        assert(seat)
        await act(seat, random, number)
      }
      const rooms = seats.map(({ room }) => room)
      for (const room of rooms) room.connection.setOffline(false)
      for (const { note } of seats) await note.settled()
      for (const room of rooms) {
        await until(room, () => hasAll(room, heads(rooms)) && room.connection.missingEntries === 0, `seed ${seed}`)
      }
      for (const id of rooms[0]?.core.documents.keys() ?? []) {
        const digests = rooms.map((room) => {
          const host = room.core.documents.get(id)
          assert(host)
          return contentDigest(host.guarded.doc)
        })
        assert.equal(new Set(digests).size, 1, `seed ${seed}`)
      }
      const shown = rooms.map(({ chat }) =>
        chat.messages.map(({ id, text, redacted, reactions }) => ({
          id,
          text,
          redacted,
          reactions: reactions.map(({ emoji, people }) => [emoji, people.map((person) => person.id).toSorted()]),
        })),
      )
      for (const messages of shown) assert.deepEqual(messages, shown[0], `seed ${seed}`)
      assert((shown[0]?.length ?? 0) > 20)
      for (const room of rooms) {
        assert.equal(room.members.length, places.length)
        assert.deepEqual(room.forkedBy, [])
        assert.deepEqual(room.rejectedEdits, [])
      }
    })
  }
})
