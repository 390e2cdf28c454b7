import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/app/app.ts'
import '../../../components/devices/devices-dialog.ts'
import '../../../components/devices/pair-screen.ts'
import type { PairingAnswer, Peer } from '../../../src/index.ts'
import { device, fakeDevices, type FakeDevices } from './device-fixtures.ts'
import { fakePeer, fakeRoom, MONDAY_MS } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, findAll, mount, settled, unmount, until } from './mount.ts'

const plain = (element: Element | null | undefined) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim()
const pressed = async (name: string): Promise<void> => {
  const button = buttonNamed(name)
  assert(button, `there is a button ${name}`)
  button.click()
  await settled()
}

async function open(fake: FakeDevices = fakeDevices()) {
  await mount(html`<parley-devices-dialog .peer=${fakePeer([], { devices: fake.devices })}></parley-devices-dialog>`)
  await until('the dialog', () => find('dialog[open]'))
  return fake
}

const heading = () => plain(demand('parley-dialog').shadowRoot?.querySelector('h2'))

describe('my devices', () => {
  afterEach(unmount)

  it('lists them, with this one and one that was revoked', async () => {
    await open(
      fakeDevices({
        list: [
          device('Computer', { isThis: true, addedBy: 'identity', mayRevoke: false }),
          device('Phone', { lastWrittenAtMs: MONDAY_MS }),
          device('Tablet', { addedBy: 'Phone', isRevoked: true, mayRevoke: false }),
        ],
      }),
    )
    const rows = findAll('ul[aria-label="My devices"] > li').map((row) => plain(row))
    assert.include(rows[0], 'This device')
    assert.match(rows[1] ?? '', /Phone .*Added by this device · wrote on/)
    assert.include(rows[2], 'Revoked · Added by Phone')
    assert.isUndefined(buttonNamed('Revoke Computer'))
    assert.isUndefined(buttonNamed('Revoke Tablet'))
    await expectAccessible()
    assert.isAtMost(demand('dialog').scrollWidth, innerWidth)
  })

  it('says so when this device was revoked', async () => {
    await open(fakeDevices({ isThisRevoked: true }))
    assert.include(plain(find('.warning')), 'nobody takes what you write here')
    await expectAccessible()
    await pressed('Add a device')
    assert.equal(heading(), 'My devices')
  })

  it('says so when its code cannot be fetched', async () => {
    const peer = fakePeer([], { isRestMissing: true })
    await mount(html`<parley-devices-dialog .peer=${peer}></parley-devices-dialog>`)
    const problem = await until('the reason', () => find('.problem'))
    assert.include(plain(problem), 'could not be loaded')
    await expectAccessible()
  })

  it('opens from the first screen too, and leads back to it', async () => {
    location.hash = '#/devices'
    await mount(html`<parley-app .openPeer=${() => Promise.resolve(fakePeer())}></parley-app>`)
    await until('the list', () => find('ul[aria-label="My devices"]'))
    demand('parley-dialog').shadowRoot?.querySelector<HTMLElement>('[aria-label=Close]')?.click()
    await until('the first screen', () => find('parley-welcome'))
    assert.equal(location.hash, '#/')
  })

  it('gives one another name', async () => {
    const { calls } = await open()
    await pressed('Rename Phone')
    assert.equal(heading(), 'Rename Phone')
    await expectAccessible()
    demand<HTMLInputElement>('input[name=name]').value = ' Old phone '
    await pressed('Save')
    assert.deepEqual(calls, [['rename', 'Old phone', 'device-Phone']])
    assert.equal(heading(), 'My devices')
  })

  it('revokes one after saying what that does', async () => {
    const { calls } = await open()
    await pressed('Revoke Phone')
    assert.equal(heading(), 'Revoke Phone?')
    assert.include(plain(find('.effects')), 'Your rooms get new keys')
    assert.isBelow(demand('.effects bdi').getBoundingClientRect().height, 40, 'the name stands in its sentence')
    await expectAccessible()
    demand<HTMLInputElement>('input[value=nothing]').click()
    await settled()
    assert.include(plain(find('.effects')), 'All that Phone wrote goes.')
    await expectAccessible()
    assert.isEmpty(calls)
    await pressed('Revoke now')
    assert.deepEqual(calls, [['revoke', 'device-Phone', { keep: 'nothing' }]])
    assert.equal(heading(), 'My devices')
  })

  it('keeps the choice when a device cannot be revoked', async () => {
    await open(fakeDevices({ refusal: 'not-stored' }))
    await pressed('Revoke Phone')
    await pressed('Revoke now')
    assert.include(plain(find('.problem')), 'Free some space')
    await expectAccessible()
  })
})

