import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/room/room.ts'
import { parseRoute, roomHash } from '../../../components/route/route.ts'
import { routeSummary } from '../../../components/network/network-text.ts'
import { pictureLayout } from '../../../components/network/picture-layout.ts'
import { applyTheme } from '../../../components/theme/theme.ts'
import type { NetworkView } from '../../../src/index.ts'
import { bob, carol, fakePeer } from './fixtures.ts'
import { dave, door, erin, fakeNetworkRoom, link, member, networkView, richView } from './network-fixtures.ts'
import { platform, show } from './network-scene.ts'
import {
  buttonNamed,
  demand,
  expectAccessible,
  find,
  findAll,
  mount,
  settled,
  textOf,
  unmount,
  until,
} from './mount.ts'

const rows = () =>
  findAll('parley-link-table').flatMap((table) => [...(table.shadowRoot?.querySelectorAll('tbody tr') ?? [])])

/** What a click on a native control does, announced as the browser does. */
async function switchTo(name: string, isOn: boolean): Promise<void> {
  const box = demand<HTMLInputElement>(`input[name=${name}]`)
  if (box.checked !== isOn) box.click()
  await settled()
}

describe('the picture of the network', () => {
  afterEach(unmount)

  it('shows me, those linked to me, and who is behind them, and says the same in a table', async () => {
    await show(networkView())
    await until('the picture', () => find('svg[role=img]'))
    const label = demand('svg[role=img]').getAttribute('aria-label') ?? ''
    assert.include(label, '2 links')
    assert.include(label, '1 more behind')
    const names = findAll('svg text').map(textOf)
    for (const name of ['You', 'Bob', 'Carol', 'Dave']) assert.include(names, name)
    assert.deepEqual(rows().map(textOf), [
      'Bob Direct 24 ms 12 kB out 988 kB in',
      'Carol Direct 61 ms 12 kB out 988 kB in',
      'Dave Through Bob',
    ])
    await expectAccessible()
  })

  it('leaves out what is not known', async () => {
    const { roundTripMs: _, ...unmeasured } = link(bob, { path: 'unknown' })
    await show(networkView({ links: [unmeasured], reach: [] }))
    assert.deepEqual(rows().map(textOf), ['Bob Not known yet – 12 kB out 988 kB in'])
    assert.isUndefined(find('input[name=mode]'))
    assert.isUndefined(find('input[name=address]'))
    assert.isUndefined(buttonNamed('Try now: Tracker parley.example'))
    assert.notInclude(textOf(demand('parley-network').shadowRoot), 'could link to')
  })

  it('marks super peers, edges, silent links and one’s own tabs', async () => {
    await show(
      networkView({
        links: [
          link(bob, { role: 'super', path: 'socket', kind: 'ws' }),
          link(carol, { role: 'edge', isSuspect: true, path: 'relayed' }),
          link({ ...bob, isMe: true }, { path: 'tab', kind: 'tab' }),
        ],
        reach: [],
      }),
    )
    const [first, second, third] = rows().map(textOf)
    assert.match(first ?? '', /^Bob ?Super peer At an address/)
    assert.match(second ?? '', /^Carol ?Edge only Relayed ?Silent for a while/)
    assert.match(third ?? '', /^Your other tab This device/)
  })

  it('shows the first of many who are behind others, and all of them when asked', async () => {
    await show(richView())
    assert.lengthOf(rows(), 16)
    buttonNamed('Show 10 more')?.click()
    await settled()
    assert.lengthOf(rows(), 26)
    assert.isTrue(demand('table').matches(':focus'))
  })

  it('says what to expect when there are no links', async () => {
    await show(networkView({ links: [], members: [member(bob, 'none')] }))
    assert.isUndefined(find('svg[role=img]'))
    assert.include(textOf(demand('parley-network').shadowRoot), 'No links yet')
    await expectAccessible()
  })

  it('waits for its code without a picture', async () => {
    await show(undefined)
    assert.equal(textOf(demand('parley-network').shadowRoot?.querySelector('[role=status]')), 'Loading…')
  })

  for (const width of [320, 900])
    it(`keeps every node of a large room within ${width} px, and none on another`, () => {
      const { links, reach } = richView()
      const layout = pictureLayout(links, reach, width)
      const spots = [layout.me, ...layout.links, ...layout.reach, ...layout.more]
      for (const { x, y } of spots) {
        assert.isAtLeast(x, 20)
        assert.isAtMost(x, layout.width - 20)
        assert.isAtLeast(y, 20)
        assert.isAtMost(y, layout.height - 20)
      }
      for (const [index, one] of layout.links.entries())
        for (const other of [layout.me, ...layout.links.slice(index + 1)])
          assert.isAbove(Math.hypot(one.x - other.x, one.y - other.y), 40)
      const outside = [...layout.reach, ...layout.more]
      for (const [index, one] of outside.entries())
        for (const other of [...layout.links, ...outside.slice(index + 1)])
          assert.isAbove(Math.hypot(one.x - other.x, one.y - other.y), 26)
      const drawn = layout.reach.length + layout.more.reduce((sum, { count }) => sum + count, 0)
      assert.equal(drawn, reach.length)
    })

  for (const width of [360, 720])
    it(`fits ${width} px in both themes with all that can be shown`, async () => {
      const { element } = await show(richView(), platform(), 3)
      demand('.stage').style.setProperty('width', `${width}px`)
      for (const theme of ['light', 'dark'] as const) {
        applyTheme(theme)
        await settled()
        assert.isAtMost(element.scrollWidth, width)
        for (const part of findAll('parley-link-table, parley-door-list, parley-network-settings, parley-self-test'))
          assert.isAtMost(part.scrollWidth, part.clientWidth, part.localName)
      }
      await expectAccessible()
    })
})

