// Members who have written nothing, and links whose way is disturbed: what the mesh does about them.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { MeshCards } from '../../src/peer/mesh-cards.ts'
import type { Room } from '../../src/peer/room.ts'
import { Disk } from './disk.ts'
import { device, Meeting, must, TimeLapse, until } from './meeting.ts'

const PLAIN = { isEdge: false, isSuper: false, isHidden: false }
/** How fast time passes while nothing but waiting is to be done. */
const SPEED = 20
const namesOf = (room: Room): string[] => room.members.map(({ person }) => person.name)

describe('a session of a member that has written nothing', () => {
  let meeting: Meeting
  let clock: TimeLapse
  let ada: Room
  let open: (speed?: number) => Promise<Room>
  beforeEach(async () => {
    meeting = new Meeting()
    clock = new TimeLapse()
    ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
    const { link = '' } = must(await ada.createInvite({ role: 'reader' }))
    const page = { store: new Disk(), environment: device({ clock }) }
    const firstTab = await meeting.peer(page)
    const before = must(await firstTab.joinRoom({ link, myName: 'Ben' }))
    await until(ada, () => namesOf(ada).includes('Ben'), 'Ben’s name')
    open = async (speed = 1) => {
      clock.setSpeed(speed)
      // Of two tabs the second has a session of its own, and nothing to say that the first has not said.
      const secondTab = await meeting.peer(page)
      await meeting.leave(firstTab)
      const ben = secondTab.room(ada.id) ?? assert.fail()
      assert.notEqual(ben.core.session.id, before.core.session.id)
      await until(ben, () => ben.connection.state === 'connected', 'Ada')
      return ben
    }
  })
  afterEach(() => meeting.close())

  const verifiedByAda = async (ben: Room): Promise<boolean> => {
    const card = await new MeshCards(ben.core, ben.core.session, device()).sign(PLAIN)
    return (await new MeshCards(ada.core, ada.core.session, device()).verify(card, () => false)) !== undefined
  }
  const entriesOf = (room: Room): number => room.core.log?.heads.get(room.core.log.ownLog)?.length ?? 0

  test('[M10] begins its log some seconds after its first link, and has a card that counts', async () => {
    const ben = await open(SPEED)
    assert.equal(entriesOf(ben), 0)
    assert.equal(await verifiedByAda(ben), false)
    await until(ada, () => ada.core.bindingOf(ben.core.session.id) !== undefined, 'who Ben is')
    assert.equal(entriesOf(ben), 1)
    assert.equal(ada.core.bindingOf(ben.core.session.id)?.person, ben.core.me)
    assert.equal(await verifiedByAda(ben), true)
  })

  test('[M10] does so once, and goes on from there when it writes', async () => {
    const ben = await open()
    const { log } = ben.core
    assert(log)
    must(await log.introduce())
    must(await log.introduce())
    assert.equal(entriesOf(ben), 1)
    await until(ada, () => ada.core.bindingOf(ben.core.session.id) !== undefined, 'who Ben is')
    must(await ben.setMyName('Benjamin'))
    await until(ada, () => namesOf(ada).includes('Benjamin'), 'Ben’s new name')
  })

  test('[M10] writes nothing when the session is over', async () => {
    const ben = await open()
    const { log } = ben.core
    assert(log)
    log.halt()
    must(await log.introduce())
    assert.equal(entriesOf(ben), 0)
  })
})

test('[M4] a link whose way is disturbed is suspect at once, and no longer when it speaks', async (t) => {
  const meeting = new Meeting()
  t.after(() => meeting.close())
  const ada = must(await (await meeting.peer()).createRoom({ name: 'Choir', myName: 'Ada' }))
  const { link = '' } = must(await ada.createInvite({ role: 'writer' }))
  const ben = must(await (await meeting.peer()).joinRoom({ link, myName: 'Ben' }))
  await until(ben, () => ben.status === 'member', 'Ben')
  const [toBen] = ada.core.links.links
  assert(toBen?.link.onDisturbed)
  const isSuspect = (): boolean => ada.connection.view()?.links[0]?.isSuspect === true
  assert.equal(isSuspect(), false)
  toBen.link.onDisturbed()
  assert.equal(isSuspect(), true)
  const heardAgain = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('waited in vain for the answer to the ping'))
    }, 30_000)
    const look = (): void => {
      if (isSuspect()) return void setImmediate(look)
      clearTimeout(timer)
      resolve()
    }
    look()
  })
  await heardAgain
  assert.equal(ada.core.links.links[0], toBen, 'the link is the same')
})
