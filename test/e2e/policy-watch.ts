/** Sees what the content policy refused. In an app that behaves nothing is, so in every test it is a failure. */
import assert from 'node:assert/strict'
import { afterEach } from 'node:test'
import type { BrowserContext } from 'playwright-core'

/** What the page calls. */
const REPORT = 'reportRefusal'

const refusals: string[] = []

afterEach(() => assert.deepEqual(takeRefusals(), []))

/** What was refused in all watched pages since this was asked last, as `directive: what`. */
export const takeRefusals = (): string[] => refusals.splice(0)

/** Watches all pages that the context opens from now on. */
export async function watchPolicy(context: BrowserContext): Promise<void> {
  await context.exposeFunction(REPORT, (refusal: string) => {
    refusals.push(refusal)
  })
  await context.addInitScript((name) => {
    const report = Reflect.get(globalThis, name) as (refusal: string) => void
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sample }) => {
      report(`${effectiveDirective}: ${blockedURI} ${sample}`.trimEnd())
    })
  }, REPORT)
}
