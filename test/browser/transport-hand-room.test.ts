import { assert } from 'chai'
import { HandIntroduction, type HandIntroductionOptions, type HandState } from '../../src/peer/hand-introduction.ts'
import { splitHandInvitation } from '../../src/peer/hand-code.ts'
import type { Room } from '../../src/peer/room.ts'
import { createHandDoor } from '../../src/transport/hand-door.ts'
import { device, Meeting, must, texts, until } from '../peer/meeting.ts'

const optionsOf = (room: Room): HandIntroductionOptions => ({
  room: room.core,
  door: createHandDoor(),
  environment: device(),
})

const codeOf = (introduction: HandIntroduction, state: HandState) =>
  new Promise<string>((resolve, reject) => {
    const look = (): void => {
      if (introduction.state === state) resolve(introduction.code ?? '')
      else if (introduction.problem) reject(new Error(introduction.problem))
    }
    introduction.on('change', look)
    look()
  })

describe('a room without any server', () => {
  // Otherwise the two, being in one page, would find each other as tabs of one browser.
  const { BroadcastChannel } = globalThis
  before(() => {
    Reflect.deleteProperty(globalThis, 'BroadcastChannel')
  })
  after(() => {
    globalThis.BroadcastChannel = BroadcastChannel
  })

  it('[HD3] a newcomer comes in by one code there and one code back', async () => {
    const meeting = new Meeting()
    const [adasPeer, bensPeer] = [await meeting.peer({ doors: [] }), await meeting.peer({ doors: [] })]
    const ada = must(await adasPeer.createRoom({ name: 'Book club', myName: 'Ada' }))
    const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
    const asking = HandIntroduction.offer(optionsOf(ada))
    await codeOf(asking, 'waiting-for-answer')
    const invitation = asking.invitation(link) ?? ''
    assert.isBelow(invitation.length, 1_200)

    // All that Ben gets is that text, and all that Ada gets back is his answer.
    const { inviteLink, offerCode } = splitHandInvitation(invitation)
    const ben = must(await bensPeer.joinRoom({ link: inviteLink, myName: 'Ben' }))
    const asked = must(HandIntroduction.answer(offerCode ?? '', optionsOf(ben)))
    must(await asking.accept(await codeOf(asked, 'answering')))

    await until(ben, () => ben.status === 'member', 'Ben')
    must(await ada.chat.send('from Ada'))
    must(await ben.chat.send('from Ben'))
    for (const room of [ada, ben])
      await until(room, () => ['from Ada', 'from Ben'].every((text) => texts(room).includes(text)), 'both messages')
    assert.deepEqual([asking.state, asked.state], ['connected', 'connected'])
    assert.deepEqual(
      [ada, ben].map(({ connection }) => connection.peers.map(({ kind }) => kind)),
      [['rtc'], ['rtc']],
    )
    await meeting.close()
  })
})
