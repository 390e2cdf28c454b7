// Every screen as a person sees it. What axe finds fails; the pictures in test-results/screens are for eyes.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ParleyPage } from './parley-page.ts'
import { personInView, ScreenCamera } from './screen-camera.ts'
import { World } from './world.ts'

const BOUND = { timeout: 120_000 }

/** The evening before the pictures, and the morning on which they are taken. */
const EVENING_MS = new Date(2026, 4, 3, 19, 40).getTime()
const MORNING_MS = new Date(2026, 4, 4, 9, 12).getTime()
const MINUTE_MS = 60_000

const LONG_NAME = 'Bartholomew Featherstonehaugh-Cholmondeley of Wolverhampton'
const LONG_ROOM_NAME = 'The journey to Llanfairpwllgwyngyll, its station and its people'
const LONG_LINK = `https://library.example/catalogue/${'shelf-'.repeat(30)}end?edition=3&language=en`

describe('the screens', () => {
  let world: World
  let camera: ScreenCamera
  let ada: ParleyPage
  let ben: ParleyPage
  let cleo: ParleyPage
  let writerLink = ''
  let readerLink = ''

  before(async () => {
    world = await World.open()
    camera = await ScreenCamera.open()
    ;[ada, ben, cleo] = await Promise.all([
      personInView(world, EVENING_MS),
      personInView(world, EVENING_MS),
      personInView(world, EVENING_MS),
    ])
  }, BOUND)
  after(() => world.close())

  const nothingFound = (): void => assert.deepEqual(camera.findings.splice(0), [])

  /** Says something when the clock shows it, and waits until the other has it: so they answer each other in order. */
  const says = async (who: ParleyPage, atMs: number, text: string): Promise<void> => {
    await Promise.all([ada, ben, cleo].map(({ page }) => page.evaluate((ms) => window.setClock(ms), atMs)))
    await who.send(text)
    const [line = ''] = text.split('\n')
    await (who === ada ? ben : ada).sees(line.replaceAll(/[*`]|^> /g, ''))
  }

  it('before a room', BOUND, async () => {
    await camera.take(ada, 'welcome')
    await ada.page.getByRole('button', { name: 'Start a room' }).click()
    await camera.take(ada, 'welcome-problem')
    await ada.page.goto(`${world.url}/#/join/half-of-a-link`)
    await ada.page.getByRole('heading', { name: "This invite can't be opened" }).waitFor()
    await camera.take(ada, 'damaged-link')
    await ada.page.goto(`${world.url}/#/r/somewhere/chat`)
    await ada.page.getByRole('heading', { name: "This room isn't on this device" }).waitFor()
    await camera.take(ada, 'room-missing')
    nothingFound()
  })

  it('when the storage fails', BOUND, async () => {
    const dan = await personInView(world, EVENING_MS)
    await dan.page.addInitScript(() => {
      Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
    })
    await dan.page.reload()
    await dan.page.getByRole('alert').first().waitFor()
    await camera.take(dan, 'storage-problem')
    await dan.close()
    nothingFound()
  })

  it('a room with nobody else', BOUND, async () => {
    await ada.page.goto(world.url)
    await ada.startRoom({ me: 'Ada', room: 'Lake house' })
    await ada.send('The key is with the neighbours on the left')
    await ada.page.getByRole('link', { name: 'Start or join another' }).click()
    await ada.startRoom({ me: 'Ada', room: 'Choir' })
    await ada.send('We sing on *Friday* this week')
    await ada.page.getByRole('link', { name: 'Start or join another' }).click()
    await ada.startRoom({ me: 'Ada', room: 'Book club' })
    await ada.connection.filter({ hasText: 'Nobody else is here yet' }).waitFor()
    await camera.take(ada, 'chat-empty')
    await ada.openTab('Notes')
    await ada.page.getByRole('heading', { name: 'No notes yet' }).waitFor()
    await camera.take(ada, 'notes-empty')
    readerLink = await ada.inviteLink('Reader')
    writerLink = await ada.inviteLink()
    await ada.page.getByRole('button', { name: 'Share', exact: true }).click()
    await ada.page.getByRole('img', { name: 'The invite link as a QR code' }).waitFor()
    await camera.take(ada, 'share')
    await ada.page.keyboard.press('Escape')
    await ada.openTab('Chat')
    await ada.offlineSwitch.click()
    await ada.connection.filter({ hasText: 'You are offline' }).waitFor()
    await camera.take(ada, 'offline')
    nothingFound()
  })

  it('coming in', BOUND, async () => {
    await cleo.page.goto(readerLink)
    await cleo.page.getByRole('button', { name: 'Join' }).waitFor()
    await camera.take(cleo, 'join')
    await cleo.join(readerLink, 'Cleo')
    await cleo.waiting.waitFor()
    await camera.take(cleo, 'joining')
    await cleo.openTab('People')
    await cleo.page.getByRole('heading', { name: 'People' }).waitFor()
    await camera.take(cleo, 'joining-people')
    await cleo.openTab('Chat')
    await ada.offlineSwitch.click()
    await cleo.waiting.waitFor({ state: 'detached' })
    await ben.joinAsWriter(writerLink, 'Ben')
    await ada.isConnectedTo(2)
    nothingFound()
  })

  it('a conversation', BOUND, async () => {
    await says(ada, EVENING_MS, 'Finished the first part of *Emma* on the train 📚')
    await says(ada, EVENING_MS + MINUTE_MS, 'Where did everybody get to?')
    await says(
      ben,
      EVENING_MS + 4 * MINUTE_MS,
      'Chapter 12. Mr Knightley is **right about everything** and I find it very annoying.',
    )
    await says(ada, EVENING_MS + 6 * MINUTE_MS, '😂')
    await says(ben, EVENING_MS + 9 * MINUTE_MS, 'Are we still on for Thursday?')
    await says(
      ada,
      MORNING_MS,
      'Yes! My place at 19:00. I put the plan into the notes:\n\n- chapters 1 to 18\n- who brings what\n- what we read next',
    )
    await react(ben, 'My place at 19:00', '🎉')
    await ada.row('My place at 19:00').getByRole('button', { name: /🎉/ }).click()
    await answer(ben, 'My place at 19:00', "I'll bring bread and the good cheese")
    await ada.sees('the good cheese')
    await says(
      ben,
      MORNING_MS + 3 * MINUTE_MS,
      'And I vote for https://www.gutenberg.org/ebooks/145 next: *Middlemarch*',
    )
    await react(ada, 'the good cheese', '❤️')
    await says(ada, MORNING_MS + 5 * MINUTE_MS, 'All 800 pages? By *Thursday?*')
    await says(ben, MORNING_MS + 6 * MINUTE_MS, 'By Christmas 🙂')
    await Promise.all([ada, cleo].map((who) => who.isConnectedTo(2)))
    await camera.take(ada, 'chat')
    await camera.take(cleo, 'chat-reader')

    const { actions, picker, menu } = popups(ada, 'All 800 pages')
    const close = () => ada.page.keyboard.press('Escape')
    await camera.take(ada, 'message-actions', { arrange: actions })
    await camera.take(ada, 'reaction-picker', { arrange: picker, restore: close })
    await camera.take(ada, 'message-menu', { arrange: menu, restore: close })
    await actions()
    await close()
    assert.ok(await ada.message.evaluate((field) => field.matches(':focus')), 'Escape leads to where one writes')
    nothingFound()
  })

  it('a conversation of everything that is hard to show', BOUND, async () => {
    await ada.page.goto(world.url)
    await ada.startRoom({
      me: 'Ada',
      room: LONG_ROOM_NAME,
    })
    await ben.joinAsWriter(await ada.inviteLink(), LONG_NAME)
    await says(ben, MORNING_MS, 'مرحبا! هل قرأت الفصل الأول من *الكتاب*؟')
    await says(ben, MORNING_MS, `Here: ${LONG_LINK}`)
    await says(
      ada,
      MORNING_MS,
      'The numbers:\n\n| Chapter | Pages | Done |\n| --- | ---: | :-: |\n| One | 12 | yes |\n| Two | 140 | no |',
    )
    await says(
      ada,
      MORNING_MS + MINUTE_MS,
      'Like this:\n```ts\nconst chapters = [1, 2, 3].map((chapter) => read(chapter, { aloud: true, until: "midnight" }))\n```',
    )
    await says(
      ben,
      MORNING_MS + 2 * MINUTE_MS,
      '> It is a truth universally acknowledged\n\nthat `code` and ~~errors~~ look like this',
    )
    await says(ada, MORNING_MS + 3 * MINUTE_MS, 'This was a mistake')
    await chooseOf(ada, 'This was a mistake', 'Delete for everyone')
    await ada.messages.getByText('Message deleted').waitFor()
    await says(ada, MORNING_MS + 4 * MINUTE_MS, 'I will read it to ​the end')
    await chooseOf(ada, 'I will read it', 'Edit')
    await ada.send('I have read it to the end')
    await ada.row('I have read it').getByText('edited').waitFor()
    for (const emoji of ['👍', '❤️', '😂', '🎉', '😮', '😢']) await react(ben, 'I have read it', emoji)
    await answer(ben, 'const chapters', '- [x] one\n- [ ] two')
    await ada.offlineSwitch.click()
    await ada.send('Nobody has this yet')
    await ada
      .row('Nobody has this yet')
      .getByRole('img', { name: /^Waiting/ })
      .waitFor()
    await answer(ada, 'مرحبا', '👍🎉')
    await camera.take(ada, 'chat-extremes')
    await camera.take(ada, 'chat-extremes-top', {
      arrange: () => ada.messages.getByText('مرحبا').first().scrollIntoViewIfNeeded(),
    })
    await ada.offlineSwitch.click()
    await ada.openTab('People')
    await ada.people.filter({ hasText: 'Bartholomew' }).waitFor()
    await camera.take(ada, 'people')
    nothingFound()
  })

  it('notes', BOUND, async () => {
    await Promise.all([ada, ben].map(({ page }) => page.getByRole('link', { name: 'Book club' }).click()))
    await ada.newNote('Reading list')
    await ada.page.keyboard.type('Middlemarch, then something short.')
    await ada.newNote('Thursday at my place')
    await writeEverything(ada)
    await ben.openNote('Thursday at my place')
    await ben.note.getByText('Ben brings bread').click()
    await ben.page.keyboard.press('End')
    await ben.page.keyboard.type(' and cheese')
    await ada.noteShows('bread and cheese')
    await ada.page.getByRole('group', { name: 'In this note: Ben' }).waitFor()
    await camera.take(ada, 'note', {
      arrange: () => ada.noteTitle.evaluate((field) => field.scrollIntoView({ block: 'end' })),
    })
    await camera.take(ada, 'note-table', { arrange: () => ada.note.getByText('Emma').last().click() })
    const link = async (): Promise<void> => {
      await ada.note.getByText('who tells it').click()
      await ada.page.getByRole('button', { name: 'Link', exact: true }).click()
      await ada.page.getByRole('textbox', { name: 'Address' }).fill('not an address')
      await ada.page.getByRole('button', { name: 'Set link' }).click()
      await ada.page.getByRole('alert').waitFor()
    }
    await camera.take(ada, 'link-dialog', { arrange: link, restore: () => ada.page.keyboard.press('Escape') })
    await cleo.openNote('Thursday at my place')
    await cleo.noteShows('bread and cheese')
    await ada.page.getByRole('link', { name: 'All notes' }).click()
    await ada.page.getByRole('list', { name: 'Notes' }).waitFor()
    await camera.take(ada, 'notes')
    await camera.take(cleo, 'note-reader')
    nothingFound()
  })

  it('the dialogs of the room', BOUND, async () => {
    await ada.openTab('Chat')
    const choose = async (item: string): Promise<void> => {
      await ada.page.getByRole('button', { name: 'Room menu' }).click()
      await ada.page.getByRole('menuitem', { name: item }).click()
      await ada.page.getByRole('dialog').waitFor()
    }
    const restore = () => ada.page.keyboard.press('Escape')
    const menu = () => ada.page.getByRole('button', { name: 'Room menu' }).click()
    await camera.take(ada, 'room-menu', { arrange: menu, restore })
    await camera.take(ada, 'settings-name', { arrange: () => choose('Change my name'), restore })
    await camera.take(ada, 'settings-theme', { arrange: () => choose('Appearance'), restore })
    await camera.take(ada, 'settings-leave', { arrange: () => choose('Leave room'), restore })
    await choose('Recovery phrase')
    await ada.page.getByRole('button', { name: 'Show the words' }).click()
    await ada.page.getByRole('list', { name: 'Recovery phrase' }).waitFor()
    await camera.take(ada, 'settings-phrase')
    await ada.page.getByRole('button', { name: 'Copy' }).click()
    await ada.page.getByText('Copied').waitFor()
    await camera.take(ada, 'toast')
    await restore()
    nothingFound()
  })

  it('the rooms, with something unread', BOUND, async () => {
    await ada.page.getByText('Copied').waitFor({ state: 'detached' })
    await ada.page.getByRole('link', { name: 'Parley' }).click()
    await ben.page.getByRole('link', { name: LONG_ROOM_NAME }).click()
    await ben.page.evaluate((ms) => window.setClock(ms), MORNING_MS + 10 * MINUTE_MS)
    await ben.send('Are you **there**?')
    await ada.page.getByText('Are you there?').first().waitFor()
    await camera.take(ada, 'rooms')
    assert.equal(await ada.page.title(), '(1) Parley')
    await ada.page.keyboard.press('Alt+Shift+ArrowDown')
    await ada.sees('Are you there?')
    assert.equal(await ada.page.title(), `${LONG_ROOM_NAME} · Parley`)
    await ada.page.keyboard.press('Alt+ArrowDown')
    await ada.page.getByRole('heading', { name: 'Book club' }).waitFor()
    nothingFound()
  })

  it('without the tracker', BOUND, async () => {
    await ada.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
    await world.server.close()
    await ada.page.reload()
    await ada.connection.filter({ hasText: "Can't reach the tracker" }).waitFor()
    await camera.take(ada, 'tracker-down')
    nothingFound()
  })
})

/** One of everything that a note can hold, typed as people type it. */
async function writeEverything({ page, note }: ParleyPage): Promise<void> {
  const { keyboard } = page
  const lines = async (texts: readonly string[]): Promise<void> => {
    for (const text of texts) {
      await keyboard.type(text)
      await keyboard.press('Enter')
    }
  }
  await lines([
    '19:00, the door is open. We talk about **chapters 1 to 18** of *Emma*.',
    '# To do',
    '[ ] Ben brings bread',
  ])
  await lines([
    'Cleo brings questions',
    'Ada finds chairs',
    '',
    '# Questions',
    '1. Why does nobody say what they mean?',
  ])
  await lines(['Is Mr Knightley right, or only ~~old~~ `calm`?', '', '> I always deserve the best treatment', ''])
  await page.getByRole('button', { name: 'Insert table' }).click()
  for (const cell of ['Book', 'Pages', 'Votes', 'Emma', '474', '2', 'Middlemarch', '800']) {
    await keyboard.type(cell)
    await keyboard.press('Tab')
  }
  await keyboard.type('1')
  await keyboard.press('ControlOrMeta+End')
  await lines(['## Pace'])
  await lines(['- a chapter a day', 'by who tells it', ''])
  await keyboard.type('```pages / days = 26')
  await note.getByRole('checkbox').nth(2).click()
}

async function actionsOf(who: ParleyPage, text: string): Promise<void> {
  const row = who.row(text).last()
  await row.scrollIntoViewIfNeeded()
  // The pointer stands where the last press was, and what lies below it may have moved.
  await who.page.mouse.move(0, 0)
  await row.evaluate((element: HTMLElement) => {
    element.blur()
    element.focus()
  })
  await row.getByRole('toolbar', { name: 'Message actions' }).waitFor()
}

async function react(who: ParleyPage, text: string, emoji: string): Promise<void> {
  await actionsOf(who, text)
  await who.row(text).last().getByRole('button', { name: 'React', exact: true }).click()
  await who.page.getByRole('button', { name: `React with ${emoji}` }).click()
  await who
    .row(text)
    .last()
    .getByRole('button', { name: new RegExp(`^${emoji}`) })
    .waitFor()
}

async function answer(who: ParleyPage, text: string, words: string): Promise<void> {
  await actionsOf(who, text)
  await who.row(text).last().getByRole('button', { name: 'Reply' }).click()
  await who.send(words)
  await who.composerIsEmpty()
}

async function chooseOf(who: ParleyPage, text: string, item: string): Promise<void> {
  await popups(who, text).menu()
  await who.page.getByRole('menuitem', { name: item }).click()
}

const popups = (who: ParleyPage, text: string) => ({
  actions: () => actionsOf(who, text),
  picker: async (): Promise<void> => {
    await actionsOf(who, text)
    await who.row(text).last().getByRole('button', { name: 'React', exact: true }).click()
    await who.page.getByRole('toolbar', { name: 'Reactions' }).waitFor()
  },
  menu: async (): Promise<void> => {
    await actionsOf(who, text)
    await who.row(text).last().getByRole('button', { name: 'More actions' }).click()
    await who.page.getByRole('menu', { name: 'Message' }).waitFor()
  },
})
