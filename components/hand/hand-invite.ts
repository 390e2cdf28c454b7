import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { Room } from '../../src/index.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import './hand-code.ts'
import { HandController } from './hand-controller.ts'
import { handReasonText, handStateText, hasHandFailed } from './hand-text.ts'

/** The side that shows its code first: an invite link with an offer in it, and the place for the answer. */
@customElement('parley-hand-invite')
export class HandInvite extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host,
      form {
        display: grid;
        gap: var(--space-3);
      }
      p {
        overflow-wrap: anywhere;
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) inviteLink = ''
  @state() private problem = ''
  readonly #hand = new HandController(this)

  protected override firstUpdated(): void {
    void this.#begin()
  }

  protected override render() {
    const introduction = this.#hand.subject
    if (!introduction) return html`<p class="muted" role="status">Making a code…</p>`
    const invitation = introduction.invitation(this.inviteLink)
    const isWaiting = introduction.state === 'waiting-for-answer'
    return html`
      ${
        isWaiting && invitation !== undefined
          ? html`<p class="muted small">
                Bring this code to the other person, who opens it as a link or scans it, and gets an answer code for
                you.
              </p>
              <parley-hand-code label="Invite code" .code=${invitation}></parley-hand-code>
              ${this.#answer()}`
          : nothing
      }
      <p class="small" role="status">${handStateText(introduction)}</p>
      ${hasHandFailed(introduction) ? html`<button @click=${this.#onAgain}>Make a new code</button>` : nothing}
    `
  }

  #answer() {
    return html`<form @submit=${this.#onAnswer} novalidate>
      <label class="field"
        >Answer code
        <input
          name="answer"
          autocomplete="off"
          spellcheck="false"
          aria-invalid=${this.problem ? 'true' : 'false'}
          aria-describedby="problem"
      /></label>
      <p id="problem" class="problem" role="alert" ?hidden=${!this.problem}>${infoIcon}${this.problem}</p>
      <button class="primary">Connect</button>
    </form>`
  }

  async #begin(): Promise<void> {
    this.#hand.begin(await this.room?.connection.introduceByHand())
  }

  readonly #onAgain = (): void => {
    this.problem = ''
    void this.#begin()
  }

  readonly #onAnswer = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const answer = new FormData(event.target as HTMLFormElement).get('answer')
    this.problem = ''
    const taken = await this.#hand.subject?.accept(typeof answer === 'string' ? answer : '')
    if (taken && !taken.ok) this.problem = handReasonText(taken.reason)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-hand-invite': HandInvite
  }
}
