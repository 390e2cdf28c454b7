import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/room/people.ts'
import '../../../components/people/share-sheet.ts'
import '../../../components/super-peers/always-there.ts'
import {
  hostName,
  nameAsPlace,
  placeOfHost,
  type Kept,
  type SuperPeerHost,
} from '../../../components/super-peers/host-super-peer.ts'
import { relayCommand } from '../../../components/super-peers/relay-link.ts'
import { superPeerWords } from '../../../components/people/super-peer-text.ts'
import { applyTheme } from '../../../components/theme/theme.ts'
import type { JoinRequestSummary, RoomPlace } from '../../../src/index.ts'
import {
  accessMember,
  alice,
  bob,
  fakeRoom,
  MONDAY_MS,
  person,
  preview,
  superPeer,
  type RoomFields,
} from './fixtures.ts'
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

const ATTIC = superPeer('Attic')
const OFFER = { name: 'parley.example', address: '/link' }

/** A host that offers a super peer, and answers when it is asked to keep a room. */
function fakeHost(answer?: Kept | Promise<Kept>) {
  const links: string[] = []
  const host: SuperPeerHost = {
    offer: () => Promise.resolve(answer === undefined ? undefined : OFFER),
    keep: async (link) => {
      links.push(link)
      return (await answer) ?? { ok: true, isThere: false }
    },
  }
  return { host, links }
}

const withAttic = (fields: RoomFields = {}): RoomFields => ({
  superPeers: [ATTIC],
  access: { members: [accessMember(alice, 'admin'), accessMember(bob, 'writer'), accessMember(ATTIC.person, 'relay')] },
  ...fields,
})

async function show(fields: RoomFields = {}, host: SuperPeerHost = fakeHost().host) {
  const fake = fakeRoom(fields)
  const element = await mount<HTMLElement>(
    html`<parley-always-there .room=${fake.room} .host=${host}></parley-always-there>`,
  )
  await settled()
  const made = () => fake.calls.filter(([name]) => name === 'createInvite').map(([, options]) => options)
  return { ...fake, element, made }
}

const rows = () =>
  findAll('parley-super-peer-list').flatMap((list) => [...(list.shadowRoot?.querySelectorAll('li') ?? [])])
const rowTexts = () => rows().map((row) => textOf(row.querySelector('div')))
const status = () => textOf(demand('parley-always-there').shadowRoot?.querySelector('[role=status]'))

