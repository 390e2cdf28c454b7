import { assert } from 'chai'
import { html } from 'lit'
import {
  chooseMode,
  dataSaving,
  fetchAnyway,
  keepDeviceMode,
  setSavingWanted,
  type DeviceFacts,
  type ModeMemory,
} from '../../../components/network/device-mode.ts'
import { routeSummary } from '../../../components/network/network-text.ts'
import '../../../components/notes/note-list.ts'
import '../../../components/notes/note-progress.ts'
import { connectionSummary } from '../../../components/room/connection-summary.ts'
import { roomText } from '../../../components/room/room-text.ts'
import type { DocumentId, NoteKeeping, NoteProgress, NoteSummary, Peer, Room } from '../../../src/index.ts'
import { bob, fakeRoom } from './fixtures.ts'
import { fakeNetworkRoom, networkView } from './network-fixtures.ts'
import { show } from './network-scene.ts'
import { demand, expectAccessible, find, mount, settled, textOf, unmount } from './mount.ts'

const memory = (): ModeMemory => {
  let kept: string | undefined
  return { get: () => kept, set: (value) => (kept = value) }
}

function metered(isMetered = true) {
  const facts = { isMetered }
  const listeners = new Set<() => void>()
  const device: DeviceFacts = {
    isPhone: () => false,
    isMetered: () => facts.isMetered,
    tellsMetered: () => true,
    onChange: (run) => {
      listeners.add(run)
      return () => listeners.delete(run)
    },
    kept: memory(),
    saving: memory(),
    ofTab: memory(),
  }
  return { device, facts, change: () => listeners.forEach((run) => run()) }
}

/** Which notes are kept, and what is asked about that. */
function fakeKeeping(
  fields: { notKept?: number; keepsAll?: boolean; isPaused?: boolean; progress?: NoteProgress } = {},
) {
  const asked: unknown[][] = []
  const keeping = {
    notKept: fields.notKept ?? 0,
    keepsAll: fields.keepsAll ?? false,
    isPaused: fields.isPaused ?? false,
    setKeepsAll: (keepsAll: boolean) => void asked.push(['setKeepsAll', keepsAll]),
    setPaused: (isPaused: boolean) => void asked.push(['setPaused', isPaused]),
    progressOf: () => fields.progress,
  }
  return {
    keeping: keeping as unknown as NoteKeeping,
    asked,
    set: (changes: object) => Object.assign(keeping, changes),
  }
}

const withKeeping = (room: Room, keeping: NoteKeeping): Room => Object.assign(room, { keeping })

const buttonNamed = (name: string): HTMLButtonElement => {
  const root = demand('parley-kept-notes').shadowRoot
  const button = [...(root?.querySelectorAll('button') ?? [])].find((each) => textOf(each) === name)
  assert(button, `a button ${name}`)
  return button
}

const keptText = (): string => textOf(find('parley-kept-notes')?.shadowRoot?.querySelector('section'))

const note = (fields: Partial<NoteSummary> = {}): NoteSummary => ({
  id: 'note-1' as DocumentId,
  title: '',
  updatedAtMs: 0,
  createdBy: bob,
  mayWrite: true,
  isKept: false,
  ...fields,
})

afterEach(unmount)

describe('saving data', () => {
  it('goes with a network that is paid for by the byte, until its user wants otherwise', () => {
    const { device, facts } = metered()
    assert.equal(dataSaving(device), 'saving')
    chooseMode('normal', device)
    assert.equal(dataSaving(device), 'saving')
    fetchAnyway(true, device)
    assert.equal(dataSaving(device), 'waived')
    facts.isMetered = false
    assert.equal(dataSaving(device), 'none')
    facts.isMetered = true
    assert.equal(dataSaving(device), 'saving')
    setSavingWanted(false, device)
    assert.equal(dataSaving(device), 'none')
    setSavingWanted(true, device)
    chooseMode('super', device)
    assert.equal(dataSaving(device), 'none')
  })

  it('is told to all rooms, and again on another network', () => {
    const { device, facts, change } = metered(false)
    const { keeping, asked } = fakeKeeping()
    const room = withKeeping(fakeNetworkRoom(networkView()).room, keeping)
    const peer = { rooms: [room], on: () => () => undefined } as unknown as Peer
    keepDeviceMode(peer, device)
    facts.isMetered = true
    change()
    facts.isMetered = false
    change()
    assert.deepEqual(asked, [
      ['setPaused', false],
      ['setPaused', true],
      ['setPaused', false],
    ])
  })
})

