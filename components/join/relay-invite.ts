import { LitElement, css, html } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { controls } from '../theme/controls.styles.ts'
import '../super-peers/command-box.ts'
import { WHAT_IT_IS } from '../people/super-peer-text.ts'
import { doorway } from '../welcome/doorway.styles.ts'

/** The user wants to come in by a link for a super peer all the same. */
export class RelayAnywayEvent extends Event {
  constructor() {
    super('parley-relay-anyway')
  }
}

/** What a person reads who opens a link that is meant for a machine: what it is for, and how it is used. */
@customElement('parley-relay-invite')
export class RelayInvite extends LitElement {
  static override readonly styles = [
    controls,
    doorway,
    css`
      :host {
        display: contents;
      }
      header,
      section,
      section > * {
        min-inline-size: 0;
      }
      .anyway {
        white-space: normal;
        text-align: start;
        justify-self: start;
        padding-inline: 0;
        font-size: var(--size-small);
        text-decoration: underline;
        text-underline-offset: 2px;
      }
    `,
  ]

  @property() link = ''

  protected override render() {
    return html`<header>
        <h1>This link is for a super peer</h1>
        <p class="lead">${WHAT_IT_IS}</p>
      </header>
      <section class="card">
        <h2>Put it to use on a computer that stays on</h2>
        <parley-command-box .link=${this.link}></parley-command-box>
        <p class="small">
          To read and write in the room yourself, ask for another link. <a href="#/">Go to my rooms</a>
        </p>
        <button class="quiet anyway" @click=${() => this.dispatchEvent(new RelayAnywayEvent())}>
          Come in with this browser anyway, without being able to read
        </button>
      </section>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'parley-relay-invite': RelayInvite
  }
  interface HTMLElementEventMap {
    'parley-relay-anyway': RelayAnywayEvent
  }
}
