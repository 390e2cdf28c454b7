// What people do most, without a mouse: every step by keys, and the focus is never nowhere.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Locator } from 'playwright-core'
import type { ParleyPage } from './parley-page.ts'
import { World } from './world.ts'

const BOUND = { timeout: 180_000 }
/** More steps than any screen here has controls: whatever is not reached by then is not reached at all. */
const TAB_STEPS_MAX = 80

describe('by keyboard alone', () => {
  let world: World
  before(async () => {
    world = await World.open()
  })
  afterEach(() => world.everybodyLeaves())
  after(() => world.close())

  it('Ada starts a room, Ben joins, and they talk', BOUND, async () => {
    const { ada, ben } = await adaAndBen()
    await tabTo(ada, ada.message)
    await ada.page.keyboard.type('Shall we read Emma?')
    await ada.page.keyboard.press('Enter')
    await ben.sees('Shall we read Emma?')
    await tabTo(ben, ben.message)
    await ben.page.keyboard.type('I have it already')
    await ben.page.keyboard.press('Enter')
    await ada.sees('I have it already')
    await hasFocus(ada.message)
  })

  it('Ada gives Ben another role, changes her mind, and removes him', BOUND, async () => {
    const { ada, ben } = await adaAndBen()
    await openPeople(ada)
    const role = ada.roleOf('Ben')
    await tabTo(ada, role)
    await chooseRole(ada, 'r')
    await ada.page.getByRole('heading', { name: 'Make Ben a reader?' }).waitFor()
    await ada.page.keyboard.press('Escape')
    await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
    await hasFocus(role)
    assert.equal(await role.inputValue(), 'writer')

    await chooseRole(ada, 'r')
    await hasFocus(ada.page.getByRole('button', { name: 'Make a reader' }))
    await ada.page.keyboard.press('Enter')
    await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
    await hasFocus(role)
    assert.equal(await role.inputValue(), 'reader')
    await ben.page.getByText('You can read.').waitFor()

    const remove = ada.page.getByRole('button', { name: 'Remove Ben' })
    await tabTo(ada, remove)
    await ada.page.keyboard.press('Enter')
    await hasFocus(ada.page.getByRole('radio', { name: /^Keep everything/ }))
    await ada.page.keyboard.press('Escape')
    await ada.page.getByRole('dialog').waitFor({ state: 'detached' })
    await hasFocus(remove)
    await ada.page.keyboard.press('Enter')
    await tabTo(ada, ada.page.getByRole('button', { name: 'Remove now' }))
    await ada.page.keyboard.press('Enter')
    await ada.people.filter({ hasText: 'Ben' }).waitFor({ state: 'detached' })
    await hasFocus(ada.page.getByRole('heading', { name: 'People', exact: true }))
    await ben.page.getByText('You were removed by Ada').waitFor()

    const letIn = ada.page.getByRole('button', { name: 'Let back in Ben' })
    await tabTo(ada, letIn)
    await ada.page.keyboard.press('Enter')
    await hasFocus(ada.page.getByRole('button', { name: 'Let back in', exact: true }))
    await ada.page.keyboard.press('Enter')
    await role.waitFor()
    await hasFocus(ada.page.getByRole('heading', { name: 'People', exact: true }))
    await ben.message.waitFor()
  })

  it('Cleo asks to come in, and Ada approves her', BOUND, async () => {
    const ada = await world.person()
    await startRoom(ada)
    const link = await shareLink(ada, 'm')
    const cleo = await world.person(link)
    await join(cleo, 'Cleo')
    await cleo.page.getByText('You asked to come in').waitFor()
    await openPeople(ada)
    await ada.page.keyboard.press('Tab')
    await tabTo(ada, ada.page.getByRole('tab', { name: 'Members' }))
    await ada.page.keyboard.press('ArrowRight')
    await hasFocus(ada.page.getByRole('tab', { name: 'Requests' }))
    const approve = ada.page.getByRole('button', { name: 'Approve Cleo' })
    await approve.waitFor()
    await tabTo(ada, approve)
    await ada.page.keyboard.press('Enter')
    await approve.waitFor({ state: 'detached' })
    await hasFocus(ada.page.getByRole('heading', { name: 'Requests' }))
    await cleo.page.getByText('You asked to come in').waitFor({ state: 'detached' })
  })

  it('Ada revokes an invite', BOUND, async () => {
    const ada = await world.person()
    await startRoom(ada)
    await shareLink(ada, 'w')
    const share = ada.page.getByRole('button', { name: 'Share', exact: true })
    await hasFocus(share)
    await ada.page.keyboard.press('Enter')
    const revoke = ada.page.getByRole('button', { name: 'Revoke', exact: true })
    await revoke.waitFor()
    await tabTo(ada, revoke)
    await ada.page.keyboard.press('Enter')
    await hasFocus(ada.page.getByRole('button', { name: 'Keep', exact: true }))
    await ada.page.keyboard.press('Enter')
    await hasFocus(revoke)
    await ada.page.keyboard.press('Enter')
    await tabTo(ada, ada.page.getByRole('button', { name: 'Revoke now' }))
    await ada.page.keyboard.press('Enter')
    await ada.page.getByText('The link no longer works').waitFor()
    await hasFocus(ada.page.getByRole('dialog'))
    await ada.page.getByRole('button', { name: 'Make link' }).waitFor()
    assert.equal(await ada.page.getByRole('textbox', { name: 'Invite link' }).count(), 0, 'no link comes unasked')
    await ada.page.keyboard.press('Escape')
    await hasFocus(share)
  })

  async function adaAndBen(): Promise<{ ada: ParleyPage; ben: ParleyPage }> {
    const ada = await world.person()
    await startRoom(ada)
    const ben = await world.person(await shareLink(ada, 'w'))
    await join(ben, 'Ben')
    await ben.waiting.waitFor({ state: 'detached' })
    return { ada, ben }
  }
})

