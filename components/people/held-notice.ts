import { LitElement, css, html, nothing } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { PersonHeldWritings } from '../../src/index.ts'
import { controls } from '../theme/controls.styles.ts'
import { HeldReviewEvent } from './people-events.ts'
import { personName } from './person-name.ts'

/** One line about what a person wrote that is left out, with the way to look through it. */
@customElement('parley-held-notice')
export class HeldNotice extends LitElement {
  static override readonly styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 var(--space-2);
        color: var(--text-muted);
        font-size: var(--size-small);
        font-weight: 400;
      }
      button {
        padding-inline: var(--space-2);
        color: var(--accent);
        font-size: inherit;
      }
    `,
  ]

  @property({ attribute: false }) held: PersonHeldWritings | undefined

  protected override render() {
    const { held } = this
    if (!held) return nothing
    const name = personName(held.person)
    return html`<span>
        ${held.count} ${held.count === 1 ? 'writing' : 'writings'} of <bdi>${name}</bdi>’s
        ${held.count === 1 ? 'is' : 'are'} left out
      </span>
      <button class="quiet" aria-label="Review what ${name} wrote" @click=${this.#onReview}>Review</button>`
  }

  readonly #onReview = (): void => {
    if (this.held) this.dispatchEvent(new HeldReviewEvent(this.held.person.id))
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-held-notice': HeldNotice
  }
}
