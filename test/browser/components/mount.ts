// Puts components into the test page, and asks axe about them in both colour schemes.
import axe from 'axe-core'
import { assert } from 'chai'
import { render, type TemplateResult } from 'lit'
import { applyTheme } from '../../../components/theme/theme.ts'

let stage: HTMLElement | undefined

/** Renders a template into a fresh element that fills the page; returns its first element. */
export async function mount<Type extends Element>(template: TemplateResult): Promise<Type> {
  unmount()
  applyTheme('light')
  // A colour in the middle of a transition has no meaning for a test.
  document.documentElement.style.setProperty('--quick', '0s')
  stage = document.createElement('div')
  stage.className = 'stage'
  stage.style.setProperty('height', '600px')
  document.body.append(stage)
  render(template, stage)
  const element = stage.firstElementChild
  assert(element, 'the template has an element')
  await settled()
  return element as Type
}

/** Renders again into the same place: what a parent does when its data changes. */
export async function remount(template: TemplateResult): Promise<void> {
  assert(stage, 'something is mounted')
  render(template, stage)
  await settled()
}

export function unmount(): void {
  stage?.remove()
  stage = undefined
}

/** What an element says, in one line, without the marks that keep names of other scripts apart. */
export const textOf = (element: Node | null | undefined) =>
  (element?.textContent ?? '').replace(/[\s\u2068\u2069]+/g, ' ').trim()

/** The next file that is given to the user. */
export const savedFile = () =>
  new Promise<{ name: string; text: Promise<string> }>((resolve) => {
    const click = HTMLAnchorElement.prototype.click
    HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
      HTMLAnchorElement.prototype.click = click
      resolve({ name: this.download, text: fetch(this.href).then((response) => response.text()) })
    }
  })

const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()))

/** Three frames: render, measure, render what was measured. */
export async function settled(): Promise<void> {
  for (let count = 0; count < 3; count++) await frame()
}

/** Waits, frame by frame, for something that a component does in its own time. */
export async function until<Type>(what: string, look: () => Type | null | undefined | false): Promise<Type> {
  for (let count = 0; count < 300; count++) {
    const found = look()
    if (found) return found
    await frame()
  }
  throw new Error(`not within 300 frames: ${what}`)
}

/** The first element, through shadow roots, that matches. */
// The caller knows what its selector finds, as with querySelector.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function find<Type extends Element = HTMLElement>(
  selector: string,
  root: ParentNode = document,
): Type | undefined {
  return findAll<Type>(selector, root)[0]
}

export function findAll<Type extends Element = HTMLElement>(selector: string, root: ParentNode = document): Type[] {
  const found = [...root.querySelectorAll<Type>(selector)]
  for (const element of root.querySelectorAll('*'))
    if (element.shadowRoot) found.push(...findAll<Type>(selector, element.shadowRoot))
  return found
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function demand<Type extends Element = HTMLElement>(selector: string, root: ParentNode = document): Type {
  const found = find<Type>(selector, root)
  assert(found, `there is a ${selector}`)
  return found
}

export const buttonNamed = (name: string): HTMLButtonElement | undefined =>
  findAll<HTMLButtonElement>('button').find(
    (button) => (button.getAttribute('aria-label') ?? button.textContent).trim() === name,
  )

/** Rules about a whole page, which a component alone is not. */
const PAGE_RULES = ['region', 'page-has-heading-one', 'landmark-one-main', 'document-title', 'html-has-lang', 'bypass']

export async function expectAccessible(): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    applyTheme(theme)
    await settled()
    const { violations } = await axe.run('.stage', {
      rules: Object.fromEntries(PAGE_RULES.map((id) => [id, { enabled: false }])),
    })
    const text = violations.map(
      (violation) =>
        `${violation.id}: ${violation.nodes.map((node) => `${node.target.flat().join(' ')} ${node.failureSummary}`).join('; ')}`,
    )
    assert.deepEqual(text, [], `axe in the ${theme} scheme`)
  }
  applyTheme('light')
}
