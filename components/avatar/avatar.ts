import { LitElement, css, html, type PropertyValues } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { initials, personColour } from '../theme/person-colour.ts'

/** A person's disc: colour from the key, initials from the name. Decoration, since the name always stands beside it. */
@customElement('parley-avatar')
export class Avatar extends LitElement {
  static override readonly styles = css`
    :host {
      display: grid;
      place-items: center;
      position: relative;
      flex: none;
      inline-size: var(--avatar-size, 36px);
      block-size: var(--avatar-size, 36px);
      border-radius: 50%;
      background: var(--person-colour, #5b605d);
      color: #fff;
      font-size: calc(var(--avatar-size, 36px) * 0.38);
      font-weight: 600;
      line-height: 1;
      letter-spacing: 0.01em;
      user-select: none;
    }
    .online {
      position: absolute;
      inset-block-end: -1px;
      inset-inline-end: -1px;
      inline-size: calc(var(--avatar-size, 36px) * 0.32);
      block-size: calc(var(--avatar-size, 36px) * 0.32);
      border: 2px solid var(--surface);
      border-radius: 50%;
      background: var(--good);
    }
  `

  @property() personId = ''
  @property() name = ''
  @property({ type: Boolean }) online = false

  override connectedCallback(): void {
    super.connectedCallback()
    this.setAttribute('aria-hidden', 'true')
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Through the object model rather than an attribute: the content policy forbids style attributes.
    if (changed.has('personId')) this.style.setProperty('--person-colour', personColour(this.personId).solid)
  }

  protected override render() {
    return html`${initials(this.name) || '?'}${this.online ? html`<span class="online"></span>` : ''}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-avatar': Avatar
  }
}
