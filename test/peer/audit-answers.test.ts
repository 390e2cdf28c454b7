/** What a challenge is answered with, and what it is not. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { idFromBytes, type FeedId } from '../../src/base/ids.ts'
import { randomBytes } from '../../src/crypto/random.ts'
import {
  AUDIT_ANSWER,
  decodeAnswer,
  decodeChallenge,
  encodeAnswer,
  encodeChallenge,
  entriesOf,
  NONCE_BYTES,
  proofOf,
  type Answer,
} from '../../src/peer/audit-message.ts'
import type { Room } from '../../src/peer/room.ts'
import { Meeting, must, until, waitFor } from './meeting.ts'

const FEED: FeedId = idFromBytes(new Uint8Array(32).fill(9))

describe('answers to challenges', () => {
  let meeting: Meeting
  let ada: Room
  let relay: Room
  let feed: FeedId
  const answers: Answer[] = []
  beforeEach(async () => {
    meeting = new Meeting()
    answers.length = 0
    const peer = await meeting.peer()
    ada = must(await peer.createRoom({ name: 'Garden', myName: 'Ada' }))
    for (const text of ['one', 'two', 'three']) must(await ada.chat.send(text))
    const { link = '' } = must(await ada.createInvite({ role: 'relay' }))
    relay = must(await (await meeting.peer({ isBlind: true })).joinRoom({ link, myName: 'Cupboard' }))
    await until(relay, () => relay.status === 'member', 'the super peer to be let in')
    const listen = (look: () => void): readonly (() => void)[] => [ada.on('safety', look)]
    await waitFor({ isDone: () => ada.safety.superPeers === 1, what: 'all to be kept', patienceMs: 30_000, listen })
    feed = ada.core.feedRecords[0]?.feed ?? assert.fail('something was said')
    ada.core.links.events.on('application', ({ bytes }) => {
      if (bytes[0] === AUDIT_ANSWER) answers.push(must(decodeAnswer(bytes.subarray(1))))
    })
  })
  afterEach(() => meeting.close())

  const ask = (from: number, to: number, nonce = randomBytes(NONCE_BYTES)): Uint8Array => {
    const [link] = ada.core.links.links
    const bytes = encodeChallenge({ nonce, feeds: [feed, FEED], range: { feed, from, to } })
    ada.core.links.tell({ type: 'application', link: link?.id, bytes })
    return nonce
  }
  const answered = (count: number): Promise<void> => {
    const listen = (look: () => void): readonly (() => void)[] => [ada.core.links.events.on('application', look)]
    return waitFor({ isDone: () => answers.length === count, what: 'answers', patienceMs: 30_000, listen })
  }

  test('[SU22] lengths that are held, and a proof that only this pair can use', async () => {
    const nonce = ask(1, 3)
    await answered(1)
    const [answer] = answers
    assert.deepEqual(
      answer?.held.map(({ length }) => length),
      [ada.core.documents.values().next().value?.heads.get(feed)?.length, 0],
    )
    const range = { feed, from: 1, to: 3 }
    const entries = (await entriesOf(range, (...read) => ada.core.read(...read))) ?? assert.fail('they are here')
    const [answerer, asker] = [relay.core.session.id, ada.core.session.id]
    const terms = { room: ada.id, answerer, asker, nonce, range }
    assert.deepEqual(answer?.proof, proofOf(terms, entries))
    assert.notDeepEqual(answer?.proof, proofOf({ ...terms, asker: answerer }, entries))
    assert.notDeepEqual(answer?.proof, proofOf({ ...terms, nonce: randomBytes(NONCE_BYTES) }, entries))
  })

  test('[SU22] no proof of what is not there', async () => {
    ask(1, 9)
    await answered(1)
    assert.equal(answers[0]?.proof, undefined)
  })

  test('[SU26] a flood of challenges is passed over', async () => {
    for (let i = 0; i < 40; i++) ask(0, 1)
    await answered(8)
    must(await ada.chat.send('four'))
    const listen = (look: () => void): readonly (() => void)[] => [ada.on('safety', look)]
    await waitFor({ isDone: () => ada.safety.superPeers === 1, what: 'that to be kept', patienceMs: 30_000, listen })
    assert.ok(answers.length <= 9)
  })

  test('messages are read as they were written, and nothing else is', () => {
    const nonce = randomBytes(NONCE_BYTES)
    for (const range of [undefined, { feed: FEED, from: 5, to: 9 }]) {
      const challenge = { nonce, feeds: [FEED], range }
      const bytes = encodeChallenge(challenge).subarray(1)
      assert.deepEqual(must(decodeChallenge(bytes)), challenge)
      for (let length = 0; length < bytes.length; length++)
        assert.equal(decodeChallenge(bytes.subarray(0, length)).ok, false)
    }
    for (const proof of [undefined, randomBytes(32)]) {
      const answer = { nonce, held: [{ length: 7, isFull: true }], proof }
      const bytes = encodeAnswer(answer).subarray(1)
      assert.deepEqual(must(decodeAnswer(bytes)), answer)
      for (let length = 0; length < bytes.length; length++)
        assert.equal(decodeAnswer(bytes.subarray(0, length)).ok, false)
    }
  })
})
