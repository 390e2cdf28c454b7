import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import * as Y from 'yjs'
import type { DocumentId, FeedId, OperationHash } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import { ROOT, type GrantBody } from '../../src/access/operation.ts'
import { contentDigest } from '../../src/document/document-content.ts'
import { encodeChatItem } from '../../src/document/chat-item.ts'
import { compactUpdate } from '../../src/document/update-body.ts'
import { emptyChain } from '../../src/feed/chain.ts'
import { CutTable } from '../../src/feed/cut.ts'
import { encodeEntry, SALT_BYTES } from '../../src/feed/entry.ts'
import { clientIdOf, feedIdOf } from '../../src/feed/feed-id.ts'
import type { Room } from '../../src/peer/room.ts'
import { Meeting, must, texts, until } from './meeting.ts'
import { publish, signFirst } from './stranger.ts'

/**
 * Ada's room with Ben; Cleo meets nobody but Ben, and Mallory, a reader, nobody but Ben and Cleo. What Mallory does
 * wrong can come to Ada only through honest hands.
 */
class Scene {
  readonly meeting = new Meeting()
  ada!: Room
  ben!: Room
  cleo!: Room
  mallory!: Room
  note!: DocumentId

  async open(): Promise<void> {
    const { network, corridor } = this.meeting
    const ada = await this.meeting.peer()
    this.ada = must(await ada.createRoom({ name: 'Book club', myName: 'Ada' }))
    this.note = must(await this.ada.createNote({ title: 'Plan' })).id
    must(await this.ada.chat.send('Hello'))
    const writers = must(await this.ada.createInvite({ role: 'writer' })).link ?? ''
    const readers = must(await this.ada.createInvite({ role: 'reader' })).link ?? ''
    const ben = await this.meeting.peer({ doors: [() => network.door(), () => corridor.door()] })
    this.ben = must(await ben.joinRoom({ link: writers, myName: 'Ben' }))
    await until(this.ben, () => this.ben.status === 'member' && this.ben.notes.length > 0, 'Ben')
    const cleo = await this.meeting.peer({ doors: [() => corridor.door()] })
    this.cleo = must(await cleo.joinRoom({ link: writers, myName: 'Cleo' }))
    const mallory = await this.meeting.peer({ doors: [() => corridor.door()] })
    this.mallory = must(await mallory.joinRoom({ link: readers, myName: 'Mallory' }))
    for (const room of [this.ben, this.cleo, this.mallory])
      await until(room, () => room.status === 'member' && texts(room).includes('Hello') && room.notes.length > 0, 'all')
    assert.equal(this.ada.core.links.links.length, 1)
    for (const room of this.honest)
      await until(
        room,
        () => room.members.every(({ person }) => person.name !== '') && room.members.length === 4,
        'names',
      )
  }

  get honest(): readonly Room[] {
    return [this.ada, this.ben, this.cleo]
  }

  get chat(): DocumentId {
    const chat = [...(this.ada.core.state?.documents.values() ?? [])].find(({ kind }) => kind === 'chat')
    assert(chat)
    return chat.id
  }

  /** Resolves when every honest peer has all that Mallory wrote into her log. */
  async hasSpoken(mallory: Room): Promise<void> {
    const { log } = mallory.core
    assert(log)
    const length = log.heads.get(log.ownLog)?.length ?? 0
    for (const room of this.honest)
      await until(room, () => (room.core.log?.heads.get(log.ownLog)?.length ?? 0) >= length, 'what Mallory says')
  }

  /** Mallory is a reader everywhere, and nothing but the honest words stands anywhere. */
  async isUnharmed(words: readonly string[]): Promise<void> {
    must(await this.cleo.chat.send('still here'))
    for (const room of this.honest) {
      await until(room, () => texts(room).includes('still here'), 'the honest ones')
      assert.deepEqual(texts(room), [...words, 'still here'])
      assert.equal(room.core.state?.roleOf(this.mallory.core.me), 'reader')
    }
    for (const document of [this.chat, this.note]) {
      const digests = this.honest.map((room) => {
        const host = room.core.documents.get(document)
        assert(host)
        return contentDigest(host.guarded.doc)
      })
      assert.equal(new Set(digests).size, 1, 'honest documents are equal')
    }
    assert.deepEqual(
      this.honest.map((room) => room.notes[0]?.title),
      ['Plan', 'Plan', 'Plan'],
    )
    assert.deepEqual(
      this.honest.map((room) => room.forkedBy),
      [[], [], []],
    )
  }
}

const nodeOf = (room: Room, of: Room): OperationHash => {
  const node = room.core.state?.nodesOf(of.core.me)[0]
  assert(node)
  return node.hash
}