describe('the sentence about who is reached', () => {
  const texts = (fields: Partial<NetworkView>) => {
    const { tone, text } = routeSummary(networkView(fields))
    return [tone, text.replace(/[\u2068\u2069]/g, '')]
  }

  it('says with how many of all it is not synced, and to whom no way leads', () => {
    const members = [member(dave, 'none'), member(erin, 'none'), member(bob, 'linked'), member(carol, 'via')]
    assert.deepEqual(texts({ members }), ['waiting', 'Not synced with 2 of 4: no route to Dave or Erin.'])
    const many = 'abcdefg'
      .split('')
      .map((letter) => member({ ...bob, id: letter as typeof bob.id, name: letter }, 'none'))
    assert.deepEqual(texts({ members: many }), ['off', 'Not synced with 7 of 7: no route to a, b, c, or 4 more.'])
    assert.deepEqual(texts({ members: [member(bob, 'none')] }), ['off', 'Not synced with 1: no route to Bob.'])
  })

  it('says what is on the way, and when all is here', () => {
    const behind = [member(bob, 'linked', 3), member(carol, 'linked')]
    assert.deepEqual(texts({ members: behind }), ['waiting', 'Not synced with 1 of 2: 3 entries on the way.'])
    assert.deepEqual(texts({ members: [member(bob, 'linked')], missingEntries: 1 }), [
      'waiting',
      'Catching up: 1 entry on the way.',
    ])
    assert.deepEqual(texts({}), ['good', 'Synced with all 3.'])
    assert.deepEqual(texts({ isOffline: true }), ['off', 'Not synced with 3 of 3: you are offline.'])
    assert.deepEqual(texts({ members: [] }), ['waiting', 'Nobody else is in this room yet.'])
  })

  it('claims nothing about people in a large room who are many links away', () => {
    assert.deepEqual(texts({ members: [member(erin, 'unknown'), member(bob, 'linked')] }), [
      'good',
      'Everything that is known to be written is here.',
    ])
  })
})

describe('the doors', () => {
  afterEach(unmount)

  it('are listed with their place, state, reason and since when', async () => {
    await show(richView())
    assert.deepEqual(
      findAll('parley-door-list')
        .flatMap((list) => [...(list.shadowRoot?.querySelectorAll('li') ?? [])])
        .map(textOf),
      [
        'Tracker parley.example Open, to let newcomers in: it is this device’s turn · for 5 minutes',
        'Nostr relay relay.example Closed, nobody is let in here: the room has links enough · for 5 minutes',
        'BitTorrent tracker tracker.with-a-rather-long-name.example:7443 Not reachable, the connection was refused, resting after a failure · for 5 minutes Try now',
        'Super peer super.example Trying, to find the others · for 5 minutes Try now',
      ],
    )
  })

  it('can be tried at once', async () => {
    const { calls } = await show(richView())
    buttonNamed('Try now: Super peer super.example')?.click()
    assert.deepEqual(calls, [['tryDoors']])
  })

  it('are closed while one is offline, and not gone', async () => {
    await show(networkView({ isOffline: true, links: [], doors: [] }))
    assert.include(textOf(demand('parley-network').shadowRoot), 'They are closed while you are offline.')
    assert.isUndefined(find('parley-door-list'))
  })

  it('cannot be tried where that would do nothing: where nothing is named, and while strangers crowd it', async () => {
    const why = 'no relay is named, and public networks are switched off'
    const doors = [
      door({ name: 'nostr', place: '', state: 'stopped', detail: why, reason: 'searching', sinceMs: 0 }),
      door({ name: 'torrent', place: '', state: 'stopped', detail: '', reason: 'paused', sinceMs: 0 }),
    ]
    await show(networkView({ doors, mayTryDoors: true }))
    const [nowhere, paused] = findAll('parley-door-list').flatMap((list) => [
      ...(list.shadowRoot?.querySelectorAll('li') ?? []),
    ])
    assert.equal(textOf(nowhere), `Nostr relay Closed, ${why} An admin can name one under Meeting places, in the menu.`)
    assert.include(textOf(paused), 'BitTorrent')
    assert.notInclude(textOf(paused), 'Try now')
    await expectAccessible()
  })
})

