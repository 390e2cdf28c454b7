import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/room/people.ts'
import type { PersonHeldWritings } from '../../../src/index.ts'
import { accessMember, alice, bob, carol, fakeRoom, MONDAY_MS, type AccessFields } from './fixtures.ts'
import {
  buttonNamed,
  demand,
  expectAccessible,
  find,
  findAll,
  mount,
  settled,
  unmount,
  until,
  textOf,
} from './mount.ts'

const shadowText = (selector: string) => textOf(demand(selector).shadowRoot?.querySelector('span'))

const held: PersonHeldWritings = {
  person: bob,
  count: 3,
  places: ['Chat', 'Plan'],
  writings: [
    { id: 'one', atMs: MONDAY_MS, place: 'Chat', excerpt: 'On the train now' },
    { id: 'two', atMs: MONDAY_MS, place: 'Plan', excerpt: 'Buy bread' },
    { id: 'three', atMs: MONDAY_MS + 1000, place: 'Chat', excerpt: '' },
  ],
  byMe: true,
}

const withoutBob = {
  members: [accessMember(alice, 'admin'), accessMember(carol, 'reader')],
  removed: [{ person: bob, by: alice, mode: 'kick', mayReadmit: true }],
} as const

async function open(access: AccessFields) {
  const fake = fakeRoom({ access: { heldWritings: [held], ...access } })
  await mount(html`<parley-people .room=${fake.room}></parley-people>`)
  return fake
}

async function review(access: AccessFields) {
  const { calls } = await open(access)
  const button = buttonNamed('Review what Bob wrote')
  button?.focus()
  button?.click()
  await until('the dialog', () => find('dialog[open]'))
  return { accepted: () => calls.filter(([name]) => name === 'acceptWritings').map(([, ...rest]) => rest) }
}

describe('held writings', () => {
  afterEach(unmount)

  it('are counted beside somebody who is no longer in the room', async () => {
    await open(withoutBob)
    assert.equal(shadowText('parley-held-notice'), '3 writings of Bob’s are left out')
    await expectAccessible()
  })

  it('are counted on the row of somebody with another role, and not where another decides', async () => {
    await open({})
    assert.equal(findAll('parley-held-notice').length, 1)
    unmount()
    await open({ heldWritings: [{ ...held, byMe: false }] })
    assert.isEmpty(findAll('parley-held-notice'))
  })

  it('come in altogether', async () => {
    const { accepted } = await review(withoutBob)
    const rows = findAll('.choice').map(textOf)
    assert.match(rows[0] ?? '', /^On the train now Chat · came /)
    assert.match(rows[2] ?? '', /^A change without words Chat/)
    await expectAccessible()
    assert.isEmpty(accepted())
    buttonNamed('Accept all')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.deepEqual(accepted(), [[bob.id, 'three']])
    assert.equal(demand('h2'), find('h2:focus'), 'the focus does not go with the notice')
  })

  it('come in up to the one that is picked', async () => {
    const { accepted } = await review(withoutBob)
    demand<HTMLInputElement>('input[name=last][value=one]').click()
    await settled()
    assert.equal(findAll('.goes').length, 2)
    buttonNamed('Accept up to here')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.deepEqual(accepted(), [[bob.id, 'one']])
  })

  it('stay out, and can be looked at again', async () => {
    const { accepted } = await review(withoutBob)
    buttonNamed('Leave them out')?.click()
    await until('the end of it', () => !find('dialog'))
    assert.isEmpty(accepted())
    assert.exists(buttonNamed('Review what Bob wrote'))
  })

  it('say why they cannot come in, and stay on the screen', async () => {
    await review({ ...withoutBob, refusal: 'not-allowed' })
    buttonNamed('Accept all')?.click()
    const problem = await until('the reason', () => find('[role=alert]'))
    assert.include(textOf(problem), 'Your role doesn’t allow that')
    assert.equal(findAll('.choice').length, 3)
    assert.exists(buttonNamed('Accept all'))
  })
})

describe('the setting who lets people in', () => {
  afterEach(unmount)

  const box = () => demand<HTMLInputElement>('input[type=checkbox]')

  it('is for admins', async () => {
    await open({})
    assert.isUndefined(find('parley-admission-setting'))
    unmount()
    const { calls } = await open({ membersAdmit: false })
    assert.isFalse(box().checked)
    await expectAccessible()
    box().click()
    await settled()
    assert.deepInclude(calls as unknown[], ['setMembersAdmit', true])
  })

  it('goes back when somebody more senior has set it', async () => {
    await open({ membersAdmit: true, refusal: 'outranked' })
    box().click()
    await until('the reason', () => find('[role=alert]'))
    assert.isTrue(box().checked)
  })
})
