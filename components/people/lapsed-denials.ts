import { LitElement, css, html, nothing } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import type { OperationHash, PersonSummary, Room } from '../../src/index.ts'
import { accessFailureText } from '../failure/access-failure-text.ts'
import { infoIcon, triangleAlertIcon } from '../icons.ts'
import { controls } from '../theme/controls.styles.ts'
import { ToastEvent } from '../toasts/toasts.ts'
import { AccessController } from './access-controller.ts'
import { isolatedName, personName } from './person-name.ts'

/** A removal was made again, and its button is gone: the focus has to go somewhere. */
export class ReissuedEvent extends Event {
  constructor() {
    super('parley-reissued', { bubbles: true, composed: true })
  }
}

/** People who are in the room again because I removed whoever had removed them: nobody should find that out late. */
@customElement('parley-lapsed-denials')
export class LapsedDenials extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: block;
      }
      section {
        display: grid;
        gap: var(--space-2);
        padding: var(--space-3) var(--space-4);
        border-radius: var(--radius);
        background: var(--warning-surface);
        color: var(--warning-text);
        font-size: var(--size-small);
      }
      h3 {
        display: flex;
        gap: var(--space-2);
        align-items: center;
        font-size: inherit;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }
      p {
        flex: 1 1 220px;
        overflow-wrap: anywhere;
      }
      button {
        font-size: inherit;
        color: var(--text);
      }
    `,
  ]

  @property({ attribute: false }) room: Room | undefined
  @state() private problem = ''
  readonly #access = new AccessController(this)

  protected override willUpdate(): void {
    this.#access.follow(this.room)
  }

  protected override render() {
    const denials = this.room?.access.lapsedDenials ?? []
    if (denials.length === 0) return nothing
    return html`<section aria-labelledby="heading">
      <h3 id="heading">${triangleAlertIcon}Removals that no longer count</h3>
      <ul>
        ${denials.map(
          ({ hash, person, by, mode }) =>
            html`<li>
              <p>
                <bdi>${personName(by)}</bdi> had ${mode === 'ban' ? 'banned' : 'removed'}
                <bdi>${personName(person)}</bdi>. Since you removed <bdi>${personName(by)}</bdi>, that does not count,
                and <bdi>${personName(person)}</bdi> is in the room.
              </p>
              <button @click=${() => this.#reissue(hash, person)}>
                <span>Take <bdi>${personName(person)}</bdi> out again</span>
              </button>
            </li>`,
        )}
      </ul>
      ${this.problem ? html`<p class="problem" role="alert">${infoIcon}${this.problem}</p>` : nothing}
    </section>`
  }

  async #reissue(hash: OperationHash, person: PersonSummary): Promise<void> {
    const done = await this.room?.access.reissue(hash)
    this.problem = done?.ok === false ? accessFailureText(done.reason) : ''
    if (!done?.ok) return
    this.dispatchEvent(new ToastEvent(`${isolatedName(person)} was removed`))
    this.dispatchEvent(new ReissuedEvent())
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-lapsed-denials': LapsedDenials
  }
  interface HTMLElementEventMap {
    'parley-reissued': ReissuedEvent
  }
}
