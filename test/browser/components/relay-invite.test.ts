import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/join/join.ts'
import type { InvitePreview, RoomId } from '../../../src/index.ts'
import { person } from './fixtures.ts'
import { buttonNamed, demand, expectAccessible, find, mount, settled, textOf, unmount, until } from './mount.ts'

describe('a link for a super peer that a person opens', () => {
  afterEach(unmount)

  const link = 'https://parley.example/#/join/abc-DEF_1'
  const relay: InvitePreview = {
    room: 'room-1' as RoomId,
    roomName: '',
    role: 'relay',
    inviter: { ...person('Ada'), name: '', keyTag: 'k7qd' },
  }

  it('says what it is for and how it is used, and asks for no name', async () => {
    await mount(html`<parley-join .preview=${relay} .link=${link}></parley-join>`)
    const field = await until('the command', () => find<HTMLTextAreaElement>('textarea'))
    assert.equal(field.value, `npx parley superpeer --invite '${link}'`)
    assert.equal(textOf(find('h1')), 'This link is for a super peer')
    assert.isUndefined(find('input[name=name]'))
    assert.isUndefined(buttonNamed('Join'))
    await expectAccessible()
  })

  it('fits a phone', async () => {
    const element = await mount<HTMLElement>(html`<parley-join .preview=${relay} .link=${link}></parley-join>`)
    demand('.stage').style.setProperty('width', '360px')
    await until('the command', () => find('textarea'))
    await settled()
    assert.isAtMost(element.scrollWidth, 360)
  })

  it('says on a page that only this computer knows that it leads nowhere from another', async () => {
    await mount(html`<parley-join .preview=${relay} .link=${'http://localhost:8787/#/join/abc'}></parley-join>`)
    const box = await until('the command', () => find('textarea') && find('parley-command-box'))
    assert.include(textOf(box.shadowRoot), 'Run it on this computer')
  })

  it('lets in whoever insists, and says that they will not read', async () => {
    const element = await mount(html`<parley-join .preview=${relay} .link=${link}></parley-join>`)
    const names: string[] = []
    element.addEventListener('parley-join-room', (event) => names.push((event as Event & { myName: string }).myName))
    const anyway = await until('the small way', () =>
      buttonNamed('Come in with this browser anyway, without being able to read'),
    )
    anyway.click()
    const field = await until('the name', () => find<HTMLInputElement>('input[name=name]'))
    assert.include(textOf(element.shadowRoot), 'without reading it')
    field.value = 'Bob'
    buttonNamed('Join')?.click()
    assert.deepEqual(names, ['Bob'])
    await expectAccessible()
  })
})
