import { LitElement, html, nothing } from 'lit'
import { customElement, property, query, state } from 'lit/decorators.js'
import type { PersonSummary, PersonWrite, Room } from '../../src/index.ts'
import '../dialog/dialog.ts'
import type { Dialog } from '../dialog/dialog.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { agoText, fullTimeText } from '../theme/time-text.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { isolatedName, personName } from './person-name.ts'
import { removalStyles } from './removal-dialog.styles.ts'

/** More than anybody picks a place in; the rest is accepted with all, or after these. */
const SHOWN_MAX = 200

/**
 * What a person wrote that is left out since they were removed or got another role: to be looked through, and let in up
 * to a place, or altogether. Leaving it out changes nothing, and can be thought over again.
 */
@customElement('parley-held-writings-dialog')
export class HeldWritingsDialog extends LitElement {
  static override readonly styles = [controls, removalStyles]

  @property({ attribute: false }) room: Room | undefined
  @property({ attribute: false }) person: PersonSummary | undefined
  /** The last of those that come in; undefined for all. */
  @state() private last: string | undefined
  @state() private isBusy = false
  @state() private problem = ''
  @query('parley-dialog') private readonly dialog: Dialog | undefined
  hasAccepted = false
  /** As it was when the dialog opened, so that the list does not move under the pointer. */
  #writings: readonly PersonWrite[] = []

  protected override willUpdate(): void {
    if (this.hasUpdated) return
    const held = this.room?.access.heldWritings.find(({ person }) => person.id === this.person?.id)
    this.#writings = held?.writings ?? []
  }

  protected override render() {
    const { person } = this
    if (!person) return nothing
    const name = html`<bdi>${personName(person)}</bdi>`
    return html`<parley-dialog heading="What ${personName(person)} wrote and nobody sees" @close=${this.#onClose}>
      <form @submit=${this.#onSubmit} @change=${this.#onChange}>
        <p>
          This came after ${name} lost the right to write it, or was taken back. What you accept shows for everybody
          where it was written. It does not let ${name} write again.
        </p>
        ${this.#list()} ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
        <div class="buttons">
          <button type="button" class="quiet" @click=${this.#close}>Leave them out</button>
          <button class="primary" aria-disabled=${this.isBusy}>
            ${this.isBusy ? 'Saving…' : this.#acceptsAll ? 'Accept all' : 'Accept up to here'}
          </button>
        </div>
      </form>
    </parley-dialog>`
  }

  #list() {
    const shown = this.#writings.slice(0, SHOWN_MAX)
    const restCount = this.#writings.length - shown.length
    const chosen = this.last === undefined ? Infinity : shown.findIndex(({ id }) => id === this.last)
    const nowMs = Date.now()
    return html`<fieldset>
      <legend>The last writing that comes in; those above come with it</legend>
      <div class="scroll" tabindex="-1">
        ${shown.map(
          ({ id, atMs, place, excerpt }, index) =>
            html`<label class="choice ${index > chosen ? 'goes' : ''}">
              <input
                type="radio"
                name="last"
                value=${id}
                .checked=${id === this.last || (this.#acceptsAll && index === this.#writings.length - 1)}
              />
              <span>
                <span class="excerpt" dir="auto">${excerpt || 'A change without words'}</span>
                <span class="hint"
                  ><bdi>${place}</bdi> · came <span title=${fullTimeText(atMs)}>${agoText(atMs, nowMs)}</span></span
                >
              </span>
            </label>`,
        )}
      </div>
      ${restCount > 0 ? html`<p class="muted small">And ${restCount} more, which come in with “Accept all”.</p>` : nothing}
    </fieldset>`
  }

  get #acceptsAll(): boolean {
    return this.last === undefined || this.last === this.#writings.at(-1)?.id
  }

  readonly #onChange = (event: Event): void => {
    this.problem = ''
    this.last = (event.target as HTMLInputElement).value
  }

  readonly #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!this.isBusy) void this.#accept()
  }

  async #accept(): Promise<void> {
    const { room, person, last } = this
    if (!room || !person) return
    this.isBusy = true
    this.problem = ''
    // Not what came since the dialog opened: nobody has looked at that.
    const upTo = last ?? this.#writings.at(-1)?.id ?? 'all'
    const accepted = await room.access.acceptWritings(person.id, upTo)
    this.isBusy = false
    if (!accepted.ok) {
      this.problem = accessFailureText(accepted.reason)
      return
    }
    this.hasAccepted = true
    this.dispatchEvent(new ToastEvent(`What ${isolatedName(person)} wrote shows for everybody now`))
    this.#close()
  }

  readonly #close = (): void => this.dialog?.close()

  readonly #onClose = (): void => {
    this.dispatchEvent(new Event('close'))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-held-writings-dialog': HeldWritingsDialog
  }
}
