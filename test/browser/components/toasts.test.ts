import { assert } from 'chai'
import { html } from 'lit'
import '../../../components/toasts/toasts.ts'
import type { Toasts } from '../../../components/toasts/toasts.ts'
import { demand, mount, settled, unmount } from './mount.ts'

/** A control at one end of the screen, with the focus, and a sentence that is to be shown. */
async function showBeside(end: 'top' | 'bottom') {
  await mount(html`<div><button>Here</button><parley-toasts></parley-toasts></div>`)
  const button = demand('button')
  button.style.cssText = `position: fixed; inset-inline: 0; height: 180px; ${end}: 0`
  button.focus()
  demand<Toasts>('parley-toasts').show('The link no longer works')
  await settled()
  const sentence = demand('parley-toasts').shadowRoot?.querySelector('p')?.getBoundingClientRect()
  assert(sentence)
  return { sentence, control: button.getBoundingClientRect() }
}

describe('toasts', () => {
  afterEach(unmount)

  for (const end of ['top', 'bottom'] as const)
    it(`do not cover what has the focus at the ${end}`, async () => {
      const { sentence, control } = await showBeside(end)
      assert.isTrue(sentence.bottom <= control.top || sentence.top >= control.bottom)
      assert.isAtLeast(sentence.top, 0)
      assert.isAtMost(sentence.bottom, innerHeight)
    })
})
