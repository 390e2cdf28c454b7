import { assert } from 'chai'
import { html } from 'lit'
import { guardClosing } from '../../../components/app/close-guard.ts'
import {
  chooseMode,
  deviceMode,
  keepDeviceMode,
  type DeviceFacts,
  type ModeMemory,
} from '../../../components/network/device-mode.ts'
import '../../../components/room/connection-line.ts'
import '../../../components/room/safety-line.ts'
import { safetyText } from '../../../components/room/safety-text.ts'
import { SETTLE_MS, SettledSafety } from '../../../components/room/settled-safety.ts'
import { applyTheme } from '../../../components/theme/theme.ts'
import type { Peer, Room, RoomSafety } from '../../../src/index.ts'
import { alice, bob, fakePeer, fakeRoom, member, type RoomFields } from './fixtures.ts'
import { networkView } from './network-fixtures.ts'
import { show } from './network-scene.ts'
import { demand, expectAccessible, find, mount, settled, textOf, unmount, until } from './mount.ts'

const safety = (entriesUnsafe: number, devices: number, superPeers: number): RoomSafety => ({
  entriesUnsafe,
  devices,
  superPeers,
})

/** Timers of the page that run when the test says so. */
function heldTimers() {
  const { setTimeout: set, clearTimeout: clear } = globalThis
  const waiting = new Map<number, () => void>()
  let last = 0
  const fake = {
    setTimeout: (run: () => void, delayMs: number) => {
      if (delayMs !== SETTLE_MS) return set(run, delayMs)
      waiting.set(--last, run)
      return last
    },
    clearTimeout: (id: number) => {
      if (!waiting.delete(id)) clear(id)
    },
  }
  Object.assign(globalThis, fake)
  return {
    pass: () => {
      for (const [id, run] of waiting) {
        waiting.delete(id)
        run()
      }
    },
    restore: () => Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }),
  }
}

describe('where my last edit is', () => {
  afterEach(unmount)

  it('is said in a few words', () => {
    assert.equal(safetyText(safety(0, 2, 1), true), 'On 2 other devices and 1 super peer')
    assert.equal(safetyText(safety(0, 1, 0), true), 'On 1 other device')
    assert.equal(safetyText(safety(0, 0, 2), true), 'On 2 super peers')
    assert.equal(safetyText(safety(3, 0, 0), true), 'Only on this device yet: not safe to close')
    assert.equal(safetyText(safety(3, 0, 0), false), 'Only on this device yet')
    assert.equal(safetyText(safety(0, 0, 0), true), '')
  })

  it('does not blink while somebody types, and says in the end what stays', () => {
    const timers = heldTimers()
    try {
      const seen: RoomSafety[] = []
      const settledSafety: SettledSafety = new SettledSafety(() => seen.push(settledSafety.shown))
      settledSafety.take(safety(0, 2, 1))
      for (let letter = 0; letter < 20; letter++)
        for (const step of [safety(1, 0, 0), safety(0, 1, 0), safety(0, 2, 1)]) settledSafety.take(step)
      timers.pass()
      assert.deepEqual(seen, [safety(0, 2, 1)])
      settledSafety.take(safety(1, 0, 0))
      settledSafety.take(safety(2, 0, 0))
      assert.lengthOf(seen, 1)
      timers.pass()
      assert.deepEqual(seen.at(-1), safety(2, 0, 0))
      settledSafety.take(safety(0, 1, 0))
      assert.deepEqual(seen.at(-1), safety(0, 1, 0))
    } finally {
      timers.restore()
    }
  })

  it('stands in the line about the connection, in both themes and at 360 px', async () => {
    const { room, emit } = fakeRoom({ safety: safety(0, 2, 1) })
    const element = await mount<HTMLElement>(
      html`<parley-connection-line
        .summary=${{ tone: 'good', text: '3 connected · direct · 1 super peer', detail: "Can't reach the tracker at parley.example" }}
        ><parley-safety .room=${room}></parley-safety
      ></parley-connection-line>`,
    )
    assert.equal(textOf(find('parley-safety')?.shadowRoot), 'On 2 other devices and 1 super peer')
    const timers = heldTimers()
    try {
      Object.assign(room, { safety: safety(1, 0, 0) })
      emit('safety')
      timers.pass()
    } finally {
      timers.restore()
    }
    await settled()
    assert.equal(textOf(find('parley-safety')?.shadowRoot), 'Only on this device yet: not safe to close')
    for (const width of [360, 900]) {
      demand('.stage').style.setProperty('width', `${width}px`)
      for (const theme of ['light', 'dark'] as const) {
        applyTheme(theme)
        await settled()
        assert.isAtMost(element.scrollWidth, width)
      }
      await expectAccessible()
    }
  })
})

