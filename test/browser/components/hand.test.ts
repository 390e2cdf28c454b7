import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/hand/hand-answer.ts'
import '../../../components/hand/hand-invite.ts'
import type { HandIntroduction, HandReason, HandState, Result, Room } from '../../../src/index.ts'
import { Listeners } from './listeners.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, mount, settled, unmount, until } from './mount.ts'

const OFFER = `parley-offer.${'A'.repeat(300)}`
const ANSWER = `parley-answer.${'B'.repeat(300)}`

/** A link by hand without a network: the test says how far it is. */
class FakeIntroduction {
  readonly #listeners = new Listeners()
  readonly taken: string[] = []
  state: HandState
  code: string | undefined
  problem: HandReason | undefined
  expiresAtMs = Date.now() + 10 * 60_000
  readonly isOffering: boolean
  refusal: HandReason | undefined

  constructor(isOffering: boolean) {
    this.isOffering = isOffering
    this.state = isOffering ? 'waiting-for-answer' : 'answering'
    this.code = isOffering ? OFFER : ANSWER
  }
  on(name: string, listener: () => void): () => void {
    return this.#listeners.on(name, listener)
  }
  enter(state: HandState, problem?: HandReason): Promise<void> {
    this.state = state
    this.problem = problem
    this.#listeners.emit('change')
    return settled()
  }
  invitation(link: string): string {
    return `${link}&offer=${OFFER.slice('parley-offer.'.length)}`
  }
  accept(code: string): Promise<Result<void, HandReason>> {
    this.taken.push(code)
    return Promise.resolve(this.refusal ? { ok: false, reason: this.refusal } : { ok: true, value: undefined })
  }
  cancel(): void {
    this.state = 'cancelled'
  }
}

const introductionOf = (fake: FakeIntroduction) => fake as unknown as HandIntroduction

const roomWith = (connection: Partial<Room['connection']>, status?: Room['status']) =>
  ({ connection, status }) as unknown as Room

const fieldNamed = (label: string) =>
  findAll<HTMLLabelElement>('label')
    .find((each) => each.textContent.trim().startsWith(label))
    ?.querySelector('input')

async function invite() {
  const made: FakeIntroduction[] = []
  const room = roomWith({
    introduceByHand: () => {
      const fake = new FakeIntroduction(true)
      made.push(fake)
      return Promise.resolve(introductionOf(fake))
    },
  })
  await mount(html`<parley-hand-invite .room=${room} .inviteLink=${'parley:#/join/x'}> </parley-hand-invite>`)
  await until('the code', () => fieldNamed('Invite code'))
  return made
}

describe('a link made by hand', () => {
  afterEach(unmount)

  it('shows one code with the link and the offer in it, and takes the answer', async () => {
    const [fake] = await invite()
    assert.equal(fieldNamed('Invite code')?.value, `parley:#/join/x&offer=${'A'.repeat(300)}`)
    assert.match(demand('[role=status]').textContent, /It works for 10 more minutes/)
    await expectAccessible()
    const field = fieldNamed('Answer code')
    if (field) field.value = ANSWER
    buttonNamed('Connect')?.click()
    await settled()
    assert.deepEqual(fake?.taken, [ANSWER])
    await fake?.enter('connected')
    assert.match(demand('[role=status]').textContent, /Connected/)
    assert.isUndefined(fieldNamed('Answer code') ?? undefined)
  })

  it('says what is wrong with an answer, which can be tried again', async () => {
    const [fake] = await invite()
    if (fake) fake.refusal = 'not-complete'
    buttonNamed('Connect')?.click()
    await until('the problem', () => find('[role=alert]:not([hidden])'))
    assert.match(demand('[role=alert]').textContent, /missing at its end/)
    assert.isNotNull(fieldNamed('Answer code') ?? null)
    await expectAccessible()
  })

  it('offers a new code when the old one is of no use any more', async () => {
    const made = await invite()
    await made[0]?.enter('expired', 'expired')
    assert.match(demand('[role=status]').textContent, /too old/)
    buttonNamed('Make a new code')?.click()
    await until('another', () => made[1] && fieldNamed('Invite code'))
    assert.lengthOf(made, 2)
  })

  it('answers a code that came with the link at once, and shows the answer', async () => {
    const asked: string[] = []
    const fake = new FakeIntroduction(false)
    const room = roomWith({
      answerByHand: (code) => {
        asked.push(code)
        return Promise.resolve({ ok: true, value: introductionOf(fake) })
      },
    })
    await mount(html`<parley-hand-answer .room=${room} .code=${'the link'}></parley-hand-answer>`)
    await until('the answer', () => fieldNamed('Answer code'))
    assert.deepEqual(asked, ['the link'])
    assert.equal(fieldNamed('Answer code')?.value, ANSWER)
    await expectAccessible()
    await fake.enter('failed', 'not-reachable')
    assert.match(demand('[role=status]').textContent, /found no way/)
    assert.exists(fieldNamed('Code'))
  })

  for (const [status, heading, ending] of [
    ['joining', 'Come in by hand', 'You are let in by itself now.'],
    ['member', 'Answer a code', 'You can close this.'],
  ] as const)
    it(`tells somebody who is ${status} what it leads to`, async () => {
      const fake = new FakeIntroduction(false)
      const answerByHand = () => Promise.resolve({ ok: true, value: introductionOf(fake) } as const)
      const room = roomWith({ answerByHand }, status)
      await mount(html`<parley-hand-answer .room=${room} .code=${'the link'}></parley-hand-answer>`)
      await until('the answer', () => fieldNamed('Answer code'))
      assert.equal(find('parley-dialog')?.getAttribute('heading') ?? find('h2')?.textContent, heading)
      await fake.enter('connected')
      assert.include(demand('[role=status]').textContent, ending)
    })

  it('asks for a code where there is none, and says why one cannot be answered', async () => {
    const room = roomWith({ answerByHand: () => Promise.resolve({ ok: false, reason: 'another-room' }) })
    await mount(html`<parley-hand-answer .room=${room}></parley-hand-answer>`)
    await expectAccessible()
    buttonNamed('Answer')?.click()
    await until('the problem', () => find('[role=alert]:not([hidden])'))
    assert.match(demand('[role=alert]').textContent, /another room/)
  })
})