describe('the super peers of a room', () => {
  afterEach(unmount)

  it('are said to be here or away, with what they have', () => {
    const words = (fields: Parameters<typeof superPeer>[1]) => {
      const { tone, state, detail } = superPeerWords(superPeer('Attic', fields), MONDAY_MS)
      return [tone, state, detail]
    }
    assert.deepEqual(words({}), ['good', 'Here now', 'has all you know of'])
    assert.deepEqual(words({ state: 'behind', entriesLacking: 1 }), ['good', 'Here now', 'lacks 1 entry'])
    assert.deepEqual(words({ state: 'behind', entriesLacking: 12 }), ['good', 'Here now', 'lacks 12 entries'])
    assert.deepEqual(words({ state: 'unknown' }), ['good', 'Here now', 'what it has is being compared'])
    assert.deepEqual(words({ state: 'unknown', isHere: false }), ['waiting', 'Not here now', ''])
    assert.deepEqual(words({ state: 'full', reason: 'the room takes all the space it may have' }), [
      'waiting',
      'Here now',
      'the room takes all the space it may have',
    ])
    const [, away] = words({ isHere: false, state: 'unknown', lastSeenAtMs: MONDAY_MS - 5 * 60_000 })
    assert.equal(away, 'Last seen 5 minutes ago')
  })

  it('that withhold or lie are named with the reason and what follows from it', async () => {
    await show({
      superPeers: [
        superPeer('Attic', {
          state: 'withholding',
          reason: 'it did not give out what it says it has, three times in a row',
        }),
        superPeer('Cellar', { state: 'lying', reason: 'it says it has less than it was given' }),
      ],
    })
    const [first = '', second = ''] = rowTexts()
    assert.match(first, /^Attic atti Withholds what it was given · It did not give out what it says it has/)
    assert.include(first, 'does not count as a safe place')
    assert.match(second, /^Cellar cell Says what is not true · It says it has less/)
    await expectAccessible()
  })

  it('are explained in one sentence where there is none', async () => {
    await show()
    const empty = textOf(demand('parley-always-there').shadowRoot?.querySelector('.empty'))
    assert.include(empty, 'cannot read any of it')
    assert.lengthOf(rows(), 0)
    assert.isDefined(buttonNamed('Add a super peer'))
    await expectAccessible()
  })

  it('are only looked at by those who may not invite', async () => {
    await show({
      mayWrite: false,
      superPeers: [ATTIC],
      access: { members: [accessMember(ATTIC.person, 'relay', { mayRemove: false, rolesIMayGive: [] })] },
    })
    assert.lengthOf(rows(), 1)
    assert.lengthOf(findAll('button'), 0)
  })

  it('are let go after a question that says what becomes of the room', async () => {
    const { room, calls, emit } = await show(withAttic())
    buttonNamed('Let it go: Attic')?.click()
    const dialog = await until('the question', () => find('parley-super-peer-end-dialog'))
    await until('its buttons', () => buttonNamed('Let it go') && buttonNamed('Cancel'))
    assert.include(textOf(dialog.shadowRoot), 'The room has no super peer then')
    await expectAccessible()
    const confirm = dialog.shadowRoot?.querySelector<HTMLElement>('button.danger')
    Object.assign(room, { superPeers: [] })
    confirm?.click()
    await until('the end', () => find('parley-super-peer-end-dialog') === undefined)
    assert.deepEqual(calls.at(-1), ['apply', { type: 'remove', person: ATTIC.person.id, keep: 'all' }])
    emit('safety')
    await settled()
    assert.isTrue(demand('parley-super-peer-list').shadowRoot?.querySelector('h3')?.matches(':focus'))
  })

  for (const width of [360, 720])
    it(`fit ${width} px in both themes`, async () => {
      const fields = withAttic({
        superPeers: [
          superPeer('Super-Peer-of-Donaudampfschifffahrtsgesellschaft', { state: 'behind', entriesLacking: 12_345 }),
          superPeer('مريم الخطيب', { state: 'withholding', reason: 'it did not answer three times in a row' }),
          ATTIC,
        ],
      })
      const { element, room } = await show(fields, fakeHost({ ok: true, isThere: false }).host)
      demand('.stage').style.setProperty('width', `${width}px`)
      await room.createInvite({ role: 'relay', usesMax: 1, label: 'The computer in the office of the society' })
      buttonNamed('Add another super peer')?.click()
      await until('the command', () => find('textarea'))
      for (const theme of ['light', 'dark'] as const) {
        applyTheme(theme)
        await settled()
        assert.isAtMost(element.scrollWidth, width)
      }
      await expectAccessible()
    })
})

