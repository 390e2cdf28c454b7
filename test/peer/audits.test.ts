/** What members find out about super peers that do not keep what they should. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { DocumentId, FeedId } from '../../src/base/ids.ts'
import { decodeHeadVector } from '../../src/feed/head-vector.ts'
import { Audits } from '../../src/peer/audits.ts'
import type { Peer } from '../../src/peer/peer.ts'
import type { RoomLink } from '../../src/peer/room-links.ts'
import type { Room } from '../../src/peer/room.ts'
import type { SuperPeerState, SuperPeerSummary } from '../../src/peer/safety.ts'
import type { SyncEvent } from '../../src/sync/sync-event.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, next, texts, TimeLapse, until, waitFor } from './meeting.ts'

/** Fast enough that minutes pass in seconds, slow enough that no link seems silent. */
const SPEED = 15
const PATIENCE_MS = 60_000

const chatOf = (room: Room): DocumentId => {
  const chat = [...(room.core.state?.documents.values() ?? [])].find(({ kind }) => kind === 'chat')
  return chat?.id ?? assert.fail('a room has a chat')
}

/** The feed with what the person said in the chat. */
const chatFeedOf = (room: Room): FeedId =>
  room.core.feedRecords.find(({ person, document }) => person === room.core.me && document === chatOf(room))?.feed ??
  assert.fail('something was said')

/** Ada's room with Ben and super peers; Ada's clock runs fast, and she checks at every occasion. */
class Scene {
  readonly meeting = new Meeting()
  readonly clock = new TimeLapse()
  ada!: Room
  ben!: Room
  audits!: Audits

  async open(): Promise<void> {
    const peer = await this.meeting.peer({ environment: device({ clock: this.clock }) })
    this.ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    this.ben = await this.join('writer', 'Ben')
    must(await this.ada.chat.send('the key lies under the pot'))
    await until(this.ben, () => texts(this.ben).length === 1, 'the message')
  }

  async join(role: 'writer' | 'relay', name: string, options: Parameters<Meeting['peer']>[0] = {}): Promise<Room> {
    const link = must(await this.ada.createInvite({ role })).link ?? ''
    const peer: Peer = await this.meeting.peer({ ...options, isBlind: role === 'relay' })
    const room = must(await peer.joinRoom({ link, myName: name }))
    this.#peers.set(room, peer)
    await until(room, () => room.status === 'member', `${name} to be let in`)
    await until(this.ada, () => this.ada.members.some(({ person }) => person.name === name), `the name of ${name}`)
    return room
  }