/** Opens a feed under `node` whatever the log says of it, and pushes a message or a title through it. */
async function writeUnder(scene: Scene, node: OperationHash, document: DocumentId): Promise<FeedId> {
  const { mallory } = scene
  const { core } = mallory
  const feed = feedIdOf(core.session.id, document, node)
  must((await core.log?.appendUnder(node, { kind: 'feed.open', document })) ?? { ok: false, reason: 'no log' })
  const doc = new Y.Doc()
  doc.clientID = clientIdOf(feed, document)
  if (document === scene.note) doc.getText('title').insert(0, 'stolen ')
  else {
    const lane = core.documents.get(document)?.guarded.laneOf(feed) ?? ''
    doc.getArray(lane).push([encodeChatItem({ kind: 'message', text: 'stolen', atMs: Date.now(), replyTo: undefined })])
  }
  const body = compactUpdate(Y.encodeStateAsUpdate(doc), doc.clientID, 0)
  const epoch = core.ring.writing
  const key = epoch && core.ring.body(epoch, feed)
  assert(epoch && key, 'Mallory reads, and so has the key')
  const header = { seq: 0, epoch, cut: [], salt: randomBytes(SALT_BYTES), cutTable: new CutTable() }
  const { head, entries } = await signFirst(feed, encodeEntry(header, key, body), core.session.signer)
  core.links.tell({ type: 'feed', feed, kind: 'document', head: emptyChain(feed) })
  await publish(mallory, feed, head, entries)
  return feed
}

describe('a reader with a patched client', () => {
  let scene: Scene
  beforeEach(async () => {
    scene = new Scene()
    await scene.open()
  })
  afterEach(() => scene.meeting.close())

  test('who opens a feed under her reader’s grant writes nothing anywhere', async () => {
    const node = nodeOf(scene.ada, scene.mallory)
    const feeds = [await writeUnder(scene, node, scene.chat), await writeUnder(scene, node, scene.note)]
    await scene.hasSpoken(scene.mallory)
    await scene.isUnharmed(['Hello'])
    for (const room of scene.honest) {
      for (const feed of feeds) assert.notEqual(room.core.state?.feeds.get(feed)?.status ?? 'unknown', 'effective')
    }
  })

  test('who writes under somebody else’s grant writes nothing anywhere', async () => {
    const feeds: FeedId[] = []
    for (const owner of [scene.ada, scene.ben]) {
      const node = nodeOf(scene.ada, owner)
      feeds.push(await writeUnder(scene, node, scene.chat), await writeUnder(scene, node, scene.note))
    }
    await scene.hasSpoken(scene.mallory)
    await scene.isUnharmed(['Hello'])
    for (const room of scene.honest) {
      for (const feed of feeds) assert.notEqual(room.core.state?.feeds.get(feed)?.status ?? 'unknown', 'effective')
    }
  })

  test('who grants herself the right to write has no more rights than before', async () => {
    const { me, log } = scene.mallory.core
    assert(log)
    const body: GrantBody = {
      kind: 'grant',
      to: me,
      role: 'admin',
      scope: '*',
      maxGrant: 'admin',
      over: [],
      via: undefined,
    }
    for (const node of [nodeOf(scene.ada, scene.mallory), nodeOf(scene.ada, scene.ada), ROOT]) {
      const grant = must(await log.appendUnder(node, body))
      await writeUnder(scene, grant.hash, scene.chat)
    }
    await scene.hasSpoken(scene.mallory)
    await scene.isUnharmed(['Hello'])
    for (const room of scene.honest) assert.equal(room.core.state?.can(me, 'write', scene.chat), false)
  })

  test('who removes others, renames the room or makes documents has done nothing', async () => {
    const { log } = scene.mallory.core
    assert(log)
    const node = nodeOf(scene.ada, scene.mallory)
    const target = { type: 'person', person: scene.ada.core.me } as const
    const empty = new Uint8Array(0)
    for (const under of [node, nodeOf(scene.ada, scene.ada), ROOT]) {
      must(await log.appendUnder(under, { kind: 'revoke', target, scope: '*', pins: [], mode: 'ban', note: empty }))
      must(await log.appendUnder(under, { kind: 'room.name', sealed: randomBytes(60), over: [] }))
      must(
        await log.appendUnder(under, {
          kind: 'document.create',
          documentKind: 'note',
          schemaVersion: 1,
          policy: empty,
        }),
      )
    }
    await scene.hasSpoken(scene.mallory)
    await scene.isUnharmed(['Hello'])
    for (const room of scene.honest) {
      assert.equal(room.name, 'Book club')
      assert.equal(room.notes.length, 1)
      assert.deepEqual(room.members.map(({ role }) => role).toSorted(), ['admin', 'reader', 'writer', 'writer'])
    }
  })

  test('who speaks in the name of another session’s log is not passed on', async () => {
    const { ada, mallory } = scene
    const adasLog = ada.core.log?.ownLog
    const known = adasLog && ada.core.log?.heads.get(adasLog)
    assert(adasLog && known)
    const bytes = randomBytes(90)
    const { head, entries } = await signFirst(adasLog, bytes, mallory.core.session.signer)
    mallory.core.links.tell({
      type: 'appended',
      feed: adasLog,
      head: { length: known.length + 1, hash: head.hash },
      entries,
      from: undefined,
    })
    await scene.isUnharmed(['Hello'])
    for (const room of scene.honest)
      assert.deepEqual(room.core.log?.heads.get(adasLog)?.hash, known.hash, 'Ada’s log is as she wrote it')
  })
})