describe('closing the page', () => {
  const asks = (...rooms: readonly RoomFields[]): boolean => {
    const page = new EventTarget()
    const fakes = rooms.map((fields) => fakeRoom(fields))
    const stop = guardClosing(fakePeer(fakes.map(({ room }) => room)), page as unknown as Window)
    const leave = new Event('beforeunload', { cancelable: true })
    page.dispatchEvent(leave)
    stop()
    // What was typed last is handed out before it is asked about.
    for (const { room, calls } of fakes) if (room.members.length > 1) assert.deepEqual(calls, [['flush']])
    return leave.defaultPrevented
  }
  const pair = [member(alice, 'admin'), member(bob, 'writer')]

  it('is asked about while something is on no other device and somebody could have it', () => {
    assert.isTrue(asks({ members: pair, safety: safety(1, 0, 0) }))
    assert.isTrue(asks({ members: pair, safety: safety(0, 1, 0) }, { members: pair, safety: safety(2, 0, 0) }))
  })

  it('is not asked about otherwise', () => {
    assert.isFalse(asks({ members: pair, safety: safety(0, 0, 1) }))
    assert.isFalse(asks({ members: [member(alice, 'admin')], safety: safety(1, 0, 0) }))
    assert.isFalse(asks())
  })
})

describe('what this device does for its rooms', () => {
  afterEach(unmount)

  const memory = (): ModeMemory => {
    let kept: string | undefined
    return { get: () => kept, set: (mode) => (kept = mode) }
  }

  function fakeDevice(facts: { isPhone?: boolean; isMetered?: boolean } = {}) {
    const listeners = new Set<() => void>()
    const device: DeviceFacts = {
      isPhone: () => facts.isPhone ?? false,
      isMetered: () => facts.isMetered ?? false,
      tellsMetered: () => facts.isMetered !== undefined,
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

  it('is chosen by what it is, until its user chooses', () => {
    assert.deepEqual(deviceMode(fakeDevice().device), { mode: 'normal', because: 'usual' })
    assert.deepEqual(deviceMode(fakeDevice({ isMetered: true }).device), { mode: 'edge', because: 'metered' })
    const { device } = fakeDevice({ isPhone: true })
    assert.deepEqual(deviceMode(device), { mode: 'edge', because: 'phone' })
    chooseMode('normal', device)
    assert.deepEqual(deviceMode(device), { mode: 'normal', because: 'chosen' })
  })

  it('is a super peer for as long as the tab is open, and then what it was', () => {
    const { device } = fakeDevice()
    chooseMode('edge', device)
    chooseMode('super', device)
    assert.deepEqual(deviceMode(device), { mode: 'super', because: 'chosen' })
    const inAnotherTab = { ...device, ofTab: memory() }
    assert.deepEqual(deviceMode(inAnotherTab), { mode: 'edge', because: 'chosen' })
  })

  it('is given to all rooms, those that come later too, and again on another network', () => {
    const { device, facts, change } = fakeDevice()
    const modes: string[] = []
    const room = (name: string): Room =>
      ({ name, connection: { setMode: (mode: string) => modes.push(`${name} ${mode}`) } }) as unknown as Room
    const rooms = [room('one')]
    let added: () => void = () => undefined
    const peer = { rooms, on: (_: string, run: () => void) => ((added = run), () => undefined) } as unknown as Peer
    keepDeviceMode(peer, device)
    assert.deepEqual(modes, [])
    facts.isMetered = true
    change()
    rooms.push(room('two'))
    added()
    assert.deepEqual(modes, ['one edge', 'two edge'])
    facts.isMetered = false
    change()
    assert.deepEqual(modes.slice(2), ['one normal', 'two normal'])
  })

  it('says on the network page why it is so, and keeps what is chosen instead', async () => {
    const { device } = fakeDevice({ isPhone: true })
    const { calls } = await show(networkView({ mode: 'edge' }), undefined, 1, { device })
    const because = () => textOf(find('.because'))
    assert.include(because(), 'because this is a phone')
    await expectAccessible()
    demand<HTMLInputElement>('input[name=mode][value=normal]').click()
    await settled()
    assert.deepEqual(calls, [['setMode', 'normal']])
    assert.equal(device.kept.get(), 'normal')
    assert.equal(because(), '')
  })

  it('asks for lasting storage as a super peer, and says that it ends with the tab', async () => {
    const { device } = fakeDevice()
    const { calls } = await show(networkView({ mode: 'super' }), undefined, 1, { device })
    demand<HTMLInputElement>('input[name=mode][value=super]').dispatchEvent(new Event('change'))
    const note = await until('the answer of the browser', () => {
      const text = textOf(find('.note'))
      return /keeps what is stored|has not promised/.test(text) && text
    })
    assert.include(note, 'for as long as it is open')
    assert.deepEqual(calls, [['setMode', 'super']])
    assert.equal(device.ofTab.get(), 'super')
    await expectAccessible()
  })
})
