import { assert } from 'chai'
import { networkReport } from '../../../components/network/network-report.ts'
import { runSelfTest, type Check } from '../../../components/network/self-test.ts'
import { bob } from './fixtures.ts'
import { door, link, networkView, richView } from './network-fixtures.ts'
import { platform, show } from './network-scene.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, settled, textOf, unmount, until } from './mount.ts'

async function test(): Promise<string> {
  buttonNamed('Test my network')?.click()
  await until('the verdict', () => buttonNamed('Test again'))
  await settled()
  return textOf(demand('.verdict'))
}

describe('the self-test', () => {
  afterEach(unmount)

  it('says that one can be reached directly, by what it finds or by the links there are', async () => {
    await show(networkView({ links: [], members: [] }))
    assert.equal(await test(), 'You can be reached directly.')
    await show(networkView(), platform({ iceServers: () => Promise.resolve([]) }))
    assert.equal(await test(), 'You can be reached directly: you are linked that way now.')
    await expectAccessible()
  })

  it('says that it goes only through relays', async () => {
    const relay = { kinds: new Set(['relay']), mapping: 'unknown' } as const
    await show(networkView({ links: [] }), platform({ waysOutside: () => Promise.resolve(relay) }))
    assert.match(await test(), /^Only through relays\. That works/)
    await show(
      networkView({ links: [link(bob, { path: 'socket', kind: 'ws' })] }),
      platform({ connectsToItself: () => Promise.resolve(false) }),
    )
    assert.match(await test(), /^Only through relays: this browser makes no direct connections/)
  })

  it('says that the network hides one, where the router shows another port to each server', async () => {
    const varying = { kinds: new Set(['host', 'srflx']), mapping: 'varies' } as const
    await show(networkView({ links: [] }), platform({ waysOutside: () => Promise.resolve(varying) }))
    assert.match(await test(), /^Your network hides you: links only through others\. Others in your own/)
    assert.include(textOf(demand('[data-state=doubtful]')), 'shows you to each partner in another way')
    await expectAccessible()
    await show(networkView(), platform({ waysOutside: () => Promise.resolve(varying) }))
    assert.equal(await test(), 'You can be reached directly: you are linked that way now.')
  })

  it('does not judge the router by one server', async () => {
    const one = { kinds: new Set(['host', 'srflx']), mapping: 'unknown' } as const
    await show(networkView({ links: [] }), platform({ waysOutside: () => Promise.resolve(one) }))
    assert.equal(await test(), 'You can be reached directly.')
    assert.include(textOf(demand('[data-state=skipped]')), 'two STUN servers')
  })

  it('says that nobody can reach one, and what to do', async () => {
    const shut = [door({ state: 'failed', detail: 'refused' })]
    await show(networkView({ links: [], doors: shut }), platform({ opensSocket: () => Promise.resolve(false) }))
    assert.match(await test(), /^Nobody can reach you: no door answers\. Check that this device is online/)
    await show(networkView({ isOffline: true }))
    assert.match(await test(), /^Nobody can reach you: you are offline/)
    await show(networkView({ links: [] }), platform({ connectsToItself: () => Promise.resolve(false) }))
    assert.match(await test(), /^Nobody can reach you: this browser makes no direct connections\. Something stops/)
    await show(networkView({ links: [], isAddressHidden: true }))
    assert.match(await test(), /^Nobody can reach you: you hide your address, and no relay was found/)
  })

  it('does not mind a closed door where the mesh carries the room', async () => {
    const doors = [door(), door({ place: 'wss://other.example', state: 'failed', detail: 'refused' })]
    await show(networkView({ doors }))
    assert.equal(await test(), 'You can be reached directly: you are linked that way now.')
    assert.isUndefined(find('[data-state=doubtful]'))
    assert.include(textOf(demand('parley-self-test').shadowRoot), '1 of 2 open: enough, as you are linked with others.')
    await show(networkView({ doors, links: [] }))
    await test()
    assert.include(textOf(demand('[data-state=doubtful]')), '1 of 2 open. Who looks only at the others')
    const trying = [door(), door({ place: 'wss://other.example', state: 'connecting' })]
    await show(networkView({ doors: trying, links: [] }))
    await test()
    assert.isUndefined(find('[data-state=doubtful]'))
  })

  it('promises nothing about the internet when no server can tell', async () => {
    await show(networkView({ links: [] }), platform({ iceServers: () => Promise.resolve([]) }))
    assert.match(await test(), /^You can be reached in your own network\. Whether people elsewhere/)
  })

  it('shows its progress, and cannot be started twice', async () => {
    let go: (works: boolean) => void = () => undefined
    let asked = 0
    const held = new Promise<boolean>((resolve) => {
      go = resolve
    })
    await show(networkView(), platform({ connectsToItself: () => (asked++, held) }))
    const button = buttonNamed('Test my network')
    button?.click()
    await until('the second check', () => find('li[data-state=running] .spinner') && asked === 1)
    assert.equal(demand<HTMLProgressElement>('progress').value, 1)
    assert.isTrue(demand('.verdict').hidden)
    button?.click()
    await expectAccessible()
    go(true)
    await until('the verdict', () => buttonNamed('Test again'))
    assert.equal(asked, 1)
    assert.isUndefined(find('progress'))
    assert.lengthOf(findAll('[data-state=good]'), 6)
  })

  it('gives a report to copy when the clipboard is refused', async () => {
    await show(networkView())
    await test()
    const { clipboard } = navigator
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true,
      value: { writeText: () => Promise.reject(new Error('refused')) },
    })
    try {
      buttonNamed('Copy report')?.click()
      const field = await until('the report', () => find<HTMLTextAreaElement>('textarea'))
      await settled()
      assert.include(field.value, 'Verdict: You can be reached directly')
      assert.equal(field.selectionEnd, field.value.length)
      await expectAccessible()
    } finally {
      Object.defineProperty(navigator, 'clipboard', { configurable: true, value: clipboard })
    }
  })
})

describe('the report', () => {
  it('holds no address, no name, no key and nothing that a machine said', async () => {
    const view = richView()
    const secrets = [
      ...view.links.flatMap(({ person }) => [person.name, person.id, person.did, person.keyTag]),
      ...view.doors.flatMap(({ place, detail }) => [
        place,
        new URL(place).host,
        ...(detail.includes(' ') ? [detail] : []),
      ]),
    ]
    const checks: Check[] = []
    const input = {
      isOffline: false,
      storageProblem: 'Room "Book club" is full',
      links: view.links,
      doors: view.doors,
      isAddressHidden: false,
    }
    const verdict = await runSelfTest(input, platform(), (check) => {
      if (check.state !== 'running') checks.push(check)
    })
    const report = networkReport(view, checks, verdict, 'Browser 1')
    for (const secret of [...secrets, 'Book club', 'stun.example', '://']) assert.notInclude(report, secret)
    assert.include(report, 'Links: 5 × Direct normal')
    assert.include(report, '1 × Tracker open (to let newcomers in')
    assert.include(report, 'Round trips: 12, 29')
  })
})
