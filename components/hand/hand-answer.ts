import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Peer, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import './hand-code.ts'
import { HandController } from './hand-controller.ts'
import { handReasonText, handStateText, hasHandFailed } from './hand-text.ts'

/** The side that was shown a code: takes it, and shows the answer that is to be carried back. */
@customElement('parley-hand-answer')
export class HandAnswer extends LitElement {
  static override readonly styles = [
    controls,
    css`
      .content,
      form {
        display: grid;
        gap: var(--space-3);
      }
      p {
        overflow-wrap: anywhere;
      }
    `,
  ]

  @property({ attribute: false }) peer: Peer | undefined
  @property({ attribute: false }) room: Room | undefined
  /** Answered at once, if there is one. */
  @property() code = ''
  @state() private problem = ''
  readonly #hand = new HandController(this)
  #isGone = false

  protected override firstUpdated(): void {
    if (this.code !== '') void this.#take(this.code)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#isGone = true
    if (this.#hand.subject?.state !== 'connecting') this.#hand.subject?.cancel()
  }

  protected override render() {
    const introduction = this.#hand.subject
    return html`<parley-dialog heading="Come in by hand" @close=${this.#onClose}>
      <div class="content">
        ${introduction && !hasHandFailed(introduction) ? nothing : this.#question()}
        ${
          introduction?.state === 'answering' && introduction.code !== undefined
            ? html`<p class="muted small">
                  Bring this answer to whoever showed you the code, and keep this page open until you are connected.
                </p>
                <parley-hand-code label="Answer code" .code=${introduction.code}></parley-hand-code>`
            : nothing
        }
        ${introduction ? html`<p class="small" role="status">${handStateText(introduction)}</p>` : nothing}
      </div>
    </parley-dialog>`
  }

  #question() {
    return html`<form @submit=${this.#onCode} novalidate>
      <p class="muted small">
        Where no server can be reached, somebody of the room can show you a code under Share, “Invite by hand”.
      </p>
      <label class="field"
        >Code
        <input
          name="code"
          autocomplete="off"
          spellcheck="false"
          autofocus
          aria-invalid=${this.problem ? 'true' : 'false'}
          aria-describedby="problem"
      /></label>
      <p id="problem" class="problem" role="alert" ?hidden=${!this.problem}>${infoIcon}${this.problem}</p>
      <button class="primary">Answer</button>
    </form>`
  }

  async #take(code: string): Promise<void> {
    this.problem = ''
    await this.peer?.loadRest()
    const answered = await this.room?.connection.answerByHand(code)
    if (answered?.ok === false) this.problem = handReasonText(answered.reason)
    else if (this.#isGone) answered?.value.cancel()
    else this.#hand.follow(answered?.value)
    this.requestUpdate()
  }

  readonly #onCode = (event: SubmitEvent): void => {
    event.preventDefault()
    const code = new FormData(event.target as HTMLFormElement).get('code')
    void this.#take(typeof code === 'string' ? code : '')
  }

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-hand-answer': HandAnswer
  }
}