describe('adding a device', () => {
  afterEach(unmount)

  it('shows a code, asks before it adds, and says that it was added', async () => {
    const { offer, changed, calls } = await open()
    await pressed('Add a device')
    await until('the code', () => find('parley-qr-code'))
    assert.include(plain(find('code')), 'A1B2-C3D4')
    await expectAccessible()
    assert.isAtMost(demand('dialog').scrollWidth, innerWidth)
    Object.assign(offer, { state: 'asking', newDeviceName: 'Tablet', checkNumber: '482193' })
    changed()
    await settled()
    assert.include(plain(find('[role=alert]')), 'Add “Tablet”?')
    assert.equal(plain(find('.number')), '482 193')
    await expectAccessible()
    await pressed('Add it')
    assert.deepEqual(calls.at(-1), ['accept'])
    offer.state = 'done'
    changed()
    await settled()
    assert.include(plain(find('parley-add-device')?.shadowRoot?.querySelector('.page')), 'Tablet was added')
    await expectAccessible()
  })

  it('declines', async () => {
    const { offer, changed, calls } = await open()
    await pressed('Add a device')
    Object.assign(offer, { state: 'asking', newDeviceName: 'Stranger', checkNumber: '111222' })
    changed()
    await settled()
    await pressed("Don't add it")
    assert.deepEqual(calls.at(-1), ['cancel'])
  })

  it('says why it failed and starts over', async () => {
    const { offer, changed, calls } = await open()
    await pressed('Add a device')
    Object.assign(offer, { state: 'failed', problem: 'timeout' })
    changed()
    await settled()
    assert.include(plain(find('.problem')), 'did not answer in time')
    await expectAccessible()
    await pressed('Show a new code')
    assert.deepEqual(calls, [['startPairing'], ['startPairing']])
    assert(find('parley-qr-code'))
  })

  it('offers nothing any more once the user has gone back', async () => {
    const { calls } = await open()
    await pressed('Add a device')
    await until('the code', () => find('parley-qr-code'))
    await pressed('Cancel')
    assert.deepEqual(calls, [['startPairing'], ['cancel']])
    assert.equal(heading(), 'My devices')
  })

  it('is not offered where it would be of no use', async () => {
    await open(fakeDevices({ pairingProblem: 'too-far' }))
    await pressed('Add a device')
    assert.equal(heading(), 'My devices')
    assert.include(plain(find('#too-far')), 'Use an older device')
  })
})

describe('recovery phrase', () => {
  afterEach(unmount)

  it('is shown when asked for, and taken off after a second question', async () => {
    const { calls } = await open()
    await pressed('Recovery phrase')
    assert.isEmpty(findAll('ol[aria-label="Recovery phrase"] li'))
    await expectAccessible()
    await pressed('Show the words')
    assert.lengthOf(findAll('ol[aria-label="Recovery phrase"] li'), 24)
    await expectAccessible()
    await pressed('I have written it down…')
    await pressed('Take it off this device')
    assert.isEmpty(calls)
    assert.include(plain(find('.problem')), 'Tick the box first')
    await expectAccessible()
    demand<HTMLInputElement>('input[type=checkbox]').click()
    await settled()
    await pressed('Take it off this device')
    assert.deepEqual(calls, [['forgetPhrase']])
    assert.include(plain(find('parley-recovery-phrase')?.shadowRoot?.querySelector('.page')), 'not on this device')
    await expectAccessible()
  })
})

type Fields = Partial<Pick<Peer, 'joinAsDevice' | 'recover'>>

async function arrive(fields: Fields = {}, code = '') {
  const peer = fakePeer([], fields)
  await mount(html`<parley-pair .peer=${peer} .code=${code}></parley-pair>`)
}

