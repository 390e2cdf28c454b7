import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { NetworkView } from '../../src/index.ts'
import { infoIcon, triangleAlertIcon, xIcon } from '../icons.ts'
import { checkIcon, copyIcon } from '../later-icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { networkReport } from './network-report.ts'
import { CHECK_NAMES, CHECK_STATE_WORDS } from './network-text.ts'
import { CHECK_IDS, runSelfTest, type Check, type Verdict } from './self-test.ts'
import type { TestPlatform } from './test-platform.ts'

const STATE_ICONS = { good: checkIcon, doubtful: triangleAlertIcon, bad: xIcon, skipped: infoIcon } as const

const TONES = { direct: 'good', local: 'waiting', relayed: 'waiting', nobody: 'bad' } as const

/** The button that tests this device's network, what it finds as it goes on, and the verdict with a report to copy. */
@customElement('parley-self-test')
export class SelfTestPanel extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: grid;
        gap: var(--space-3);
        justify-items: start;
      }
      ul {
        justify-self: stretch;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: 22px minmax(0, 1fr);
        gap: 0 var(--space-2);
        padding-block: 6px;
        border-block-end: 1px solid var(--line);
      }
      li .icon {
        margin-block-start: 2px;
        color: var(--text-muted);
      }
      [data-state='good'] .icon {
        color: var(--good);
      }
      [data-state='bad'] .icon {
        color: var(--danger);
      }
      .name {
        font-weight: 550;
        white-space: normal;
      }
      .spinner {
        inline-size: 16px;
        block-size: 16px;
        margin-block-start: 3px;
        border: 2px solid var(--line);
        border-block-start-color: var(--accent);
        border-radius: 50%;
        animation: turn 0.9s linear infinite;
      }
      @keyframes turn {
        to {
          rotate: 1turn;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .spinner {
          animation: none;
        }
      }
      progress {
        inline-size: 100%;
        accent-color: var(--accent-solid);
      }
      .verdict {
        justify-self: stretch;
        padding: var(--space-3) var(--space-4);
        border-inline-start: 4px solid var(--warning-text);
        border-radius: var(--radius-small);
        background: var(--surface-sunken);
      }
      .verdict[data-tone='good'] {
        border-color: var(--good);
      }
      .verdict[data-tone='bad'] {
        border-color: var(--danger);
      }
      .verdict strong {
        font-weight: 650;
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
      }
      textarea {
        min-block-size: 9em;
        font-family: var(--font-mono);
        font-size: 0.75rem;
      }
    `,
  ]

  @property({ attribute: false }) view: NetworkView | undefined
  @property({ attribute: false }) storageProblem: string | undefined
  @property({ attribute: false }) platform: TestPlatform | undefined
  @state() private checks: readonly Check[] = []
  @state() private isRunning = false
  @state() private verdict: Verdict | undefined
  /** Shown for the keyboard when the browser refuses the clipboard. */
  @state() private report = ''
  @query('textarea') private readonly field: HTMLTextAreaElement | undefined

  protected override render() {
    const { checks, verdict, isRunning } = this
    const done = checks.filter((check) => check.state !== 'waiting' && check.state !== 'running').length
    return html`<div class="buttons">
        <button class="primary" aria-disabled=${isRunning} @click=${this.#onTest}>
          ${isRunning ? 'Testing…' : verdict ? 'Test again' : 'Test my network'}
        </button>
        ${verdict ? html`<button @click=${this.#onCopy}>${copyIcon}Copy report</button>` : nothing}
      </div>
      ${
        isRunning
          ? html`<progress aria-label="Network test" max=${CHECK_IDS.length} value=${done}></progress>`
          : nothing
      }
      <div role="status" class="verdict" ?hidden=${!verdict} data-tone=${verdict ? TONES[verdict.reach] : nothing}>
        ${
          verdict
            ? html`<p><strong>${verdict.text}</strong></p>
                ${verdict.advice.map((text) => html`<p class="small">${text}</p>`)}`
            : nothing
        }
      </div>
      ${
        checks.length === 0
          ? nothing
          : html`<ul aria-label="What was tested">
              ${checks.map((check) => this.#row(check))}
            </ul>`
      }
      ${
        this.report === ''
          ? nothing
          : html`<label class="field">Report to copy<textarea readonly .value=${this.report}></textarea></label>`
      }`
  }

  #row({ id, state: outcome, text }: Check) {
    const sign =
      outcome === 'running'
        ? html`<span class="spinner"></span>`
        : outcome === 'waiting'
          ? html`<span></span>`
          : STATE_ICONS[outcome]
    return html`<li data-state=${outcome}>
      ${sign}
      <div>
        <p class="name">${CHECK_NAMES[id]}<span class="visually-hidden">: ${CHECK_STATE_WORDS[outcome]}</span></p>
        ${text === '' ? nothing : html`<p class="muted small">${text}</p>`}
      </div>
    </li>`
  }

  readonly #onTest = async (): Promise<void> => {
    const { view, platform, storageProblem } = this
    if (this.isRunning || !view || !platform) return
    this.isRunning = true
    this.verdict = undefined
    this.report = ''
    this.checks = CHECK_IDS.map((id) => ({ id, state: 'waiting', text: '' }))
    const { links, doors, isAddressHidden = false } = view
    const input = { isOffline: view.isOffline || !navigator.onLine, storageProblem, links, doors, isAddressHidden }
    const verdict = await runSelfTest(input, platform, (check) => {
      this.checks = this.checks.map((known) => (known.id === check.id ? check : known))
    })
    this.verdict = verdict
    this.isRunning = false
  }

  readonly #onCopy = async (): Promise<void> => {
    const { view, verdict } = this
    if (!view || !verdict) return
    const report = networkReport(view, this.checks, verdict, navigator.userAgent)
    try {
      await navigator.clipboard.writeText(report)
      this.dispatchEvent(new ToastEvent('Report copied'))
    } catch {
      this.report = report
      await this.updateComplete
      this.field?.focus()
      this.field?.select()
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-self-test': SelfTestPanel
  }
}
