import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Peer, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import './hand-code.ts'
import { HandController } from './hand-controller.ts'
import { handReasonText, handStateText, hasHandFailed } from './hand-text.ts'

/** The side that was shown a code, newcomer or member: takes it, and shows the answer that is to be carried back. */
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
  /** Whoever comes in is a member when the link is there, and has to be told of it all the same. */
  #isInside = false
  readonly #hand = new HandController(this)

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.#isInside = this.room?.status === 'member'
  }

  protected override firstUpdated(): void {
    if (this.code !== '') void this.#take(this.code)
  }

  protected override render() {
    const introduction = this.#hand.subject
    const heading = this.#isInside ? 'Answer a code' : 'Come in by hand'
    return html`<parley-dialog heading=${heading} @close=${this.#onClose}>
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
        ${introduction ? html`<p class="small" role="status">${handStateText(introduction, this.#isInside)}</p>` : nothing}
      </div>
    </parley-dialog>`
  }

  #question() {
    return html`<form @submit=${this.#onCode} novalidate>
      <p class="muted small">
        Where no server can be reached, ${this.#isInside ? 'another member' : 'somebody of the room'} can show you a
        code under Share, “Invite by hand”.
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
    else this.#hand.begin(answered?.value)
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
