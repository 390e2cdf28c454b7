import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { Peer } from '../../src/index.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'

/** This device is the person of the phrase now. */
export class RecoveredEvent extends Event {
  constructor() {
    super('parley-recovered', { bubbles: true, composed: true })
  }
}

const WORD_COUNT = 24

/** Numbers and signs come along when a numbered list of the words is pasted. */
const wordsOf = (typed: string): readonly string[] =>
  typed
    .normalize('NFKC')
    .replace(/[\d.,;:)(]+/gu, ' ')
    .trim()
    .split(/\s+/u)
    .filter(Boolean)

/** The 24 words, typed or pasted, with what is wrong with them said word by word. */
@customElement('parley-recovery-form')
export class RecoveryForm extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      form {
        display: grid;
        gap: var(--space-4);
      }
      textarea {
        min-block-size: 132px;
        font-family: var(--font-mono);
        resize: vertical;
      }
      button {
        min-block-size: 48px;
        font-size: 1rem;
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @state() private count = 0
  @state() private isBusy = false
  @state() private problem = ''
  @query('textarea') private readonly field: HTMLTextAreaElement | undefined

  protected override render() {
    return html`<form @submit=${this.#onSubmit} novalidate>
      <label class="field"
        >Your 24 words
        <textarea
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          aria-invalid=${this.problem ? 'true' : 'false'}
          aria-describedby=${this.problem ? 'problem' : 'hint'}
          @input=${this.#onInput}
        ></textarea>
      </label>
      <p id="hint" class="muted small">${this.count} of ${WORD_COUNT} words. Pasting is fine, numbered or not.</p>
      ${this.problem ? html`<p id="problem" class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
      <button class="primary" aria-disabled=${this.isBusy}>
        ${this.isBusy ? 'Checking…' : 'Get my identity back'}
      </button>
    </form>`
  }

  readonly #onInput = (): void => {
    this.count = wordsOf(this.field?.value ?? '').length
    this.problem = ''
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#recover(wordsOf(this.field?.value ?? ''))
  }

  async #recover(words: readonly string[]): Promise<void> {
    const { peer } = this
    if (!peer) return
    this.isBusy = true
    const recovered = await peer.recover(words.join(' '))
    this.isBusy = false
    if (recovered.ok) {
      if (this.field) this.field.value = ''
      this.dispatchEvent(new RecoveredEvent())
      return
    }
    this.problem = problemText(recovered.reason, words, Number(recovered.detail))
    this.field?.focus()
  }
}

/** `position` is that of the word which is on no list, counted from 1. */
function problemText(reason: string, words: readonly string[], position: number): string {
  switch (reason) {
    case 'word-count':
      return `A recovery phrase has ${WORD_COUNT} words; here are ${words.length}.`
    case 'unknown-word': {
      const word = words[position - 1]
      return word === undefined
        ? 'One of the words is not on the list of words for phrases. Compare it with your note.'
        : `Word ${position}, “${word}”, is not on the list of words for phrases. Compare it with your note.`
    }
    case 'checksum':
      return 'Each word is on the list, but they do not belong together: one of them is wrong, or two have changed places.'
    case 'in-use':
      return 'There are rooms on this device already. Only a device without rooms can become yours.'
    default:
      return 'This device could not store it. Free some space, then try again.'
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-recovery-form': RecoveryForm
  }
  interface HTMLElementEventMap {
    'parley-recovered': RecoveredEvent
  }
}