describe('becoming another device', () => {
  afterEach(() => {
    unmount()
    location.hash = ''
  })

  it('is offered on the first screen, and loads when it is opened', async () => {
    await mount(html`<parley-app .openPeer=${() => Promise.resolve(fakePeer())}></parley-app>`)
    const link = await until('the link', () =>
      findAll<HTMLAnchorElement>('a').find((a) => plain(a) === 'I already use Parley'),
    )
    link.click()
    await until('the screen', () => find('parley-pair')?.shadowRoot)
    await settled()
    await expectAccessible()
    demand('.stage').style.setProperty('width', '360px')
    await settled()
    assert.isAtMost(demand('parley-pair').scrollWidth, 360)
  })

  it('takes the code of the address, shows the number to compare, and says when it is done', async () => {
    const answers: PairingAnswer[] = []
    let finish: (value: { ok: true; value: undefined }) => void = () => {}
    await arrive(
      {
        joinAsDevice: (answer) => {
          answers.push(answer)
          return new Promise((resolve) => {
            finish = resolve
          })
        },
      },
      'A1B2-C3D4',
    )
    assert.equal(demand<HTMLInputElement>('input[name=code]').value, 'A1B2-C3D4')
    demand<HTMLInputElement>('input[name=device]').value = 'Phone'
    demand<HTMLInputElement>('input[name=public-networks]').click()
    await pressed('Ask my other device')
    assert.deepInclude(answers[0], { code: 'A1B2-C3D4', deviceName: 'Phone', arePublicNetworksOn: true })
    assert.equal(plain(find('h1')), 'Looking for your other device')
    await expectAccessible()
    answers[0]?.onAsking?.('482193')
    await settled()
    assert.equal(plain(find('.number')), '482 193')
    await expectAccessible()
    finish({ ok: true, value: undefined })
    await settled()
    assert.equal(plain(find('h1')), 'This device is yours now')
    await expectAccessible()
  })

  it('keeps the code when it is refused, and says why', async () => {
    let reason: 'not-a-code' | 'code-incomplete' = 'code-incomplete'
    await arrive({ joinAsDevice: () => Promise.resolve({ ok: false, reason }) })
    demand<HTMLInputElement>('input[name=code]').value = 'XXXX'
    await pressed('Ask my other device')
    assert.include(plain(find('.problem')), 'The code is not complete')
    assert.equal(demand<HTMLInputElement>('input[name=code]').value, 'XXXX')
    reason = 'not-a-code'
    await pressed('Ask my other device')
    assert.include(plain(find('.problem')), 'not a pairing code')
    assert.equal(demand<HTMLInputElement>('input[name=code]').value, 'XXXX')
    await expectAccessible()
  })

  it('gives up when the user cancels', async () => {
    await arrive({
      joinAsDevice: ({ signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => resolve({ ok: false, reason: 'cancelled' }))
        }),
    })
    await pressed('Ask my other device')
    await pressed('Cancel')
    assert.isUndefined(find('.problem'))
    assert(buttonNamed('Ask my other device'))
  })

  it('gets the identity back from pasted words, and says which of them is none', async () => {
    const typed: string[] = []
    await arrive({
      recover: (phrase) => {
        typed.push(phrase)
        return Promise.resolve(
          typed.length === 1
            ? { ok: false, reason: 'unknown-word', detail: '2' }
            : typed.length === 2
              ? { ok: false, reason: 'checksum' }
              : { ok: true, value: undefined },
        )
      },
    })
    await pressed('Use my recovery phrase instead')
    const field = demand<HTMLTextAreaElement>('textarea')
    field.value = '1. apple\n2. aplpe\n3. pear'
    field.dispatchEvent(new Event('input'))
    await settled()
    assert.include(plain(find('parley-recovery-form')?.shadowRoot?.querySelector('#hint')), '3 of 24 words')
    await expectAccessible()
    await pressed('Get my identity back')
    assert.deepEqual(typed, ['apple aplpe pear'])
    assert.include(plain(find('.problem')), 'Word 2, “aplpe”')
    assert.include(field.value, 'aplpe')
    await expectAccessible()
    await pressed('Get my identity back')
    assert.include(plain(find('.problem')), 'two have changed places')
    await pressed('Get my identity back')
    assert.equal(plain(find('h1')), 'You are back')
    await expectAccessible()
  })

  it('explains that rooms have to go first, and deletes what is left of those that were left', async () => {
    await mount(html`<parley-pair .peer=${fakePeer([fakeRoom().room])}></parley-pair>`)
    assert.include(plain(find('.doorway')), 'There are rooms on this device already: Book club')
    await expectAccessible()
    const calls: unknown[][] = []
    const peer = fakePeer([fakeRoom({ status: 'left' }).room], { call: (...entry) => calls.push(entry) })
    await mount(html`<parley-pair .peer=${peer}></parley-pair>`)
    await expectAccessible()
    await pressed('Delete them and go on')
    assert.deepEqual(calls, [['forgetRoom', 'room-1']])
  })
})
