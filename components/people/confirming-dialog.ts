import { LitElement, css, html, nothing, type CSSResultGroup } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Result, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { AccessController } from './access-controller.ts'
import { changeEffectsStyles } from './change-effects.ts'

/** What a dialog shows between its heading and its two buttons, and how the button is called that does it. */
export interface Question {
  readonly heading: string
  readonly content: unknown
  readonly action: string
  readonly looks: 'danger' | 'primary'
  /** What the keyboard finds first, if nothing in the content asks for it. */
  readonly focus?: 'cancel' | 'action'
  /** False while something is missing that the content asks for. */
  readonly isReady?: boolean
}

/**
 * Asks before something changes in a room: says what changes, does it once, closes when it is done and says so, or stays
 * and says why not.
 */
export abstract class ConfirmingDialog extends LitElement {
  static override styles: CSSResultGroup = [
    controls,
    changeEffectsStyles,
    css`
      form {
        display: grid;
        gap: var(--space-4);
      }
      .buttons {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--space-2);
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @state() protected isBusy = false
  @state() protected problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  readonly #access = new AccessController(this)

  /** Undefined while what it is about is not known. */
  protected abstract question(room: Room): Question | undefined

  /** The button was pressed. */
  protected abstract confirm(room: Room): Promise<void>

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const question = this.room && this.question(this.room)
    if (!question) return nothing
    const { heading, content, action, looks, focus, isReady = true } = question
    return html`<parley-dialog heading=${heading} @close=${() => this.dispatchEvent(new Event('close'))}>
      <form @submit=${this.#onSubmit}>
        ${content} ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="buttons">
          <button type="button" class="quiet" ?autofocus=${focus === 'cancel'} @click=${this.#close}>Cancel</button>
          <button class=${looks} ?autofocus=${focus === 'action'} aria-disabled=${this.isBusy || !isReady}>
            ${this.isBusy ? 'Saving…' : action}
          </button>
        </div>
      </form>
    </parley-dialog>`
  }

  /** Waits for the change, and says what became of it. */
  protected async settle(
    change: Promise<Result<unknown>>,
    say: { readonly done: string; readonly refused: (reason: string) => string },
  ): Promise<void> {
    this.isBusy = true
    this.problem = ''
    const result = await change
    this.isBusy = false
    if (!result.ok) {
      this.problem = say.refused(result.reason)
      return
    }
    this.dispatchEvent(new ToastEvent(say.done))
    this.#close()
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy && this.room) void this.confirm(this.room)
  }

  readonly #close = (): void => this.dialog?.close()
}
