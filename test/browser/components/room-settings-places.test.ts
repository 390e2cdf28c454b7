import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/room/room-settings.ts'
import type { RoomPlace } from '../../../src/index.ts'
import { fakePeer, fakeRoom } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, mount, settled, unmount, until } from './mount.ts'

const plain = (element: Element | null | undefined) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim()

const TRACKER: RoomPlace = {
  place: 'wss://tracker.example/',
  kind: 'tracker',
  address: 'wss://tracker.example/',
  state: 'open',
  detail: 'connected',
}
const RELAY: RoomPlace = {
  place: 'nostr+wss://relay.example/',
  kind: 'nostr',
  address: 'wss://relay.example/',
  state: 'failed',
  detail: 'cannot connect',
}
const LATER: RoomPlace = {
  place: 'pigeon+wss://loft.example/',
  kind: undefined,
  address: 'wss://loft.example/',
  state: undefined,
  detail: '',
}

/** The dialog, over a record that answers as it is told. */
async function show(options: { list?: readonly RoomPlace[]; maySet?: boolean; refusal?: string } = {}) {
  const { list = [], maySet = true } = options
  const { room } = fakeRoom({})
  const calls: unknown[] = []
  const answer = (...call: unknown[]) => {
    calls.push(call)
    return Promise.resolve(options.refusal === undefined ? { ok: true } : { ok: false, reason: options.refusal })
  }
  const places = {
    list,
    maySet,
    add: (text: string, kind: string) => answer('add', text, kind),
    remove: (place: string) => answer('remove', place),
    clear: () => answer('clear'),
  }
  Object.assign(room, { hasAccess: true })
  Object.assign(room.access, { places })
  await mount(
    html`<parley-room-settings .peer=${fakePeer()} .room=${room} page="settings-places"> </parley-room-settings>`,
  )
  await until('the page', () => find('parley-room-places')?.shadowRoot?.querySelector('p'))
  const field = () => demand<HTMLInputElement>('input[name=address]')
  const submit = async (text: string) => {
    field().value = text
    buttonNamed('Add')?.click()
    await settled()
  }
  return { calls, field, submit, options }
}

describe('the meeting places of a room', () => {
  afterEach(unmount)

  it('show how each is reached, whatever its kind', async () => {
    await show({ list: [TRACKER, RELAY, LATER] })
    assert.deepEqual(
      findAll('li').map((row) => plain(row.querySelector('div'))),
      [
        'Tracker wss://tracker.example/ Open',
        'Nostr relay wss://relay.example/ Not reachable, cannot connect',
        'Another place wss://loft.example/ Of a kind that only newer versions know',
      ],
    )
    assert.isDefined(buttonNamed('Remove Nostr relay wss://relay.example/'))
    await expectAccessible()
  })

  it('are only read by those who are no admins', async () => {
    await show({ list: [TRACKER], maySet: false })
    assert.include(plain(demand('parley-room-places').shadowRoot?.querySelector('ul')), 'wss://tracker.example/')
    assert.isUndefined(find('form'))
    assert.isUndefined(buttonNamed('Remove Tracker wss://tracker.example/'))
    await expectAccessible()
  })

  it('say what holds where a room names none', async () => {
    await show()
    assert.include(plain(demand('.empty')), 'its members meet at those of the app')
    assert.isUndefined(buttonNamed('Use only the app’s own'))
    await expectAccessible()
  })

  it('are named by kind and address; the field is emptied and waits for the next', async () => {
    const { calls, field, submit } = await show()
    demand<HTMLSelectElement>('select').value = 'mqtt'
    await submit(' wss://broker.example ')
    assert.deepEqual(calls, [['add', 'wss://broker.example', 'mqtt']])
    assert.equal(field().value, '')
    assert.isTrue(field().matches(':focus'))
    assert.equal(plain(demand('[role=status]')), 'Added.')
  })

  it('what is wrong is said beside the field, which keeps what was typed', async () => {
    const { field, submit, options } = await show({ refusal: 'place-not-websocket' })
    await submit('https://tracker.example')
    assert.include(plain(demand('#problem')), 'has to begin with wss://')
    assert.equal(field().value, 'https://tracker.example')
    assert.equal(field().getAttribute('aria-invalid'), 'true')
    assert.isTrue(field().matches(':focus'))
    await expectAccessible()
    delete options.refusal
    await submit('wss://tracker.example')
    assert.isTrue(demand('#problem').hidden)
  })

  it('are removed one at a time, or all after a question', async () => {
    const { calls } = await show({ list: [TRACKER, RELAY] })
    buttonNamed('Remove Tracker wss://tracker.example/')?.click()
    await settled()
    assert.deepEqual(calls.splice(0), [['remove', TRACKER.place]])
    buttonNamed('Use only the app’s own')?.click()
    await settled()
    assert.isTrue(buttonNamed('Keep')?.matches(':focus'))
    await expectAccessible()
    buttonNamed('Keep')?.click()
    await settled()
    assert.isTrue(buttonNamed('Use only the app’s own')?.matches(':focus'))
    assert.isEmpty(calls)
    buttonNamed('Use only the app’s own')?.click()
    await settled()
    buttonNamed('Remove all')?.click()
    await settled()
    assert.deepEqual(calls, [['clear']])
  })
})
