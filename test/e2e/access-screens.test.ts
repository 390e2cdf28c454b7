// Every screen about who may do what, as a person sees it, in a room with people of every kind. What axe finds fails;
// the pictures in test-results/screens are for eyes.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ParleyPage } from './parley-page.ts'
import { personInView, ScreenCamera } from './screen-camera.ts'
import { World } from './world.ts'

const BOUND = { timeout: 180_000 }

/** The evening on which the room begins. */
const EVENING_MS = new Date(2026, 4, 3, 19, 40).getTime()

/** Long words do not wrap, and names from right to left turn what stands beside them. */
const LONG_NAME = 'Friederike Donaudampfschifffahrtsgesellschaftskapitän'
const RIGHT_TO_LEFT_NAME = 'مريم الخطيب'

describe('the screens of access control', () => {
  let world: World
  let camera: ScreenCamera
  let ada: ParleyPage
  let ben: ParleyPage
  let cleo: ParleyPage
  /** Reads only. */
  let friederike: ParleyPage
  /** Is removed. */
  let maryam: ParleyPage
  /** Is banned. */
  let gus: ParleyPage
  /** Has to wait, and is declined. */
  let hana: ParleyPage

  const newPerson = () => personInView(world, EVENING_MS)

  before(async () => {
    world = await World.open()
    camera = await ScreenCamera.open()
    ;[ada, ben, cleo, friederike, maryam, gus, hana] = await Promise.all([
      newPerson(),
      newPerson(),
      newPerson(),
      newPerson(),
      newPerson(),
      newPerson(),
      newPerson(),
    ])
  }, BOUND)
  after(() => world.close())

  const nothingFound = (): void => assert.deepEqual(camera.findings.splice(0), [])
  const press = (who: ParleyPage, name: string | RegExp) =>
    who.page
      .getByRole('button', { name, exact: typeof name === 'string' })
      .first()
      .click()
  const dialogOf = (who: ParleyPage) => who.page.getByRole('dialog')
  const closeDialog = async (who: ParleyPage): Promise<void> => {
    await who.page.keyboard.press('Escape')
    await dialogOf(who).waitFor({ state: 'detached' })
  }
  const openView = (who: ParleyPage, name: 'Members' | 'Requests' | 'Access map' | 'Log') =>
    who.page.getByRole('tab', { name }).click()
  const chooseFromMenu = async (who: ParleyPage, item: string): Promise<void> => {
    await press(who, 'Room menu')
    await who.page.getByRole('menuitem', { name: item }).click()
    await dialogOf(who).waitFor()
  }

  it('a room fills, and one owner is not enough', BOUND, async () => {
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    const writerLink = await ada.inviteLink('Writer')
    const readerLink = await ada.inviteLink('Reader')
    await Promise.all([
      ben.joinAsWriter(writerLink, 'Ben'),
      cleo.joinAsWriter(writerLink, 'Cleo'),
      maryam.joinAsWriter(writerLink, RIGHT_TO_LEFT_NAME),
      gus.joinAsWriter(writerLink, 'Gus'),
      friederike.join(readerLink, LONG_NAME),
    ])
    await friederike.page.getByText('You can read.').waitFor()
    for (const title of ['Reading list', 'Thursday at my place', 'Rules of the room']) {
      await ben.newNote(title)
      await ben.page.keyboard.type(`What we say about ${title.toLowerCase()}.`)
    }
    await ben.openTab('Chat')
    for (const text of ['Where did everybody get to?', 'Chapter 12, and I find him annoying.', 'By Christmas']) {
      await ben.send(text)
    }
    await maryam.send('مرحبا! هل قرأت الفصل الأول؟')
    await gus.send('BUY CHEAP WATCHES')
    for (const text of ['By Christmas', 'مرحبا', 'CHEAP']) await ada.sees(text)
    await ada.openTab('People')
    await ada.people.filter({ hasText: 'Friederike' }).waitFor()
    await ada.people.filter({ hasText: 'Gus' }).waitFor()
    await camera.take(ada, 'members-one-owner')
    await openView(ada, 'Requests')
    await ada.page.getByText('Nobody is waiting').waitFor()
    await camera.take(ada, 'requests-empty')
    await chooseFromMenu(ada, 'Leave room')
    await camera.take(ada, 'leave-only-owner')
    await closeDialog(ada)
    nothingFound()
  })

  it('another role', BOUND, async () => {
    await openView(ada, 'Members')
    await ada.roleOf('Cleo').selectOption('moderator')
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'role-up')
    await press(ada, 'Make a moderator')
    await dialogOf(ada).waitFor({ state: 'detached' })
    await ada.roleOf('Ben').selectOption('reader')
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'role-down')
    await closeDialog(ada)
    await ada.roleOf(LONG_NAME).selectOption('commenter')
    await ada.page.getByRole('button', { name: 'Undo' }).waitFor()
    await camera.take(ada, 'role-undo')
    await press(ada, 'Undo')
    nothingFound()
  })

  it('somebody goes', BOUND, async () => {
    await press(ada, 'Remove Ben')
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'removal')
    await ada.page.getByRole('radio', { name: 'Take back from a chosen writing on' }).check()
    await camera.take(ada, 'removal-to-choose')
    await ada.page.getByRole('radio', { name: /find him annoying/ }).check()
    await camera.take(ada, 'removal-chosen')
    await ada.page.getByRole('radio', { name: /^Take back everything/ }).check()
    await camera.take(ada, 'removal-nothing')
    await ada.page.getByRole('status', { name: 'What this does' }).scrollIntoViewIfNeeded()
    await camera.take(ada, 'removal-effects', {
      arrange: () => ada.page.getByRole('status', { name: 'What this does' }).scrollIntoViewIfNeeded(),
    })
    await closeDialog(ada)

    await maryam.offlineSwitch.click()
    await maryam.send('كتبت هذا في القطار')
    await maryam.openNote('Reading list')
    await maryam.caretToEnd()
    await maryam.page.keyboard.type(' Middlemarch, and something short.')
    await maryam.openTab('Chat')
    await ada.remove(RIGHT_TO_LEFT_NAME)
    await ada.remove('Gus', 'Ban')
    await maryam.offlineSwitch.click()
    await maryam.page.getByText('You were removed by Ada').waitFor()
    await maryam.page.getByText('Nothing is lost').waitFor()
    await maryam.openNote('Reading list')
    await camera.take(maryam, 'removed-note')
    await maryam.page.setViewportSize({ width: 360, height: 640 })
    const panel = await maryam.page.getByRole('tabpanel').boundingBox()
    assert.ok((panel?.height ?? 0) >= 0.6 * 640, `what one came for keeps the screen: ${panel?.height} px of 640`)
    await maryam.page.setViewportSize({ width: 1280, height: 800 })
    await maryam.openTab('Chat')
    await maryam.page.getByRole('button', { name: 'Show', exact: true }).click()
    await camera.take(maryam, 'removed')
    await gus.page.getByText('You were banned by Ada').waitFor()
    await camera.take(gus, 'banned')
    await chooseFromMenu(gus, 'Leave room')
    await camera.take(gus, 'delete-copy')
    await closeDialog(gus)
    await camera.take(friederike, 'read-only')
    nothingFound()
  })

  it('what came too late, and who may come back', BOUND, async () => {
    await press(ada, /^Review/)
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'held-writings')
    await closeDialog(ada)
    await press(ada, `Let back in ${RIGHT_TO_LEFT_NAME}`)
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'let-back-in')
    await closeDialog(ada)
    nothingFound()
  })

  it('invites, and who asks to come in', BOUND, async () => {
    await press(ada, 'Share')
    const choose = (field: string, label: string) =>
      ada.page.getByRole('combobox', { name: field, exact: true }).selectOption({ label })
    await choose('Role', 'Writer')
    await choose('Works for', '5 people')
    await ada.page.getByText('More choices').click()
    await choose('Expires', 'In 7 days')
    await ada.page.getByRole('textbox', { name: 'Label' }).fill('For the neighbours on the left')
    await ada.page.getByRole('checkbox', { name: 'Ask before anybody comes in' }).check()
    await camera.take(ada, 'share-more')
    await press(ada, 'Make link')
    await ada.page.getByRole('img', { name: 'The invite link as a QR code' }).waitFor()
    const link = await ada.page.getByRole('textbox', { name: 'Invite link' }).inputValue()
    const live = ada.page.getByRole('listitem').filter({ hasText: 'For the neighbours' })
    await live.getByRole('button', { name: 'Revoke' }).click()
    await camera.take(ada, 'share-live', { arrange: () => live.scrollIntoViewIfNeeded() })
    await closeDialog(ada)

    await hana.join(link, 'Hana')
    await hana.page.getByText('You asked to come in').waitFor()
    await camera.take(hana, 'waiting')
    await hana.openTab('People')
    await camera.take(hana, 'waiting-people')
    await hana.openTab('Chat')
    await ada.openTab('People')
    await ada.page.getByRole('button', { name: 'Approve Hana' }).first().waitFor()
    await camera.take(ada, 'members')
    await openView(ada, 'Requests')
    await camera.take(ada, 'requests')
    await camera.take(ben, 'chat-of-a-writer')
    await ben.openTab('People')
    await camera.take(ben, 'members-of-a-writer')
    await cleo.openTab('People')
    await camera.take(cleo, 'members-of-a-moderator')
    nothingFound()
  })

  it('the map and the log', BOUND, async () => {
    await openView(ada, 'Access map')
    await ada.page.getByRole('table').waitFor()
    await camera.take(ada, 'map')
    await ada.page.getByRole('combobox', { name: 'Who can write here' }).selectOption({ label: 'Reading list' })
    await camera.take(ada, 'map-filtered')
    await ada.page.getByRole('searchbox', { name: 'Find a person' }).fill('Zoe')
    await ada.page.getByText('Nobody here is called').waitFor()
    await camera.take(ada, 'map-nobody')
    await openView(ada, 'Log')
    await ada.page.getByRole('list', { name: 'Events' }).waitFor()
    await camera.take(ada, 'log')
    await ada.page.getByLabel('Who could write on').fill('2026-05-03T19:55')
    await ada.page.getByText('these could write').waitFor()
    await ada.page.getByRole('list', { name: 'Events' }).locator('summary').first().click()
    await camera.take(ada, 'log-answer')
    await ada.page.getByRole('searchbox', { name: 'Find' }).fill('Zoe')
    await ada.page.getByText('Nothing in the log matches').waitFor()
    await camera.take(ada, 'log-nothing')
    nothingFound()
  })

  it('who can write in a note', BOUND, async () => {
    await ada.openNote('Rules of the room')
    await press(ada, 'Who can write')
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'writers-everybody')
    await ada.page.getByRole('radio', { name: /^Only these people/ }).check()
    await ada.page.getByRole('checkbox', { name: /Ben/ }).uncheck()
    await camera.take(ada, 'writers-some')
    await press(ada, 'Save')
    await dialogOf(ada).waitFor({ state: 'detached' })
    await ben.openNote('Rules of the room')
    await ben.page.getByText('Only some of the writers may write in it').waitFor()
    await camera.take(ben, 'note-narrowed')
    await press(ben, 'Who can write')
    await dialogOf(ben).waitFor()
    await camera.take(ben, 'writers-to-look-at')
    await closeDialog(ben)
    nothingFound()
  })

  it('the owners', BOUND, async () => {
    await ada.openTab('People')
    await press(ada, 'Choose a second owner')
    await camera.take(ada, 'owners-ask')
    await ada.page
      .getByRole('combobox', { name: 'Ask somebody to own it too' })
      .selectOption({ label: await optionOf(ada, 'Cleo') })
    await press(ada, 'Ask')
    await ada.page.getByText('Asked and not answered yet').waitFor()
    await camera.take(ada, 'owners-asked')
    await cleo.openTab('People')
    await cleo.page.getByRole('button', { name: 'Become an owner' }).waitFor()
    await camera.take(cleo, 'owners-offer')
    await press(cleo, 'Become an owner')
    await press(ada, 'Hand over to Cleo')
    await dialogOf(ada).waitFor()
    await camera.take(ada, 'owners-transfer')
    await closeDialog(ada)
    await camera.take(ada, 'owners')
    nothingFound()
  })

  it('declined', BOUND, async () => {
    await openView(ada, 'Requests')
    await press(ada, 'Decline Hana')
    await hana.page.getByText('was declined').waitFor()
    await camera.take(hana, 'declined')
    nothingFound()
  })

  it('my devices', BOUND, async () => {
    await gus.page.goto(`${world.url}/#/pair`)
    await gus.page.getByRole('heading', { name: 'I already use Parley' }).waitFor()
    await camera.take(gus, 'pair-with-rooms')

    await chooseFromMenu(ada, 'My devices')
    await ada.page.getByRole('list', { name: 'My devices' }).waitFor()
    await camera.take(ada, 'devices-one')
    await press(ada, 'Add a device')
    await ada.page.getByRole('img', { name: 'Code that adds a device' }).waitFor()
    await camera.take(ada, 'device-add')
    const code = (await ada.page.locator('parley-add-device code').textContent()) ?? ''

    const phone = await newPerson()
    await camera.take(phone, 'welcome-new-device')
    await phone.page.getByRole('link', { name: 'I already use Parley' }).click()
    await phone.page.getByRole('textbox', { name: 'Code' }).fill('not a code')
    await press(phone, 'Ask my other device')
    await phone.page.getByRole('alert').waitFor()
    await camera.take(phone, 'pair-wrong-code')
    await phone.page.getByRole('textbox', { name: 'Code' }).fill(code)
    await phone.page.getByRole('textbox', { name: 'Name of this device' }).fill('Phone')
    await press(phone, 'Ask my other device')
    await ada.page.getByText('Add “Phone”?').waitFor()
    await camera.take(ada, 'device-asking')
    await phone.page.getByText('It asks whether to add').waitFor()
    await camera.take(phone, 'pair-asking')
    await press(ada, 'Add it')
    await ada.page.getByText('Phone was added').waitFor()
    await camera.take(ada, 'device-added')
    await phone.page.getByRole('link', { name: 'Go to my rooms' }).waitFor()
    await camera.take(phone, 'paired')

    await press(ada, 'Done')
    await camera.take(ada, 'devices')
    await press(ada, 'Rename Phone')
    await ada.page.getByRole('textbox', { name: 'Name' }).waitFor()
    await camera.take(ada, 'device-rename')
    await press(ada, 'Back')
    await press(ada, 'Revoke Phone')
    await ada.page.getByRole('button', { name: 'Revoke now' }).waitFor()
    await camera.take(ada, 'device-revoke')
    await press(ada, 'Revoke now')
    await ada.page.getByText('Revoked ·').waitFor()
    await camera.take(ada, 'devices-revoked')
    nothingFound()
  })

  it('the recovery phrase', BOUND, async () => {
    await press(ada, 'Recovery phrase')
    await camera.take(ada, 'phrase-hidden')
    await press(ada, 'Show the words')
    await ada.page.getByRole('list', { name: 'Recovery phrase' }).waitFor()
    await camera.take(ada, 'phrase')
    await press(ada, /^I have written it down/)
    await camera.take(ada, 'phrase-forget')
    await closeDialog(ada)

    const tablet = await newPerson()
    await tablet.page.goto(`${world.url}/#/pair`)
    await press(tablet, 'Use my recovery phrase instead')
    const field = tablet.page.getByRole('textbox', { name: 'Your 24 words' })
    await field.fill(`${'abandon '.repeat(11)}librarry ${'zoo '.repeat(12)}`)
    await press(tablet, 'Get my identity back')
    await tablet.page.getByText('“librarry”').waitFor()
    await camera.take(tablet, 'recovery-wrong-word')
    await field.fill(`${'abandon '.repeat(23)}art`)
    await press(tablet, 'Get my identity back')
    await tablet.page.getByRole('heading', { name: 'You are back' }).waitFor()
    await camera.take(tablet, 'recovered')
    nothingFound()
  })
})

/** The whole text of a choice, which has the key behind the name. */
async function optionOf({ page }: ParleyPage, name: string): Promise<string> {
  const option = page.getByRole('combobox', { name: 'Ask somebody to own it too' }).locator('option', { hasText: name })
  return (await option.textContent()) ?? ''
}