describe('a super peer of one’s own', () => {
  afterEach(unmount)

  it('comes by a link for one, shown as a command that is to be kept secret', async () => {
    const { made, room } = await show()
    buttonNamed('Add a super peer')?.click()
    const field = await until('the command', () => find<HTMLTextAreaElement>('textarea'))
    assert.deepEqual(made(), [{ role: 'relay', usesMax: 1, approval: 'auto' }])
    assert.equal(field.value, `npx parley superpeer --invite '${room.invites[0]?.link ?? ''}'`)
    assert.include(textOf(demand('parley-command-box').shadowRoot), 'Treat it as a secret until it was used')
    assert.isTrue(buttonNamed('Copy command')?.matches(':focus'))
    await expectAccessible()
    buttonNamed('Add a super peer')?.click()
    await settled()
    assert.lengthOf(made(), 1)
  })

  it('is on its way until the link was used, and can be called off', async () => {
    const { room, calls, emit } = await show()
    buttonNamed('Add a super peer')?.click()
    await until('the row', () => buttonNamed('Revoke: A link'))
    const [invite] = room.invites
    buttonNamed('Revoke: A link')?.click()
    await until('the end of the row', () => buttonNamed('Revoke: A link') === undefined)
    assert.deepEqual(calls.at(-1), ['revokeInvite', invite?.hash])
    assert.isUndefined(find('textarea'))
    buttonNamed('Add a super peer')?.click()
    await until('the command', () => find('textarea'))
    Object.assign(room.invites[0] ?? {}, { used: 1, usesLeft: 0 })
    emit('invites')
    await settled()
    assert.isUndefined(find('textarea'))
    assert.include(textOf(demand('parley-always-there').shadowRoot), 'a super peer has come in by it')
  })

  it('that waits to be let in leads to those who ask', async () => {
    const cellar = person('Cellar')
    const request: JoinRequestSummary = { id: 'request-1', person: cellar, role: 'relay', atMs: MONDAY_MS }
    await show({ access: { requests: [request] } })
    const list = demand('ul[aria-label="Super peers on their way"]')
    assert.include(textOf(list), 'Cellar Waiting to be let in')
    assert.equal(find('a[aria-label="Decide about Cellar"]')?.getAttribute('href'), '#/r/room-1/people/requests')
    await expectAccessible()
  })

  it('has a command that a shell takes as it is', () => {
    assert.equal(
      relayCommand("https://parley.example/it's/#/join/a-B_1"),
      String.raw`npx parley superpeer --invite 'https://parley.example/it'\''s/#/join/a-B_1'`,
    )
  })
})

describe('the super peer of the host', () => {
  afterEach(unmount)

  it('is given a fresh link, and is in the list when it was let in', async () => {
    let answer: (kept: Kept) => void = () => undefined
    const { host, links } = fakeHost(new Promise((resolve) => (answer = resolve)))
    const { made, room, emit } = await show({}, host)
    const button = await until('the offer', () => buttonNamed('Keep this room on parley.example'))
    button.click()
    await until('the question', () => links.length > 0)
    assert.equal(status(), 'Asking parley.example…')
    assert.deepEqual(made(), [{ role: 'relay', usesMax: 1, approval: 'auto', label: 'parley.example' }])
    assert.deepEqual(links, [room.invites[0]?.link])
    button.click()
    answer({ ok: true, isThere: false })
    await until('the answer', () => status().startsWith('parley.example takes the room up'))
    assert.lengthOf(made(), 1)
    await expectAccessible()
    Object.assign(room.invites[0] ?? {}, { used: 1, usesLeft: 0 })
    Object.assign(room, { superPeers: [superPeer('parley.example')] })
    emit('members')
    await settled()
    assert.equal(status(), 'parley.example keeps this room from now on.')
    assert.match(rowTexts()[0] ?? '', /^parley.example/)
  })

  it('that refuses says why, and the link is shut again', async () => {
    const sentence = 'This host takes up rooms only for people at the machine itself.'
    const { host } = fakeHost({ ok: false, sentence })
    const { room } = await show({}, host)
    const button = await until('the offer', () => buttonNamed('Keep this room on parley.example'))
    button.click()
    const alert = await until('the refusal', () => find('[role=alert]'))
    assert.equal(textOf(alert), sentence)
    await until('the end of the link', () => room.invites.length === 0)
    assert.equal(status(), '')
    await expectAccessible()
  })

  it('that keeps the room already needs no link', async () => {
    const { host } = fakeHost({ ok: true, isThere: true })
    const { room } = await show({ superPeers: [superPeer('parley.example')] }, host)
    const button = await until('the offer', () => buttonNamed('Keep this room on parley.example'))
    button.click()
    await until('the answer', () => status() === 'parley.example keeps this room already.')
    await until('the end of the link', () => room.invites.length === 0)
  })

  it('is a meeting place of the room from then on, unless its address means nothing to others', () => {
    const page = 'https://parley.example/app/'
    assert.equal(placeOfHost(OFFER, page), 'wss://parley.example/link')
    assert.equal(placeOfHost({ ...OFFER, address: 'link' }, page), 'wss://parley.example/app/link')
    assert.equal(placeOfHost(OFFER, 'http://192.168.1.7:4000/'), 'ws://192.168.1.7:4000/link')
    for (const local of ['http://localhost:4000/', 'http://127.0.0.1/', 'http://[::1]:4000/'])
      assert.isUndefined(placeOfHost(OFFER, local))
    assert.isUndefined(placeOfHost({ ...OFFER, address: '' }, page))
  })

  it('is named as a place once, by those who may', async () => {
    const address = 'wss://parley.example/link'
    const named = async (places?: readonly RoomPlace[], refusal?: 'not-allowed') => {
      const access = { ...(places && { places }), ...(refusal && { refusal }) }
      const { room, calls } = fakeRoom({ access })
      return { reason: await nameAsPlace(room, address), calls }
    }
    assert.deepEqual(await named([]), { reason: undefined, calls: [['addPlace', address, 'peer']] })
    const known: RoomPlace = { place: `peer+${address}`, kind: 'peer', address, state: 'open', detail: '' }
    assert.deepEqual(await named([known]), { reason: undefined, calls: [] })
    assert.deepEqual(await named(), { reason: undefined, calls: [] })
    assert.equal((await named([], 'not-allowed')).reason, 'not-allowed')
  })

  it('is called by the name it was given, or by where it is', () => {
    assert.equal(hostName({ ...OFFER, name: 'Attic' }, 'parley.example'), 'Attic')
    assert.equal(hostName({ ...OFFER, name: 'Super peer' }, 'parley.example'), 'parley.example')
  })

  it('is not offered where the host has none', async () => {
    await show()
    assert.isFalse(findAll('button').some((button) => textOf(button).startsWith('Keep this room')))
  })
})