async function startRoom(who: ParleyPage): Promise<void> {
  await tabTo(who, who.page.getByRole('textbox', { name: 'Your name' }))
  await who.page.keyboard.type('Ada')
  await who.page.keyboard.press('Tab')
  await who.page.keyboard.type('Book club')
  await who.page.keyboard.press('Enter')
  await who.message.waitFor()
  await isSomewhere(who)
}

async function join(who: ParleyPage, name: string): Promise<void> {
  const field = who.page.getByRole('textbox', { name: 'Your name' })
  await hasFocus(field)
  await who.page.keyboard.type(name)
  await who.page.keyboard.press('Enter')
  await who.page.getByRole('tab', { name: 'Chat' }).waitFor()
  await isSomewhere(who)
}

/** Opens the share sheet, chooses the role that begins with the letter, and closes the sheet. */
async function shareLink(who: ParleyPage, letter: string): Promise<string> {
  const share = who.page.getByRole('button', { name: 'Share', exact: true })
  await tabTo(who, share)
  await who.page.keyboard.press('Enter')
  const role = who.page.getByRole('combobox', { name: 'Role', exact: true })
  await role.waitFor()
  await tabTo(who, role)
  await chooseRole(who, letter)
  const field = who.page.getByRole('textbox', { name: 'Invite link' })
  const make = who.page.getByRole('button', { name: 'Make link' })
  await field.or(make).waitFor()
  if (await make.isVisible()) {
    await tabTo(who, make)
    await who.page.keyboard.press('Enter')
    await hasFocus(who.page.getByRole('button', { name: 'Copy link' }))
  }
  const link = await field.inputValue()
  await who.page.keyboard.press('Escape')
  await who.page.getByRole('dialog').waitFor({ state: 'detached' })
  await hasFocus(share)
  return link
}

/** Opens the list of the field that has the focus, goes to what begins with the letter, and takes it. */
async function chooseRole({ page }: ParleyPage, letter: string): Promise<void> {
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press(letter)
  await page.keyboard.press('Enter')
}

async function openPeople(who: ParleyPage): Promise<void> {
  await tabTo(who, who.page.getByRole('tab', { name: 'Chat' }))
  await who.page.keyboard.press('ArrowLeft')
  const people = who.page.getByRole('tab', { name: 'People' })
  await hasFocus(people)
  await who.people.first().waitFor()
}

/** Presses Tab until the element has the focus. */
async function tabTo({ page }: ParleyPage, target: Locator): Promise<void> {
  await target.waitFor()
  for (let step = 0; step < TAB_STEPS_MAX; step++) {
    if (await target.evaluate((element) => element.matches(':focus'))) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`${TAB_STEPS_MAX} steps do not lead to ${target.toString()}`)
}

/** Waits until the element has the focus: what is loaded or rendered first takes it a moment later. */
async function hasFocus(target: Locator): Promise<void> {
  await target.waitFor()
  const handle = await target.elementHandle()
  await target.page().waitForFunction((element) => element?.matches(':focus'), handle)
}

/** Somewhere in the page, not at its very beginning, where who reads with the ear would have to start again. */
async function isSomewhere({ page }: ParleyPage): Promise<void> {
  await page.waitForFunction(() => document.activeElement !== null && document.activeElement !== document.body)
}