describe('the switches of the network', () => {
  afterEach(unmount)

  it('go offline in this room, or in all of them', async () => {
    const { calls, others } = await show(networkView(), platform(), 2)
    await switchTo('offline-room', true)
    assert.deepEqual(calls, [['setOffline', true]])
    assert.deepEqual(others[0]?.calls, [])
    await switchTo('offline-everywhere', true)
    assert.deepEqual(calls.at(-1), ['setOffline', true])
    assert.deepEqual(others[0]?.calls, [['setOffline', true]])
  })

  it('hide the address in all rooms, and say that it needs a relay', async () => {
    const { calls, others } = await show(richView(), platform(), 2)
    assert.include(textOf(demand('parley-network-settings').shadowRoot), 'The host of this page names none')
    await switchTo('address', true)
    assert.deepEqual(calls, [['setAddressHidden', true]])
    assert.deepEqual(others[0]?.calls, [['setAddressHidden', true]])
    const turn = platform({ iceServers: () => Promise.resolve([{ urls: ['turn:relay.example'] }]) })
    await show(richView(), turn)
    assert.include(textOf(demand('parley-network-settings').shadowRoot), 'The host of this page names a relay.')
  })

  it('meet members over public networks in all rooms, and say what strangers see of it', async () => {
    const { calls, others } = await show(richView(), platform(), 2)
    const box = demand<HTMLInputElement>('input[name=public-networks]')
    assert.isFalse(box.checked)
    const label = textOf(box.closest('label'))
    for (const words of ['relays of strangers', 'address of this device', 'Both sides']) assert.include(label, words)
    await switchTo('public-networks', true)
    assert.deepEqual(calls, [['setPublicNetworks', true]])
    assert.deepEqual(others[0]?.calls, [['setPublicNetworks', true]])
    await expectAccessible()
    await show({ ...richView(), arePublicNetworksOn: true })
    assert.isTrue(demand<HTMLInputElement>('input[name=public-networks]').checked)
    await show(networkView())
    assert.isUndefined(find('input[name=public-networks]'))
  })

  it('choose what this device does, with the keyboard alone', async () => {
    const { calls } = await show(richView())
    const chosen = demand<HTMLInputElement>('input[name=mode]:checked')
    assert.equal(chosen.value, 'normal')
    demand<HTMLInputElement>('input[name=mode][value=edge]').click()
    assert.deepEqual(calls, [['setMode', 'edge']])
    const controls = findAll('button, input, a[href]')
    assert.isTrue(controls.every((control) => control.tabIndex >= 0))
  })
})

describe('a code of another member', () => {
  afterEach(unmount)

  it('is answered from the network page, unless one works offline', async () => {
    const { room } = fakeNetworkRoom(networkView())
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room} .tab=${'network'}></parley-room>`)
    const button = await until('the button', () => buttonNamed('Answer a code'))
    button.click()
    await until('the question', () => find('parley-hand-answer') && find('input[name=code]'))
    assert.equal(textOf(find('parley-dialog')?.shadowRoot?.querySelector('h2')), 'Answer a code')
    assert.include(textOf(demand('parley-hand-answer').shadowRoot), 'another member can show you a code')
    await expectAccessible()
    await show(networkView({ isOffline: true }))
    assert.isUndefined(buttonNamed('Answer a code'))
  })
})

describe('the way to the network page', () => {
  afterEach(unmount)

  const enter = async (tab: 'chat' | 'network') => {
    const { room } = fakeNetworkRoom(networkView())
    await mount(html`<parley-room .peer=${fakePeer([room])} .room=${room} .tab=${tab}></parley-room>`)
    return room
  }

  it('has an address of its own, which leads back to it', () => {
    const { room } = fakeNetworkRoom(networkView())
    const route = parseRoute(roomHash(room.id, 'network'))
    assert.deepEqual(route, { screen: 'room', room: room.id, tab: 'network' })
  })

  it('begins at the line about the connection', async () => {
    const room = await enter('chat')
    const line = demand<HTMLAnchorElement>('a.text')
    assert.equal(line.getAttribute('href'), roomHash(room.id, 'network'))
    assert.isUndefined(find('parley-network'))
  })

  it('begins in the menu of the room too', async () => {
    const room = await enter('chat')
    buttonNamed('Room menu')?.click()
    await until('the menu', () => find('[role=menu]:popover-open'))
    const before = location.hash
    findAll('[role=menuitem]')
      .find((item) => textOf(item) === 'Network')
      ?.click()
    assert.equal(location.hash, roomHash(room.id, 'network'))
    history.replaceState(null, '', before === '' ? location.pathname + location.search : before)
  })

  it('ends in the room, none of whose tabs is chosen and all of which can be reached', async () => {
    await enter('network')
    await until('the page', () => find('parley-link-table') && find('table'))
    const tabs = findAll('[role=tablist][aria-label=Room] [role=tab]')
    assert.deepEqual(
      tabs.map((tab) => [tab.getAttribute('aria-selected'), tab.tabIndex]),
      [
        ['false', 0],
        ['false', -1],
        ['false', -1],
      ],
    )
    assert.isDefined(find('section[aria-label=Network]'))
    await expectAccessible()
  })
})