describe('super peers among the people', () => {
  afterEach(unmount)

  const people = async (fields: RoomFields = withAttic()) => {
    const fake = fakeRoom(fields)
    await mount(html`<parley-people .room=${fake.room}></parley-people>`)
    await settled()
    return fake
  }

  it('stand apart, are not counted, and have no role to be changed by a slip', async () => {
    await people()
    const names = findAll('parley-person-row').map((row) => textOf(row.shadowRoot?.querySelector('.name')))
    assert.deepEqual(names, ['Alice', 'Bob'])
    assert.include(textOf(demand('parley-people-list').shadowRoot?.querySelector('.header')), '2 in this room')
    assert.equal(
      textOf(find('parley-super-peer-list')?.shadowRoot?.querySelector('h3')),
      'Super peers, which cannot read',
    )
    assert.match(rowTexts()[0] ?? '', /^Attic atti Here now · has all you know of$/)
    assert.isUndefined(find('select[aria-label="Role of Attic"]'))
    await expectAccessible()
  })

  it('read only after a warning that names the keys', async () => {
    const { room, calls } = await people(
      withAttic({
        access: {
          members: [accessMember(alice, 'admin'), accessMember(ATTIC.person, 'relay')],
          previewOf: (change) =>
            change.type === 'role' ? preview({ role: { from: 'relay', to: change.role } }) : preview(),
        },
      }),
    )
    buttonNamed('Let it read…: Attic')?.click()
    const dialog = await until('the warning', () => find('parley-role-dialog')?.shadowRoot?.querySelector('.goes'))
    assert.include(textOf(dialog), 'whoever runs it can read all that was and will be written here')
    assert.isEmpty(calls.filter(([name]) => name === 'apply'))
    assert.isTrue(buttonNamed('Cancel')?.matches(':focus'))
    await expectAccessible()
    buttonNamed('Make a reader')?.click()
    await settled()
    assert.deepEqual(calls.at(-1), ['apply', { type: 'role', person: ATTIC.person.id, role: 'reader' }])
    assert.equal(room.superPeers.length, 1)
  })

  it('are one way from the share sheet', async () => {
    const { room } = fakeRoom()
    await mount(html`<parley-share-sheet .room=${room}></parley-share-sheet>`)
    const way = findAll('a').find((link) => textOf(link) === 'Add a super peer')
    assert.equal(way?.getAttribute('href'), '#/r/room-1/network')
  })
})