describe('the network page about notes that are not kept', () => {
  async function page(
    keeping: NoteKeeping,
    device: DeviceFacts,
    view: Parameters<typeof networkView>[0] = { mode: 'edge' },
  ) {
    const shown = await show(networkView(view), undefined, 1, { device })
    withKeeping(shown.room, keeping)
    shown.emit('connection')
    await settled()
    return shown
  }

  it('says how many under edge only, and keeps them all when asked', async () => {
    const { keeping, asked, set } = fakeKeeping({ notKept: 12 })
    const { emit } = await page(keeping, metered(false).device)
    assert.include(keptText(), '12 notes are not kept on this device; they are fetched when you open them.')
    await expectAccessible()
    buttonNamed('Keep everything').click()
    assert.deepEqual(asked, [['setKeepsAll', true]])
    set({ notKept: 0, keepsAll: true })
    emit('connection')
    await settled()
    buttonNamed('Keep only what I open').click()
    assert.deepEqual(asked.at(-1), ['setKeepsAll', false])
  })

  it('says nothing where everything is kept', async () => {
    await page(fakeKeeping().keeping, metered(false).device, { mode: 'normal' })
    assert.equal(keptText(), '')
    assert.exists(find('input[name=save-data]'))
  })

  it('says why only open notes are fetched, and fetches the others when asked', async () => {
    const { device } = metered()
    const { keeping, asked, set } = fakeKeeping({ notKept: 1 })
    const { emit } = await page(keeping, device)
    assert.include(keptText(), 'this network is metered')
    assert.include(keptText(), '1 note is waiting.')
    await expectAccessible()
    buttonNamed('Fetch anyway').click()
    assert.deepEqual(asked.at(-1), ['setPaused', false])
    set({ notKept: 0 })
    emit('connection')
    await settled()
    assert.include(keptText(), 'fetched all the same')
    buttonNamed('Save data again').click()
    assert.deepEqual(asked.at(-1), ['setPaused', true])
  })

  it('has a switch for it where the browser tells what the network is like', async () => {
    const { device } = metered()
    const { keeping, asked } = fakeKeeping()
    await page(keeping, device)
    const input = demand<HTMLInputElement>('input[name=save-data]')
    assert.isTrue(input.checked)
    input.click()
    await settled()
    assert.equal(device.saving.get(), 'off')
    assert.deepEqual(asked.at(-1), ['setPaused', false])
    assert.equal(keptText(), '')
  })

  it('does not call a room synced without naming what is not', () => {
    const members = [{ person: bob, route: 'linked' as const, missingEntries: 0 }]
    const { text, detail } = routeSummary(networkView({ members, notesNotKept: 3 }))
    assert.equal(text, 'Synced.')
    assert.equal(detail, 'But for 3 notes, which are fetched when you open them.')
  })
})

describe('a note that is not kept on this device', () => {
  it('has a name in the list, and says when it comes', async () => {
    const notes = [
      note(),
      note({ id: 'note-2' as DocumentId, title: 'Plan', updatedAtMs: Date.now() - 60_000 }),
      note({ id: 'note-3' as DocumentId, isKept: true, updatedAtMs: 1 }),
    ]
    const { room } = fakeRoom({ notes })
    await mount(html`<parley-note-list .room=${room} .notes=${notes}></parley-note-list>`)
    const rows = [...(demand('parley-note-list').shadowRoot?.querySelectorAll('li') ?? [])].map(textOf)
    assert.lengthOf(rows, 3)
    assert.match(rows[0] ?? '', /^Plan Changed .* · newer changes when you open it$/)
    assert.match(rows[1] ?? '', /^Untitled Changed/)
    assert.match(rows[2] ?? '', /^Note \(not on this device yet\) Fetched when you open it · by/)
    await expectAccessible()
  })

  it('shows how far it has come once it is opened, until it was whole', async () => {
    const { room, emit } = fakeRoom()
    const { keeping, set } = fakeKeeping()
    let progress: NoteProgress = { state: 'waiting', entriesHere: 0, entriesMissing: 0 }
    set({ progressOf: () => progress })
    withKeeping(room, keeping)
    await mount(html`<parley-note-progress .room=${room} .noteId=${'note-1'}></parley-note-progress>`)
    const text = (): string => textOf(demand('parley-note-progress').shadowRoot?.querySelector('p'))
    assert.equal(text(), 'This note is not on this device yet. It is fetched when somebody who has it appears.')
    progress = { state: 'fetching', entriesHere: 0, entriesMissing: 0 }
    emit('connection')
    await settled()
    assert.equal(text(), 'Fetching this note…')
    progress = { state: 'fetching', entriesHere: 40, entriesMissing: 80 }
    emit('notes')
    await settled()
    assert.equal(text(), 'Fetching this note… 40 of 120 entries.')
    assert.equal(demand<HTMLProgressElement>('progress').value, 40)
    await expectAccessible()
    progress = { state: 'here', entriesHere: 120, entriesMissing: 0 }
    emit('notes')
    await settled()
    assert.equal(text(), '')
    progress = { state: 'fetching', entriesHere: 120, entriesMissing: 1 }
    emit('notes')
    await settled()
    assert.equal(text(), '')
  })

  it('is named in the connection line while data is saved', () => {
    const { room } = fakeRoom({ connection: { state: 'connected', peers: [], doors: [], missingEntries: 0 } })
    assert.equal(connectionSummary(room).detail, '')
    withKeeping(room, fakeKeeping({ isPaused: true }).keeping)
    assert.equal(connectionSummary(room).detail, 'Saving data: notes wait until you open them')
  })

  it('is not fetched for the text of all that is here', async () => {
    const { room } = fakeRoom({ notes: [note()] })
    assert.include(await roomText(room), '# A note that is not on this device')
  })
})
