import { assert } from 'chai'
import type { Link } from '../../src/transport/link.ts'
import { PACKED_DESCRIPTION_BYTES_MAX } from '../../src/transport/packed-description.ts'
import { answerDial, dial } from '../../src/transport/rtc-dial.ts'
import { linkContract } from '../transport/link-contract.ts'

linkContract({ describe, it }, 'a dial', openDialledPair)

async function openDialledPair(): Promise<{ readonly initiator: Link; readonly responder: Link }> {
  const asked = dial()
  const offer = await asked.offer
  assert.isTrue(offer.ok)
  if (!offer.ok) throw new Error('no offer')
  const answered = await answerDial(offer.value)
  if (!answered.ok) throw new Error(answered.detail)
  await asked.accept(answered.value.answer)
  const [initiator, responder] = await Promise.all([asked.opened, answered.value.opened])
  if (!initiator.ok || !responder.ok) throw new Error('not opened')
  return { initiator: initiator.value, responder: responder.value }
}

describe('a dial', () => {
  it('takes two messages that fit a QR code', async () => {
    const asked = dial()
    const offer = await asked.offer
    if (!offer.ok) throw new Error(offer.detail)
    assert.isBelow(offer.value.length, 350)
    const answered = await answerDial(offer.value)
    if (!answered.ok) throw new Error(answered.detail)
    assert.isBelow(answered.value.answer.length, 350)
    asked.abort('test-over')
    answered.value.abort('test-over')
  })

  it('binds both ends to the same 32 bytes', async () => {
    const { initiator, responder } = await openDialledPair()
    assert.deepEqual(initiator.binding, responder.binding)
    initiator.close('test-over')
  })

  it('says why when an offer or an answer is none', async () => {
    const asked = dial()
    for (const garbage of [
      new Uint8Array(0),
      Uint8Array.of(1, 2, 3),
      new Uint8Array(PACKED_DESCRIPTION_BYTES_MAX + 1),
    ]) {
      assert.deepInclude(await answerDial(garbage), { ok: false, reason: 'malformed' })
      assert.deepInclude(await asked.accept(garbage), { ok: false, reason: 'malformed' })
    }
    asked.abort('test-over')
    assert.deepEqual(await asked.opened, { ok: false, reason: 'aborted', detail: 'test-over' })
  })

  it('has no offer when it is given up before', async () => {
    const asked = dial()
    asked.abort('test-over')
    assert.deepEqual(await asked.offer, { ok: false, reason: 'aborted', detail: 'test-over' })
  })

  it('[RD1] takes one answer only', async () => {
    const asked = dial()
    const offer = await asked.offer
    if (!offer.ok) throw new Error(offer.detail)
    const first = await answerDial(offer.value)
    const second = await answerDial(offer.value)
    if (!first.ok || !second.ok) throw new Error('no answers')
    assert.isTrue((await asked.accept(first.value.answer)).ok)
    assert.isFalse((await asked.accept(second.value.answer)).ok)
    assert.isTrue((await asked.opened).ok)
    second.value.abort('test-over')
    asked.abort('test-over')
  })
})
