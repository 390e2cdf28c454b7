import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/people/share-sheet.ts'
import type { Invite } from '../../../src/index.ts'
import { alice, bob, carol, fakeRoom, member, type RoomFields } from './fixtures.ts'
import {
  buttonNamed,
  demand,
  expectAccessible,
  find,
  findAll,
  mount,
  remount,
  settled,
  unmount,
  until,
  textOf,
} from './mount.ts'

const DAY_MS = 86_400_000

async function share(fields: RoomFields = {}) {
  const fake = fakeRoom(fields)
  const template = () =>
    html`<parley-share-sheet .room=${fake.room} .invites=${[...fake.room.invites]}></parley-share-sheet>`
  await mount(template())
  return {
    ...fake,
    again: () => remount(template()),
    made: () => fake.calls.filter(([name]) => name === 'createInvite').map(([, options]) => options as Invite),
  }
}

const field = (name: string) => demand<HTMLInputElement | HTMLSelectElement>(`[data-field=${name}]`)

async function choose(name: string, value: string): Promise<void> {
  field(name).value = value
  field(name).dispatchEvent(new Event('change', { bubbles: true }))
  await settled()
}

async function makeLink(): Promise<string> {
  buttonNamed('Make link')?.click()
  return until('the link', () => find<HTMLInputElement>('#link')?.value)
}

const linkField = () => demand<HTMLInputElement>('#link')

describe('share sheet', () => {
  afterEach(unmount)

  for (const [role, labels] of [
    ['admin', ['Admin', 'Moderator', 'Writer', 'Commenter', 'Reader']],
    ['moderator', ['Writer', 'Commenter', 'Reader']],
    ['writer', ['Writer', 'Commenter', 'Reader']],
    ['reader', ['Reader']],
  ] as const)
    it(`lets one who is ${role} invite up to ${labels[0]}`, async () => {
      await share({ members: [member(alice, role)] })
      assert.deepEqual(
        [...(field('role') as HTMLSelectElement).options].map(({ textContent }) => textContent),
        [...labels],
      )
    })

  it('makes no link unless it is asked to, whatever is chosen', async () => {
    const { made } = await share()
    await choose('role', 'reader')
    await choose('uses', '5')
    assert.isEmpty(made())
    assert.isUndefined(find('#link'))
    await expectAccessible()
    await makeLink()
    assert.lengthOf(made(), 1)
    assert.isTrue(buttonNamed('Copy link')?.matches(':focus'))
  })

  it('uses a plain link of this device again', async () => {
    const { made, again } = await share()
    const first = await makeLink()
    await again()
    await choose('role', 'reader')
    assert.isUndefined(find('#link'))
    assert.notEqual(await makeLink(), first)
    await again()
    await choose('role', 'writer')
    assert.equal(linkField().value, first)
    assert.lengthOf(made(), 2)
  })

  it('makes a link with a date, approval and a label only when asked to', async () => {
    const { made, again } = await share()
    await makeLink()
    demand<HTMLDetailsElement>('details').open = true
    await choose('expiry', '7')
    await choose('label', ' Reading group ')
    demand<HTMLInputElement>('[data-field=approval]').click()
    await settled()
    assert.isUndefined(find('#link'))
    assert.lengthOf(made(), 1)
    await expectAccessible()
    await makeLink()
    const [, invite] = made()
    assert.deepInclude(invite, { role: 'writer', approval: 'manual', label: 'Reading group' })
    assert.closeTo((invite?.expiresAtMs ?? 0) - Date.now(), 7 * DAY_MS, 60_000)
    await again()
    assert.include(
      textOf(findAll('li').at(-1)),
      'Reading group · Writer · not used yet made by you · with approval · until',
    )
    await expectAccessible()
  })

  it('always asks before a moderator or admin comes in', async () => {
    const { made } = await share()
    await choose('role', 'moderator')
    const box = demand<HTMLInputElement>('[data-field=approval]')
    assert.isTrue(box.checked && box.disabled)
    assert.include(demand('parley-share-sheet').shadowRoot?.textContent, 'can ask to come in')
    await makeLink()
    assert.equal(made().at(-1)?.approval, 'manual')
    await choose('role', 'writer')
    assert.isFalse(box.checked || box.disabled)
  })

  it('lists the links that work, with what is left of them', async () => {
    const { room, again } = await share()
    const invite = (name: string, fields: Partial<Invite>): Invite => ({
      hash: name as Invite['hash'],
      link: undefined,
      role: 'reader',
      usesMax: 5,
      used: 2,
      usesLeft: 3,
      label: undefined,
      revoked: false,
      mine: false,
      inviter: bob,
      approval: 'auto',
      expiresAtMs: undefined,
      ...fields,
    })
    ;(room.invites as Invite[]).push(
      invite('by-bob', {}),
      invite('full', { used: 5, usesLeft: 0 }),
      invite('over', { expiresAtMs: Date.now() - DAY_MS }),
      invite('revoked', { revoked: true }),
      invite('by-carol', { inviter: carol, usesMax: undefined, usesLeft: undefined, used: 1 }),
    )
    await again()
    assert.deepEqual(
      findAll('li p')
        .map((text) => textOf(text))
        .slice(-2),
      ['Reader · 3 of 5 left made by Bob', 'Reader · used 1 time made by Carol'],
    )
    const revoke = findAll('button').filter((button) => textOf(button) === 'Revoke')[0]
    assert.equal(revoke?.getAttribute('aria-describedby'), 'invite-by-bob')
    await expectAccessible()
  })
})