  readonly #peers = new Map<Room, Peer>()
  async leave(room: Room): Promise<void> {
    await this.meeting.leave(this.#peers.get(room) ?? assert.fail('one who joined'))
  }

  async superPeer(name: string): Promise<Room> {
    const room = await this.join('relay', name)
    await this.has(room)
    return room
  }

  /** Resolves when the super peer has what Ada said, and has told her. */
  has(room: Room): Promise<void> {
    const [link] = this.ada.core.links.links.filter(({ remote }) => remote.person === room.core.me)
    const length = this.ada.core.documents.get(chatOf(this.ada))?.heads.get(chatFeedOf(this.ada))?.length ?? 0
    const isThere = (): boolean =>
      (this.ada.core.links.claims?.claimOf(link?.id ?? 0, chatFeedOf(this.ada)) ?? 0) >= length
    const listen = (look: () => void): readonly (() => void)[] => [this.ada.core.links.events.on('delivered', look)]
    return waitFor({ isDone: isThere, what: 'the super peer to have it', patienceMs: PATIENCE_MS, listen })
  }

  check(): void {
    this.clock.setSpeed(SPEED)
    const onChange = (): void => {
      for (const look of this.#looks) look()
    }
    this.audits = new Audits(this.ada.core, { onChange, random: () => 0 })
  }

  of(room: Room): SuperPeerSummary {
    const summaryOf = (id: typeof room.core.me): SuperPeerSummary['person'] =>
      this.ada.members.find(({ person }) => person.id === id)?.person ?? assert.fail('a member')
    return this.audits.list(summaryOf).find(({ person }) => person.id === room.core.me) ?? assert.fail('a super peer')
  }

  readonly #looks = new Set<() => void>()
  found(room: Room, state: SuperPeerState): Promise<void> {
    return waitFor({
      isDone: () => this.of(room).state === state,
      what: `${state}, not ${JSON.stringify(this.of(room))}`,
      patienceMs: PATIENCE_MS,
      listen: (look) => {
        this.#looks.add(look)
        return [() => this.#looks.delete(look)]
      },
    })
  }

  isInMesh(room: Room): boolean {
    return this.ada.core.links.inMesh.all.some(({ remote }) => remote.person === room.core.me)
  }

  async close(): Promise<void> {
    this.audits.close()
    await this.meeting.close()
  }
}

describe('checking super peers', { timeout: 240_000 }, () => {
  let scene: Scene
  beforeEach(async () => {
    scene = new Scene()
    await scene.open()
  })
  afterEach(() => scene.close())

  test('[SU22] one that has everything proves it, and has all that is known here', async () => {
    const relay = await scene.superPeer('Cupboard')
    let proofs = 0
    const { core } = relay
    const read = core.read.bind(core)
    core.read = (feed, from, bytesMax) => {
      proofs++
      return read(feed, from, bytesMax)
    }
    scene.check()
    await scene.found(relay, 'fine')
    assert.equal(scene.of(relay).entriesLacking, 0)
    const isProved = (): boolean => proofs > 0
    const listen = (look: () => void): readonly (() => void)[] => [core.links.events.on('delivered', look)]
    await waitFor({ isDone: isProved, what: 'a proof', patienceMs: PATIENCE_MS, listen })
    assert.equal(scene.of(relay).state, 'fine')
    assert.ok(scene.audits.isTrusted(core.me))
  })

  test('[SU23] [SU25] one that withholds a feed that it says to have is named, and others are looked for', async () => {
    const relay = await scene.superPeer('Cupboard')
    const honest = await scene.superPeer('Shelf')
    const { core } = relay
    const read = core.read.bind(core)
    const withheld = chatFeedOf(scene.ada)
    core.read = (feed, from, bytesMax) =>
      feed === withheld ? Promise.resolve({ entries: [], hashBefore: undefined }) : read(feed, from, bytesMax)
    assert.ok(scene.isInMesh(relay))
    scene.check()
    await scene.found(relay, 'withholding')
    assert.equal(scene.of(relay).reason, 'does not have entries that it says it has')
    assert.ok(!scene.audits.isTrusted(core.me))
    assert.ok(!scene.isInMesh(relay))
    assert.ok(
      scene.ada.core.links.links.some(({ remote }) => remote.person === core.me),
      'what it does give still comes',
    )
    assert.equal(scene.of(honest).state, 'fine')
    assert.ok(scene.isInMesh(honest))
    core.read = read
    await scene.found(relay, 'fine')
    assert.ok(scene.isInMesh(relay))
  })

  test('[SU23] one that has other bytes than it says is lying', async () => {
    const relay = await scene.superPeer('Cupboard')
    const { core } = relay
    const read = core.read.bind(core)
    core.read = async (feed, from, bytesMax) => {
      const { entries, hashBefore } = await read(feed, from, bytesMax)
      return { entries: entries.map((entry) => ({ ...entry, bytes: entry.bytes.toReversed() })), hashBefore }
    }
    scene.check()
    await scene.found(relay, 'lying')
    assert.equal(scene.of(relay).reason, 'has other entries than it says')
  })

  test('[SU23] one that has forgotten a feed on its disk is found out', async () => {
    const relay = await scene.superPeer('Cupboard')
    await relay.core.dropFeed(chatFeedOf(scene.ada))
    scene.check()
    await scene.found(relay, 'withholding')
  })

  test('[SU24] one that does not take a feed in lacks what is in it, and is named when that does not change', async () => {
    const relay = await scene.superPeer('Cupboard')
    const { core } = relay
    const ingest = core.ingest.bind(core)
    const withheld = chatFeedOf(scene.ada)
    core.ingest = (feed, ...others) =>
      feed === withheld ? Promise.resolve({ type: 'retry' }) : ingest(feed, ...others)
    must(await scene.ada.chat.send('and the lamp is broken'))
    must(await scene.ada.chat.send('as it was'))
    scene.check()
    await scene.found(relay, 'behind')
    assert.equal(scene.of(relay).entriesLacking, 2)
    await scene.found(relay, 'withholding')
    assert.equal(scene.of(relay).reason, 'does not take in 2 entries that others have')
  })

  test('[SU24] one that says to have more than there is lies', async () => {
    const relay = await scene.superPeer('Cupboard')
    must(await scene.ben.chat.send('I come on Sunday'))
    await until(scene.ada, () => texts(scene.ada).length === 2, 'what Ben said')
    await until(relay, () => relay.core.documents.get(chatOf(relay))?.heads.size === 2, 'the super peer to have it')
    const feed = chatFeedOf(scene.ben)
    relay.core.links.tell({
      type: 'feed',
      feed,
      kind: 'document',
      head: { length: 40, hash: new Uint8Array(32).fill(7) },
    })
    scene.check()
    await scene.found(relay, 'lying')
  })

  test('[SU25] what one that lies says to have is not counted among what is missing, on its next link either', async () => {
    const relay = await scene.superPeer('Cupboard')
    must(await scene.ben.chat.send('I come on Sunday'))
    await until(scene.ada, () => texts(scene.ada).length === 2, 'what Ben said')
    await until(relay, () => relay.core.documents.get(chatOf(relay))?.heads.size === 2, 'the super peer to have it')
    const { links } = scene.ada.core
    const progress: number[] = []
    links.events.on('change', () => progress.push(scene.ada.connection.missingEntries))
    const feed = chatFeedOf(scene.ben)
    const head = { length: 40, hash: new Uint8Array(32).fill(7) }
    relay.core.links.tell({ type: 'feed', feed, kind: 'document', head })
    scene.check()
    await until(scene.ada, () => scene.ada.connection.missingEntries === 39, 'the claim to count at first')
    await scene.found(relay, 'lying')
    assert.equal(scene.ada.connection.missingEntries, 0)
    progress.length = 0
    const linkToIt = (): RoomLink | undefined => links.links.find(({ remote }) => remote.person === relay.core.me)
    const former = linkToIt()
    former?.link.close('test')
    const saysSo = (): boolean => {
      const link = linkToIt()
      if (!link || link === former) return false
      return links.claims?.isUnasked(link.id, feed) === true || links.claims?.unserved(link.id).length === 1
    }
    await until(scene.ada, saysSo, 'it to be back and say so again')
    assert.deepEqual([...new Set(progress)], [0])
  })

  test('[SU24] one that hides what it has from those who were away is found out by what the author has signed', async () => {
    const { meeting, ben } = scene
    const store = new Disk()
    const doors = [() => meeting.network.door(), () => meeting.corridor.door()]
    const relay = await scene.join('relay', 'Cupboard', { doors })
    let cleo = await scene.join('writer', 'Cleo', { store })
    must(await ben.chat.send('I come on Sunday'))
    await until(cleo, () => texts(cleo).length === 2, 'what Ben said first')
    await until(relay, () => relay.core.documents.get(chatOf(relay))?.heads.size === 2, 'the super peer to have it')
    await scene.leave(cleo)
    const hidden = chatFeedOf(ben)
    const { links } = relay.core
    const tell = links.tell.bind(links)
    const isHidden = (event: SyncEvent): boolean =>
      (event.type === 'appended' || event.type === 'feed') && event.feed === hidden && event.head.length > 1
    links.tell = (event) => {
      if (!isHidden(event)) tell(event)
    }
    const saysAll = ({ bytes }: { readonly bytes: Uint8Array }): boolean =>
      must(decodeHeadVector(bytes)).heads.some(({ feed, length }) => feed === hidden && length === 2)
    const isStated = next(links.events, 'heads', saysAll, 'what Ben signs')
    must(await ben.chat.send('and bring the spade'))
    await isStated
    scene.check()

    const clock = new TimeLapse()
    const peer = await meeting.peer({ store, doors: doors.slice(1), environment: device({ clock }) })
    cleo = peer.rooms[0] ?? assert.fail('Cleo still has the room')
    await until(cleo, () => cleo.connection.peers.length === 1, 'the super peer')
    clock.setSpeed(SPEED)
    const listen = (look: () => void): readonly (() => void)[] => [cleo.on('safety', look)]
    const isFound = (): boolean => cleo.superPeers[0]?.state === 'lying'
    await waitFor({ isDone: isFound, what: 'the lie to be found', patienceMs: PATIENCE_MS, listen })
    assert.equal(cleo.superPeers[0]?.reason, 'says that it has one entry and does not give it')
    assert.deepEqual(texts(cleo).length, 2)
  })

  test('[SU23] one that answers nothing is named', async () => {
    const relay = await scene.superPeer('Cupboard')
    const { links } = relay.core
    const tell = links.tell.bind(links)
    links.tell = (event) => {
      if (event.type !== 'application') tell(event)
    }
    scene.check()
    await scene.found(relay, 'withholding')
    assert.equal(scene.of(relay).reason, 'does not answer')
  })
})
